import IRC
import ParleyStore
import Testing

/// Summaries, people by nick, and search, for every `Store`.
@Suite("Conversations", .serialized)
struct ConversationConformance {
  private let never = Timestamp(milliseconds: -1)
  private let far = Timestamp(milliseconds: .max / 4)

  @Test("summaries: rooms asked for and all private ones, oldest first, bounds exclusive", arguments: StoreKind.all)
  func summaries(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    try store.append(message("x", to: .room(RoomID(1)), at: 100))
    try store.append(message("x", to: .room(RoomID(2)), at: 900))
    try store.append(message("x", to: .room(RoomID(3)), at: 300))
    try store.append(message("x", to: Conversation(alice, bob), at: 200))
    try store.append(message("x", from: guest, to: Conversation(alice, guest), at: 400))
    try store.append(message("x", from: guest, to: Conversation(bob, guest), at: 450))
    try store.append(message("x", to: Conversation(alice, alice), at: 500))
    let reader = try store.reader()
    func last(_ after: Int64, _ before: Int64, limit: Int = 100) throws -> [Int64] {
      try reader.summaries(
        of: alice, rooms: [RoomID(1), RoomID(3), RoomID(4)], after: Timestamp(milliseconds: after),
        before: Timestamp(milliseconds: before), kinds: .everything, limit: limit
      ).map(\.last.milliseconds)
    }
    #expect(try last(-1, 10_000) == [100, 200, 300, 400, 500])
    #expect(try last(100, 500) == [200, 300, 400])
    #expect(try last(99, 501, limit: 2) == [100, 200])
    let people = try reader.summaries(of: alice, rooms: [], after: never, before: far, kinds: .everything, limit: 9)
    #expect(people.map(\.peerNick) == ["bob", "guest", "alice"])
    #expect(
      people.map(\.conversation) == [
        Conversation(alice, bob), Conversation(alice, guest), Conversation(alice, alice),
      ])
    #expect(
      try reader.summaries(of: bob, rooms: [], after: never, before: far, kinds: .everything, limit: 9).map(\.peerNick)
        == [
          "alice", "guest",
        ])
  }

  @Test("the other side's nick is the one last used, whoever wrote", arguments: StoreKind.all)
  func nicks(kind: StoreKind) throws {
    let place = try kind.makePlace()
    var store = try place.open()
    let pair = Conversation(alice, bob)
    try store.append(message("x", to: pair, as: "alice!u@h", target: "bob"))
    try store.append(message("x", from: bob, to: pair, as: "Bobby!u@h", target: "alice"))
    store.close()
    store = try place.open()
    let reader = try store.reader()
    #expect(try reader.conversation(of: alice, withNick: "bOBBY") == pair)
    #expect(try reader.conversation(of: alice, withNick: "bob") == nil)
    try store.append(message("x", to: pair, as: "alice!u@h", target: "Robert"))
    #expect(try reader.conversation(of: alice, withNick: "robert") == pair)
    #expect(try reader.conversation(of: alice, withNick: "bobby") == nil)
    #expect(try reader.conversation(of: bob, withNick: "ALICE") == pair)
    #expect(try reader.conversation(of: guest, withNick: "alice") == nil)
    #expect(
      try reader.summaries(of: alice, rooms: [], after: never, before: far, kinds: .everything, limit: 9).map(
        \.peerNick) == ["Robert"])
  }

  @Test("of several guests with one nick the latest is found", arguments: StoreKind.all)
  func guests(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    let older = Identity.guest(random: 1 << 40)
    let newer = Identity.guest(random: 2 << 40)
    try store.append(message("x", from: newer, to: Conversation(alice, newer), as: "kim!u@h", target: "alice"))
    try store.append(message("x", from: older, to: Conversation(alice, older), as: "kim!u@h", target: "alice"))
    let reader = try store.reader()
    #expect(try reader.conversation(of: alice, withNick: "kim") == Conversation(alice, older))
    try store.append(message("x", to: Conversation(alice, newer), target: "kim"))
    #expect(try reader.conversation(of: alice, withNick: "kim") == Conversation(alice, newer))
  }

  @Test("search finds words, newest first, only where allowed", arguments: StoreKind.all)
  func search(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    let pair = Conversation(alice, bob)
    try store.append(message("The quick brown fox"))
    try store.append(message("quick quick slow"))
    try store.append(message("a quick secret", to: pair))
    try store.append(message("", kind: .tagMessage))
    try store.append(message("Grüße, \"quoted\" AND (foo-bar) 50% NEAR* text:x"))
    try store.append(message("quick", to: .room(RoomID(12))))
    try store.maintainFully()
    let reader = try store.reader()
    func find(_ text: String, _ conversations: [Conversation] = [lobby], before: LogPosition = .max, limit: Int = 9)
      throws -> [LogPosition]
    {
      try reader.search(text, in: conversations, before: before, limit: limit).map(\.receipt.position)
    }
    #expect(try find("quick") == [2, 1])
    #expect(try find("QUICK fox") == [1])
    #expect(try find("fox quick") == [1])
    #expect(try find("qui") == [2, 1])
    #expect(try find("qui fox") == [])
    #expect(try find("quick", [lobby, pair]) == [3, 2, 1])
    #expect(try find("quick", [lobby, pair], before: 3) == [2, 1])
    #expect(try find("quick", [lobby, pair], limit: 1) == [3])
    #expect(try find("quick", []) == [])
    #expect(try find("quick", [Conversation(bob, guest)]) == [])
    #expect(try find("grüße") == [5])
    #expect(try find("foo-bar") == [5])
    #expect(try find("\"quoted\"") == [5])
    for hostile in ["", " ", "\"", "\"\"\"", "*", "AND", "a AND", "(", ")", "NEAR(", "text:", "-", "^fox", "\u{0}"] {
      _ = try find(hostile)
    }
    #expect(try find("scope : r12") == [])
    let many = (100..<500).map { Conversation.room(RoomID($0)) } + [lobby]
    #expect(try find("quick", many) == [2, 1])
  }

  @Test("the index follows what is committed later", arguments: StoreKind.all)
  func searchFollows(kind: StoreKind) throws {
    let place = try kind.makePlace()
    var store = try place.open()
    let reader = try store.reader()
    #expect(try reader.search("needle", in: [lobby], before: .max, limit: 5).isEmpty)
    for number in 0..<1_000 { try store.append(message(number % 100 == 0 ? "needle \(number)" : "hay")) }
    try store.maintainFully()
    #expect(try reader.search("needle", in: [lobby], before: .max, limit: 50).count == 10)
    store.close()
    store = try place.open()
    try store.append(message("one more needle"))
    try store.maintainFully()
    #expect(try store.reader().search("needle", in: [lobby], before: .max, limit: 50).count == 11)
  }
}
