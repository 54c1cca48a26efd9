import IRC

/// A member of a room, as far as the server has told.
struct Member {
  var nick: String
  var account: String?
  /// Prefixes, the highest first.
  var roles = ""
  var isAway = false
}

/// A room we are in.
struct TrackedRoom {
  /// As the server spells it.
  var name: String
  /// When we came in, by the server's clock if it tells the time; nil: not known, or something has been said since.
  var enteredAt: Timestamp?
  /// The server has told that time.
  var isEntryTold = false
  var members: [FoldedName: Member] = [:]
  /// Those of a list that is coming in; nil: none is. It replaces `members` when it is complete.
  var naming: [FoldedName: Member]?

  func has(_ member: FoldedName) -> Bool { members[member] != nil || naming?[member] != nil }
}

/// The rooms we are in and their members. A hostile server can fill only so much.
struct Rooms {
  static let maximumRooms = 4_096
  static let maximumMembers = 200_000
  /// Bytes of a nick or account, and of a room's name; what is longer is none.
  static let nickLimit = 128
  static let nameLimit = 512

  private var byKey: [FoldedName: TrackedRoom] = [:]
  private var memberCount = 0
  private var changed: [FoldedName] = []
  private var isChanged: Set<FoldedName> = []
  /// Rooms whose members' accounts and absences have to be asked for.
  private(set) var unasked: [FoldedName] = []

  subscript(_ key: FoldedName) -> TrackedRoom? { byKey[key] }

  var names: [String] { byKey.sorted { $0.key < $1.key }.map(\.value.name) }

  func members(of key: FoldedName, prefixes: [Character]) -> [RoomMember] {
    guard let room = byKey[key] else { return [] }
    func rank(_ member: Member) -> Int { member.roles.first.flatMap(prefixes.firstIndex(of:)) ?? prefixes.count }
    return room.members
      .map { (rank: rank($0.value), key: $0.key, member: $0.value) }
      .sorted { $0.rank != $1.rank ? $0.rank < $1.rank : $0.key < $1.key }
      .map {
        RoomMember(nick: $0.member.nick, account: $0.member.account, roles: $0.member.roles, isAway: $0.member.isAway)
      }
  }

  // MARK: Rooms

  /// We are in a room. False: we know of too many.
  mutating func enter(_ name: String, key: FoldedName, at time: Timestamp? = nil, isTold: Bool = false) -> Bool {
    guard name.utf8.count <= Self.nameLimit, byKey.count < Self.maximumRooms || byKey[key] != nil else { return false }
    leave(key)
    byKey[key] = TrackedRoom(name: name, enteredAt: time, isEntryTold: isTold)
    return true
  }

  /// Something has been said there since we came in.
  mutating func becomesLive(_ key: FoldedName) { byKey[key]?.enteredAt = nil }

  mutating func leave(_ key: FoldedName) {
    guard let room = byKey.removeValue(forKey: key) else { return }
    memberCount -= room.members.count + (room.naming?.count ?? 0)
    unasked.removeAll { $0 == key }
  }

  // MARK: Members

  mutating func add(_ member: Member, key: FoldedName, to room: FoldedName) {
    guard member.nick.utf8.count <= Self.nickLimit, byKey[room] != nil else { return }
    if byKey[room]?.members[key] == nil {
      guard memberCount < Self.maximumMembers else { return }
      memberCount += 1
    }
    byKey[room]?.members[key] = member
    if byKey[room]?.naming != nil { list(member, key: key, in: room) }
    touch(room)
  }

  /// Returns whether it was one.
  @discardableResult
  mutating func remove(_ key: FoldedName, from room: FoldedName) -> Bool {
    if byKey[room]?.naming?.removeValue(forKey: key) != nil { memberCount -= 1 }
    guard byKey[room]?.members.removeValue(forKey: key) != nil else { return false }
    memberCount -= 1
    touch(room)
    return true
  }

  /// Somebody leaves the network: the rooms it was in.
  mutating func removeEverywhere(_ key: FoldedName) -> [FoldedName] { rooms(of: key).filter { remove(key, from: $0) } }

  /// Somebody has another nick: the rooms it is in.
  mutating func rename(_ old: FoldedName, to nick: String, key: FoldedName) -> [FoldedName] {
    let list = rooms(of: old)
    for room in list {
      guard var member = byKey[room]?.members[old] else { continue }
      remove(old, from: room)
      member.nick = nick
      add(member, key: key, to: room)
    }
    return list
  }

  func rooms(of key: FoldedName) -> [FoldedName] {
    byKey.compactMap { $0.value.has(key) ? $0.key : nil }.sorted()
  }

  func isMember(_ key: FoldedName, of room: FoldedName) -> Bool { byKey[room]?.has(key) ?? false }

  mutating func update(_ key: FoldedName, in room: FoldedName, _ change: (inout Member) -> Void) {
    guard var member = byKey[room]?.members[key] else { return }
    change(&member)
    byKey[room]?.members[key] = member
    if byKey[room]?.naming?[key] != nil { byKey[room]?.naming?[key] = member }
    touch(room)
  }

  // MARK: NAMES

  /// One name of a list. What was known of the member beside its roles stays known.
  mutating func list(_ member: Member, key: FoldedName, in room: FoldedName) {
    guard member.nick.utf8.count <= Self.nickLimit, byKey[room] != nil else { return }
    if byKey[room]?.naming == nil { byKey[room]?.naming = [:] }
    if byKey[room]?.naming?[key] == nil {
      guard memberCount < Self.maximumMembers else { return }
      memberCount += 1
    }
    var member = member
    if let known = byKey[room]?.members[key] {
      member.account = member.account ?? known.account
      member.isAway = known.isAway
    }
    byKey[room]?.naming?[key] = member
  }

  /// The list is complete: nobody else is in the room. Returns whether we are in it.
  mutating func endList(_ room: FoldedName) -> Bool {
    guard let tracked = byKey[room] else { return false }
    if let naming = tracked.naming {
      memberCount -= tracked.members.count
      byKey[room]?.members = naming
      byKey[room]?.naming = nil
    }
    touch(room)
    return true
  }

  mutating func askWho(_ room: FoldedName) {
    if !unasked.contains(room) { unasked.append(room) }
  }

  mutating func nextUnasked() -> FoldedName? { unasked.isEmpty ? nil : unasked.removeFirst() }

  // MARK: Changes

  mutating func touch(_ room: FoldedName) {
    if isChanged.insert(room).inserted { changed.append(room) }
  }

  /// Rooms that have changed since the last call, except those whose list is still coming in.
  mutating func takeChanged() -> [FoldedName] {
    guard !changed.isEmpty else { return [] }
    let waiting = changed.filter { byKey[$0]?.naming != nil }
    let ready = changed.filter { byKey[$0] != nil && byKey[$0]?.naming == nil }
    changed = waiting
    isChanged = Set(waiting)
    return ready
  }

  /// The network folds names otherwise than we thought.
  mutating func refold(_ mapping: CaseMapping) {
    let before = byKey.values.sorted { $0.name < $1.name }
    self = Rooms()
    for room in before {
      let key = FoldedName(room.name, mapping: mapping)
      guard enter(room.name, key: key, at: room.enteredAt, isTold: room.isEntryTold) else { continue }
      for member in room.members.values { add(member, key: FoldedName(member.nick, mapping: mapping), to: key) }
    }
  }
}
