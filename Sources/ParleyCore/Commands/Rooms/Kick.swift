import IRC
import ParleyStore

/// KICK: puts somebody out of a room.
enum KickCommand {
  static let command = Command(name: "KICK", minimumParameters: 2, handler: .user(run))

  private static func run(_ call: UserCall) -> Bool {
    let rooms = call.parameters[0].split(separator: ",").map(String.init)
    let nicks = call.parameters[1].split(separator: ",").map(String.init)
    let comment = TextLimit.truncate(
      call.parameter(2) ?? call.user.nick, toBytes: call.configuration.kickLength)
    guard nicks.count <= call.configuration.targetsPerCommand, rooms.count == 1 || rooms.count == nicks.count else {
      call.reply.numeric(.needMoreParams, "KICK", "One room, or one for each nick, and not too many")
      return true
    }
    for (number, nick) in nicks.enumerated() {
      kick(nick, from: rooms.count == 1 ? rooms[0] : rooms[number], comment, call)
    }
    return true
  }

  private static func kick(_ nick: String, from name: String, _ comment: String, _ call: UserCall) {
    let core = call.core
    guard let room = core.rooms[FoldedName(name)] else {
      return call.reply.numeric(.noSuchChannel, name, "No such channel")
    }
    guard room.contains(call.user) else {
      return call.reply.numeric(.notOnChannel, room.name, "You're not on that channel")
    }
    let own = room.rank(of: call.user)
    guard own >= Roles.halfOperator.rank else {
      return call.reply.numeric(.chanOpPrivsNeeded, room.name, "You're not a channel operator")
    }
    guard let target = core.users[FoldedName(nick)] else {
      return call.reply.numeric(.noSuchNick, nick, "No such nick")
    }
    guard room.contains(target) else {
      return call.reply.numeric(.userNotInChannel, target.nick, room.name, "They aren't on that channel")
    }
    let other = room.rank(of: target)
    guard own > other || (own >= Roles.operator.rank && own == other) else {
      return call.reply.numeric(.chanOpPrivsNeeded, room.name, "\(target.nick) has a higher role than you")
    }
    let line = Message(
      source: call.user.source, command: "KICK", parameters: [room.name, target.nick, comment]
    ).fitted()
    guard core.chargeGuest(call.user, call.session, bytes: comment.utf8.count) != nil else {
      return call.reply.fail("KICK", "QUOTA_EXCEEDED", [room.name], Core.quotaWords)
    }
    core.chargeChange(call.session, in: [room])
    core.log(
      .kicked(nick: target.nick, room: room.name, by: call.user.operatorName, reason: comment), of: call.session)
    core.depart(target, from: room, line, reply: call.reply)
  }
}
