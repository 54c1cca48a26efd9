import IRC
import ParleyStore

/// NAMES: who is in a room, as those who are in it have been shown by then. Long lists come in slices.
enum NamesCommand {
  static let command = Command(name: "NAMES", minimumParameters: 0, handler: .user(run))

  private static func run(_ call: UserCall) -> Bool {
    let asked = call.parameter(0) ?? "*"
    var rooms: [Room] = []
    for name in asked.split(separator: ",").prefix(call.configuration.targetsPerCommand).map(String.init) {
      guard let room = call.core.rooms[FoldedName(name)], !room.isHidden(from: call.user) else { continue }
      rooms.append(room)
    }
    let shown = rooms.count == 1 && !asked.contains(",") ? rooms[0].name : TextLimit.truncate(asked, toBytes: 300)
    let slice = call.configuration.sliceLines * 10
    var cursors = rooms.map { MemberCursor($0) }[...]
    call.core.sendLong(call.reply, isWork: true) { [unowned core = call.core] reply in
      var left = slice
      while left > 0, var cursor = cursors.popFirst() {
        let size = cursor.room.members.count
        if !cursor.room.isHidden(from: call.user) {
          write(cursor.next(left), of: cursor.room, for: call.user, to: reply)
        }
        let looked = max(1, min(left, size))
        left -= looked
        core.charge(call.session, 1 + looked / 4)
        if !cursor.isAtEnd, !cursor.room.isHidden(from: call.user) { cursors.insert(cursor, at: cursors.startIndex) }
      }
      if cursors.isEmpty { reply.numeric(.endOfNames, shown, "End of /NAMES list") }
      return !cursors.isEmpty
    }
    return false
  }

  /// Everybody in a room, and the end.
  static func write(_ room: Room, for user: User, to reply: Reply) {
    write(room.shownMembers, of: room, for: user, to: reply)
    reply.numeric(.endOfNames, room.shownName, "End of /NAMES list")
  }

  private static func write(_ members: [Room.Member], of room: Room, for user: User, to reply: Reply) {
    let symbol = room.isSecret ? "@" : "="
    let name = room.shownName
    let isMember = room.isShown(user)
    let session = reply.session
    let hasAll = session.has(.multiPrefix)
    let hasSource = session.has(.userhostInNames)
    reply.list(.namReply, [symbol, name]) { list in
      for member in members where isMember || !member.user.isInvisible {
        let prefix = hasAll ? member.shownRoles.prefixes : member.shownRoles.highestPrefix.map(String.init) ?? ""
        list.add(prefix + (hasSource ? member.user.shownSource : member.user.shownNick))
      }
    }
  }
}
