import Foundation
import IRC
import Processes
import Testing

extension Live {
  /// From the first connection over a restart to history, as two people live it.
  @Suite("Way through the server")
  struct VerticalTests {
    private func fingerprint(inInvitationOf server: ServerProcess) throws -> String {
      let invitation = try #require(try server.output?.value(after: "Invitation: "))
      return try #require(invitation.components(separatedBy: "?fp=sha256:").dropFirst().first)
    }

    @Test("messages are delivered, kept over a restart, replayed once, and found in history")
    func vertical() throws {
      let server = try ServerProcess(in: TemporaryFolder())
      let fingerprint = try fingerprint(inInvitationOf: server)
      for name in ["alice", "bob"] { try server.register(name) }
      let plain = ["message-tags", "server-time"]

      var alice = try server.signIn("alice")
      var bob = try server.signIn("bob", secure: true, capabilities: plain, with: .scram)
      #expect(bob.fingerprint == fingerprint, "the invitation names the certificate that TLS shows")
      try alice.join("#garden")
      try bob.join("#garden")
      try alice.wait(for: "bob's JOIN") { $0.command == "JOIN" && $0.nick == "bob" }
      try alice.send("PRIVMSG #garden :first")
      let echo = try alice.wait(text: "first")
      let delivered = try bob.wait(text: "first")
      #expect(echo[tag: "msgid"] == delivered[tag: "msgid"])
      let first = echo.sequence
      #expect(first > 0)
      try bob.send("PRIVMSG #garden :second")
      #expect(try alice.wait(text: "second").sequence == first + 1)

      try bob.send("QUIT :gone")
      _ = try bob.readToEnd()
      try alice.send("PRIVMSG #garden :while you were away")
      try alice.send("PRIVMSG bob :see you")
      try alice.wait(text: "while you were away")
      try alice.wait(for: "the echo") { $0.command == "PRIVMSG" && $0.parameters == ["bob", "see you"] }

      #expect(try server.terminate() == 0)
      try server.start()

      bob = try server.signIn("bob", secure: true, capabilities: plain, with: .scram)
      #expect(bob.fingerprint == fingerprint, "the certificate stays over a restart")
      let replay = try bob.sync()
      #expect(replay.contains { $0.command == "JOIN" && $0.parameters[0] == "#garden" })
      let missed = replay.filter { $0.command == "PRIVMSG" }
      #expect(Set(missed.map { $0.parameters[1] }) == ["while you were away", "see you"])
      #expect(missed.count == 2)
      #expect(missed.allSatisfy { $0[tag: "time"] != nil && $0.nick == "alice" })
      try bob.send("QUIT")
      _ = try bob.readToEnd()
      bob = try server.signIn("bob", capabilities: plain)
      #expect(try !bob.sync().contains { $0.command == "PRIVMSG" }, "what was replayed is not replayed again")

      alice = try server.signIn("alice", secure: true, with: .scram)
      #expect(try !alice.sync().contains { $0.command == "PRIVMSG" }, "who can ask for history is shown none unasked")
      let history = try alice.history("LATEST #garden * 10")
      #expect(history.map { $0.parameters[1] } == ["first", "second", "while you were away"])
      #expect(
        history.map(\.sequence) == [first, first + 1, first + 2], "what was stored before the restart keeps its numbers"
      )
      #expect(history.first?[tag: "msgid"] == echo[tag: "msgid"])
      #expect(try alice.history("LATEST bob * 10").map { $0.parameters[1] } == ["see you"])
    }

    @Test("a wrong password is refused, by either mechanism")
    func wrongPassword() throws {
      let server = try ServerProcess(in: TemporaryFolder())
      try server.register("alice")
      for mechanism in [Mechanism.plain, .scram] {
        #expect(throws: LiveError.self) { try server.signIn("alice", password: "wrong password", with: mechanism) }
      }
      _ = try server.signIn("alice")
    }
  }
}
