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
    let next = writer(rooms, shown: shown, for: call.user)
    if rooms.reduce(0, { $0 + $1.members.count }) <= membersPerStep {
      while next(call.reply) {}
      return true
    }
    call.core.sendLong(call.reply, next: next)
    return false
  }

  /// Members looked at before it is asked whether the slice is full.
  private static let membersPerStep = 200

  /// Writes everybody in some rooms, and the end, slice by slice; its answer is whether there is more.
  static func writer(_ rooms: [Room], shown: String, for user: User) -> (Reply) -> Bool {
    var members = rooms.map { $0.members[...] }
    var place = 0
    return { reply in
      while place < rooms.count, !reply.isFull {
        // Who has left meanwhile is not in it.
        let part = members[place].prefix(membersPerStep)
        write(part.filter { rooms[place].contains($0.user) }, of: rooms[place], for: user, to: reply)
        members[place] = members[place].dropFirst(part.count)
        if members[place].isEmpty { place += 1 }
      }
      if place == rooms.count { reply.numeric(.endOfNames, shown, "End of /NAMES list") }
      return place < rooms.count
    }
  }

  private static func write(_ members: [Room.Member], of room: Room, for user: User, to reply: Reply) {
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
