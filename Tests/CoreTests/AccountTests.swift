import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

@Suite("Accounts and devices")
struct AccountTests {
  @Test func registeringSignsInAndReservesTheNick() throws {
    let world = try World()
    let alice = world.guest("alice", "draft/account-registration chghost account-notify")
    alice.send("REGISTER * * sesame")
    #expect(alice.commands().prefix(4) == ["REGISTER", "900", "CHGHOST", "ACCOUNT"])
    alice.send("QUIT")
    let thief = world.connect()
    thief.send("NICK alice", "USER x 0 * :x")
    #expect(thief.commands() == ["433"])
  }

  @Test func oneAddressMakesOnlySoManyAccounts() throws {
    let world = try World()
    func register(_ number: Int) -> [String] {
      let client = world.connect(trusted: false)
      client.send("CAP REQ :draft/account-registration", "NICK n\(number)", "USER n 0 * :n")
      client.clear()
      client.send("REGISTER * * sesame")
      return client.lines.filter { $0.command == "REGISTER" || $0.command == "FAIL" }.map { $0.parameters[0] }
    }
    #expect((0..<20).allSatisfy { register($0) == ["SUCCESS"] })
    #expect(register(20) == ["REGISTER"])
    world.pass(seconds: 120)
    #expect(register(21) == ["SUCCESS"])
    #expect(register(22) == ["REGISTER"])
  }

  @Test func plainSignsIn() throws {
    let world = try World()
    world.account("alice").send("QUIT")
    let again = world.connect()
    again.send("CAP REQ :sasl", "NICK whatever", "USER x 0 * :x", "AUTHENTICATE PLAIN")
    again.clear()
    again.send("AUTHENTICATE " + Base64.encode(Array("\0alice\0sesame".utf8)))
    #expect(again.commands() == ["900", "903"])
    again.clear()
    again.send("CAP END")
    #expect(again.take().first?.parameters.first == "alice")
  }

  @Test func aWrongPasswordIsRefusedAndFiveEndTheConnection() throws {
    let world = try World()
    world.account("alice").send("QUIT")
    let thief = world.connect()
    thief.send("CAP REQ :sasl", "NICK x", "USER x 0 * :x")
    thief.clear()
    for _ in 0..<5 {
      thief.send("AUTHENTICATE PLAIN", "AUTHENTICATE " + Base64.encode(Array("\0alice\0guess".utf8)))
    }
    #expect(thief.commands().filter { $0 == "904" }.count == 5)
    #expect(thief.isClosed)
  }

  @Test func plainIsNotOfferedInTheClear() throws {
    let world = try World()
    let alice = world.connect(secure: false)
    alice.send("CAP LS 302")
    #expect(alice.lines.contains { $0.parameters.last?.contains("sasl=SCRAM-SHA-256") == true })
    alice.send("CAP REQ :sasl", "AUTHENTICATE PLAIN")
    #expect(alice.commands().suffix(2) == ["908", "904"])
  }

  @Test func anUnknownAccountLooksLikeAKnownOneToScram() throws {
    let world = try World()
    func salt(_ name: String) -> String? {
      let client = world.connect()
      client.send("CAP REQ :sasl", "AUTHENTICATE SCRAM-SHA-256")
      client.clear()
      client.send("AUTHENTICATE " + Base64.encode(Array("n,,n=\(name),r=abc".utf8)))
      guard let answer = client.lines.first?.parameters.first.flatMap(Base64.decode) else { return nil }
      return String(decoding: answer, as: UTF8.self).split(separator: ",").dropFirst().joined(separator: ",")
    }
    #expect(salt("ghost") != nil)
    #expect(salt("ghost") == salt("ghost"))
    #expect(salt("ghost") != salt("phantom"))
  }

  @Test func externalSignsInByCertificate() throws {
    let store = MemoryStore()
    _ = try store.commit([
      Transaction(
        .createAccount(
          AccountRecord(
            id: AccountID(1), name: "alice", nick: "alice", verifier: nil, fingerprints: ["ab12"],
            registeredAt: Timestamp(milliseconds: 0))))
    ])
    let world = try World(store: store)
    let alice = world.connect(certificate: "ab12")
    alice.send("CAP REQ :sasl", "NICK alice", "USER x 0 * :x", "AUTHENTICATE EXTERNAL", "AUTHENTICATE +")
    #expect(alice.commands().contains("903"))
    let mallory = world.connect(certificate: "ffff")
    mallory.send("CAP REQ :sasl", "AUTHENTICATE EXTERNAL", "AUTHENTICATE " + Base64.encode(Array("alice".utf8)))
    #expect(mallory.commands().last == "904")
  }

  @Test func aSecondDeviceSharesNickAndRoomsAndSeesWhatTheFirstSends() throws {
    let world = try World()
    let desk = world.account("alice")
    desk.send("JOIN #tea")
    let phone = world.account("alice", device: "phone")
    #expect(phone.lines.contains { $0.command == "JOIN" && $0.parameters.first == "#tea" })
    #expect(phone.lines.first { $0.command == "001" }?.parameters.first == "alice")
    for client in [desk, phone] { client.clear() }
    desk.send("PRIVMSG #tea :from the desk")
    #expect(desk.read() == [])
    #expect(phone.take().map { $0.parameters[1] } == ["from the desk"])
    let bob = world.guest("bob")
    for client in [desk, phone] { client.clear() }
    bob.send("PRIVMSG alice :hello both")
    #expect(desk.commands() == ["PRIVMSG"])
    #expect(phone.commands() == ["PRIVMSG"])
  }

  @Test func anAccountStaysInItsRoomsAndGetsWhatItMissed() throws {
    let world = try World()
    let alice = world.account("alice")
    let bob = world.guest("bob")
    for client in [alice, bob] { client.send("JOIN #tea") }
    alice.send("QUIT")
    bob.clear()
    bob.send("NAMES #tea", "PRIVMSG #tea :one", "PRIVMSG alice :private", "PRIVMSG #tea :two")
    #expect(bob.lines.first?.parameters.last?.contains("alice") == true)
    #expect(bob.commands().contains("301"))
    let back = world.account("alice", "server-time")
    let messages = back.take().filter { $0.command == "PRIVMSG" }
    #expect(Set(messages.map { $0.parameters[1] }) == ["one", "two", "private"])
    #expect(messages.allSatisfy { $0[tag: "time"] != nil })
    back.send("QUIT")
    let later = world.account("alice")
    #expect(!later.commands().contains("PRIVMSG"))
  }

  @Test func whatComesWhileTheReplayIsReadComesAfterItAndOnce() throws {
    let world = try World()
    let alice = world.account("alice")
    let bob = world.guest("bob")
    for client in [alice, bob] { client.send("JOIN #tea") }
    alice.send("QUIT")
    for number in 1...20 { bob.send("PRIVMSG #tea :\(number)") }
    world.isDiskHeld = true
    bob.send("PRIVMSG #tea :21")
    let back = world.account("alice")
    world.isDiskHeld = false
    bob.send("PRIVMSG #tea :22")
    let texts = back.take().filter { $0.command == "PRIVMSG" }.map { $0.parameters[1] }
    #expect(texts == (1...22).map(String.init))
  }

  @Test func clientsWithChathistoryAreNotReplayedTo() throws {
    let world = try World()
    let alice = world.account("alice")
    let bob = world.guest("bob")
    for client in [alice, bob] { client.send("JOIN #tea") }
    alice.send("QUIT")
    bob.send("PRIVMSG #tea :one")
    let back = world.account("alice", "draft/chathistory batch")
    #expect(!back.commands().contains("PRIVMSG"))
    back.clear()
    back.send("CHATHISTORY LATEST #tea * 10")
    #expect(back.commands() == ["BATCH", "PRIVMSG", "BATCH"])
  }

  @Test func aConnectionThatBrokeIsReplayedFromItsLastAnsweredPing() throws {
    let world = try World()
    let alice = world.account("alice")
    let bob = world.guest("bob")
    for client in [alice, bob] { client.send("JOIN #tea") }
    bob.send("PRIVMSG #tea :read")
    for _ in 0..<3 {
      world.pass(seconds: 30)
      bob.send("PING :x")
    }
    world.pass(seconds: 2)
    alice.send("PONG :irc.example.org")
    bob.send("PRIVMSG #tea :perhaps lost on the way")
    alice.drop()
    let back = world.account("alice")
    #expect(back.take().filter { $0.command == "PRIVMSG" }.map { $0.parameters[1] } == ["perhaps lost on the way"])
  }

  @Test func aRestartKeepsAccountsRoomsRolesAndMemberships() throws {
    let store = MemoryStore()
    var world = try World(store: store)
    let alice = world.account("alice")
    alice.send("JOIN #tea", "TOPIC #tea :Leaves", "MODE #tea +ik key", "MODE #tea +b *!*@spam.example")
    world.shutDown()
    #expect(alice.isClosed)
    #expect(world.isFinished)
    world = try World(store: store)
    let back = world.account("alice")
    #expect(back.lines.contains { $0.command == "332" && $0.parameters.last == "Leaves" })
    #expect(back.lines.contains { $0.command == "353" && $0.parameters.last == "@alice" })
    back.clear()
    back.send("MODE #tea", "MODE #tea b")
    #expect(back.lines.first { $0.command == "324" }?.parameters.dropFirst(2) == ["+intk", "key"])
    #expect(back.commands().contains("367"))
  }

  @Test func theLobbyIsThereAndNewAccountsAreTakenToItOnce() throws {
    let world = try World()
    let alice = world.account("alice")
    #expect(alice.lines.contains { $0.command == "JOIN" && $0.parameters.first == "#lobby" })
    alice.send("PART #lobby", "QUIT")
    let back = world.account("alice")
    #expect(!back.lines.contains { $0.command == "JOIN" })
    let guest = world.guest("bob")
    #expect(!guest.commands().contains("JOIN"))
  }

  @Test func aSuspendedAccountIsDisconnectedAndKeptOut() throws {
    let store = MemoryStore()
    let world = try World(store: store)
    let alice = world.account("alice")
    var record = try #require(try store.load().accounts.first)
    record.suspension = "spam"
    _ = try store.commit([Transaction(.updateAccount(record))])
    world.post(.accountsChanged(try store.load().accounts))
    world.run()
    #expect(alice.isClosed)
    let again = world.connect()
    again.send("CAP REQ :sasl", "AUTHENTICATE PLAIN")
    again.send("AUTHENTICATE " + Base64.encode(Array("\0alice\0sesame".utf8)))
    #expect(again.commands().last == "902")
  }

  @Test func messagesForAnAccountThatHasNeverConnectedWait() throws {
    let store = MemoryStore()
    _ = try store.commit([
      Transaction(
        .createAccount(
          AccountRecord(
            id: AccountID(1), name: "carol", nick: "carol", verifier: nil, fingerprints: ["cc"],
            registeredAt: Timestamp(milliseconds: 0))))
    ])
    let world = try World(store: store)
    world.guest("bob").send("PRIVMSG carol :welcome")
    let carol = world.connect(certificate: "cc")
    carol.send("CAP REQ :sasl", "NICK c", "USER c 0 * :c", "AUTHENTICATE EXTERNAL", "AUTHENTICATE +", "CAP END")
    #expect(carol.lines.contains { $0.command == "PRIVMSG" && $0.parameters[1] == "welcome" })
  }
}
