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
    let write = writer(rooms, shown: shown, for: call.user, slice: call.configuration.sliceLooks * 10) {
      [unowned core = call.core] looked in core.charge(call.session, 1 + looked / 4)
    }
    call.core.sendLong(call.reply, isWork: true, next: write)
    return false
  }

  /// Members looked at before it is asked whether the slice is full.
  private static let membersPerStep = 200

  /// Writes everybody in some rooms, and the end, slice by slice; its answer is whether there is more. Each call writes something.
  /// - Parameters:
  ///   - shown: what the end is of; nil: the one room, as it is called by then.
  ///   - slice: at how many members it looks in one go.
  ///   - charge: is told how many it has looked at.
  static func writer(
    _ rooms: [Room], shown: String? = nil, for user: User, slice: Int = .max,
    charge: @escaping (Int) -> Void = { _ in }
  ) -> (Reply) -> Bool {
    var cursors = rooms.map { MemberCursor($0) }[...]
    return { reply in
      var left = slice
      while left > 0, var cursor = cursors.popFirst() {
        let looked = max(1, min(left, membersPerStep, cursor.room.members.count))
        if !cursor.room.isHidden(from: user) {
          write(cursor.next(looked), of: cursor.room, for: user, to: reply)
          if !cursor.isAtEnd { cursors.insert(cursor, at: cursors.startIndex) }
        }
        left -= looked
        charge(looked)
        if reply.isFull { break }
      }
      guard cursors.isEmpty else { return true }
      reply.numeric(.endOfNames, shown ?? rooms.first?.shownName ?? "*", "End of /NAMES list")
      return false
    }
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
