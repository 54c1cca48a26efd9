import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

/// Suspensions, passwords and settings that change while people are connected.
@Suite("Changes that end sessions")
struct AccountChangeTests {
  private static let verifier = World.verifier("another")

  private func plain(_ name: String, _ password: String) -> [String] {
    ["AUTHENTICATE PLAIN", "AUTHENTICATE " + Base64.encode(Array("\0\(name)\0\(password)".utf8))]
  }

  @Test("a password set on the command line ends all of the account's sessions")
  func passwordByCommandLine() throws {
    let world = try World()
    let (one, two, bob) = (world.account("alice"), world.account("alice"), world.account("bob"))
    let halfway = world.connect()
    halfway.send(["CAP REQ :sasl", "NICK x", "USER x 0 * :x"] + plain("alice", "sesame"))
    try world.administer("alice") { $0?.verifier = Self.verifier }
    for client in [one, two, halfway] {
      #expect(client.isClosed)
      #expect(client.lines.last?.parameters.last?.contains("password") == true)
    }
    #expect(!bob.isClosed)
    #expect(world.notes.contains { $0.event == "account.password-changed" })
  }

  @Test("a password changed with NickServ ends the other sessions only")
  func passwordByNickServ() throws {
    let world = try World()
    let (one, two) = (world.account("alice"), world.account("alice"))
    one.clear()
    one.send("NS PASSWD sesame opensesame")
    #expect(!one.isClosed && two.isClosed)
    #expect(one.read().contains { $0.contains("Your password is changed") })
    two.clear()
  }

  @Test("a suspension ends all sessions, and is logged with its reason")
  func suspension() throws {
    let world = try World()
    let (one, two) = (world.account("alice"), world.account("alice"))
    let halfway = world.connect()
    halfway.send(["CAP REQ :sasl", "NICK x", "USER x 0 * :x"] + plain("alice", "sesame"))
    try world.administer("alice") { $0?.suspension = "spam" }
    for client in [one, two, halfway] { #expect(client.isClosed) }
    let note = world.notes.first { $0.event == "account.suspended" }
    #expect(note?.fields.contains { $0 == ("account", "alice") } == true)
    #expect(note?.fields.contains { $0 == ("reason", "spam") } == true)
    let again = world.connect()
    again.send(["CAP REQ :sasl", "NICK x", "USER x 0 * :x"] + plain("alice", "sesame"))
    // Not 904: the password is right, and another one would not help.
    #expect(again.commands().suffix(2) == ["FAIL", "902"])
  }

  @Test("an account that another process has just made can be signed in to before the server looks for it")
  func newAccount() throws {
    let store = MemoryStore()
    let world = try World(store: store)
    func create(_ id: Int64, _ name: String) throws {
      _ = try store.commit([
        Transaction(
          .createAccount(
            AccountRecord(
              id: AccountID(id), name: name, nick: name, verifier: World.verifier("sesame"),
              registeredAt: world.now)))
      ])
    }
    try create(1, "alice")
    let alice = world.connect()
    alice.send(["CAP REQ :sasl", "NICK alice", "USER x 0 * :x"] + plain("alice", "sesame") + ["CAP END"])
    #expect(alice.commands().contains("903") && alice.commands().contains("001"))
    try create(2, "carol")
    let guest = world.guest("someone")
    guest.send("NS IDENTIFY carol sesame")
    #expect(guest.lines.contains { $0.command == "900" })
    let wrong = world.connect()
    wrong.send(["CAP REQ :sasl", "NICK w", "USER x 0 * :x"] + plain("alice", "guess"))
    #expect(wrong.commands().last == "904")
  }

  @Test("a password that another process has just changed counts at once")
  func newPassword() throws {
    let world = try World()
    world.account("alice").send("QUIT")
    try world.administer("alice", isTold: false) { $0?.verifier = Self.verifier }
    let alice = world.connect()
    alice.send(["CAP REQ :sasl", "NICK alice", "USER x 0 * :x"] + plain("alice", "another"))
    #expect(alice.commands().last == "903")
    let old = world.connect()
    old.send(["CAP REQ :sasl", "NICK o", "USER x 0 * :x"] + plain("alice", "sesame"))
    #expect(old.commands().last == "904")
  }

  @Test("guests = false ends the sessions of guests, and of nobody else")
  func guestsOff() throws {
    let world = try World()
    let (guest, alice) = (world.guest("visitor"), world.account("alice"))
    world.reconfigure { $0.allowGuests = false }
    #expect(guest.isClosed && !alice.isClosed)
    #expect(guest.lines.suffix(2).map(\.command) == ["FAIL", "ERROR"])
    #expect(guest.lines.suffix(2).first?.parameters[1] == "ACCOUNT_REQUIRED")
  }

  @Test("a new connection password and a lower limit on devices apply to those who are connected")
  func otherRestrictions() throws {
    let world = try World()
    let devices = (0..<4).map { world.account("alice", device: "d\($0)") }
    world.reconfigure { $0.sessionsPerAccount = 2 }
    #expect(devices.filter(\.isClosed).count == 2)
    world.reconfigure {
      $0.sessionsPerAccount = 2
      $0.connectionPassword = "new"
    }
    #expect(devices.allSatisfy { $0.isClosed })
  }

  @Test("a new lobby has a flood limit")
  func lobby() throws {
    let world = try World()
    let alice = world.account("alice")
    alice.send("JOIN #lobby")
    alice.clear()
    for number in 0..<9 { alice.send("PRIVMSG #lobby :line \(number)") }
    #expect(alice.commands() == ["404"])
  }
}
