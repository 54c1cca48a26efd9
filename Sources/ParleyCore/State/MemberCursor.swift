/// Goes through a room's members in pieces while some come and go, without a copy of the list.
///
/// It goes from the last to the first: a member that leaves is replaced in the list by the last one, which has been met already. So
/// nobody who stays is left out, and somebody may be met twice. Who comes meanwhile is seen to join.
struct MemberCursor {
  let room: Room
  /// Members that have not been met; nil: it has not begun.
  private var left: Int?

  init(_ room: Room) { self.room = room }

  var isAtEnd: Bool { left == 0 }

  /// The next ones, of whom others have been shown that they are in the room.
  /// - Parameter most: how many are looked at.
  mutating func next(_ most: Int) -> [Room.Member] {
    let departing = left == nil ? room.departingMembers : []
    let end = min(left ?? .max, room.members.count)
    let start = max(0, end - max(1, most))
    left = start
    return room.members[start..<end].filter(\.isShown) + departing
  }
}
