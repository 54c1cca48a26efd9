import IRC
import ParleyCore
import ParleyTesting
import Testing

/// The first lines that a client gets, in the words of RFC 2812, section 5.1, which clients parse.
@Suite("Greeting")
struct GreetingTests {
  @Test func theWordsOfTheStandard() throws {
    let world = try World { $0.version = "parleyd-9.9" }
    let client = world.connect()
    client.send("NICK alice", "USER a 0 * :a")
    func text(_ numeric: String) -> String { client.lines.first { $0.command == numeric }?.parameters.last ?? "" }
    #expect(text("001").hasPrefix("Welcome to the Parley Network, alice!a@"))
    #expect(text("002") == "Your host is irc.example.org, running version parleyd-9.9")
    #expect(text("003").hasPrefix("This server was created "))
    #expect(
      client.lines.first { $0.command == "004" }?.parameters.prefix(3) == ["alice", "irc.example.org", "parleyd-9.9"])
  }

  @Test func aSignInShowsTheSourceThatItGives() throws {
    let world = try World()
    let alice = world.account("alice")
    let source = alice.lines.first { $0.command == "900" }?.parameters[1]
    let mode = alice.lines.first { $0.command == "MODE" }
    #expect(mode?.source == source)
    #expect(mode?.parameters == ["alice", "+r"])
    #expect(source?.hasPrefix("alice!alice@") == true && source?.hasSuffix("*") == false)
    let other = world.account("alice", device: "phone")
    #expect(other.lines.first { $0.command == "900" }?.parameters[1] == source)
  }

  @Test func aLineThatOnlyTheSourceMakesTooLongIsRefusedForThatReason() throws {
    let world = try World()
    let (alice, bob) = (world.guest("alice"), world.guest("bob"))
    alice.send(
      "PRIVMSG bob :" + String(repeating: "x", count: 490), "PRIVMSG bob :" + String(repeating: "x", count: 600))
    #expect(alice.lines.map(\.command) == ["417", "417"])
    #expect(alice.lines.first?.parameters.last?.contains("too long to be relayed without truncation") == true)
    #expect(alice.lines.last?.parameters.last == "Input line was too long")
    #expect(bob.commands() == [])
  }
}
