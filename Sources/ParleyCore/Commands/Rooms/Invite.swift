import IRC
import ParleyStore

/// INVITE: lets somebody into a room once, past +i, key, limit and bans.
enum InviteCommand {
  static let command = Command(name: "INVITE", minimumParameters: 0, handler: .user(run))

  private static func run(_ call: UserCall) -> Bool {
    let core = call.core
    if call.parameters.isEmpty { return list(call) }
    guard call.parameters.count > 1 else {
      call.reply.numeric(.needMoreParams, "INVITE", "Not enough parameters")
      return true
    }
    let nick = call.parameters[0]
    let name = call.parameters[1]
    guard let target = core.users[FoldedName(nick)] else {
      call.reply.numeric(.noSuchNick, nick, "No such nick")
      return true
    }
    guard let room = core.rooms[FoldedName(name)] else {
      call.reply.numeric(.noSuchChannel, name, "No such channel")
      return true
    }
    guard room.contains(call.user) else {
      call.reply.numeric(.notOnChannel, room.name, "You're not on that channel")
      return true
    }
    guard !room.contains(target) else {
      call.reply.numeric(.userOnChannel, target.nick, room.name, "is already on channel")
      return true
    }
    guard !room.has("i") || room.rank(of: call.user) >= Roles.halfOperator.rank else {
      call.reply.numeric(.chanOpPrivsNeeded, room.name, "You're not a channel operator")
      return true
    }
    let isSilenced = target.silences.matches(call.user)
    // Anybody may point somebody to an open room; only those who could lift a ban can let people past it.
    if room.rank(of: call.user) >= Roles.halfOperator.rank, !isSilenced { target.remember(invitation: room.id) }
    call.reply.numeric(.inviting, target.nick, room.name)
    if let away = target.away { call.reply.numeric(.away, target.nick, away) }
    let line = Message(source: call.user.source, command: "INVITE", parameters: [target.nick, room.name])
    if !isSilenced {
      core.deliver(line, by: call.user, to: .connections(target.connections))
    }
    // invite-notify: those who could have invited are told, too.
    var witnesses: [ConnectionID] = []
    for member in room.members where member.roles.rank >= Roles.halfOperator.rank {
      witnesses += member.user.connections(except: call.session)
    }
    core.deliver(line, by: call.user, to: .connections(witnesses), requires: .inviteNotify)
    return true
  }

  /// The rooms one is invited to and has not entered.
  private static func list(_ call: UserCall) -> Bool {
    let rooms = call.core.rooms.values.filter { call.user.invitations.contains($0.id) }
    for room in rooms.sorted(by: { $0.id < $1.id }) { call.reply.numeric(.inviteList, room.name) }
    call.reply.numeric(.endOfInviteList, "End of /INVITE list")
    return true
  }
}
