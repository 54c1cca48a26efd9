import IRC
import ParleyStore

/// NAMES: who is in a room.
enum NamesCommand {
  static let command = Command(name: "NAMES", minimumParameters: 0, handler: .user(run))

  private static func run(_ call: UserCall) -> Bool {
    let asked = call.parameter(0) ?? "*"
    var rooms: [Room] = []
    for name in asked.split(separator: ",").prefix(call.configuration.targetsPerCommand).map(String.init) {
      guard let room = call.core.rooms[FoldedName(name)], !room.isSecret || room.contains(call.user) else { continue }
      rooms.append(room)
    }
    let shown = rooms.count == 1 && !asked.contains(",") ? rooms[0].name : TextLimit.truncate(asked, toBytes: 300)
    let slice = call.configuration.sliceLines * 10
    var members = rooms.map { $0.members[...] }
    var place = 0
    let next = { (reply: Reply) -> Bool in
      var left = slice
      while place < rooms.count, left > 0 {
        let part = members[place].prefix(left)
        Self.write(part, of: rooms[place], for: call.user, to: reply)
        left -= part.count
        members[place] = members[place].dropFirst(part.count)
        if members[place].isEmpty { place += 1 }
      }
      if place == rooms.count { reply.numeric(.endOfNames, shown, "End of /NAMES list") }
      return place < rooms.count
    }
    if members.reduce(0, { $0 + $1.count }) <= slice {
      _ = next(call.reply)
      return true
    }
    call.core.sendLong(call.reply, next: next)
    return false
  }

  /// Everybody in a room, and the end.
  static func write(_ room: Room, for user: User, to reply: Reply) {
    write(room.members[...], of: room, for: user, to: reply)
    reply.numeric(.endOfNames, room.name, "End of /NAMES list")
  }

  private static func write(_ members: ArraySlice<Room.Member>, of room: Room, for user: User, to reply: Reply) {
    let symbol = room.isSecret ? "@" : "="
    let isMember = room.contains(user)
    let session = reply.session
    var line = ""
    for member in members where isMember || !member.user.isInvisible {
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
  }
}
