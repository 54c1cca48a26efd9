import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

/// IRCv3 "read-marker".
@Suite("Read markers")
struct ReadMarkerTests {
  private let early = "timestamp=2026-01-04T14:33:26.123Z"
  private let late = "timestamp=2026-06-01T12:00:00.000Z"

  private func marks(_ client: Client) -> [[String]] {
    client.take().filter { $0.command == "MARKREAD" }.map(\.parameters)
  }

  @Test func markersGrowAndReachTheOtherDevices() throws {
    let world = try World()
    let (phone, desk) = (world.account("alice", "draft/read-marker"), world.account("alice", "draft/read-marker"))
    let old = world.account("alice")
    for client in [phone, desk, old] { client.clear() }
    phone.send("MARKREAD #lobby \(late)")
    #expect(marks(phone) == [["#lobby", late]])
    #expect(marks(desk) == [["#lobby", late]])
    #expect(old.lines.isEmpty)
    desk.send("MARKREAD #LOBBY \(early)", "MARKREAD #nowhere", "MARKREAD #lobby timestamp=2099-01-01T00:00:00.000Z")
    #expect(marks(desk) == [["#LOBBY", late], ["#nowhere", "*"], ["#lobby", "timestamp=\(world.now.iso8601)"]])
  }

  @Test func theyStayOverARestartAndAreToldOnJoining() throws {
    let store = MemoryStore()
    var world = try World(store: store)
    let alice = world.account("alice", "draft/read-marker")
    alice.send("JOIN #tea", "MARKREAD #tea \(early)", "MARKREAD bob \(late)")
    world = try World(store: store)
    let again = world.account("alice", "draft/read-marker")
    #expect(marks(again).contains(["#tea", early]))
    again.send("MARKREAD bob")
    #expect(marks(again) == [["bob", late]])
    again.send("PART #tea", "JOIN #tea")
    let lines = again.take().map(\.command)
    let (mark, end) = (lines.firstIndex(of: "MARKREAD"), lines.lastIndex(of: "366"))
    #expect(try #require(mark) < #require(end))
  }

  /// A person's marker is the account's, whatever nick it uses now.
  @Test func aPersonIsOneUnderEveryNick() throws {
    let world = try World()
    let alice = world.guest("alice", "draft/read-marker")
    let bob = world.account("bob")
    alice.send("MARKREAD bob \(early)")
    bob.send("NICK robert")
    alice.clear()
    alice.send("MARKREAD robert")
    #expect(marks(alice) == [["robert", early]])
  }

  @Test func whatIsNoMarkerIsRefused() throws {
    let world = try World()
    let alice = world.guest("alice", "draft/read-marker")
    alice.send("MARKREAD", "MARKREAD #tea *", "MARKREAD #tea timestamp=yesterday")
    #expect(alice.lines.map { $0.parameters[1] } == ["NEED_MORE_PARAMS", "INVALID_PARAMS", "INVALID_PARAMS"])
  }

  @Test func theDiskRefusingChangesNothing() throws {
    let store = MemoryStore()
    let world = try World(store: store)
    let alice = world.account("alice", "draft/read-marker")
    alice.clear()
    store.failure = StoreError(.full, "no room")
    alice.send("MARKREAD #lobby \(early)")
    #expect(alice.lines.map(\.command) == ["FAIL"])
    store.failure = nil
    alice.clear()
    alice.send("MARKREAD #lobby")
    #expect(marks(alice) == [["#lobby", "*"]])
  }
}
