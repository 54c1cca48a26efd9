import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

/// Lines that are written when their place in the order has come, while later commands have been decided already.
@Suite("Lines describe the state at their place")
struct StreamOrderTests {
  @Test func aJoinShowsNothingOfTheCommandsBehindIt() throws {
    let world = try World()
    let alice = world.guest("alice", "multi-prefix")
    alice.send("JOIN #tea", "TOPIC #tea :later", "MODE #tea +v alice", "NICK alicia", "PING end")
    let lines = alice.read().map { line in
      line.replacing("irc.example.org", with: "SERVER").split(separator: " ").map(String.init)
    }
    #expect(lines.map { $0[1] } == ["JOIN", "353", "366", "TOPIC", "MODE", "NICK", "PONG"])
    #expect(lines[0][0].hasPrefix(":alice!"))
    #expect(lines[1].dropFirst(2).joined(separator: " ") == "alice = #tea @alice")
    #expect(lines[2][2] == "alice")
  }

  @Test func aJoinAndAPartInOnePacketAreSeenInFull() throws {
    let world = try World()
    let alice = world.account("alice")
    alice.clear()
    alice.send("JOIN #tea", "PART #tea")
    #expect(alice.commands() == ["JOIN", "353", "366", "PART"])
    #expect(alice.lines[1].parameters.last == "@alice")
  }

  @Test func whoseJoinWasRefusedHasNotLeft() throws {
    let store = MemoryStore()
    let world = try World(store: store)
    let (alice, bob, carol) = (world.account("alice"), world.guest("bob"), world.guest("carol"))
    for client in [alice, bob, carol] { client.clear() }
    world.isDiskHeld = true
    alice.send("JOIN #tea")
    bob.send("JOIN #tea", "PART #tea")
    store.failure = StoreError(.full, "no room")
    world.isDiskHeld = false
    #expect(alice.commands() == ["FAIL"])
    #expect(bob.commands() == ["FAIL", "442"])
    #expect(carol.commands() == [])
  }

  @Test func othersChangesThatWaitAreNotShownToWhoeverJoins() throws {
    let world = try World()
    let (alice, bob, carol) = (world.account("alice"), world.account("bob"), world.account("carol", "away-notify"))
    for client in [alice, bob] { client.send("JOIN #tea") }
    for client in [alice, bob, carol] { client.clear() }
    world.isDiskHeld = true
    carol.send("JOIN #tea")
    bob.send("NICK robert", "AWAY :out")
    alice.send("TOPIC #tea :new", "MODE #tea +v robert", "PART #tea")
    world.isDiskHeld = false
    #expect(carol.commands() == ["JOIN", "353", "366", "NICK", "AWAY", "TOPIC", "MODE", "PART"])
    #expect(Set(carol.lines[1].parameters[3].split(separator: " ")) == ["@alice", "bob", "carol"])
  }

  @Test func aNickIsToldInTheRoomsOneIsStillIn() throws {
    let world = try World { $0.lobby = "" }
    let (alice, bob) = (world.account("alice"), world.account("bob"))
    for client in [alice, bob] { client.send("JOIN #tea,#milk") }
    bob.clear()
    alice.send("NICK alicia", "PART #tea", "PART #milk")
    #expect(bob.commands() == ["NICK", "PART", "PART"])
    bob.clear()
    alice.send("NICK alice", "JOIN #tea")
    #expect(bob.commands() == ["JOIN", "MODE"], "nobody in the room has known the old nick")
  }

  @Test func aRenamedRoomIsShownToWhoIsInIt() throws {
    let world = try World()
    let (alice, bob, carol) = (world.account("alice"), world.account("bob"), world.account("carol"))
    for client in [alice, bob] { client.send("JOIN #tea") }
    for client in [alice, bob, carol] { client.clear() }
    world.isDiskHeld = true
    bob.send("PART #tea")
    alice.send("RENAME #tea #coffee")
    carol.send("JOIN #coffee")
    world.isDiskHeld = false
    #expect(bob.commands() == ["PART"], "it had left before")
    #expect(carol.commands() == ["JOIN", "353", "366"])
    #expect(carol.lines[1].parameters.suffix(2) == ["#coffee", "@alice carol"])
  }

  @Test func aDeviceThatArrivesSeesTheRoomAsItsMembersDo() throws {
    let world = try World { $0.lobby = "" }
    let (alice, bob) = (world.account("alice"), world.account("bob"))
    for client in [alice, bob] { client.send("JOIN #tea") }
    world.isDiskHeld = true
    let phone = world.connect()
    phone.send(
      "CAP REQ :sasl", "NICK alice", "USER a 0 * :a", "AUTHENTICATE PLAIN",
      "AUTHENTICATE " + Base64.encode(Array("\0alice@phone\0sesame".utf8)), "CAP END")
    bob.send("NICK robert")
    alice.send("TOPIC #tea :new", "PART #tea")
    world.isDiskHeld = false
    let shown = phone.lines.drop { $0.command != "JOIN" }.map(\.command)
    #expect(shown == ["JOIN", "353", "366", "NICK", "TOPIC", "PART"])
    #expect(phone.lines.first { $0.command == "353" }?.parameters.last?.contains("robert") == false)
  }

  @Test func whatFailsIsNeverShown() throws {
    let store = MemoryStore()
    let world = try World(store: store)
    let (alice, bob) = (world.account("alice"), world.account("bob"))
    alice.send("JOIN #tea", "TOPIC #tea :old")
    for client in [alice, bob] { client.clear() }
    world.isDiskHeld = true
    alice.send("TOPIC #tea :new", "NICK alicia")
    bob.send("TOPIC #tea", "WHO alicia", "WHO #tea", "NAMES #tea")
    store.failure = StoreError(.full, "no space left")
    world.isDiskHeld = false
    let told = bob.read().joined(separator: "\n")
    #expect(told.contains("332 bob #tea old") && !told.contains(" new"))
    #expect(!told.contains("alicia!") && told.contains("@alice"))
  }

  @Test func longListsAgreeWithWhatComesBetweenTheirSlices() throws {
    let world = try World { $0.sliceBytes = 320 }
    let reader = world.guest("reader")
    reader.send("JOIN #tea")
    let others = (0..<60).map { world.guest("user\($0)") }
    for other in others { other.send("JOIN #tea") }
    reader.clear()
    func post(_ client: Client, _ command: String, _ parameter: String) {
      world.post(.received(client.id, [.message(Message(command: command, parameters: [parameter]))]))
    }
    for (command, mask) in [("NAMES", "#tea"), ("WHO", "#tea"), ("WHO", "user*")] { post(reader, command, mask) }
    for (number, other) in others.enumerated() where number % 3 == 0 { post(other, "PART", "#tea") }
    world.run()
    let names = reader.lines.filter { $0.command == "353" }.flatMap { $0.parameters[3].split(separator: " ") }
    #expect(Set(names.map(String.init)).isSuperset(of: others.indices.filter { $0 % 3 != 0 }.map { "user\($0)" }))
    #expect(reader.commands().filter { $0 == "366" || $0 == "315" } == ["366", "315", "315"])
  }
}
