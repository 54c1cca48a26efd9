import IRC
import ParleyStore

/// What one command changes of a room, until the store has answered. If it is refused, its own changes are taken back, and nothing else:
/// the store answers the oldest command first, and later ones have been decided meanwhile. A value that a later one has changed again
/// is left to that, which takes it back to what it was before both, should it be refused as well.
final class RoomChange {
  private struct Step<Value> {
    var before: Value?
    let after: Value?
    let order: Int
  }

  private struct ListKey: Hashable {
    let mode: Character
    let mask: FoldedName
  }

  /// The room as it was, until it is known what has changed.
  private struct Start {
    var lists: [Character: [RoomListEntry]]
    var kept: [AccountID: Roles]
    var reservations: NameReservations
  }

  private(set) var before: RoomRecord
  /// What the store is given.
  private(set) var after: RoomRecord
  private var start: Start?
  private var users: [ObjectIdentifier: User] = [:]
  private var roles: [ObjectIdentifier: Step<Roles>] = [:]
  private var kept: [AccountID: Step<Roles>] = [:]
  private var entries: [ListKey: Step<RoomListEntry>] = [:]
  private var reservations: [FoldedName: Step<NameReservation>] = [:]

  /// Made before anything is changed.
  init(_ room: Room, _ core: Core) {
    (before, after) = (room.record, room.record)
    let lists = ["b", "e", "I"].map { ($0 as Character, room[list: $0]) }
    start = Start(
      lists: Dictionary(uniqueKeysWithValues: lists), kept: room.keptRoles, reservations: core.reservations)
  }

  /// Members whose roles have changed.
  var changedUsers: [User] { roles.sorted { $0.value.order < $1.value.order }.compactMap { users[$0.key] } }

  func setRoles(_ changed: Roles, of user: User, in room: Room) {
    guard let current = room.roles(of: user) else { return }
    let key = ObjectIdentifier(user)
    users[key] = user
    let first = roles[key]
    roles[key] = Step(before: first.map { $0.before } ?? current, after: changed, order: first?.order ?? roles.count)
    room.setRoles(changed, of: user)
  }

  /// Everything has been changed, and the store is told of it.
  func begin(_ changes: [Change], _ room: Room, _ core: Core) {
    after = room.record
    for change in changes {
      switch change {
      case .putListEntry(let entry): note(entry.mode, entry.mask, room)
      case .removeListEntry(_, let mode, let mask): note(mode, mask, room)
      case .putRoomRoles(let record): note(record.account, room)
      case .removeRoomRoles(_, let account): note(account, room)
      case .putReservation(let record): note(record.name, core)
      case .removeReservation(let name): note(name, core)
      default: break
      }
    }
    start = nil
    room.changes.append(self)
  }

  private func note(_ mode: Character, _ mask: String, _ room: Room) {
    let key = ListKey(mode: mode, mask: FoldedName(mask))
    let before = start?.lists[mode]?.first { FoldedName($0.mask) == key.mask }
    entries[key] = Step(before: before, after: Self.entry(key, room), order: entries.count)
  }

  private func note(_ account: AccountID, _ room: Room) {
    kept[account] = Step(before: start?.kept[account], after: room.keptRoles[account], order: kept.count)
  }

  private func note(_ name: String, _ core: Core) {
    reservations[FoldedName(name)] = Step(
      before: start?.reservations[name], after: core.reservations[name], order: reservations.count)
  }

  /// The store has answered.
  func end(_ room: Room) { room.changes.removeAll { $0 === self } }

  /// The store has refused it, or has failed: then the newest is taken back first.
  func takeBack(_ room: Room, _ core: Core) {
    let position = room.changes.firstIndex { $0 === self }
    let later = position.map { room.changes[($0 + 1)...] } ?? []
    takeBackRecord(room, core, later)
    takeBack(
      \.roles, later, get: { [users] in users[$0].flatMap { room.roles(of: $0) } },
      set: { [users] key, value in
        if let user = users[key], let value { room.setRoles(value, of: user) }
      })
    takeBack(\.kept, later, get: { room.keptRoles[$0] }, set: { room.keptRoles[$0] = $1 })
    takeBack(\.entries, later, get: { Self.entry($0, room) }, set: { Self.setEntry($0, $1, room) })
    takeBack(\.reservations, later, get: { core.reservations[$0] }, set: { core.reservations[$0] = $1 })
    end(room)
  }

  private func takeBack<Key, Value: Equatable>(
    _ steps: ReferenceWritableKeyPath<RoomChange, [Key: Step<Value>]>, _ later: ArraySlice<RoomChange>,
    get: (Key) -> Value?, set: (Key, Value?) -> Void
  ) {
    for (key, step) in self[keyPath: steps].sorted(by: { $0.value.order < $1.value.order }) {
      if let next = later.first(where: { $0[keyPath: steps][key] != nil }) {
        next[keyPath: steps][key]?.before = step.before
      } else if get(key) == step.after {
        set(key, step.before)
      }
    }
  }

  private func takeBackRecord(_ room: Room, _ core: Core, _ later: ArraySlice<RoomChange>) {
    var record = room.record
    for field in RoomField.all where !field.isSame(before, after) {
      if let next = later.first(where: { !field.isSame($0.before, $0.after) }) {
        field.copy(before, &next.before)
      } else if field.isSame(record, after) {
        field.copy(before, &record)
      }
    }
    room.restore(record)
    guard before.name != after.name else { return }
    if let next = later.first(where: { $0.before.name != $0.after.name }) {
      next.before.name = before.name
    } else if room.name == after.name {
      core.rename(room, to: before.name)
    }
  }

  private static func entry(_ key: ListKey, _ room: Room) -> RoomListEntry? {
    room[list: key.mode].first { FoldedName($0.mask) == key.mask }
  }

  /// An entry that comes back stands where it stood, in the order of time.
  private static func setEntry(_ key: ListKey, _ entry: RoomListEntry?, _ room: Room) {
    var list = room[list: key.mode].filter { FoldedName($0.mask) != key.mask }
    if let entry { list.insert(entry, at: list.firstIndex { $0.setAt > entry.setAt } ?? list.endIndex) }
    room[list: key.mode] = list
  }
}

/// A value in the record of a room, but its name.
private struct RoomField {
  let isSame: (RoomRecord, RoomRecord) -> Bool
  let copy: (RoomRecord, inout RoomRecord) -> Void

  private init<Value: Equatable>(_ path: WritableKeyPath<RoomRecord, Value>) {
    isSame = { $0[keyPath: path] == $1[keyPath: path] }
    copy = { $1[keyPath: path] = $0[keyPath: path] }
  }

  static var all: [RoomField] {
    [
      RoomField(\.founder), RoomField(\.topic), RoomField(\.topicSetBy), RoomField(\.topicSetAt), RoomField(\.modes),
      RoomField(\.key), RoomField(\.limit), RoomField(\.slowSeconds), RoomField(\.floodLines),
      RoomField(\.floodSeconds), RoomField(\.retention),
    ]
  }
}

extension Core {
  /// Gives a room a name, under which it is found then if it was found before.
  func rename(_ room: Room, to name: String) {
    let isThere = rooms[room.folded] === room
    if isThere { rooms[room.folded] = nil }
    room.rename(name)
    if isThere { rooms[room.folded] = room }
  }
}
