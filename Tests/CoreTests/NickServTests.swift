import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

@Suite("NickServ")
struct NickServTests {
  /// What the service has said since the last call.
  private func notices(_ client: Client) -> [String] {
    client.take().filter { $0.command == "NOTICE" && $0.source == "NickServ!services@irc.example.org" }.map {
      $0.parameters[1]
    }
  }

  @Test func itRegistersSignsInAndSignsOut() throws {
    let world = try World()
    let alice = world.guest("alice")
    alice.send("PRIVMSG NickServ :REGISTER sesame")
    #expect(notices(alice) == ["The account alice is registered, and you are signed in."])
    alice.send("NS LOGOUT")
    #expect(alice.commands().prefix(2) == ["901", "NOTICE"])
    alice.clear()
    // The account stays under its nick, so the guest has another one.
    alice.send("WHOIS alice", "NS IDENTIFY alice guess", "NS IDENTIFY alice sesame")
    let lines = alice.take()
    #expect(lines.contains { $0.command == "330" })
    #expect(
      lines.filter { $0.command == "NOTICE" }.map { $0.parameters[1] } == [
        "You cannot sign in: wrong account or password.", "You are signed in as alice.",
      ])
    #expect(lines.contains { $0.command == "NICK" && $0.parameters == ["alice"] })
  }

  @Test func guessingEndsTheConnection() throws {
    let world = try World()
    world.account("alice").send("QUIT")
    let thief = world.guest("thief")
    for _ in 0..<5 { thief.send("NICKSERV IDENTIFY alice guess") }
    #expect(thief.isClosed)
  }

  @Test func passwordsGoNowhereInTheClear() throws {
    let world = try World()
    let alice = world.connect(secure: false)
    alice.send("NICK alice", "USER a 0 * :a")
    alice.clear()
    alice.send("NS REGISTER sesame", "NS IDENTIFY alice sesame")
    #expect(notices(alice).allSatisfy { $0.hasPrefix("Connect with TLS first") })
  }

  /// Passwords are in it.
  @Test func whatIsSaidToItIsNowhereElse() throws {
    let store = MemoryStore()
    let world = try World(store: store)
    let alice = world.account("alice", "echo-message labeled-response batch draft/chathistory")
    let other = world.account("alice")
    for client in [alice, other] { client.clear() }
    alice.send("@label=1 PRIVMSG nickserv :PASSWD sesame new-secret")
    let lines = alice.take()
    #expect(lines.contains { $0.command == "PRIVMSG" && $0.parameters == ["NickServ", "PASSWD sesame new-secret"] })
    #expect(lines.contains { $0.command == "NOTICE" && $0.parameters[1].hasPrefix("Your password is changed") })
    alice.send(
      "CHATHISTORY LATEST nickserv * 10",
      "CHATHISTORY TARGETS timestamp=1970-01-01T00:00:00.000Z timestamp=2100-01-01T00:00:00.000Z 10")
    #expect(!alice.lines.contains { $0.command == "PRIVMSG" || $0.command == "CHATHISTORY" })
    // Its sign-in ends with the old password.
    #expect(other.commands() == ["ERROR"])
    #expect(!other.lines.contains { $0.wire.contains("secret") })
    #expect(try store.load().lastPosition == 0)
    #expect(!world.notes.contains { note in note.fields.contains { $0.1.contains("secret") } })
    let again = world.guest("bob")
    again.send("NS IDENTIFY alice sesame", "NS IDENTIFY alice new-secret")
    #expect(notices(again) == ["You cannot sign in: wrong account or password.", "You are signed in as alice."])
  }

  @Test func itsNickIsNobodyElses() throws {
    let world = try World()
    let alice = world.guest("alice")
    alice.send("NICK NickServ", "NICK chanserv", "ISON nickserv", "WHOIS NickServ", "MONITOR + ChanServ,nobody")
    #expect(alice.commands() == ["433", "433", "303", "311", "312", "318", "730", "731"])
    let thief = world.connect()
    thief.send("NICK NICKSERV", "USER x 0 * :x")
    #expect(thief.commands() == ["433"])
    alice.clear()
    alice.send("PRIVMSG alice,NickServ :HELP", "NOTICE NickServ :HELP", "INVITE NickServ #tea")
    #expect(alice.commands() == ["531", "401"])
  }

  @Test func itHelps() throws {
    let world = try World()
    let alice = world.guest("alice")
    alice.send("NS")
    #expect(notices(alice).contains { $0.hasPrefix("REGISTER:") })
    alice.send("NS HELP REGISTER", "NS NONSENSE", "NS REGISTER", "NS SAREGISTER bob secret", "NS GHOST alice")
    let said = notices(alice)
    #expect(said.contains("REGISTER <password> [<email>]"))
    #expect(said.filter { $0.hasPrefix("There is no command") }.count == 2)
    alice.send("PRIVMSG NickServ :\u{1}VERSION\u{1}")
    #expect(notices(alice).isEmpty)
  }

  @Test func certificatesAreManaged() throws {
    let world = try World()
    let print = String(repeating: "ab", count: 32)
    let alice = world.connect(certificate: print)
    alice.send("NICK alice", "USER a 0 * :a", "NS REGISTER sesame")
    _ = notices(alice)
    alice.send("NS CERT ADD nonsense", "NS CERT ADD", "NS CERT ADD", "NS CERT LIST")
    #expect(
      notices(alice) == [
        "This is no SHA-256 fingerprint: 64 hexadecimal digits.", "The certificate is added.",
        "This certificate is yours already.", print, "These are your certificates.",
      ])
    let phone = world.connect(certificate: print)
    phone.send("CAP REQ :sasl", "AUTHENTICATE EXTERNAL", "AUTHENTICATE +")
    #expect(phone.commands().last == "903")
    alice.send("NS CERT DEL \(print.uppercased())", "NS CERT LIST")
    #expect(notices(alice) == ["The certificate is removed.", "You have no certificates."])
  }

  @Test func whatTheDiskRefusesIsNotSo() throws {
    let store = MemoryStore()
    let world = try World(store: store)
    let alice = world.account("alice")
    alice.clear()
    store.failure = StoreError(.full, "no room")
    alice.send("NS SET EMAIL alice@example.org")
    #expect(notices(alice) == ["The change could not be stored; nothing changed."])
    alice.send("NS INFO")
    #expect(notices(alice).contains("E-mail: none"))
    alice.send("NS SET EMAIL alice@example.org", "NS SET EMAIL nonsense", "NS INFO")
    #expect(notices(alice).contains("E-mail: alice@example.org"))
    #expect(try store.load().accounts.first?.email == "alice@example.org")
  }

  @Test func operatorsRegisterOthers() throws {
    let world = try World()
    let root = world.account("root")
    try world.makeOperator("root")
    root.send("OPER root sesame")
    root.clear()
    root.send("NS SAREGISTER bob sesame", "NS SAREGISTER bob sesame", "NS SAREGISTER chanserv sesame")
    #expect(
      notices(root) == [
        "The account bob is registered.", "This account exists already.", "This name cannot be an account's.",
      ])
    let bob = world.guest("guest")
    bob.send("NS IDENTIFY bob sesame")
    #expect(notices(bob) == ["You are signed in as bob."])
  }
}
