import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

/// Who may read what was said, asked when it is read; and what is kept.
@Suite("Access to history")
struct HistoryAccessTests {
  private let knowing = "draft/chathistory batch labeled-response"

  private func texts(_ client: Client) -> [String?] {
    client.take().filter { $0.command == "PRIVMSG" }.map(\.parameters.last)
  }

  /// A room in which something has been said before bob came, and something after.
  private func room(_ world: World) -> (alice: Client, bob: Client) {
    let alice = world.account("alice", knowing)
    alice.send("JOIN #tea", "MODE #tea +J", "PRIVMSG #tea :before")
    let bob = world.account("bob", knowing)
    bob.send("JOIN #tea")
    alice.send("PRIVMSG #tea :after")
    alice.clear()
    bob.clear()
    return (alice, bob)
  }

  @Test func withJAMemberReadsOnlyWhatCameAfterItJoined() throws {
    let store = MemoryStore()
    var world = try World(store: store)
    var (alice, bob) = room(world)
    for query in ["LATEST #tea *", "AFTER #tea timestamp=2000-01-01T00:00:00.000Z", "AROUND #tea parley.chat/seq=1"] {
      bob.send("CHATHISTORY \(query) 10")
      #expect(texts(bob) == ["after"], "\(query)")
    }
    alice.send("CHATHISTORY LATEST #tea * 10")
    #expect(texts(alice) == ["before", "after"])
    world = try World(store: store)
    (alice, bob) = (world.account("alice", knowing), world.account("bob", knowing))
    bob.clear()
    bob.send("CHATHISTORY LATEST #tea * 10")
    #expect(texts(bob) == ["after"])
    alice.send("MODE #tea -J")
    bob.clear()
    bob.send("CHATHISTORY LATEST #tea * 10")
    #expect(texts(bob) == ["before", "after"])
  }

  @Test func whoSignsInKeepsItsBeginningInTheRoom() throws {
    let store = MemoryStore()
    var world = try World(store: store)
    let alice = world.account("alice", knowing)
    alice.send("JOIN #tea", "MODE #tea +J", "PRIVMSG #tea :before")
    let bob = world.guest("bob", knowing)
    bob.send("JOIN #tea")
    alice.send("PRIVMSG #tea :after")
    bob.send("NS REGISTER sesame")
    alice.send("PRIVMSG #tea :later")
    bob.clear()
    bob.send("CHATHISTORY LATEST #tea * 10")
    #expect(texts(bob) == ["after", "later"])
    world = try World(store: store)
    let returned = world.account("bob", knowing)
    returned.clear()
    returned.send("CHATHISTORY LATEST #tea * 10")
    #expect(texts(returned) == ["after", "later"])
  }

  @Test func anIdFromBeforeTheBeginningStandsBeforeWhatThereIs() throws {
    let world = try World()
    let (alice, bob) = room(world)
    alice.send("CAP REQ message-tags", "CHATHISTORY LATEST #tea * 10")
    let id = try #require(alice.take().first { $0.parameters.last == "before" }?[tag: "msgid"])
    for query in ["AFTER #tea msgid=\(id)", "LATEST #tea msgid=\(id)", "AROUND #tea msgid=\(id)"] {
      bob.send("CHATHISTORY \(query) 10")
      #expect(texts(bob) == ["after"], "\(query)")
    }
    bob.send("CHATHISTORY BEFORE #tea msgid=\(id) 10")
    #expect(texts(bob) == [])
  }

  @Test func aRoleChangeDoesNotMoveTheBeginning() throws {
    let world = try World()
    let (alice, bob) = room(world)
    alice.send("MODE #tea +v bob", "PRIVMSG #tea :later")
    bob.clear()
    bob.send("CHATHISTORY LATEST #tea * 10")
    #expect(texts(bob) == ["after", "later"])
  }

  @Test func afterPartOrKickThereIsNothingAndAfterComingBackOnlyWhatIsNew() throws {
    let world = try World()
    let (alice, bob) = room(world)
    for leaving in ["PART", "KICK"] {
      if leaving == "PART" { bob.send("PART #tea") } else { alice.send("KICK #tea bob") }
      bob.clear()
      bob.send("CHATHISTORY LATEST #tea * 10")
      #expect(bob.take().map { $0.parameters[1] } == ["INVALID_TARGET"])
      bob.send("JOIN #tea", "CHATHISTORY LATEST #tea * 10")
      #expect(texts(bob) == [])
      alice.send("PRIVMSG #tea :\(leaving)")
      bob.clear()
      bob.send("CHATHISTORY LATEST #tea * 10")
      #expect(texts(bob) == ["\(leaving)"])
    }
  }

  @Test func targetsNameARoomOnlyIfThereIsSomethingForTheMember() throws {
    let world = try World()
    let alice = world.account("alice", knowing)
    alice.send("JOIN #tea", "MODE #tea +J", "PRIVMSG #tea :before")
    let bob = world.account("bob", knowing)
    bob.send("JOIN #tea")
    let query = "CHATHISTORY TARGETS timestamp=2000-01-01T00:00:00.000Z timestamp=2099-01-01T00:00:00.000Z 10"
    bob.clear()
    bob.send(query)
    #expect(!bob.take().contains { $0.command == "CHATHISTORY" })
    alice.send("PRIVMSG #tea :after")
    bob.clear()
    bob.send(query)
    #expect(bob.take().contains { $0.parameters.prefix(2) == ["TARGETS", "#tea"] })
  }

  @Test func replayBeginsWhereTheMemberJoined() throws {
    let store = MemoryStore()
    var world = try World(store: store)
    _ = room(world)
    world = try World(store: store)
    let old = world.account("bob", device: "old")
    #expect(texts(old) == ["after"])
  }

  /// The disk holds the kick and the answer at once: whoever has been kicked when the answer is there does not get it.
  @Test func aQuestionThatWaitsWhileItsAskerIsKickedIsNotAnswered() throws {
    let world = try World()
    let (alice, bob) = room(world)
    // Both in one go: the reader answers when the core has handled both.
    world.post(
      .received(bob.id, [.message(Message(command: "CHATHISTORY", parameters: ["LATEST", "#tea", "*", "10"]))]))
    world.post(.received(alice.id, [.message(Message(command: "KICK", parameters: ["#tea", "bob"]))]))
    world.run()
    let lines = bob.take()
    #expect(!lines.contains { $0.command == "PRIVMSG" })
    #expect(lines.contains { $0.command == "FAIL" && $0.parameters[1] == "INVALID_TARGET" })
  }

  // MARK: - Retention

  @Test func theServersAndTheRoomsLimitsAreKeptTheStricterOne() throws {
    let world = try World { $0.retentionMessages = 5 }
    let alice = world.guest("alice", knowing)
    alice.send("JOIN #tea,#coffee", "MODE #tea +H 2:0", "MODE #coffee +H 100:0")
    for number in 1...7 { alice.send("PRIVMSG #tea :\(number)", "PRIVMSG #coffee :\(number)") }
    for _ in 0..<10 {
      world.pass(seconds: 60)
      alice.send("PING here")
    }
    alice.clear()
    alice.send("CHATHISTORY LATEST #tea * 10")
    #expect(texts(alice) == ["6", "7"])
    alice.send("CHATHISTORY LATEST #coffee * 10")
    #expect(texts(alice) == ["3", "4", "5", "6", "7"])
  }

  @Test func ofARoomThatHasEndedNothingIsKept() throws {
    let store = MemoryStore()
    let world = try World(store: store)
    let (alice, bob) = (world.guest("alice"), world.guest("bob"))
    alice.send("JOIN #tea", "PRIVMSG #tea :gone soon", "JOIN #coffee", "PRIVMSG #coffee :kept")
    bob.send("JOIN #tea", "PART #tea")
    alice.send("PART #tea")
    let rooms = try store.load().rooms.map(\.name)
    #expect(rooms == ["#lobby", "#coffee"])
    func texts() throws -> [String] {
      try (2...3).flatMap { id in
        try store.reader().history(
          HistoryQuery(conversation: .room(RoomID(id)), range: .latest(after: nil), limit: 10)
        ).filter { $0.kind == .message }.map(\.text)
      }
    }
    let before = try texts()
    #expect(before == ["gone soon", "kept"])
    for _ in 0..<10 {
      world.pass(seconds: 60)
      alice.send("PING here")
    }
    let after = try texts()
    #expect(after == ["kept"])
  }

  @Test func aRoomWhoseEndCouldNotBeStoredGoesOn() throws {
    let store = MemoryStore()
    let world = try World(store: store)
    let alice = world.guest("alice")
    alice.send("JOIN #tea")
    world.isDiskHeld = true
    alice.send("PART #tea")
    alice.close()
    store.failure = StoreError(.unavailable, "disk full")
    world.isDiskHeld = false
    world.run()
    let bob = world.guest("bob")
    bob.send("JOIN #tea")
    bob.send("PRIVMSG #tea :kept")
    let rooms = try store.load().rooms.filter { $0.name == "#tea" }
    #expect(rooms.count == 1)
    for _ in 0..<12 {
      world.pass(seconds: 60)
      bob.send("PING here")
    }
    let conversation = Conversation.room(try #require(rooms.first).id)
    let kept = try store.reader().history(
      HistoryQuery(conversation: conversation, range: .latest(after: nil), limit: 10))
    #expect(kept.map(\.text) == ["kept"])
  }

  @Test func aRoomThatTheStoreRefusesIsNotEntered() throws {
    let store = MemoryStore()
    let world = try World(store: store)
    let alice = world.guest("alice")
    _ = try store.commit([
      Transaction(.putRoom(RoomRecord(id: RoomID(99), name: "#ghost", createdAt: Timestamp(milliseconds: 0))))
    ])
    alice.clear()
    alice.send("JOIN #ghost")
    alice.send("PRIVMSG #ghost :anybody?")
    #expect(alice.commands() == ["FAIL", "403"])
  }

  @Test func aRoomsDurationCountsAtOnceAndIsShownAndKept() throws {
    let store = MemoryStore()
    var world = try World(store: store)
    var alice = world.account("alice", knowing)
    alice.send("JOIN #tea", "PRIVMSG #tea :old")
    world.pass(seconds: 100)
    alice.send("PRIVMSG #tea :new", "MODE #tea +H 0:90s")
    world.pass(seconds: 1)
    alice.clear()
    alice.send("CHATHISTORY LATEST #tea * 10")
    #expect(texts(alice) == ["new"])
    world = try World(store: store)
    alice = world.account("alice", knowing)
    alice.clear()
    alice.send("MODE #tea", "MODE #tea +H 1000:1w2d", "MODE #tea +H 0:0", "MODE #tea +H x", "MODE #tea -H")
    #expect(alice.lines[0].parameters.suffix(2) == ["+ntH", "0:1m30s"])
    #expect(alice.lines[2].parameters == ["#tea", "+H", "1000:9d"])
    #expect(alice.commands().suffix(3) == ["696", "696", "MODE"])
  }
}
