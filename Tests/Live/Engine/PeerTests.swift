import Foundation
import IRC
import Processes
import Testing

extension Live {
  @Suite("InspIRCd", .enabled(if: PeerServer.path(of: .inspircd) != nil, "no inspircd in PATH or PARLEY_PEERS"))
  struct InspIRCdTests {
    @Test("two people talk: a room, in private, a topic, a nick that is taken")
    func talk() throws { try PeerScene(.inspircd).talk() }

    @Test("the server is killed: the engine comes back, and a gap says what nobody knows")
    func restart() throws { try PeerScene(.inspircd).restart() }

    @Test("a message whose fate nobody knows is said to be uncertain, and not sent again")
    func uncertain() throws { try PeerScene(.inspircd).uncertain() }
  }

  @Suite("ngIRCd", .enabled(if: PeerServer.path(of: .ngircd) != nil, "no ngircd in PATH or PARLEY_PEERS"))
  struct NgIRCdTests {
    @Test("two people talk: a room, in private, a topic, a nick that is taken")
    func talk() throws { try PeerScene(.ngircd).talk() }

    @Test("the server is killed: the engine comes back, and a gap says what nobody knows")
    func restart() throws { try PeerScene(.ngircd).restart() }

    @Test("a message whose fate nobody knows is said to be uncertain, and not sent again")
    func uncertain() throws { try PeerScene(.ngircd).uncertain() }
  }
}

/// An engine on a server that keeps no history and knows no keys.
private struct PeerScene {
  private static let room = "#pond"

  private let server: PeerServer
  private let folder: TemporaryFolder
  private let alice: EngineHost

  init(_ kind: PeerServer.Kind) throws {
    server = try PeerServer(kind)
    folder = try TemporaryFolder()
    let program = try EngineHost.compile(in: folder)
    alice = try EngineHost("alice", program: program, folder: folder.file("alice"), password: nil)
  }

  /// Somebody with the plainest of clients, in the room.
  private func join(as nick: String) throws -> Client {
    let client = try Client(nick, port: server.port)
    try client.register()
    try client.join(Self.room)
    return client
  }

  private func comeIn(at port: UInt16) throws {
    try alice.live(at: port)
    try alice.ask("connect")
    #expect(try alice.perform("join \(Self.room)") == 0)
  }

  private func hasRejoined(since known: Int) -> Bool {
    alice.states[known...].contains { $0.state == .waiting } && alice.states.last?.state == .online
      && alice.isJoined(Self.room)
  }

  func talk() throws {
    // Somebody has the nick already.
    let bob = try join(as: "alice")
    try comeIn(at: server.port)
    let nick = try #require(alice.states.last?.nick)
    #expect(nick != "alice" && nick.hasPrefix("alice"))
    try bob.wait(for: "the engine's JOIN") { $0.command == "JOIN" && $0.nick == nick }

    // When it is free, the engine takes it.
    try bob.send("NICK bob")
    try alice.wait(for: "the nick") { alice.states.last?.nick == "alice" }
    try bob.wait(for: "NICK") { $0.command == "NICK" && $0.parameters.first == "alice" }

    try bob.send("PRIVMSG \(Self.room) :hello in here")
    try alice.waitForMessage("hello in here")
    #expect(try alice.perform("say \(Self.room) hello, whoever you are") == 0)
    #expect(try bob.wait(text: "hello, whoever you are").nick == "alice")

    try bob.send("PRIVMSG alice :just between us")
    try alice.waitForMessage("just between us")
    #expect(alice.messages.last { $0.text == "just between us" }?.chat == "bob")
    #expect(try alice.perform("say bob nobody hears") == 0)
    #expect(try bob.wait(text: "nobody hears").parameters.first == "bob")

    try bob.send("MODE \(Self.room) -t")
    try bob.send("TOPIC \(Self.room) :Frogs")
    try alice.wait(for: "the topic") { alice.chats[Self.room]?.topic == "Frogs" }
    #expect(try alice.perform("topic \(Self.room) Frogs and toads") == 0)
    try bob.wait(for: "TOPIC") { $0.command == "TOPIC" && $0.parameters.last == "Frogs and toads" }
    #expect(try alice.perform("say nobody-here who is there") != 0, "there is no such nick")

    for name in ["history", "keys"] { #expect(try alice.ask("supports \(name)") == 0) }
    let own = try alice.rows("history \(Self.room)").filter { $0.isText && $0.isOwn }
    #expect(own.map(\.text) == ["hello, whoever you are"], "an echo is no second message")
    #expect(own.map(\.state) == [HostRow.State.sent])
    try alice.quit()
    try bob.wait(for: "QUIT") { $0.command == "QUIT" && $0.nick == "alice" }
  }

  func restart() throws {
    try comeIn(at: server.port)
    var bob = try join(as: "bob")
    try bob.send("PRIVMSG \(Self.room) :before")
    try alice.waitForMessage("before")

    let known = alice.states.count
    let killed = monotonicMilliseconds()
    try server.crash()
    try alice.wait(for: "the loss") { alice.states[known...].contains { $0.state == .waiting } }
    let told = try #require(alice.states[known...].first { $0.state == .waiting })
    #expect(told.milliseconds - killed < 1000)
    let waiting = try alice.ask("say \(Self.room) said into the silence")
    try server.start()
    bob = try join(as: "bob")
    try alice.wait(for: "being back in the room", seconds: 40) { hasRejoined(since: known) }
    try alice.wait(for: "what was queued") { alice.done[waiting] != nil }
    #expect(alice.done[waiting] == 0)
    try bob.send("PRIVMSG \(Self.room) :after")
    try alice.waitForMessage("after")

    let rows = try alice.rows("history \(Self.room)")
    let shown = rows.filter { $0.isText || $0.kind == HostRow.Kind.gap }
    #expect(shown.map { $0.isText ? $0.text : "gap" } == ["before", "gap", "said into the silence", "after"])
    #expect(shown.first { !$0.isText }?.state == HostRow.State.failed, "nobody can close it")
  }

  func uncertain() throws {
    let proxy = try FaultProxy(to: server.port)
    defer { proxy.stop() }
    try comeIn(at: proxy.port)
    let bob = try join(as: "bob")
    try bob.send("PRIVMSG \(Self.room) :here I am")
    try alice.waitForMessage("here I am")

    // It arrives, but that does not come back.
    proxy.holdAnswers()
    let lost = try alice.ask("say \(Self.room) maybe")
    try bob.wait(text: "maybe")
    let known = alice.states.count
    proxy.cutNow()
    try alice.wait(for: "the loss") { alice.states[known...].contains { $0.state == .waiting } }
    let later = try alice.ask("say \(Self.room) later")
    try alice.ask("connect")
    try alice.wait(for: "being back in the room", seconds: 40) { hasRejoined(since: known) }
    try alice.wait(for: "results") { alice.done[lost] != nil && alice.done[later] != nil }
    #expect(alice.done[lost] == HostResult.uncertain)
    #expect(alice.done[later] == 0)
    #expect(try alice.perform("say \(Self.room) the last") == 0)

    var heard: [String] = []
    try bob.wait(for: "the last") { line in
      if line.command == "PRIVMSG" { heard.append(line.parameters.last ?? "") }
      return heard.last == "the last"
    }
    #expect(heard == ["later", "the last"])
    let rows = try alice.rows("history \(Self.room)").filter { $0.isText && $0.isOwn }
    let failed = rows.filter { $0.state == HostRow.State.failed }
    #expect(failed.map(\.text) == ["maybe"])
    #expect(failed.first?.result == HostResult.uncertain)
    #expect(rows.filter { $0.state == HostRow.State.sent }.map(\.text) == ["later", "the last"])
  }
}
