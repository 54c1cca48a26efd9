import Foundation
import IRC
import Processes
import Seeded
import Synchronization
import Testing

extension Live {
  /// Clients that mean harm, or are broken, while others talk.
  @Suite("Hostile input")
  struct HostileTests {
    @Test("each kind of broken line has its answer, and the connection goes on")
    func answers() throws {
      let server = try ServerProcess(in: TemporaryFolder())
      let client = try server.guest("mallory", capabilities: ["standard-replies", "message-tags"])
      try client.send(bytes: Array("PRIVMSG mallory :".utf8) + [0xFF, 0xC0, 13, 10])
      let refusal = try client.wait(command: "FAIL")
      #expect(refusal.parameters.prefix(2) == ["PRIVMSG", "INVALID_UTF8"])
      try client.send("PRIVMSG mallory :" + String(repeating: "x", count: 600))
      try client.wait(command: "417")
      try client.send("@a=" + String(repeating: "x", count: 5000) + " PING x")
      try client.wait(command: "417")
      try client.send("@+a=" + String(repeating: "x", count: 4091) + " PING long-tags")
      try client.wait(text: "long-tags")
      try client.send(String(repeating: "y", count: 100_000))
      try client.wait(command: "417")
      try client.send("NONSENSE")
      #expect(try client.wait(command: "421").parameters[1] == "NONSENSE")
      try client.send("JOIN")
      #expect(try client.wait(command: "461").parameters[1] == "JOIN")
      try client.send("PRIVMSG")
      try client.wait(command: "411")
      try client.send("PRIVMSG mallory")
      try client.wait(command: "412")
      try client.send(bytes: Array("PRIVMSG mallory :a\0b\r\n".utf8))
      _ = try client.sync()
      let browser = try WebSocketClient.Raw(port: server.plainPort)
      try browser.send(Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
      #expect(try browser.readToEnd().hasPrefix("HTTP/1.1 400 "))
      #expect(server.isRunning)
    }

    @Test("people talk undisturbed while others send rubbish, flood, and stall")
    func hostile() throws {
      let server = try ServerProcess(
        in: TemporaryFolder(), settings: ["send-queue=262144", "registration-timeout=5"])
      let seconds = Double(setting("PARLEY_HOSTILE_SECONDS", default: 10))
      let pair = try [server.guest("ann", secure: true), server.guest("ben")]
      try pair[0].join("#quiet")
      try pair[1].join("#quiet")

      let crew = Crew(port: server.plainPort, securePort: server.securePort)
      let end = Deadline(seconds: seconds)
      for seed in 0..<2 { crew.begin { try crew.sendRubbish(seed: UInt64(seed + 1), until: end) } }
      crew.begin { try crew.flood(until: end) }
      crew.begin { try crew.stall(readers: 100, until: end) }

      var latencies: [Double] = []
      var resident = 0
      while !end.hasPassed {
        let clock = ContinuousClock.now
        let text = "message \(latencies.count)"
        try pair[latencies.count % 2].send("PRIVMSG #quiet :\(text)")
        try pair[(latencies.count + 1) % 2].wait(text: text, seconds: 10)
        latencies.append(clock.duration(to: .now).inMilliseconds)
        if latencies.count % 50 == 0 { resident = max(resident, server.residentBytes ?? 0) }
      }
      crew.join()
      #expect(crew.problems.isEmpty)
      #expect(server.isRunning)
      for person in pair { #expect(try !person.sync().contains { $0.command == "FAIL" || $0.command == "ERROR" }) }
      let late = try server.guest("late", secure: true)
      _ = try late.sync()

      latencies.sort()
      let figures = crew.figures
      print(
        "hostile: \(Int(seconds)) s, \(figures.lines) lines of rubbish, \(figures.connections) connections,",
        "\(figures.cutOff) of \(figures.stalled) stalled readers cut off, at most \(resident >> 20) MiB resident;",
        "\(latencies.count) messages between two others took \(latencies[latencies.count / 2]) ms in the middle,",
        "\(latencies[latencies.count * 99 / 100]) ms at the 99th percentile, \(latencies.last ?? 0) ms at most")
      #expect(figures.cutOff == figures.stalled)
      #expect(latencies[latencies.count * 99 / 100] < 1000)
      #expect(resident < 400 << 20)
      #expect(try server.terminate() == 0)
    }
  }
}

/// Attackers, each on a thread of its own.
private final class Crew: Sendable {
  struct Figures {
    var lines = 0
    var connections = 0
    var stalled = 0
    var cutOff = 0
  }

  private struct State {
    var figures = Figures()
    var problems: [String] = []
  }

  private static let words = [
    "CAP", "AUTHENTICATE", "PASS", "NICK", "USER", "PING", "PONG", "ERROR", "REGISTER", "VERIFY", "OPER", "PRIVMSG",
    "NOTICE", "TAGMSG", "CHATHISTORY", "JOIN", "PART", "KICK", "INVITE", "TOPIC", "NAMES", "LIST", "MODE", "WHO",
    "WHOIS", "WHOWAS", "AWAY", "SETNAME", "USERHOST", "ISON", "MOTD", "LUSERS", "VERSION", "TIME", "MONITOR", "BATCH",
    "REDACT", "MARKREAD", "METADATA", "RENAME", "LS", "REQ", "END", "302", "*", "+", "PLAIN", "SCRAM-SHA-256",
    "EXTERNAL",
    "AAAA", "bixuPXgscj14", "#rubbish", "#quiet", "#lobby", "#", "@#rubbish", "ann", "ben", "+b", "-b", "+o", "+beIkl",
    "+ooo", "*!*@*", "~account:*", "LATEST", "BEFORE", "BETWEEN", "TARGETS", "AROUND", "msgid=x",
    "timestamp=2026-01-01T00:00:00.000Z",
    "timestamp=9999999-01-01T00:00:00.000Z", "parley.chat/seq=9223372036854775807", "-1", "0", "9223372036854775808",
    ",",
    ",,,", "a,b,#c,#d,#e", ":", "::", ":two words", "\u{1}ACTION x\u{1}", "é", "😀", "\u{202E}", "%tcuihsnfdlaor,1",
    "sasl", "message-tags batch echo-message labeled-response draft/chathistory", "-message-tags",
  ]
  private static let tags = [
    "", "", "@label=x ", "@label= ", "@+parley.chat/key=a.1 ", "@+parley.chat/key=a.0 ", "@+parley.chat/key=.. ", "@ ",
    "@;;;= ",
    "@batch=x;+typing=active ", "@+a=\\:\\s\\ ", ":other!user@host ", "@a=b :x ",
  ]

  private let port: UInt16
  private let securePort: UInt16
  private let state = Mutex(State())
  private let group = DispatchGroup()

  init(port: UInt16, securePort: UInt16) {
    self.port = port
    self.securePort = securePort
  }

  var figures: Figures { state.withLock { $0.figures } }

  var problems: [String] { state.withLock { $0.problems } }

  func begin(_ work: @escaping @Sendable () throws -> Void) {
    group.enter()
    Thread { [self] in
      do { try work() } catch { state.withLock { $0.problems.append("\(error)") } }
      group.leave()
    }.start()
  }

  func join() { group.wait() }

  // MARK: - What they do

  /// Bytes and commands by chance. The server may end these connections; it must not refuse new ones.
  func sendRubbish(seed: UInt64, until end: Deadline) throws {
    var random = SeededRandom(seed: seed)
    var lines = 0
    while !end.hasPassed {
      let client = try Client("r\(seed)", port: port)
      state.withLock { $0.figures.connections += 1 }
      do {
        if Bool.random(using: &random) { try client.register() }
        for _ in 0..<Int.random(in: 1...300, using: &random) where !client.hasEnded {
          try client.send(bytes: Self.rubbish(&random))
          lines += 1
          try client.pump()
          _ = client.take()
        }
      } catch is LiveError {
        // Ended by the server: for a QUIT, failed sign-ins, an error.
      }
      if Bool.random(using: &random) { client.socket.reset() }
    }
    state.withLock { $0.figures.lines += lines }
  }

  private static func rubbish(_ random: inout SeededRandom) -> [UInt8] {
    switch Int.random(in: 0..<20, using: &random) {
    case 0: return (0..<Int.random(in: 1...700, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
    case 1: return [UInt8](repeating: 0x41, count: Int.random(in: 500...10_000, using: &random))
    case 2:
      return Array(
        ("@" + String(repeating: "a=b;", count: Int.random(in: 1...2000, using: &random)) + " PING x\r\n").utf8)
    default:
      var line = tags.randomElement(using: &random) ?? ""
      for _ in 0..<Int.random(in: 1...6, using: &random) { line += (words.randomElement(using: &random) ?? "") + " " }
      var bytes = Array(line.utf8)
      if Int.random(in: 0..<10, using: &random) == 0 { bytes[Int.random(in: 0..<bytes.count, using: &random)] = 0xFE }
      return bytes + [13, 10]
    }
  }

  /// Connections that say nothing, half a line, or half a handshake.
  func flood(until end: Deadline) throws {
    var held: [Socket] = []
    var count = 0
    while !end.hasPassed {
      let socket = try Socket(port: count % 2 == 0 ? port : securePort)
      count += 1
      switch count % 5 {
      case 0: socket.reset()
      case 1: _ = socket.write(ArraySlice("NICK half".utf8))
      case 2: _ = socket.write([0x16, 0x03, 0x01, 0x02, 0x00, 0x01])
      case 3: _ = socket.write(ArraySlice("CAP LS 302\r\nNICK x\u{0}\r\nUSER\r\n".utf8))
      default: break
      }
      held.append(socket)
      if held.count > 300 { held.removeFirst(100) }
    }
    state.withLock { $0.figures.connections += count }
  }

  /// Readers who read nothing in a room where much is said, until they are cut off.
  func stall(readers: Int, until end: Deadline) throws {
    let talker = try Client("talker", port: port)
    try talker.request(["message-tags"])
    try talker.register()
    try talker.join("#busy")
    var cutOff = 0
    func countCutOff() throws {
      for message in try talker.sync() where message.command == "QUIT" && message.nick.hasPrefix("s") {
        // In a long run a reader that stalls may also be found out by an unanswered PING.
        let reason = message.parameters.last ?? ""
        guard reason == "Send queue exceeded" || reason.hasPrefix("Ping timeout") else { throw LiveError(message.text) }
        cutOff += 1
      }
    }
    var stalled: [Client] = []
    for number in 0..<readers {
      let client = try Client("s\(number)", port: port, receiveBuffer: 4096)
      try client.request(["message-tags"])
      try client.register()
      try client.join("#busy")
      stalled.append(client)
      try countCutOff()
    }
    state.withLock { $0.figures.stalled = readers }
    let padding = String(repeating: "x", count: 3500)
    let limit = Deadline(seconds: 60)
    while cutOff < readers || !end.hasPassed {
      // A server that was built to be watched takes longer: then the run's own time counts.
      guard cutOff == readers || !limit.hasPassed || !end.hasPassed else {
        throw LiveError("only \(cutOff) of \(readers) stalled readers were cut off")
      }
      for _ in 0..<20 { try talker.send("@+x=\(padding) PRIVMSG #busy :\(padding.prefix(400))") }
      try countCutOff()
    }
    state.withLock { $0.figures.cutOff = cutOff }
    withExtendedLifetime(stalled) {}
  }
}
