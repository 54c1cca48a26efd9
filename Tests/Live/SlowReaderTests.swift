import Foundation
import IRC
import Processes
import Testing

extension Live {
  /// Readers who are slow or do not read, and what others can do to them.
  @Suite("Slow readers")
  struct SlowReaderTests {
    private static let sendQueue = 65_536

    /// A message of one paste: `lines` lines that make up 64 KiB.
    private func paste(_ client: Client, to target: String, lines: Int, number: Int, isOpen: Bool = false) throws {
      let text = String(repeating: "w", count: min(400, 65_000 / lines - 1))
      try client.send("BATCH +b\(number) draft/multiline \(target)")
      for _ in 0..<lines { try client.send("@batch=b\(number) PRIVMSG \(target) :\(text)") }
      if !isOpen { try client.send("BATCH -b\(number)") }
    }

    /// A page of large messages of many lines, each with as many reactions as there may be.
    /// - Returns: somebody who keeps the room alive.
    private func fillRoom(_ server: ServerProcess, messages: Int) throws -> Client {
      let author = try server.guest(
        "author", capabilities: ["message-tags", "batch", "draft/multiline", "echo-message"])
      try author.join("#worst")
      var ids: [String] = []
      for number in 0..<messages {
        try paste(author, to: "#worst", lines: 900, number: number)
        ids += try author.sync().filter { $0.command == "BATCH" }.compactMap { $0[tag: "msgid"] }
      }
      #expect(ids.count == messages)
      for person in 0..<7 {
        let fan = try server.guest("fan\(person)", capabilities: ["message-tags"])
        try fan.join("#worst")
        for id in ids {
          for number in 0..<30 {
            try fan.send(
              "@+draft/reply=\(id);+draft/react=\(number)\(String(repeating: "r", count: 60));+x="
                + "\(String(repeating: "x", count: 120)) TAGMSG #worst")
          }
          _ = try fan.sync()
        }
      }
      return author
    }

    private func reader(_ name: String, _ server: ServerProcess, _ capabilities: [String]) throws -> Client {
      let client = try Client(name, port: server.plainPort, receiveBuffer: 4096)
      try client.request(capabilities)
      try client.register()
      try client.join("#worst")
      return client
    }

    /// Waits until the server has seen the end of connections that were closed without a word.
    private func waitUntilGone(_ nicks: [String], _ observer: Client) throws {
      let deadline = Deadline(seconds: 20)
      var isAnybodyThere = true
      while isAnybodyThere, !deadline.hasPassed {
        usleep(50_000)
        try observer.send("ISON \(nicks.joined(separator: " "))")
        isAnybodyThere = try observer.sync().contains { $0.command == "303" && $0.parameters.last?.isEmpty == false }
      }
      #expect(!isAnybodyThere)
    }

    @Test(
      "a hundred readers that stall within the worst page take no more memory than their send queues and 256 KiB each",
      arguments: [false, true])
    func stalledWithinAPage(playback: Bool) throws {
      let server = try ServerProcess(in: TemporaryFolder(), settings: ["send-queue=\(Self.sendQueue)"])
      let end = Deadline(seconds: Double(setting("PARLEY_HOSTILE_SECONDS", default: 1)))
      let messages = 20
      let author = try fillRoom(server, messages: messages)
      let capabilities =
        ["message-tags", "batch", "draft/chathistory", "server-time"] + (playback ? ["draft/event-playback"] : [])
      // With their reactions, or without.
      let page = playback ? "AFTER #worst timestamp=1970-01-01T00:00:00.000Z 40" : "LATEST #worst * 1000"
      var worst = 0
      var rounds = 0
      // The caches of the database and the upkeep that follows the pastes are the same for any number of readers: the first ones pay
      // for them, and stay.
      usleep(6_000_000)
      let first = try (0..<50).map { try reader("first\($0)", server, capabilities) }
      for client in first { try client.send("CHATHISTORY \(page)") }
      usleep(3_000_000)
      repeat {
        var readers: [Client] = []
        for number in 0..<100 { readers.append(try reader("s\(number)", server, capabilities)) }
        let before = try #require(server.residentBytes)
        for client in readers { try client.send("CHATHISTORY \(page)") }
        let witness = try server.guest("witness")
        let settled = Deadline(seconds: 5)
        while !settled.hasPassed {
          _ = try witness.sync(seconds: 5)
          worst = max(worst, (server.residentBytes ?? 0) - before)
          usleep(50_000)
        }
        // One of them reads on, and has the whole page.
        try readers[0].send("PING done")
        var lines = 0
        var isWhole = false
        while !isWhole, let message = try readers[0].receive() {
          if message.command == "PRIVMSG" { lines += 1 }
          isWhole = message.command == "PONG"
        }
        // A page ends at its limit of bytes, so it need not hold all of them.
        #expect(isWhole)
        #expect(lines >= 900)
        try witness.send("QUIT")
        readers = []
        try waitUntilGone((0..<100).map { "s\($0)" }, author)
        rounds += 1
        withExtendedLifetime(first) {}
      } while !end.hasPassed
      print(
        "stalled within a page\(playback ? " with reactions" : ""): \(rounds) rounds of 100 readers,",
        "at most \(worst >> 10) KiB more than before, \(worst / 100) bytes each")
      #expect(worst < 100 * (Self.sendQueue + 262_144))
      #expect(server.isRunning)
    }

    @Test("a volley of pastes at the same moment disconnects nobody who reads", arguments: [2_097_152, 65_536])
    func volley(sendQueue: Int) throws {
      let server = try ServerProcess(in: TemporaryFolder(), settings: ["send-queue=\(sendQueue)"])
      let readers = try [["message-tags", "server-time"], [], ["message-tags", "batch", "draft/multiline"]].enumerated()
        .map { try server.guest("reader\($0)", capabilities: $1) }
      for reader in readers { try reader.join("#volley") }
      let writers = try (0..<90).map { number in
        let writer = try server.guest("w\(number)", capabilities: ["batch", "draft/multiline", "message-tags"])
        try writer.join("#volley")
        try paste(writer, to: "#volley", lines: 130, number: number, isOpen: true)
        return writer
      }
      for reader in readers { try reader.pump() }
      for (number, writer) in writers.enumerated() { try writer.send("BATCH -b\(number)") }
      for (number, reader) in readers.enumerated() {
        var missing = 90 * 130
        while missing > 0, let message = try reader.receive() {
          if message.command == "PRIVMSG" { missing -= 1 }
        }
        #expect(missing == 0 && !reader.hasEnded, "reader \(number)")
      }
      withExtendedLifetime(writers) {}
    }

    @Test("a reader that takes a little each moment is not disconnected, and has everything in the end")
    func trickle() throws {
      let server = try ServerProcess(in: TemporaryFolder(), settings: ["send-queue=\(Self.sendQueue)"])
      let slow = try Client("slow", port: server.plainPort, receiveBuffer: 4096)
      try slow.register()
      try slow.join("#trickle")
      let writer = try server.guest("writer", capabilities: ["message-tags"])
      try writer.join("#trickle")
      let padding = String(repeating: "x", count: 400)
      let count = 12_000
      for number in 0..<count { try writer.send("PRIVMSG #trickle :\(number) \(padding)") }
      _ = try writer.sync(seconds: 60)
      var next = 0
      while next < count, let message = try slow.receive(seconds: 60) {
        guard message.command == "PRIVMSG" else { continue }
        #expect(message.parameters[1].hasPrefix("\(next) "))
        next += 1
        if next % 500 == 0 { usleep(50_000) }
      }
      #expect(next == count && !slow.hasEnded)
    }

    @Test("while hundreds leave a room of hundreds, somebody else's PING is answered at once")
    func mass() throws {
      let server = try ServerProcess(in: TemporaryFolder())
      var members = try (0..<400).map { number in
        let client = try server.guest("m\(number)")
        try client.send("JOIN #crowd")
        return client
      }
      let witness = try server.guest("witness")
      for client in members { _ = try client.sync(seconds: 60) }
      var worst = 0.0
      members.removeFirst(200)
      for _ in 0..<50 {
        let clock = ContinuousClock.now
        _ = try witness.sync()
        worst = max(worst, clock.duration(to: .now).inMilliseconds)
      }
      print("200 of 400 members leave: the slowest PONG took \(worst) ms")
      #expect(worst < 1_000)
    }
  }
}
