import IRC
import ParleyStore
import SQLite
import Testing

/// What guests leave is removed after a time, for every `Store`.
@Suite("Guests' data", .serialized)
struct GuestDataConformance {
  private static let day: Int64 = 86_400_000
  private let guest = Identity(rawValue: -5)
  private let other = Identity(rawValue: -6)

  private func expire(_ store: any Store, days: Int64, staying: Set<Identity> = []) throws {
    if try !store.load().rooms.contains(where: { $0.id == RoomID(1) }) { try store.makeLobby() }
    var policy = RetentionPolicy()
    policy.guests = GuestRetention(seconds: 86_400, staying: staying)
    _ = try store.outcome(.expire(policy, now: Timestamp(milliseconds: days * Self.day)))
    try store.maintainFully()
  }

  private func count(in folder: Folder, _ query: StaticString) throws -> Int64 {
    try Database(path: folder.file, access: .query).statement(query).first { $0.int(0) } ?? -1
  }

  @Test("private conversations with guests go a time after their last message; others stay", arguments: StoreKind.all)
  func conversations(kind: StoreKind) throws {
    let place = try kind.makePlace()
    let store = try place.open()
    try store.makeLobby()
    let (old, between, fresh) = (Conversation(alice, guest), Conversation(guest, other), Conversation(bob, guest))
    let own = Conversation(alice, bob)
    for number in 1...3 {
      for pair in [old, between, own] { try store.append(message("\(number)", to: pair, at: 1_000)) }
    }
    try store.append(message("fresh", to: fresh, at: 3 * Self.day))
    try store.append(message("room", at: 1_000))
    // The last conversation keeps its number, so another one follows.
    try store.append(message("last", to: Conversation(alice, alice), at: 1_000))
    try expire(store, days: 2)
    let reader = try store.reader()
    #expect(try reader.texts(.latest(after: nil), in: old) == [])
    #expect(try reader.texts(.latest(after: nil), in: between) == [])
    #expect(try reader.texts(.latest(after: nil), in: fresh) == ["fresh"])
    #expect(try reader.texts(.latest(after: nil), in: own) == ["1", "2", "3"])
    #expect(try reader.texts(.latest(after: nil)) == ["room"])
    #expect(try store.check() == [])
    let next = try store.append(message("next", at: 4 * Self.day))
    #expect(next.position == 13)
    #expect(try store.check() == [])
  }

  @Test("the conversation of a guest who is still connected stays", arguments: StoreKind.all)
  func staying(kind: StoreKind) throws {
    let place = try kind.makePlace()
    let store = try place.open()
    let pair = Conversation(alice, guest)
    try store.append(message("1", to: pair, at: 1_000))
    try store.append(message("2", to: Conversation(alice, alice), at: 1_000))
    try expire(store, days: 9, staying: [guest])
    #expect(try store.reader().texts(.latest(after: nil), in: pair) == ["1"])
    #expect(try store.append(message("3", to: pair, at: 9 * Self.day)).sequence == 2)
    #expect(try store.check() == [])
  }

  @Test("nothing is left in the file: no conversation, no tombstone of its own, no keys of guests of an earlier run")
  func file() throws {
    let place = try Folder()
    var store = try place.open()
    try store.makeLobby()
    for number in 1...700 {
      let someone = Identity(rawValue: -100 - Int64(number))
      try store.append(
        message("spam \(number)", from: someone, to: Conversation(alice, someone), at: 1_000, key: key(1)))
    }
    try store.append(message("last", to: Conversation(alice, alice), at: 1_000))
    try expire(store, days: 1)
    #expect(try count(in: place, "SELECT count(*) FROM sender_devices WHERE sender < 0") == 700)
    store.close()
    store = try place.open()
    try expire(store, days: 3)
    #expect(try count(in: place, "SELECT count(*) FROM direct_conversations") == 1)
    #expect(try count(in: place, "SELECT count(*) FROM events") == 1)
    #expect(try count(in: place, "SELECT count(*) FROM expired") == 1)
    #expect(try count(in: place, "SELECT count(*) FROM sender_devices WHERE sender < 0") == 0)
    #expect(try count(in: place, "SELECT count(*) FROM results") == 0)
    #expect(try store.check() == [])
    store.close()
    store = try place.open()
    #expect(try store.load().lastPosition == 701)
    #expect(try store.append(message("next", at: 3 * Self.day)).position == 702)
    #expect(try store.check() == [])
  }
}
