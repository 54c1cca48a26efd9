import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

/// draft/account-registration, with an e-mail address that has to be proved.
@Suite("Verification")
struct VerificationTests {
  private func world(_ store: MemoryStore = MemoryStore(), required: Bool = false) throws -> World {
    try World(store: store) {
      $0.mailCommand = "/usr/sbin/sendmail -t"
      $0.requiresEmail = required
    }
  }

  private func code(_ world: World) throws -> String {
    let line = try #require(world.mails.last?.text.split(separator: "\n").first { $0.hasPrefix("/quote VERIFY") })
    return String(try #require(line.split(separator: " ").last))
  }

  private func register(_ world: World, _ nick: String, _ email: String = "alice@example.org") -> Client {
    let client = world.guest(nick, "draft/account-registration sasl")
    client.send("REGISTER * \(email) sesame")
    return client
  }

  private func signIn(_ world: World, _ name: String) -> String? {
    let client = world.connect()
    client.send("CAP REQ :sasl", "AUTHENTICATE PLAIN", "AUTHENTICATE " + Base64.encode(Array("\0\(name)\0sesame".utf8)))
    return client.commands().last
  }

  @Test func aCodeCompletesTheRegistration() throws {
    let world = try world()
    let alice = register(world, "alice")
    #expect(alice.take().map { $0.parameters.prefix(2) } == [["VERIFICATION_REQUIRED", "alice"]])
    let mail = try #require(world.mails.first)
    #expect(mail.command == ["/usr/sbin/sendmail", "-t"])
    #expect(mail.text.hasPrefix("From: parley@irc.example.org\nTo: alice@example.org\nSubject: "))
    #expect(mail.text.contains("\nDate: Fri, 15 Jan 2027 08:00:00 +0000\n"))
    #expect(signIn(world, "alice") == "902")
    alice.send("VERIFY alice nonsense")
    #expect(alice.take().map { $0.parameters.prefix(3) } == [["VERIFY", "INVALID_CODE", "alice"]])
    alice.send("VERIFY alice \(try code(world))")
    #expect(alice.take().map(\.command).prefix(2) == ["VERIFY", "900"])
    #expect(signIn(world, "alice") == "903")
    alice.send("VERIFY alice \(try code(world))")
    #expect(alice.take().map { $0.parameters[1] } == ["ALREADY_AUTHENTICATED"])
  }

  /// Whichever way somebody tries.
  @Test func anUnverifiedAccountIsClosed() throws {
    let store = MemoryStore()
    let world = try world(store)
    _ = register(world, "alice")
    // As if an operator had given it everything.
    var record = try #require(try store.load().accounts.first)
    record.fingerprints = ["ab12"]
    record.isOperator = true
    _ = try store.commit([Transaction(.updateAccount(record))])
    world.post(.accountsChanged(try store.load().accounts))
    world.run()
    let external = world.connect(certificate: "ab12")
    external.send("CAP REQ :sasl", "AUTHENTICATE EXTERNAL", "AUTHENTICATE +")
    #expect(external.commands().last == "902")
    let bob = world.account("bob")
    bob.clear()
    bob.send("OPER alice sesame", "NS IDENTIFY alice sesame", "AUTHENTICATE PLAIN")
    bob.send("AUTHENTICATE " + Base64.encode(Array("\0alice\0sesame".utf8)))
    #expect(bob.commands() == ["464", "NOTICE", "AUTHENTICATE", "FAIL", "902"])
    #expect(bob.lines[1].parameters[1] == "You cannot sign in: its e-mail address has not been verified.")
    bob.clear()
    // Nobody can leave messages for somebody who may not exist; the guest that asked for it has the nick.
    bob.send("PRIVMSG alice :hello", "WHOIS alice")
    #expect(!bob.lines.contains { $0.command == "330" })
    #expect(scram(world, "alice") == "902")
  }

  private func scram(_ world: World, _ name: String) -> String? {
    let client = world.connect()
    client.send(
      "CAP REQ :sasl", "AUTHENTICATE SCRAM-SHA-256", "AUTHENTICATE " + Base64.encode(Array("n,,n=\(name),r=abc".utf8)))
    guard let first = client.lines.last?.parameters.first.flatMap(Base64.decode) else { return nil }
    let challenge = String(decoding: first, as: UTF8.self)
    let proof = ScramProof(user: name, password: "sesame", clientNonce: "abc", challenge: challenge)
    client.send("AUTHENTICATE " + Base64.encode(Array(proof.final.utf8)), "AUTHENTICATE +")
    return client.commands().last
  }

  @Test func itIsRememberedOverARestart() throws {
    let store = MemoryStore()
    var server = try world(store)
    _ = register(server, "alice")
    let code = try code(server)
    server = try world(store)
    #expect(signIn(server, "alice") == "902")
    let alice = server.connect()
    alice.send("CAP REQ :draft/account-registration", "NICK x", "USER x 0 * :x", "VERIFY alice \(code)", "CAP END")
    #expect(alice.lines.contains { $0.command == "VERIFY" && $0.parameters[0] == "SUCCESS" })
    #expect(alice.lines.contains { $0.command == "001" })
    #expect(try store.load().verifications == [])
  }

  @Test func whatNobodyVerifiesIsRemovedAndTheNameIsFree() throws {
    let store = MemoryStore()
    let world = try world(store)
    let alice = register(world, "alice")
    let old = try code(world)
    alice.send("QUIT")
    let stale = try store.load().accounts
    world.pass(milliseconds: 24 * 3_600_000)
    world.pass(seconds: 61)
    #expect(try store.load().accounts.isEmpty)
    // What another process read before that does not bring it back.
    world.post(.accountsChanged(stale))
    world.run()
    #expect(signIn(world, "alice") == "904")
    let again = register(world, "alice")
    #expect(again.take().map { $0.parameters[0] } == ["VERIFICATION_REQUIRED"])
    again.send("VERIFY alice \(old)")
    #expect(again.take().map { $0.parameters[1] } == ["INVALID_CODE"])
  }

  @Test func aMailThatCannotBeSentLeavesNoAccount() throws {
    let store = MemoryStore()
    let world = try world(store)
    world.mailFails = true
    let alice = register(world, "alice")
    #expect(alice.take().map { $0.parameters.prefix(2) } == [["REGISTER", "INVALID_EMAIL"]])
    #expect(try store.load().accounts.isEmpty)
    world.mailFails = false
    alice.send("REGISTER * alice@example.org sesame")
    #expect(alice.take().map { $0.parameters[0] } == ["VERIFICATION_REQUIRED"])
  }

  @Test func addressesThatCouldBeSomethingElseAreRefused() throws {
    let world = try world(required: true)
    let alice = world.guest("alice", "draft/account-registration")
    for email in [
      "*", "nobody", "@example.org", "-oQ/tmp@example.org", "a@b@", "a@-x", "\"a b\"@example.org", "a,b@example.org",
      "a@example.org\u{0B}Bcc:x", "a@ex\u{E4}mple.org",
    ] {
      alice.send("REGISTER * \(email) sesame")
      #expect(alice.take().map { $0.parameters.prefix(2) } == [["REGISTER", "INVALID_EMAIL"]], "\(email)")
    }
    #expect(world.mails.isEmpty)
    let other = world.connect()
    other.send("CAP LS 302")
    #expect(other.lines.contains { $0.parameters.last?.contains("before-connect,email-required") == true })
  }

  @Test func nobodysMailboxIsFilled() throws {
    let world = try world()
    for number in 0..<6 { _ = register(world, "n\(number)", "victim@example.org") }
    #expect(world.mails.count == 5)
  }

  @Test func codesCannotBeGuessedForLong() throws {
    let world = try world()
    _ = register(world, "alice")
    let right = try code(world)
    let thief = world.guest("thief")
    for _ in 0..<20 { thief.send("VERIFY alice guess") }
    thief.clear()
    thief.send("VERIFY alice \(right)")
    #expect(thief.lines.map { $0.parameters[1] } == ["TEMPORARILY_UNAVAILABLE"])
  }

  @Test func guessesOfOthersDoNotKeepTheRightCodeOut() throws {
    let world = try world()
    let alice = register(world, "alice")
    let right = try code(world)
    // From the same address as alice, and from many others.
    for number in 0..<10 {
      let thief = world.connect(address: number < 5 ? "192.0.2.1" : "198.51.100.\(number)", trusted: false)
      thief.send("NICK t\(number)", "USER t 0 * :t")
      for _ in 0..<21 { thief.send("VERIFY alice guess") }
      #expect(thief.lines.last?.parameters[1] == "TEMPORARILY_UNAVAILABLE")
    }
    alice.clear()
    alice.send("VERIFY alice \(right)")
    #expect(alice.commands().prefix(2) == ["VERIFY", "900"])
    // Nor do they slow down who signs in.
    #expect(signIn(world, "alice") == "903")
  }

  @Test func anotherAddressIsProvedAsWell() throws {
    let store = MemoryStore()
    let world = try world(store)
    let alice = world.account("alice")
    alice.clear()
    alice.send("NS SET EMAIL new@example.org")
    #expect(try store.load().accounts.first?.email == "")
    // Meanwhile it is signed in to as before, and others cannot take the address.
    #expect(signIn(world, "alice") == "903")
    world.guest("mallory").send("VERIFY alice \(try code(world))")
    #expect(try store.load().accounts.first?.email == "")
    alice.send("NS VERIFY \(try code(world))")
    #expect(try store.load().accounts.first?.email == "new@example.org")
    #expect(try store.load().verifications == [])
  }

  @Test func theDiskRefusingLeavesItClosed() throws {
    let store = MemoryStore()
    let world = try world(store)
    let alice = register(world, "alice")
    alice.clear()
    store.failure = StoreError(.full, "no room")
    alice.send("VERIFY alice \(try code(world))")
    #expect(alice.take().map { $0.parameters[1] } == ["TEMPORARILY_UNAVAILABLE"])
    #expect(signIn(world, "alice") == "902")
    alice.send("VERIFY alice \(try code(world))")
    #expect(alice.lines.contains { $0.command == "900" })
  }

  @Test func anOperatorHelps() throws {
    let world = try world()
    _ = register(world, "alice")
    let root = world.account("root")
    try world.makeOperator("root")
    root.send("OPER root sesame", "NS SAVERIFY alice")
    #expect(signIn(world, "alice") == "903")
  }
}
