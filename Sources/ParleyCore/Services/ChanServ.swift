import IRC
import ParleyStore

extension Service {
  static let chanServ = Service(
    nick: "ChanServ", shortcuts: ["CS", "CHANSERV"],
    summary: "ChanServ keeps rooms: a registered one has a founder, stays without members, and knows everybody's role.",
    commands: ChanServ.commands)
}

/// Rooms that belong to somebody.
enum ChanServ {
  /// Registered rooms of one account: they stay, so there must be an end.
  static let roomsPerAccount = 20

  static let commands: [ServiceCommand] =
    [
      ServiceCommand(
        name: "REGISTER", usage: "REGISTER <room>",
        summary: "Makes a room yours in which you are an operator: it stays without members.", minimumWords: 1,
        run: register),
      ServiceCommand(
        name: "UNREGISTER", aliases: ["DROP"], usage: "UNREGISTER <room> [<code>]",
        summary: "Gives a room up. Without the code it tells you the code.", minimumWords: 1, run: unregister),
      ServiceCommand(
        name: "INFO", usage: "INFO <room>", summary: "Says whose a room is.", minimumWords: 1, run: info),
      ServiceCommand(
        name: "TRANSFER", usage: "TRANSFER <room> <account>", summary: "Offers a room to somebody else.",
        minimumWords: 2, run: transfer),
      ServiceCommand(
        name: "ACCEPT", usage: "ACCEPT <room>", summary: "Takes a room that its founder has offered you.",
        minimumWords: 1, run: accept),
    ] + ChanServRoles.commands

  /// The room, if the caller may see that it is there.
  static func room(_ call: ServiceCall) -> Room? {
    let name = call.words[0]
    guard let room = call.core.rooms[FoldedName(name)], !room.isVoid,
      !room.isHidden(from: call.user) || isFounder(call.user, of: room) || call.user.isOperator
    else {
      call.say("There is no room \(TextLimit.truncate(name, toBytes: 64)).")
      return nil
    }
    return room
  }

  static func isFounder(_ user: User, of room: Room) -> Bool {
    guard let account = user.account, let founder = room.record.founder else { return false }
    return founder == account.id
  }

  private static func register(_ call: ServiceCall) -> Bool {
    guard let room = room(call) else { return true }
    guard let account = call.user.account else {
      return call.answer("Sign in first: a room belongs to an account.")
    }
    guard !room.isRegistered else { return call.answer("\(room.name) is registered already.") }
    guard !room.isPermanent else { return call.answer("\(room.name) belongs to the server.") }
    guard let member = room.member(call.user), room.rank(of: call.user) >= Roles.operator.rank else {
      return call.answer("You must be an operator of \(room.name).")
    }
    if let founder = room.record.founder.flatMap({ call.core.accounts[$0] }), founder !== account {
      return call.answer("\(room.name) was made by \(founder.name), who alone can register it.")
    }
    // The name of a room whose founder's account is gone is not kept from the room's own operators.
    if let kept = call.core.reservations.inTheWay(of: room.name, at: call.core.certainTime), !call.user.isOperator,
      kept.isDamaged || (kept.account ?? account.id) != account.id
    {
      let end = kept.isDamaged ? "" : " until \(kept.until.iso8601.prefix(10))"
      return call.answer("\(room.name) was registered before: its name is kept for its founder\(end).")
    }
    guard mayTakeOneMore(account, call) else {
      return call.answer("You have \(roomsPerAccount) rooms, and cannot have more.")
    }
    var change = ServiceRoomChange(room, call)
    room.record.founder = account.id
    account.foundedRooms.insert(room.id)
    room.set("r", true)
    change.setRoles(member.roles.union(.founder), of: call.user)
    change.changes += room.keepAllRoles()
    change.changes += call.core.reservations.remove(room.name)
    change.show("+r", [])
    change.commit(success: "\(room.name) is yours.")
    return true
  }

  static func mayTakeOneMore(_ account: Account, _ call: ServiceCall) -> Bool {
    let rooms = account.foundedRooms.compactMap { call.core.rooms[order: $0.rawValue] }
    account.foundedRooms = Set(rooms.map(\.id))
    call.core.charge(call.session, rooms.count)
    return rooms.count { $0.isRegistered && $0.record.founder == account.id } < roomsPerAccount
  }

  private static func unregister(_ call: ServiceCall) -> Bool {
    guard let room = room(call) else { return true }
    guard room.isRegistered else { return call.answer("\(room.name) is not registered.") }
    guard isFounder(call.user, of: room) || call.user.isOperator else {
      return call.answer("\(room.name) is not yours.")
    }
    let code = call.core.confirmationCode("unregister", "\(room.id.rawValue)")
    guard call.word(1) == code else {
      return call.answer(
        "\(room.name) will be nobody's, and end with its last member. Its name is kept for its founder for "
          + "\(NameReservations.lifetime / 86_400) days. To confirm: UNREGISTER \(room.name) \(code)")
    }
    var change = ServiceRoomChange(room, call)
    change.changes += call.core.reserve(room.name, for: room.record.founder)
    change.changes += room.dropAllRoles()
    room.record.founder = nil
    room.offeredTo = nil
    room.set("r", false)
    for member in room.members where member.roles.contains(.founder) {
      change.setRoles(member.roles.subtracting(.founder), of: member.user)
    }
    change.show("-r", [])
    change.commit(success: "\(room.name) is not registered any more.")
    return true
  }

  private static func info(_ call: ServiceCall) -> Bool {
    guard let room = room(call) else { return true }
    call.say("Room: \(room.name), made \(room.record.createdAt.iso8601)")
    let founder = room.record.founder.flatMap { call.core.accounts[$0] }
    call.say("Founder: \(founder?.name ?? "nobody")")
    return call.answer(
      room.isRegistered
        ? "It is registered: it stays without members."
        : room.isPermanent ? "It belongs to the server." : "It is not registered: it ends with its last member.")
  }

  /// A room counts among those of its founder, and is theirs to look after: who gets one has to accept it.
  private static func transfer(_ call: ServiceCall) -> Bool {
    guard let room = room(call) else { return true }
    guard room.isRegistered else { return call.answer("\(room.name) is not registered.") }
    guard isFounder(call.user, of: room) || call.user.isOperator else {
      return call.answer("\(room.name) is not yours.")
    }
    guard let account = call.core.accounts[call.words[1]], account.isStored else {
      return call.answer("There is no account \(Service.shown(call.words[1])).")
    }
    guard room.record.founder != account.id else { return call.answer("\(room.name) is \(account.name)'s already.") }
    if call.user.isOperator { return give(room, to: account, call) }
    let words = "/msg \(call.service.nick) ACCEPT \(room.name)"
    if room.offeredTo != account.id, let user = account.user {
      call.core.deliver(
        Message(
          source: call.service.source(call.core), command: "NOTICE",
          parameters: [user.nick, "\(call.user.nick) wants to give you \(room.name). To take it: \(words)"]),
        to: .connections(user.reachableConnections(except: nil)))
    }
    room.offeredTo = account.id
    return call.answer("\(room.name) is \(account.name)'s once they say: \(words)")
  }

  private static func accept(_ call: ServiceCall) -> Bool {
    guard let account = call.user.account else {
      return call.answer("Sign in first: a room belongs to an account.")
    }
    guard let room = call.core.rooms[FoldedName(call.words[0])], room.isRegistered, room.offeredTo == account.id else {
      return call.answer("Nobody wants to give you \(Service.shown(call.words[0])).")
    }
    return give(room, to: account, call)
  }

  private static func give(_ room: Room, to account: Account, _ call: ServiceCall) -> Bool {
    guard mayTakeOneMore(account, call) else { return call.answer("\(account.name) cannot have more rooms.") }
    var change = ServiceRoomChange(room, call)
    room.offeredTo = nil
    room.record.founder = account.id
    account.foundedRooms.insert(room.id)
    for member in room.members where member.roles.contains(.founder) {
      change.setRoles(member.roles.subtracting(.founder).union(.operator), of: member.user)
    }
    if let user = account.user, let member = room.member(user) {
      change.setRoles(member.roles.union(.founder), of: user)
    }
    change.commit(success: "\(room.name) is \(account.name)'s.")
    return true
  }
}
