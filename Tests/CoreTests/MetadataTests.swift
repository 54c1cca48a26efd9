import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

/// IRCv3 "metadata", third draft. What irctest does not look at.
@Suite("Metadata")
struct MetadataTests {
  private let knowing = "draft/metadata-3 batch draft/chathistory"

  private func values(_ client: Client) -> [[String]] {
    client.take().filter { $0.command == "761" }.map { Array($0.parameters.dropFirst()) }
  }

  @Test func anAccountsAndARoomsStayOverARestart() throws {
    let store = MemoryStore()
    var world = try World(store: store)
    var alice = world.account("alice", knowing)
    alice.send("JOIN #tea", "METADATA * SET avatar :https://example.org/a b", "METADATA #tea SET url x")
    world = try World(store: store)
    alice = world.account("alice", knowing)
    #expect(values(alice) == [["alice", "avatar", "*", "https://example.org/a b"]])
    alice.send("METADATA #tea LIST", "METADATA #tea CLEAR", "PART #tea", "JOIN #tea", "METADATA #tea LIST")
    #expect(values(alice) == [["#tea", "url", "*", "x"]])
    #expect(store.metadata.map(\.key) == ["avatar"])
  }

  @Test func limitsHold() throws {
    let world = try World {
      $0.metadataKeys = 2
      $0.metadataValueBytes = 5
      $0.metadataSubscriptions = 2
    }
    let alice = world.guest("alice", knowing)
    alice.send("METADATA * SET a 1", "METADATA * SET b 2", "METADATA * SET c 3", "METADATA * SET a 12345")
    alice.send("METADATA * SET a 123456", "METADATA * SET A 1", "METADATA * SUB x y z", "METADATA * SUBS")
    let lines = alice.take().map { $0.command == "FAIL" ? $0.parameters.dropLast().joined(separator: " ") : $0.command }
    #expect(
      lines == [
        "761", "761", "METADATA LIMIT_REACHED SET alice 2", "761", "METADATA INVALID_VALUE a", "METADATA INVALID_KEY A",
        "770", "METADATA LIMIT_REACHED SUB z 2", "774", "BATCH", "772", "BATCH",
      ])
  }

  @Test func whatIsNoCommandIsRefused() throws {
    let world = try World()
    let alice = world.guest("alice", knowing)
    alice.send("METADATA", "METADATA *", "METADATA * DANCE", "METADATA * GET", "METADATA * LIST x", "METADATA #no LIST")
    alice.send("METADATA bob SUB a", "METADATA bob SYNC", "METADATA * SET a b c d")
    #expect(
      alice.take().map { $0.parameters[1] } == [
        "INVALID_PARAMS", "INVALID_PARAMS", "INVALID_PARAMS", "INVALID_PARAMS", "INVALID_PARAMS", "INVALID_TARGET",
        "INVALID_TARGET", "INVALID_TARGET", "INVALID_PARAMS",
      ])
  }

  @Test func subscribersHearOfWhomTheyWatchAndNobodyElse() throws {
    let world = try World()
    let (alice, bob, carol) = (
      world.guest("alice", knowing), world.guest("bob", knowing), world.guest("carol", knowing)
    )
    for client in [bob, carol] { client.send("METADATA * SUB mood") }
    bob.send("MONITOR + alice")
    for client in [alice, bob, carol] { client.clear() }
    alice.send("METADATA * SET mood fine", "METADATA * SET other x", "METADATA * SET mood fine")
    #expect(bob.take().map(\.parameters) == [["*", "alice", "mood", "*", "fine"]])
    #expect(carol.lines.isEmpty)
    bob.send("METADATA *ALL SYNC")
    #expect(values(bob) == [["alice", "mood", "*", "fine"]])
    bob.send("METADATA * UNSUB mood")
    bob.clear()
    alice.send("METADATA * CLEAR")
    #expect(bob.lines.isEmpty)
  }

  @Test func aSecretRoomsAreItsMembers() throws {
    let world = try World()
    let (alice, bob) = (world.guest("alice", knowing), world.guest("bob", knowing))
    alice.send("JOIN #tea", "METADATA #tea SET url x")
    bob.send("METADATA #tea LIST")
    #expect(bob.take().last?.parameters[1] == "KEY_NO_PERMISSION")
    alice.send("MODE #tea +s")
    bob.send("METADATA #tea LIST", "METADATA #tea SYNC")
    #expect(bob.take().map { $0.parameters[1] } == ["INVALID_TARGET", "INVALID_TARGET"])
  }

  @Test func manyChangesHaveToWait() throws {
    let world = try World()
    let alice = world.guest("alice", knowing)
    for number in 0...most { alice.send("METADATA * SET a \(number)") }
    let last = try #require(alice.take().last)
    #expect(last.command == "775" && last.parameters.suffix(5) == ["60", "*", "SET", "a", "\(most)"])
    world.pass(seconds: 60)
    alice.clear()
    alice.send("METADATA * SET a x")
    #expect(alice.commands() == ["761"])
  }
  private let most = 30

  @Test func theDiskRefusingChangesNothing() throws {
    let store = MemoryStore()
    let world = try World(store: store)
    let alice = world.account("alice", knowing)
    alice.send("METADATA * SET a 1")
    alice.clear()
    store.failure = StoreError(.full, "no room")
    alice.send("METADATA * SET a 2")
    #expect(alice.take().map { $0.parameters[1] } == ["STORE_UNAVAILABLE"])
    alice.send("METADATA * GET a")
    #expect(values(alice) == [["alice", "a", "*", "1"]])
  }

  @Test func withoutTheCapabilitySubscriptionsEnd() throws {
    let world = try World()
    let (alice, bob) = (world.guest("alice", knowing), world.guest("bob", knowing))
    bob.send("METADATA * SUB mood", "MONITOR + alice", "CAP REQ -draft/metadata-3", "METADATA * SUBS")
    #expect(!bob.take().contains { $0.command == "772" })
    alice.send("METADATA * SET mood fine")
    #expect(bob.lines.isEmpty)
  }
}
