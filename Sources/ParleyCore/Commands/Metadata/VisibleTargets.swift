import IRC

/// Whose metadata METADATA SYNC tells, in pieces: some people, then rooms, each with the members who are in none before it.
struct VisibleTargets {
  private var people: ArraySlice<User>
  private let rooms: [Room]
  private let own: User?
  /// The room whose members are next.
  private var place = 0
  private var cursor: MemberCursor?

  /// A room and everybody in it.
  init(in room: Room) {
    people = []
    rooms = [room]
    own = nil
  }

  /// - Parameters:
  ///   - user: told of first.
  ///   - others: people with whom the user shares no room.
  init(of user: User, and others: [User] = [], rooms: [Room] = []) {
    people = ([user] + others)[...]
    self.rooms = rooms
    own = user
  }

  var isAtEnd: Bool { people.isEmpty && place == rooms.count }

  /// - Parameter looks: at how many members it may look; afterwards at how many it has.
  mutating func next(_ looks: inout Int) -> [MetadataTarget] {
    let most = looks
    looks = 0
    var found: [MetadataTarget] = []
    while looks < most, let user = people.popFirst() {
      found.append(.user(user))
      looks += 1
    }
    while looks < most, place < rooms.count {
      let room = rooms[place]
      if cursor == nil { found.append(.room(room)) }
      var members = cursor ?? MemberCursor(room)
      let cost = 1 + place / 4
      let part = members.next(max(1, (most - looks) / cost))
      looks += 1 + part.count * cost
      for member in part where member.user !== own {
        if !rooms[..<place].contains(where: { $0.isShown(member.user) }) { found.append(.user(member.user)) }
      }
      cursor = members
      if members.isAtEnd {
        place += 1
        cursor = nil
      }
    }
    return found
  }
}
