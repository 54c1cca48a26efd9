import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

/// IRCv3 sasl-3.2, "SASL Reauthentication".
@Suite("Reauthentication")
struct ReauthenticationTests {
  private func authenticate(_ client: Client, _ login: String, _ password: String = "sesame") {
    client.send("AUTHENTICATE PLAIN", "AUTHENTICATE " + Base64.encode(Array("\0\(login)\0\(password)".utf8)))
  }

  private func texts(_ client: Client) -> [String] {
    client.take().filter { $0.command == "PRIVMSG" }.map { $0.parameters[1] }
  }

  @Test func theSameAccountAgainChangesNothing() throws {
    let world = try World()
    let alice = world.account("alice", device: "desk")
    alice.send("JOIN #tea")
    alice.clear()
    authenticate(alice, "alice@phone")
    #expect(alice.commands() == ["AUTHENTICATE", "900", "903"])
    let bob = world.guest("bob")
    alice.send("QUIT")
    bob.send("PRIVMSG alice :later")
    // The device is still the one it came as.
    #expect(texts(world.account("alice", device: "desk")) == ["later"])
  }

  /// alice's device desk is away, and has missed "one" and "two".
  private func missing(_ world: World) {
    world.account("alice").send("QUIT")
    world.account("alice", device: "desk").send("QUIT")
    world.guest("dave").send("PRIVMSG alice :one", "PRIVMSG alice :two")
  }

  @Test("the answer to a PING of the guest's says nothing of what the account has been shown since")
  func pingOfTheGuest() throws {
    let world = try World()
    missing(world)
    let guest = world.guest("guest")
    world.pass(seconds: 95)
    #expect(guest.take().contains { $0.command == "PING" })
    guest.sink.isStalled = true
    authenticate(guest, "alice@desk")
    guest.send("PONG irc.example.org")
    guest.drop()
    #expect(texts(world.account("alice", device: "desk")) == ["one", "two"])
  }

  @Test("what a guest could not be shown holds back nothing of the account that it signs in to")
  func heldAsGuest() throws {
    let store = MemoryStore()
    let world = try World(store: store, sendQueue: 65_536)
    missing(world)
    let (guest, bob) = (world.guest("guest"), world.guest("bob"))
    for client in [guest, bob] { client.send("JOIN #tea") }
    guest.sink.isStalled = true
    for number in 1...190 { bob.send("PRIVMSG #tea :\(number) \(String(repeating: "x", count: 380))") }
    store.readFailure = StoreError(.unavailable, "busy")
    world.wake(guest)
    store.readFailure = nil
    #expect(guest.take().contains { $0.parameters.last?.contains("cannot be read now") == true })
    authenticate(guest, "alice@desk")
    #expect(texts(guest) == ["one", "two"])
    guest.send("QUIT")
    guest.close()
    #expect(texts(world.account("alice", device: "desk")).isEmpty)
  }

  @Test func anotherAccountTakesTheConnectionOverAndTheFirstStays() throws {
    let world = try World()
    world.account("bob").send("QUIT")
    let alice = world.account("alice", "account-notify", device: "desk")
    let carol = world.guest("carol")
    for client in [alice, carol] { client.send("JOIN #tea") }
    for client in [alice, carol] { client.clear() }
    authenticate(alice, "bob@desk")
    let lines = alice.read()
    #expect(lines.prefix(3).map { $0.split(separator: " ")[1] } == ["+", "900", "903"])
    #expect(lines.contains { $0.hasPrefix(":alice!") && $0.contains(" PART #tea ") })
    #expect(lines.contains { $0.hasPrefix(":alice!") && $0.hasSuffix(" NICK bob") })
    alice.send("WHOIS bob", "PRIVMSG carol :it is bob")
    #expect(alice.lines.contains { $0.command == "330" && $0.parameters[2] == "bob" })
    #expect(carol.lines.contains { $0.command == "PRIVMSG" && $0.source?.hasPrefix("bob!") == true })
    // alice is still in her room, without a device, and misses nothing.
    carol.send("NAMES #tea")
    #expect(carol.take().contains { $0.command == "353" && $0.parameters.last?.contains("alice") == true })
    alice.clear()
    carol.send("PRIVMSG #tea :for the room", "PRIVMSG alice :for alice", "PRIVMSG bob :for bob")
    #expect(texts(alice) == ["for bob"])
    #expect(Set(texts(world.account("alice", device: "desk"))) == ["for the room", "for alice"])
  }

  @Test func aDeviceOfAnAccountThatIsConnectedBecomesOneMore() throws {
    let world = try World()
    let bob = world.account("bob")
    bob.send("JOIN #bobs")
    let alice = world.account("alice")
    for client in [alice, bob] { client.clear() }
    authenticate(alice, "bob")
    #expect(alice.lines.contains { $0.command == "JOIN" && $0.parameters.first == "#bobs" })
    alice.send("PRIVMSG #bobs :from the other device")
    #expect(texts(bob) == ["from the other device"])
    bob.send("QUIT")
    #expect(!alice.isClosed)
    alice.clear()
    alice.send("PING :x")
    #expect(alice.commands() == ["PONG"])
  }

  @Test func withoutAlwaysOnTheFirstUserLeavesAndTheNickIsKept() throws {
    let world = try World { $0.alwaysOn = false }
    world.account("bob").send("QUIT")
    let alice = world.account("alice")
    let carol = world.guest("carol")
    for client in [alice, carol] { client.send("JOIN #tea") }
    carol.clear()
    alice.send("NICK wanderer")
    authenticate(alice, "bob")
    #expect(carol.commands() == ["NICK", "QUIT"])
    alice.clear()
    alice.send("WHOIS wanderer")
    #expect(alice.lines.contains { $0.command == "330" && $0.parameters[2] == "bob" })
    // A nick that is the old account's own does not go along.
    let dora = world.account("dora")
    dora.clear()
    authenticate(dora, "alice")
    #expect(dora.lines.contains { $0.command == "NICK" && $0.parameters == ["alice"] })
  }

  @Test func failureLeavesTheOldSignInStanding() throws {
    let world = try World()
    world.account("bob").send("QUIT")
    let alice = world.account("alice", device: "desk")
    let carol = world.guest("carol")
    alice.clear()
    authenticate(alice, "bob@phone", "guess")
    #expect(alice.commands() == ["AUTHENTICATE", "904"])
    alice.send("WHOIS alice")
    #expect(alice.lines.contains { $0.command == "330" && $0.parameters[2] == "alice" })
    alice.send("QUIT")
    carol.send("PRIVMSG alice :kept for the desk")
    // The name of the failed attempt has taken nothing over.
    let back = world.account("alice", device: "desk")
    #expect(texts(back) == ["kept for the desk"])
    back.send("QUIT")
    #expect(texts(world.account("alice", device: "desk")) == [])
  }

  @Test func itIsPossibleWhileRegistering() throws {
    let world = try World()
    for name in ["alice", "bob"] { world.account(name).send("QUIT") }
    let client = world.connect()
    client.send("CAP REQ :sasl", "NICK x", "USER x 0 * :x")
    authenticate(client, "alice@one")
    authenticate(client, "bob@two")
    authenticate(client, "alice@one", "guess")
    client.send("CAP END")
    #expect(client.commands().filter { $0 == "903" || $0 == "904" } == ["903", "903", "904"])
    client.send("WHOIS bob")
    #expect(client.lines.first { $0.command == "001" }?.parameters.first == "bob")
    #expect(client.lines.contains { $0.command == "330" && $0.parameters[2] == "bob" })
  }

  /// What was sent as the old user is answered as the old user's, and what comes behind waits for the new one.
  @Test func whatIsOnItsWayToTheDiskStaysTheOldUsers() throws {
    let world = try World()
    world.account("bob").send("QUIT")
    let alice = world.account("alice", "echo-message")
    let carol = world.guest("carol")
    for client in [alice, carol] { client.clear() }
    world.isDiskHeld = true
    alice.send("PRIVMSG carol :as alice")
    carol.send("PRIVMSG alice :to alice")
    authenticate(alice, "bob")
    alice.send("PRIVMSG carol :as bob")
    world.isDiskHeld = false
    let sent = alice.take().filter { ["PRIVMSG", "900", "NICK"].contains($0.command) }
    #expect(sent.map(\.command) == ["PRIVMSG", "PRIVMSG", "900", "NICK", "PRIVMSG"])
    let seen = carol.take().filter { $0.command == "PRIVMSG" }
    #expect(seen.map { String($0.source?.prefix(4) ?? "") } == ["alic", "bob!"])
  }

  @Test func watchersSeeOneGoAndTheOtherCome() throws {
    let world = try World()
    world.account("bob").send("QUIT")
    let alice = world.account("alice")
    let carol = world.guest("carol")
    carol.send("MONITOR + alice,bob")
    carol.clear()
    authenticate(alice, "bob")
    #expect(carol.take().map(\.command) == ["731", "730"])
  }

  @Test func aFullAccountReplacesADevice() throws {
    let world = try World { $0.sessionsPerAccount = 1 }
    let bob = world.account("bob")
    let alice = world.account("alice")
    alice.clear()
    authenticate(alice, "bob")
    #expect(alice.commands().prefix(3) == ["AUTHENTICATE", "900", "903"])
    #expect(!alice.isClosed && bob.isClosed)
    alice.clear()
    alice.send("WHOIS bob")
    #expect(alice.lines.contains { $0.command == "330" && $0.parameters[2] == "bob" })
  }

  /// What is on its way to a guest reaches it, though it signs in meanwhile to an account that is there already.
  @Test func whatIsOnItsWayReachesAGuestThatSignsIn() throws {
    let world = try World()
    let (alice, bob) = (world.account("alice"), world.account("bob"))
    let guest = world.guest("guest", "sasl")
    guest.send("JOIN #tea", "AUTHENTICATE PLAIN")
    for client in [alice, bob, guest] { client.clear() }
    world.isDiskHeld = true
    bob.send("PRIVMSG guest :secret")
    guest.send("AUTHENTICATE " + Base64.encode(Array("\0alice\0sesame".utf8)))
    world.isDiskHeld = false
    let lines = guest.take()
    #expect(lines.contains { $0.command == "PRIVMSG" && $0.parameters[1] == "secret" })
    #expect(lines.contains { $0.command == "PART" && $0.parameters == ["#tea", "Signed in"] })
    #expect(lines.contains { $0.command == "NICK" && $0.parameters == ["alice"] })
    bob.send("PRIVMSG alice :both")
    #expect(guest.take().last?.parameters.last == "both" && alice.take().last?.parameters.last == "both")
  }

  @Test
  func aSignInThatLeadsToAnotherUserTellsTheModesUnderItsSource() throws {
    for service in [false, true] {
      let world = try World { $0.alwaysOn = false }
      world.account("alice").send("MODE alice +R")
      let guest = world.guest("guest", "sasl")
      guest.send("MODE guest +w")
      guest.clear()
      service ? guest.send("NS IDENTIFY alice sesame") : authenticate(guest, "alice")
      let lines = guest.take()
      let mode = try #require(lines.first { $0.command == "MODE" })
      #expect(mode.source?.hasPrefix("alice!alice@") == true)
      #expect(mode.parameters == ["alice", "+Rr-w"])
      let told = lines.filter { ["NICK", "396", "MODE"].contains($0.command) }
      #expect(
        told.map { [$0.command, $0.parameters[0]] } == [["NICK", "alice"], ["396", "alice"], ["MODE", "alice"]])
      guest.send("NS LOGOUT")
      #expect(guest.lines.contains { $0.command == "MODE" && $0.parameters.last == "-Rr" })
    }
  }
  @Test func aGuestThatSignsInWhereItIsIsToldTheModesThatTheAccountKeeps() throws {
    for (kept, told) in [("", []), ("+BR", [["guest", "+BR"]])] as [(String, [[String]])] {
      let world = try World { $0.alwaysOn = false }
      let alice = world.account("alice")
      if !kept.isEmpty { alice.send("MODE alice \(kept)") }
      alice.send("QUIT")
      let guest = world.guest("guest", "sasl")
      guest.send("MODE guest +w")
      guest.clear()
      authenticate(guest, "alice")
      let lines = guest.take()
      let source = lines.first { $0.command == "900" }?.parameters[1]
      let modes = lines.filter { $0.command == "MODE" }
      #expect(modes.map(\.parameters) == told && modes.allSatisfy { $0.source == source })
      guest.send("MODE guest")
      #expect(guest.take().first { $0.command == "221" }?.parameters.last == "+\(kept.dropFirst())rw")
    }
  }
}
