import IRC
import ParleyStore

/// Roles given and taken through ChanServ: also by founders who are not in the room at the moment.
enum ChanServRoles {
  static let commands: [ServiceCommand] = [
    command("OP", "o", true, "Makes somebody an operator."),
    command("DEOP", "o", false, "Takes an operator's role away."),
    command("HALFOP", "h", true, "Makes somebody a half-operator."),
    command("DEHALFOP", "h", false, "Takes a half-operator's role away."),
    command("VOICE", "v", true, "Gives somebody a voice."),
    command("DEVOICE", "v", false, "Takes a voice away."),
    ServiceCommand(
      name: "AMODE", usage: "AMODE <room> [+|-<mode> <account>]",
      summary: "Roles (a, o, h, v) that accounts have in a registered room, whether they are in it or not.",
      minimumWords: 1, run: keptRoles),
  ]

  private static func command(
    _ name: String, _ mode: Character, _ adding: Bool, _ summary: String
  ) -> ServiceCommand {
    ServiceCommand(
      name: name, usage: "\(name) <room> [<nick>]", summary: summary + " Without a nick: you.", minimumWords: 1,
      run: { call in change(mode, adding, call) })
  }

  /// What somebody may do in a room, whether in it or not.
  static func rank(of user: User, in room: Room) -> Int {
    if ChanServ.isFounder(user, of: room) { return Roles.founder.rank }
    return max(room.rank(of: user), user.account.map { room.kept(for: $0).rank } ?? 0)
  }

  static func mayTouch(_ role: Roles, _ rank: Int) -> Bool {
    rank > role.rank || (rank == role.rank && rank >= Roles.operator.rank)
  }

  private static func keptRoles(_ call: ServiceCall) -> Bool {
    guard let room = ChanServ.room(call) else { return true }
    guard room.isRegistered else { return call.answer("\(room.name) is not registered.") }
    let rank = rank(of: call.user, in: room)
    guard rank >= Roles.operator.rank || call.user.isOperator else {
      return call.answer("Your role in \(room.name) is too low for this.")
    }
    guard call.words.count > 1 else {
      call.core.charge(call.session, room.keptRoles.count)
      for (id, roles) in room.keptRoles.sorted(by: { $0.key < $1.key }) {
        if let account = call.core.accounts[id] { call.say("\(account.name): +\(roles.letters)") }
      }
      return call.answer("These are the roles in \(room.name).")
    }
    let word = call.words[1]
    guard call.words.count == 3, word.utf8.count == 2, word.hasPrefix("+") || word.hasPrefix("-"),
      let role = word.last.flatMap({ Roles(mode: $0) }), role != .founder
    else { return call.answer("Usage: AMODE <room> [+|-<mode> <account>], with the mode a, o, h or v") }
    guard let account = call.core.accounts[call.words[2]], account.isStored else {
      return call.answer("There is no account \(Service.shown(call.words[2])).")
    }
    let adding = word.hasPrefix("+")
    let now = room.keptRoles[account.id] ?? []
    guard mayTouch(role, rank), adding || room.kept(for: account).rank <= rank else {
      return call.answer("Your role in \(room.name) is too low for this.")
    }
    guard now.contains(role) != adding else { return call.answer("That is so already.") }
    guard room.keptRoles.count < 1_000 || !now.isEmpty else { return call.answer("\(room.name) has too many roles.") }
    var change = ServiceRoomChange(room, call)
    if let user = account.user, let member = room.member(user) {
      change.setRoles(adding ? member.roles.union(role) : member.roles.subtracting(role), of: user)
    }
    if let stored = room.keepRoles(adding ? now.union(role) : now.subtracting(role), of: account) {
      change.changes.append(stored)
    }
    change.commit(success: "Done.")
    return true
  }

  private static func change(_ mode: Character, _ adding: Bool, _ call: ServiceCall) -> Bool {
    guard let room = ChanServ.room(call), let role = Roles(mode: mode) else { return true }
    guard let target = call.word(1).map({ call.core.users[FoldedName($0)] }) ?? call.user,
      let member = room.member(target)
    else { return call.answer("They are not in \(room.name).") }
    let rank = rank(of: call.user, in: room)
    let isOwnLoss = target === call.user && !adding
    let outranked = !adding && room.rank(of: target) > rank
    guard isOwnLoss || (mayTouch(role, rank) && !outranked) else {
      return call.answer("Your role in \(room.name) is too low for this.")
    }
    guard member.roles.contains(role) != adding else { return call.answer("That is so already.") }
    guard call.core.chargeGuest(call.user, call.session, bytes: 0) != nil else {
      return call.answer(Core.quotaWords + ".")
    }
    var change = ServiceRoomChange(room, call)
    change.setRoles(adding ? member.roles.union(role) : member.roles.subtracting(role), of: target)
    change.commit(success: "Done.")
    return true
  }
}
