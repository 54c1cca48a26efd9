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
    ChanServ.isFounder(user, of: room) ? Roles.founder.rank : room.rank(of: user)
  }

  static func mayTouch(_ role: Roles, _ rank: Int) -> Bool {
    rank > role.rank || (rank == role.rank && rank >= Roles.operator.rank)
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
    var change = ServiceRoomChange(room, call)
    change.setRoles(adding ? member.roles.union(role) : member.roles.subtracting(role), of: target)
    change.commit(success: "Done.")
    return true
  }
}
