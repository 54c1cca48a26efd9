import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

/// IRCv3 "channel-rename".
@Suite("Renaming rooms")
struct RenameTests {
  private let knowing = "draft/channel-rename draft/chathistory draft/read-marker batch"

  @Test func thoseWhoKnowItAreToldAndTheOthersPartAndJoin() throws {
    let world = try World()
    let alice = world.guest("alice", knowing)
    let (bob, carol) = (world.guest("bob", knowing), world.guest("carol"))
    alice.send("JOIN #old", "TOPIC #old :About tea")
    for client in [bob, carol] { client.send("JOIN #OLD") }
    for client in [alice, bob, carol] { client.clear() }
    alice.send("RENAME #old #new :Typo")
    #expect(alice.read().map { $0.drop { $0 != " " } } == [" RENAME #old #new Typo"])
    #expect(bob.read().map { $0.drop { $0 != " " } } == [" RENAME #old #new Typo"])
    #expect(carol.commands() == ["PART", "JOIN", "332", "333", "353", "366"])
    #expect(carol.lines[0].parameters == ["#old", "Typo"])
    #expect(carol.lines[1].parameters == ["#new"])
    carol.clear()
    alice.send("PRIVMSG #new :hello")
    #expect(carol.commands() == ["PRIVMSG"] && bob.commands() == ["PRIVMSG"])
    alice.clear()
    alice.send("PRIVMSG #old :anybody?")
    #expect(alice.commands() == ["403"])
  }

  @Test func withoutTheCapabilityOnesOwnRenameIsAPartAndAJoin() throws {
    let world = try World()
    let alice = world.guest("alice")
    alice.send("JOIN #old")
    alice.clear()
    alice.send("RENAME #old #new")
    #expect(alice.commands() == ["PART", "JOIN", "353", "366"])
    #expect(alice.lines[0].parameters == ["#old"])
  }

  @Test func historyMarkersAndMembersStayOverARestart() throws {
    let store = MemoryStore()
    var world = try World(store: store)
    let early = "timestamp=2026-01-04T14:33:26.123Z"
    var alice = world.account("alice", knowing)
    alice.send("JOIN #old", "PRIVMSG #old :before", "MARKREAD #old \(early)", "RENAME #old #new :")
    world = try World(store: store)
    alice = world.account("alice", knowing)
    alice.clear()
    alice.send("MARKREAD #new", "MARKREAD #old", "CHATHISTORY LATEST #new * 10", "JOIN #old")
    let lines = alice.take()
    #expect(lines[0].parameters == ["#new", early])
    #expect(lines[1].parameters == ["#old", "*"])
    #expect(lines.first { $0.command == "PRIVMSG" }?.parameters == ["#new", "before"])
    #expect(lines.contains { $0.command == "JOIN" && $0.parameters == ["#old"] })
  }

  @Test func onlyTheCaseMayChangeAndOldClientsSeeNothing() throws {
    let world = try World()
    let alice = world.guest("alice", knowing)
    let carol = world.guest("carol")
    alice.send("JOIN #tea")
    carol.send("JOIN #tea")
    alice.clear()
    carol.clear()
    alice.send("RENAME #tea #Tea", "RENAME #tea #Tea")
    #expect(alice.take().map(\.parameters) == [["#tea", "#Tea", ""]])
    #expect(carol.lines.isEmpty)
  }

  @Test func whoMayNotAndWhatCannotBe() throws {
    let world = try World()
    let alice = world.guest("alice", knowing)
    let bob = world.guest("bob", knowing)
    alice.send("JOIN #tea,#coffee")
    bob.send("JOIN #tea")
    alice.clear()
    bob.clear()
    bob.send("RENAME #tea #x", "RENAME #coffee #x", "RENAME #none #x", "RENAME #tea")
    #expect(bob.commands() == ["482", "442", "403", "461"])
    alice.send("RENAME #tea #COFFEE", "RENAME #tea tea", "RENAME #tea :#with space", "RENAME #tea #a", "RENAME #a #b")
    let lines = alice.take()
    #expect(
      lines.map { $0.command == "FAIL" ? $0.parameters[1] : $0.command } == [
        "CHANNEL_NAME_IN_USE", "CANNOT_RENAME", "CANNOT_RENAME", "RENAME", "CANNOT_RENAME",
      ])
    world.pass(seconds: 60)
    alice.clear()
    alice.send("RENAME #a #b")
    #expect(alice.commands() == ["RENAME"])
  }

  @Test func theLobbyKeepsItsName() throws {
    let world = try World()
    let root = world.account("root", knowing)
    try world.makeOperator("root")
    root.send("OPER root sesame", "MODE #lobby +o root")
    root.clear()
    root.send("RENAME #lobby #hall")
    #expect(root.lines.last?.parameters[1] == "CANNOT_RENAME")
  }

  @Test func theDiskRefusingChangesNothing() throws {
    let store = MemoryStore()
    let world = try World(store: store)
    let alice = world.account("alice", knowing)
    alice.send("JOIN #old", "MARKREAD #old timestamp=2026-01-04T14:33:26.123Z")
    alice.clear()
    store.failure = StoreError(.full, "no room")
    alice.send("RENAME #old #new")
    #expect(alice.take().map { $0.parameters.dropFirst().first } == ["STORE_UNAVAILABLE"])
    alice.send("MARKREAD #old", "PRIVMSG #old :still here", "PRIVMSG #new :not here", "RENAME #old #new")
    #expect(alice.commands() == ["MARKREAD", "403", "RENAME"])
    #expect(alice.lines[0].parameters[1].hasPrefix("timestamp="))
  }
}
