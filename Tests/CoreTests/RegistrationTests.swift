import IRC
import ParleyCore
import ParleyTesting
import Testing

@Suite("Registration")
struct RegistrationTests {
  @Test func nickAndUserGiveAWelcome() throws {
    let world = try World()
    let alice = world.connect()
    alice.send("NICK alice", "USER alice 0 * :Alice")
    let commands = alice.commands()
    #expect(commands.prefix(4) == ["001", "002", "003", "004"])
    #expect(commands.contains("005"))
    #expect(commands.contains("422"))
  }

  @Test func capabilityNegotiationHoldsTheWelcomeBack() throws {
    let world = try World()
    let alice = world.connect()
    alice.send("CAP LS 302", "NICK alice", "USER alice 0 * :Alice")
    #expect(!alice.commands().contains("001"))
    alice.clear()
    alice.send("CAP REQ :server-time message-tags", "CAP END")
    #expect(alice.commands().prefix(2) == ["CAP", "001"])
  }

  @Test func aTakenNickIsRefused() throws {
    let world = try World()
    world.guest("alice")
    let other = world.connect()
    other.send("NICK Alice", "USER other 0 * :Other")
    #expect(other.commands() == ["433"])
    other.clear()
    other.send("NICK bob")
    #expect(other.commands().first == "001")
  }

  @Test func commandsBeforeRegistrationAreRefused() throws {
    let world = try World()
    let nobody = world.connect()
    nobody.send("JOIN #a", "FROBNICATE", "PING :x")
    #expect(nobody.commands() == ["451", "451", "PONG"])
  }

  @Test func theConnectionPasswordIsRequired() throws {
    let world = try World { $0.connectionPassword = "friend" }
    let wrong = world.connect()
    wrong.send("PASS foe", "NICK alice", "USER alice 0 * :Alice")
    #expect(wrong.commands() == ["464", "ERROR"])
    #expect(wrong.isClosed)
    let right = world.connect()
    right.send("PASS friend", "NICK alice", "USER alice 0 * :Alice")
    #expect(right.commands().first == "001")
  }

  @Test func guestsCanBeKeptOut() throws {
    let world = try World { $0.allowGuests = false }
    let guest = world.connect()
    guest.send("NICK alice", "USER alice 0 * :Alice")
    #expect(guest.commands() == ["FAIL", "ERROR"])
    #expect(world.account("bob").commands().contains("001"))
  }

  @Test func whoDoesNotRegisterInTimeIsDisconnected() throws {
    let world = try World()
    let idle = world.connect()
    world.pass(seconds: 59)
    #expect(!idle.isClosed)
    world.pass(seconds: 3)
    #expect(idle.isClosed)
  }

  @Test func silenceIsAnsweredWithPingThenWithTheEnd() throws {
    let world = try World()
    let alice = world.guest("alice")
    world.pass(seconds: 92)
    #expect(alice.commands() == ["PING"])
    alice.send("PONG :irc.example.org")
    alice.clear()
    world.pass(seconds: 92)
    #expect(alice.commands() == ["PING"])
    world.pass(seconds: 62)
    #expect(alice.isClosed)
  }

  @Test("a line with NUL or with a CR that does not end it has an answer, with its label")
  func forbiddenBytes() throws {
    let world = try World()
    let alice = world.guest("alice", "labeled-response standard-replies batch")
    alice.send("@label=a PRIVMSG alice :x\0y", "PRIVMSG alice :x\ry", "\0")
    let lines = alice.take()
    #expect(
      lines.map { Array($0.parameters.prefix(2)) } == [
        ["PRIVMSG", "INVALID_LINE"], ["PRIVMSG", "INVALID_LINE"], ["*", "INVALID_LINE"],
      ])
    #expect(lines.map { $0[tag: "label"] } == ["a", nil, nil])
  }

  @Test("lines that came ahead of the end of a connection are carried out first, also those that wait for an answer")
  func endBehindLines() throws {
    let world = try World()
    let alice = world.guest("alice"), bob = world.guest("bob")
    for person in [alice, bob] { person.send("JOIN #a") }
    bob.clear()
    var lines = ["LIST", "CHATHISTORY LATEST #a * 10"] + (0..<5).map { "PRIVMSG #a :\($0)" }
    lines.append("NAMES #a")
    let inbound: [InboundLine] = lines.compactMap { line in
      (try? Message(parsing: Array(line.utf8), limits: .server)).map { .message($0) }
    }
    world.post(.received(alice.id, inbound + [.end(.failed("Connection reset by peer"))]))
    world.run()
    #expect(bob.lines.filter { $0.command == "PRIVMSG" }.map { $0.parameters[1] } == ["0", "1", "2", "3", "4"])
    #expect(bob.lines.last?.command == "QUIT")
    #expect(bob.lines.last?.parameters.last == "Connection lost: Connection reset by peer")
    #expect(alice.isClosed)
  }

  @Test func linesBeyondTheLimitsAreRefusedNotTruncated() throws {
    let world = try World()
    let alice = world.guest("alice")
    alice.send("PRIVMSG alice :" + String(repeating: "x", count: 600))
    #expect(alice.commands() == ["417"])
  }
}
