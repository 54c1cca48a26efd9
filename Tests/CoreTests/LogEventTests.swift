import IRC
import ParleyCore
import ParleyTesting
import Testing

/// What the log tells of people.
@Suite("Log events")
struct LogEventTests {
  private func fields(_ world: World, _ event: String) -> [String: String] {
    let note = world.notes.last { $0.event == event }
    return Dictionary(note?.fields ?? [], uniquingKeysWith: { first, _ in first })
  }

  @Test("who signs in, fails, registers, leaves, is killed and kicked, and from where")
  func everything() throws {
    let world = try World()
    let alice = world.account("alice", address: "192.0.2.7")
    #expect(fields(world, "account.registered")["account"] == "alice")
    #expect(fields(world, "account.registered")["address"] == "192.0.2.7")
    let again = world.account("alice", address: "192.0.2.8")
    #expect(fields(world, "sign-in.succeeded") == ["account": "alice", "address": "192.0.2.8", "method": "PLAIN"])

    let thief = world.connect(address: "192.0.2.9")
    thief.send("CAP REQ :sasl", "NICK thief", "USER x 0 * :x", "AUTHENTICATE PLAIN")
    thief.send("AUTHENTICATE " + Base64.encode(Array("\0alice\0guess".utf8)))
    #expect(
      fields(world, "sign-in.failed")
        == ["account": "alice", "address": "192.0.2.9", "method": "PLAIN", "reason": "wrong account or password"])
    thief.close()
    #expect(fields(world, "connection.closed")["address"] == "192.0.2.9")

    try world.makeOperator("alice")
    #expect(fields(world, "account.operator-granted")["by"] == "command line")
    alice.send("OPER alice wrong")
    #expect(fields(world, "oper.failed")["account"] == "alice")
    alice.send("OPER alice sesame")
    #expect(fields(world, "oper.succeeded")["nick"] == "alice")

    let bob = world.guest("bob")
    for client in [alice, bob] { client.send("JOIN #tea") }
    alice.send("KICK #tea bob :enough")
    #expect(fields(world, "room.kick")["by"] == "alice")
    #expect(fields(world, "room.kick")["reason"] == "enough")
    alice.send("KILL bob :spam")
    #expect(fields(world, "operator.kill")["target"] == "bob")
    again.send("QUIT :a secret word")
    #expect(fields(world, "connection.closed")["reason"] == "Quit")
    #expect(!world.notes.contains { $0.fields.contains { $0.1.contains("secret word") } })
  }

  @Test("kicks by a server operator are all written, those by others are bounded")
  func operatorsKicks() throws {
    let world = try World()
    world.account("alice").send("QUIT")
    try world.makeOperator("alice")
    let (alice, bob) = (world.account("alice"), world.account("bob"))
    for (client, room, kicks) in [(alice, "#tea", 15), (bob, "#pub", 10)] {
      client.send("JOIN \(room)")
      for number in 0..<15 {
        let guest = world.guest("g\(number)")
        guest.send("JOIN \(room)")
        client.send("KICK \(room) g\(number) :enough")
        guest.send("QUIT")
      }
      #expect(world.notes.count { $0.event == "room.kick" && $0.fields.contains { $0 == ("room", room) } } == kicks)
    }
  }

  @Test("refused registrations say who and why")
  func refusedRegistrations() throws {
    let event = "account.registration-refused"
    let closed = try World { $0.allowRegistration = false }
    closed.guest("alice").send("REGISTER * * sesame")
    #expect(fields(closed, event)["account"] == "alice")
    #expect(fields(closed, event)["reason"]?.hasPrefix("This server does not take registrations") == true)

    let world = try World { $0.allowRegistrationBeforeConnect = false }
    world.guest("visitor").send("REGISTER other * sesame")
    #expect(fields(world, event)["account"] == "other" && fields(world, event)["nick"] == "visitor")
    #expect(fields(world, event)["reason"]?.hasPrefix("The account must have the name of your nick") == true)
    world.connect(address: "192.0.2.3").send("NICK early", "REGISTER * * sesame", "VERIFY early code")
    #expect(fields(world, event)["reason"] == "Connect first, then register")
    #expect(fields(world, event)["address"] == "192.0.2.3")
    #expect(fields(world, "sign-in.refused")["reason"] == "Connect first, then verify")

    let open = try World()
    let carol = open.account("carol")
    carol.send("REGISTER * * sesame")
    #expect(fields(open, event)["reason"] == "You are signed in already")
    carol.send("VERIFY carol code")
    #expect(fields(open, "sign-in.refused")["method"] == "verification")
    open.connect().send("REGISTER x * sesame")
    #expect(fields(open, event)["reason"]?.hasPrefix("Choose a nick first") == true)
    open.connect().send("NICK carol", "REGISTER * * sesame")
    #expect(fields(open, event)["reason"] == "Somebody else has this nick")
  }

  @Test(
    "sign-ins that end before anything is checked say who and why",
    arguments: [
      ("PLAIN", "bob\0alice\0sesame", "alice", "you may not act as another account"),
      ("PLAIN", "alice", "*", "invalid format"), ("SCRAM-SHA-256", "alice", "*", "invalid format"),
      ("EXTERNAL", "", "*", "no certificate"),
      ("KERBEROS", "", "*", "mechanism KERBEROS is not offered on this connection"),
    ])
  func refusedSignIns(mechanism: String, response: String, account: String, reason: String) throws {
    let world = try World()
    world.account("alice").send("QUIT")
    let client = world.connect(address: "192.0.2.9")
    client.send("CAP REQ :sasl", "NICK x", "USER x 0 * :x", "AUTHENTICATE \(mechanism)")
    if !response.isEmpty { client.send("AUTHENTICATE " + Base64.encode(Array(response.utf8))) }
    #expect(client.commands().last == "904")
    #expect(
      fields(world, "sign-in.refused") == [
        "account": account, "address": "192.0.2.9", "reason": reason,
        "method": mechanism == "KERBEROS" ? "unknown" : mechanism,
      ])
  }

  @Test("what people change of their own account is told like what the command line changes")
  func ownChanges() throws {
    let world = try World { $0.mailCommand = "/usr/sbin/sendmail" }
    let alice = world.connect(certificate: String(repeating: "ab", count: 32))
    alice.send("NICK alice", "USER a 0 * :a", "NS REGISTER sesame")
    func changes(_ event: String) -> Int {
      world.notes.count { note in note.event == event && note.fields.contains { $0 == ("by", "alice") } }
    }
    alice.send("NS CERT ADD", "NS CERT ADD")
    #expect(changes("account.certificates-changed") == 1)
    alice.send("NS CERT DEL \(String(repeating: "ab", count: 32))")
    #expect(changes("account.certificates-changed") == 2)
    alice.send("NS SET EMAIL alice@example.org")
    #expect(changes("account.email-changed") == 0)
    let line = try #require(world.mails.last?.text.split(separator: "\n").first { $0.hasPrefix("/quote VERIFY") })
    alice.send(String(line.dropFirst("/quote ".count)))
    #expect(changes("account.email-changed") == 1)
    alice.send("NS SET EMAIL *")
    #expect(changes("account.email-changed") == 2)
  }

  @Test("a connection that may not register is a refusal")
  func refusedConnections() throws {
    let world = try World { $0.connectionPassword = "opening" }
    for (lines, reason) in [(["PASS guess"], "wrong connection password"), ([], "no connection password")] {
      world.connect(address: "192.0.2.9").send(lines + ["NICK x", "USER x 0 * :x"])
      let note = try #require(world.notes.last { $0.event == "connection.refused" })
      #expect(note.level == .notice)
      #expect(fields(world, "connection.refused") == ["address": "192.0.2.9", "reason": reason])
    }
    let closed = try World { $0.allowGuests = false }
    closed.connect().send("NICK x", "USER x 0 * :x")
    #expect(fields(closed, "connection.refused")["reason"] == "An account is required")
  }

  @Test("one address fills no log: the first lines of a minute are written, the others counted")
  func bounded() throws {
    let world = try World()
    func knock() { world.connect(address: "192.0.2.9", trusted: false).send("WEBIRC guess web host 198.51.100.1") }
    func refusals() -> Int { world.notes.count { $0.event == "webirc.refused" } }
    for _ in 0..<1_000 { knock() }
    #expect(refusals() == 10)
    world.pass(seconds: 61)
    let summaries = world.notes.filter { $0.event == "log.suppressed" }.map { note in
      Dictionary(note.fields, uniquingKeysWith: { first, _ in first })
    }
    #expect(summaries.contains(["address": "192.0.2.9", "count": "990", "of": "webirc.refused"]))
    knock()
    #expect(refusals() == 11)
  }
}
