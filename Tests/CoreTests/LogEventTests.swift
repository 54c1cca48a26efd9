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
