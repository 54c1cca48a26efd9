import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

/// Limits on guesses hit those who guess, and never a right password for good.
@Suite("Limits on signing in")
struct SignInLimitTests {
  static func plain(_ name: String, _ password: String) -> String {
    "AUTHENTICATE " + Base64.encode(Array("\0\(name)\0\(password)".utf8))
  }

  static func start(_ world: World, _ address: String, trusted: Bool = false) -> Client {
    let client = world.connect(address: address, trusted: trusted)
    client.send("CAP REQ :sasl", "NICK x", "USER x 0 * :x")
    client.clear()
    return client
  }

  /// One attempt on a connection of its own.
  @discardableResult
  static func attempt(_ world: World, _ name: String, _ password: String, from address: String) -> Client {
    let client = start(world, address)
    client.send("AUTHENTICATE PLAIN", plain(name, password))
    return client
  }

  static func verdict(_ client: Client) -> String? {
    client.commands().last { ["903", "904", "906"].contains($0) }
  }

  static func makeWorld(_ names: String...) throws -> World {
    let world = try World {
      $0.connectionsPerMinute = 100_000
      $0.connectionsPerAddress = 100_000
    }
    for name in names { world.account(name).send("QUIT") }
    return world
  }

  @Test("one neighbour's guesses at all accounts do not refuse another's right password")
  func neighbours() throws {
    let world = try Self.makeWorld("alice", "bob")
    for number in 0..<200 {
      Self.attempt(world, number % 2 == 0 ? "alice" : "carol\(number)", "guess", from: "192.0.2.5")
    }
    let bob = Self.attempt(world, "bob", "sesame", from: "192.0.2.5")
    world.pass(seconds: 19)
    #expect(Self.verdict(bob) == "903")
    let alice = Self.attempt(world, "alice", "sesame", from: "192.0.2.6")
    #expect(Self.verdict(alice) == "903")
  }

  @Test(
    "an address from which an account was signed in to is not slowed down by guesses from elsewhere, or at other accounts"
  )
  func knownPlaces() throws {
    let world = try Self.makeWorld("alice")
    #expect(Self.verdict(Self.attempt(world, "alice", "sesame", from: "198.51.100.1")) == "903")
    for number in 0..<300 { Self.attempt(world, "alice", "guess", from: "203.0.113.\(number % 250)") }
    for number in 0..<300 { Self.attempt(world, "nobody\(number)", "guess", from: "198.51.100.1") }
    #expect(Self.verdict(Self.attempt(world, "alice", "sesame", from: "198.51.100.1")) == "903")
  }

  @Test("the owner at the attacker's address gets a turn while the attacker goes on")
  func ownerBesideAttacker() throws {
    let world = try Self.makeWorld("alice")
    for number in 0..<60 { Self.attempt(world, "alice", "guess\(number)", from: "192.0.2.5") }
    var isIn = false
    for round in 0..<20 where !isIn {
      let owner = Self.attempt(world, "alice", "sesame", from: "192.0.2.5")
      for _ in 0..<10 {
        for number in 0..<3 { Self.attempt(world, "alice", "again\(round) \(number)", from: "192.0.2.5") }
        world.pass(seconds: 2)
      }
      #expect(Self.verdict(owner) != "904")
      isIn = Self.verdict(owner) == "903"
    }
    #expect(isIn)
  }

  @Test("many addresses that guess at one account do not lock its owner out")
  func manyAddresses() throws {
    let world = try Self.makeWorld("alice")
    for number in 0..<300 { Self.attempt(world, "alice", "guess", from: "10.0.\(number / 250).\(number % 250)") }
    let owner = Self.attempt(world, "alice", "sesame", from: "198.51.100.1")
    world.pass(seconds: 19)
    #expect(Self.verdict(owner) == "903")
  }

  @Test("a guesser is slowed down: after a burst one connection at a time has one guess in two seconds at an account")
  func guesses() throws {
    let world = try Self.makeWorld("alice")
    var client = Self.attempt(world, "alice", "guess", from: "192.0.2.5")
    for second in 0..<300 {
      if Self.verdict(client) != nil {
        client.close()
        client = Self.attempt(world, "alice", "guess\(second)", from: "192.0.2.5")
      }
      world.pass(seconds: 1)
    }
    #expect((100...20 + 151).contains(world.core.figures.failedSignIns))
  }

  @Test("a check that is turned away is answered with TRY_LATER and 906, and does not count as a failure")
  func tryLater() throws {
    let world = try Self.makeWorld("alice")
    for number in 0..<20 { Self.attempt(world, "alice", "guess\(number)", from: "192.0.2.5") }
    let waiting = (0..<101).map { _ in Self.attempt(world, "alice", "guess", from: "192.0.2.5") }
    // The newcomer finds no place; nobody else has to go for it.
    #expect(waiting.dropLast().allSatisfy { Self.verdict($0) == nil })
    let late = try #require(waiting.last)
    #expect(Self.verdict(late) == "906" && !late.commands().contains("904") && !late.isClosed)
    #expect(late.lines.contains { $0.command == "FAIL" && $0.parameters.prefix(2) == ["AUTHENTICATE", "TRY_LATER"] })
  }

  @Test("a connection that is turned away again and again is closed, and the log tells it once")
  func turnedAwayOften() throws {
    let world = try Self.makeWorld("alice")
    for number in 0..<120 { Self.attempt(world, "alice", "guess\(number)", from: "192.0.2.5") }
    let late = Self.attempt(world, "alice", "guess", from: "192.0.2.5")
    for _ in 0..<4 { late.send("AUTHENTICATE PLAIN", Self.plain("alice", "guess")) }
    #expect(late.isClosed && late.commands().filter { $0 == "906" }.count == 3)
    #expect(
      late.lines.last?.command == "ERROR" && late.lines.last?.parameters.last?.contains("Too many attempts") == true)
    let closings = world.notes.filter { note in
      note.event == "connection.closed" && note.fields.contains { $0.1.contains("Too many attempts") }
    }
    #expect(closings.count == 1)
  }

  @Test("whoever signs in while the account is being stored is told to try later, not that the password is wrong")
  func accountBeingMade() throws {
    let world = try Self.makeWorld("alice")
    let newcomer = world.guest("bob", "draft/account-registration")
    world.isDiskHeld = true
    newcomer.send("REGISTER * * sesame")
    let early = Self.attempt(world, "bob", "sesame", from: "192.0.2.5")
    world.isDiskHeld = false
    // It was decided while the account was not stored yet, and the answer waited for its place.
    #expect(Self.verdict(early) == "906")
    #expect(early.lines.contains { $0.command == "FAIL" && $0.parameters.prefix(2) == ["AUTHENTICATE", "TRY_LATER"] })
    #expect(Self.verdict(Self.attempt(world, "bob", "sesame", from: "192.0.2.5")) == "903")
  }

  @Test("SCRAM has the same limits, OPER and NickServ answer TRY_LATER as well")
  func otherWays() throws {
    let world = try Self.makeWorld("alice")
    for number in 0..<20 { Self.attempt(world, "alice", "guess\(number)", from: "192.0.2.5") }
    func later(_ lines: String...) -> [String] {
      let client = world.connect(address: "192.0.2.5", trusted: false)
      client.send("NICK g", "USER g 0 * :g")
      client.clear()
      client.send(lines)
      // Others of the same address take the turns.
      for number in 0..<24 {
        Self.attempt(world, "alice", "guess\(number)", from: "192.0.2.5")
        Self.attempt(world, "alice", "guess\(number)", from: "192.0.2.5")
        world.pass(seconds: 1)
      }
      defer { client.send("QUIT") }
      return client.read()
    }
    // What must not happen is the word of a wrong password for a check that was not made.
    for answer in later("OPER alice guess") + later("NS IDENTIFY alice guess") {
      #expect(answer.contains("464") || answer.contains("TRY_LATER") || answer.contains("NickServ"))
    }
  }

  @Test(
    "NickServ answers TRY_LATER also to checks of one's own password",
    arguments: ["PASSWD sesame new-sesame", "SET PASSWORD sesame new-sesame", "UNREGISTER alice sesame"])
  func onesOwnPassword(command: String) throws {
    let world = try Self.makeWorld("alice")
    // Lines about server operators are not bounded.
    try world.makeOperator("alice")
    let alice = world.account("alice", address: "192.0.2.5")
    for number in 0..<20 { Self.attempt(world, "alice", "guess\(number)", from: "192.0.2.5") }
    alice.clear()
    alice.send("NS \(command)")
    #expect(alice.lines.isEmpty)
    // Each further check takes the place of one that waits.
    for number in 0..<300 { Self.attempt(world, "alice", "guess\(number)", from: "192.0.2.5") }
    let lines = alice.take()
    #expect(lines.map(\.command) == ["FAIL", "NOTICE"])
    #expect(lines.first?.parameters.prefix(2) == ["NICKSERV", "TRY_LATER"])
    #expect(
      world.notes.contains { note in
        note.event == "sign-in.refused" && note.fields.contains { $0 == ("nick", "alice") }
          && note.fields.contains { $0 == ("method", "NickServ") }
      })
  }

  @Test("a registration does not time out while its password waits for a turn")
  func registrationTimeout() throws {
    let world = try World {
      $0.registrationTimeout = 5
      $0.connectionsPerAddress = 100_000
      $0.connectionsPerMinute = 100_000
    }
    world.account("alice").send("QUIT")
    for number in 0..<21 { Self.attempt(world, "alice", "guess\(number)", from: "192.0.2.5") }
    let parked = (0..<10).map { _ in Self.attempt(world, "alice", "sesame", from: "192.0.2.5") }
    for client in parked { client.send("CAP END") }
    world.pass(seconds: 15)
    for client in parked {
      #expect(!client.lines.contains { $0.command == "ERROR" && $0.parameters.last?.contains("timed out") == true })
    }
    #expect(parked.allSatisfy { Self.verdict($0) == "903" && $0.commands().contains("001") })
  }

  @Test("2,000 devices that come back at once all get in", arguments: [true, false])
  func storm(oneAddress: Bool) throws {
    let world = try World { $0.passwordIterations = 1 }
    let names = (0..<100).map { "u\($0)" }
    for name in names { world.account(name).send("QUIT") }
    var devices: [Client] = []
    for number in 0..<2_000 {
      let client = Self.start(
        world, oneAddress ? "192.0.2.9" : "10.1.\(number / 250).\(number % 250)", trusted: oneAddress)
      client.send("AUTHENTICATE PLAIN", Self.plain("\(names[number % 100])@d\(number)", "sesame"), "CAP END")
      devices.append(client)
    }
    world.pass(seconds: 5)
    #expect(devices.filter { $0.commands().contains("001") }.count == 2_000)
  }
}
