import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

/// The store refuses single changes of rooms, while others have been decided behind them.
@Suite("Refused changes of rooms")
struct RoomChangeTests {
  private let store = MemoryStore()

  private func failures(_ client: Client) -> [String] {
    client.take().filter { $0.command == "FAIL" }.map { $0.parameters[1] }
  }

  private func answers(_ client: Client, _ command: String, _ numeric: String) -> [String] {
    client.clear()
    client.send(command)
    return client.take().filter { $0.command == numeric }.map { $0.parameters.dropFirst(2).joined(separator: " ") }
  }

  /// Commands that are all decided before the store answers the first.
  private func send(_ commands: [String], _ client: Client, in world: World, refused: Int = 0) {
    client.clear()
    world.isDiskHeld = true
    client.send(commands)
    store.roomRefusals = refused
    world.isDiskHeld = false
    store.roomRefusals = 0
  }

  @Test("several changes of the same values are refused: everything is as before the first, the lists in their order")
  func allRefused() throws {
    let world = try World(store: store)
    let (alice, bob) = (world.account("alice"), world.account("bob"))
    for client in [alice, bob] { client.send("JOIN #tea") }
    alice.send("TOPIC #tea :one", "CS REGISTER #tea", "MODE #tea +v bob")
    for name in ["old", "older", "oldest"] {
      alice.send("MODE #tea +b \(name)!*@*")
      world.pass(milliseconds: 10)
    }
    let commands = [
      "TOPIC #tea :two", "TOPIC #tea :three", "MODE #tea +i", "MODE #tea +m-i", "MODE #tea +b new!*@*",
      "MODE #tea -b new!*@*", "MODE #tea -b older!*@*", "MODE #tea -b old!*@*", "MODE #tea +o bob",
      "MODE #tea -ov bob bob", "CS AMODE #tea +h bob", "MODE #tea +l 5", "MODE #tea +l 6",
    ]
    send(commands, alice, in: world, refused: commands.count)
    #expect(failures(alice) == Array(repeating: "STORE_UNAVAILABLE", count: commands.count - 1))
    #expect(answers(bob, "TOPIC #tea", "332") == ["one"])
    #expect(answers(bob, "MODE #tea", "324").map { Set($0) } == [Set("+nrt")])
    let bans = answers(alice, "MODE #tea b", "367").map { $0.split(separator: " ")[0] }
    #expect(bans == ["old!*@*", "older!*@*", "oldest!*@*"])
    #expect(answers(bob, "NAMES #tea", "353").map { Set($0.split(separator: " ")) } == [["#tea", "~alice", "+bob"]])
    bob.send("PART #tea", "JOIN #tea")
    #expect(answers(bob, "NAMES #tea", "353").map { Set($0.split(separator: " ")) } == [["#tea", "~alice", "+bob"]])
    // What is decided next begins there.
    alice.send("MODE #tea +s")
    let stored = try #require(try store.load().rooms.first { $0.name == "#tea" })
    #expect(stored.topic == "one" && Set(stored.modes) == Set("nrst") && stored.limit == 0)
  }

  @Test("a change that is refused leaves alone what a later one has made of the value")
  func firstRefused() throws {
    let world = try World(store: store)
    let alice = world.account("alice")
    alice.send("JOIN #tea", "TOPIC #tea :one")
    for (topics, expected) in [(["two", "three"], "three"), (["four", "five", "four"], "four")] {
      send(topics.map { "TOPIC #tea :\($0)" }, alice, in: world, refused: 1)
      #expect(failures(alice) == ["STORE_UNAVAILABLE"])
      #expect(answers(alice, "TOPIC #tea", "332") == [expected])
      #expect(try store.load().rooms.first { $0.name == "#tea" }?.topic == expected)
    }
  }

  @Test("a new name that the store refuses is taken back, and what was decided under it; other rooms are not touched")
  func renameRefused() throws {
    let world = try World(store: store)
    let alice = world.account("alice", "draft/channel-rename draft/read-marker")
    let (bob, carol) = (world.account("bob"), world.account("carol"))
    alice.send("JOIN #old", "TOPIC #old :one", "CS REGISTER #old", "MARKREAD #old timestamp=2026-01-04T14:33:26.123Z")
    bob.send("JOIN #milk", "CS REGISTER #milk")
    bob.clear()
    bob.send("CS UNREGISTER #milk")
    let code = try #require(bob.take().last?.parameters.last?.split(separator: " ").last)
    // Another process made it in this moment.
    _ = try store.commit([
      Transaction(.putRoom(RoomRecord(id: RoomID(99), name: "#new", createdAt: Timestamp(milliseconds: 1))))
    ])
    alice.clear()
    world.isDiskHeld = true
    alice.send("RENAME #old #new", "TOPIC #new :two", "MODE #new +i")
    bob.send("CS UNREGISTER #milk \(code)", "PART #milk")
    world.isDiskHeld = false
    #expect(failures(alice) == ["CHANNEL_NAME_IN_USE", "STORE_UNAVAILABLE", "STORE_UNAVAILABLE"])
    #expect(answers(alice, "TOPIC #old", "332") == ["one"])
    #expect(answers(alice, "MODE #old", "324").map { Set($0) } == [Set("+nrt")])
    #expect(answers(alice, "TOPIC #new", "403").count == 1)
    alice.send("MARKREAD #old")
    #expect(alice.take().last?.parameters.last?.hasPrefix("timestamp=2026") == true)
    // The name of the other room is kept for its founder.
    #expect(try store.load().reservations.map(\.name) == ["#milk"])
    carol.clear()
    carol.send("JOIN #milk")
    #expect(!carol.commands().contains("JOIN"))
    bob.send("JOIN #milk")
    #expect(bob.commands().contains("366"))
  }
}
