import IRC
import ParleyStore

/// JOIN: enters rooms, creating those that do not exist. `JOIN 0` leaves all.
enum JoinCommand {
  static let command = Command(name: "JOIN", minimumParameters: 1, handler: .user(run))

  private static func run(_ call: UserCall) -> Bool {
    if call.parameters[0] == "0" {
      return call.forEach(call.user.rooms) { room in PartCommand.leave(room, reason: nil, call) }
    }
    let keys = (call.parameter(1) ?? "").split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    let names = call.parameters[0].split(separator: ",").map(String.init)
    return call.forEach(Array(names.enumerated())) { number, name in
      join(name, key: number < keys.count ? keys[number] : "", call)
    }
  }

  private static func join(_ name: String, key: String, _ call: UserCall) {
    let core = call.core
    guard let room = core.rooms[FoldedName(name)] else {
      // Only of new rooms: those that there are may have been made with other limits.
      guard Names.isValidChannel(name, maximumLength: call.configuration.channelLength) else {
        return call.reply.numeric(
          .noSuchChannel, name.isEmpty ? "*" : name,
          "No such channel: room names begin with # and have at most \(call.configuration.channelLength) bytes")
      }
      return create(name, call)
    }
    core.charge(call.session, WorkCost.joining(room))
    if room.contains(call.user) { return }
    guard call.user.rooms.count < call.configuration.roomsPerUser else {
      return call.reply.numeric(.tooManyChannels, name, "You have joined too many rooms")
    }
    if let (numeric, reason) = obstacle(room, key: key, call.user) {
      return call.reply.numeric(numeric, room.name, reason)
    }
    guard mayEnter(room.name, call) else { return }
    core.admit(call.user, to: room, roles: roles(in: room, call), reply: call.reply, by: call.session)
  }

  /// The limit on joins of guests and new accounts.
  private static func mayEnter(_ name: String, _ call: UserCall) -> Bool {
    guard let wait = call.core.guestWait(.join, call.user, call.session) else { return true }
    call.reply.fail(
      "JOIN", "RATE_LIMITED", [name],
      "Too many joins by guests and new accounts of your address, wait \(wait) seconds")
    return false
  }

  /// A room's founder is its operator again; so is a server operator in a room that belongs to the server.
  private static func roles(in room: Room, _ call: UserCall) -> Roles {
    let user = call.user
    if room.isRegistered { return user.account.map { room.kept(for: $0) } ?? [] }
    if let account = user.account, room.record.founder == account.id { return .operator }
    if room.isPermanent, user.isOperator { return .operator }
    if let awaited = user.account.flatMap({ room.awaited[$0.id] }) { return Roles(rawValue: awaited.roles) }
    // An empty room waits for those who were in it before the server started: it is its founder's, if it has one.
    return room.members.isEmpty && !room.isKept && (room.record.founder == nil || call.core.awaitedUntil == nil)
      ? .operator : []
  }

  private static func obstacle(_ room: Room, key: String, _ user: User) -> (Numeric, String)? {
    if let account = user.account, room.record.founder == account.id { return nil }
    let isInvited = user.invitations.admits(to: room.id)
    // It has not left.
    let isAwaited = user.account.map { room.awaited[$0.id] != nil } ?? false
    if room.has("i"), !isAwaited, !room.isInvited(user) {
      return (.inviteOnlyChan, "Cannot join: invitation only (+i)")
    }
    if !isInvited, room.isBanned(user) { return (.bannedFromChan, "Cannot join: you are banned (+b)") }
    if !room.record.key.isEmpty, !isInvited, !isAwaited, !SecretComparison.equal(key, room.record.key) {
      return (.badChannelKey, "Cannot join: wrong key (+k)")
    }
    if room.record.limit > 0, room.members.count >= room.record.limit, !isInvited {
      return (.channelIsFull, "Cannot join: the room is full (+l)")
    }
    if room.has("R"), user.account == nil { return (.needReggedNick, "Cannot join: sign in first (+R)") }
    return nil
  }

  private static func create(_ name: String, _ call: UserCall) {
    let core = call.core
    guard call.user.rooms.count < call.configuration.roomsPerUser else {
      return call.reply.numeric(.tooManyChannels, name, "You have joined too many rooms")
    }
    if let words = core.roomNameObstacle(name, for: call.user) {
      return call.reply.numeric(.unavailResource, name, "No room can be made under this name: \(words)")
    }
    guard mayEnter(name, call) else { return }
    let record = RoomRecord(
      id: core.takeRoomID(), name: name, createdAt: core.now, founder: call.user.account?.id, modes: "nt")
    let room = Room(record)
    core.charge(call.session, 2 * WorkCost.change)
    core.rooms[room.folded] = room
    core.admit(
      call.user, to: room, roles: .operator, reply: call.reply, by: call.session,
      creating: true)
  }
}

extension Core {
  /// Puts a user into a room and tells everybody once it is stored.
  /// - Parameters:
  ///   - reply: gets the joining device's own JOIN, topic and names; nil: every device of the user gets them.
  ///   - creating: the room is new and stored along.
  func admit(
    _ user: User, to room: Room, roles: Roles, reply: Reply?, by session: Session? = nil, creating: Bool = false
  ) {
    let awaited = user.account.flatMap { room.awaited[$0.id] }
    room.add(user, roles: roles, at: now, since: awaited?.since ?? .max)
    let number = room.member(user)?.number ?? 0
    let invitation = user.invitations.remove(room.id)
    let wasAwaited = awaitedRooms.remove(room.id) != nil
    var changes: [Change] = creating ? [.putRoom(room.record)] : []
    if let account = user.account {
      changes.append(
        .putMembership(
          MembershipRecord(room: room.id, account: account.id, roles: roles.rawValue, joinedAt: now)))
    }
    if invitation != nil, let account = user.account { changes.append(.removeInvitation(account.id, room.id)) }
    let line = Message(source: user.source, command: "JOIN", parameters: [room.name])
    changes += comings(line, in: [room], by: user)
    var hasFailed = false
    func undo(_ core: Core) {
      hasFailed = true
      room.withdraw(user)
      if wasAwaited, room.isOnlyAwaited, core.awaitedUntil != nil { core.awaitedRooms.insert(room.id) }
      if creating { core.void(room) }
      if let invitation { user.invitations.add(invitation) }
    }
    func fail() {
      reply?.fail("JOIN", "STORE_UNAVAILABLE", [room.name], "You could not be taken into the room: storage failed")
    }
    if !changes.isEmpty {
      transact(
        Transaction(changes), for: session, undo: undo, fail: { _, _ in fail() },
        settle: { core, outcome in
          // The store has another room of this name: none may live that it does not know.
          guard case .refused = outcome else { return }
          undo(core)
          fail()
        })
    }
    let join = joinDelivery(of: user, as: user.face, room.name)
    afterEverything(writingTo: reply) { core in
      guard !hasFailed else { return }
      guard !room.isVoid else {
        // Another's creation of it could not be stored.
        if let invitation { user.invitations.add(invitation) }
        return fail()
      }
      if let account = user.account { room.awaited[account.id] = nil }
      room.setSince(core.releasedPosition, of: user, number: number)
      room.show(number, of: user)
      let face = user.shown
      core.emit(.deliver(join, to: .room(room.id, except: nil)))
      if roles.rank > 0, !creating {
        let words = ModeGrammar.format(roles.letters.map { ModeChange(adding: true, mode: $0, parameter: face.nick) })
        core.deliver(
          Message(source: core.configuration.serverName, command: "MODE", parameters: [room.shownName] + words),
          to: .room(room.id, except: nil))
      }
      if let away = face.away {
        core.deliver(
          Message(source: face.source, command: "AWAY", parameters: [away]), by: user, to: .room(room.id, except: nil),
          requires: .awayNotify)
      }
      for device in user.sessions where device.isReachable {
        core.emit(.join(device.id, room.id))
        let isOwn = reply?.session === device
        let own = isOwn ? reply ?? core.makeReply(device, label: nil) : core.makeReply(device, label: nil)
        own.send(join)
        core.showRoom(room, to: user, reply: own)
        core.showMetadata(of: room, to: own)
        if !isOwn { core.finish(own) }
      }
    }
  }

  /// A room that could not be stored was never there: whoever joined it meanwhile is not in it.
  func void(_ room: Room) {
    room.isVoid = true
    for member in room.members { room.withdraw(member.user) }
    if rooms[room.folded] === room { rooms[room.folded] = nil }
  }
}
