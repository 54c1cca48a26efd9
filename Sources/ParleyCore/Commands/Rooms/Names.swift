import IRC
import ParleyStore

/// NAMES: who is in a room.
enum NamesCommand {
  static let command = Command(name: "NAMES", minimumParameters: 0, handler: .user(run))

  private static func run(_ call: UserCall) -> Bool {
    guard let names = call.parameter(0) else {
      call.reply.numeric(.endOfNames, "*", "End of /NAMES list")
      return true
    }
    for name in names.split(separator: ",").prefix(call.configuration.targetsPerCommand).map(String.init) {
      guard let room = call.core.rooms[FoldedName(name)], !room.isSecret || room.contains(call.user) else {
        call.reply.numeric(.endOfNames, name, "End of /NAMES list")
        continue
      }
      write(room, for: call.user, to: call.reply)
    }
    return true
  }

  static func write(_ room: Room, for user: User, to reply: Reply) {
    let symbol = room.isSecret ? "@" : "="
    let isMember = room.contains(user)
    let session = reply.session
    var line = ""
    for member in room.members where isMember || !member.user.isInvisible {
      let prefix =
        session.has(.multiPrefix) ? member.roles.prefixes : member.roles.highestPrefix.map(String.init) ?? ""
      let name = prefix + (session.has(.userhostInNames) ? member.user.source : member.user.nick)
      if line.utf8.count + name.utf8.count > 380 {
        reply.numeric(.namReply, symbol, room.name, line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + name
    }
    if !line.isEmpty { reply.numeric(.namReply, symbol, room.name, line) }
    reply.numeric(.endOfNames, room.name, "End of /NAMES list")
  }
}
