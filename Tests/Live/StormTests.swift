import Foundation
import IRC
import Processes
import Synchronization
import Testing

extension Live {
  /// One address that does the worst it can, while people at other addresses talk.
  @Suite("Storm from one address")
  struct StormTests {
    /// Milliseconds that the slowest hundredth of the messages may take longer than before the storm.
    private static let allowance = 50.0

    @Test("people notice nothing of the worst load that one address can make, and the memory for it is given back")
    func storm() throws {
      let seconds = Double(setting("PARLEY_HOSTILE_SECONDS", default: 6))
      let server = try ServerProcess(
        in: TemporaryFolder(),
        settings: ["guest-messages-per-minute=0", "guest-messages-per-day=0", "guest-bytes-per-day=0"],
        listeners: ["ws://127.0.0.1:0"], trust: false)
      let people = try Crowd(of: 50, on: server)
      // A first round makes room names, history and buffers what they are in a server that runs.
      _ = try people.talk(seconds: 1)
      let before = try people.talk(seconds: max(2, seconds / 6))
      let residentBefore = server.residentBytes ?? 0

      let storm = try Storm(against: server)
      storm.begin()
      let during = try people.talk(seconds: seconds) { server.residentBytes ?? 0 }
      storm.end()

      // The figures of a quiet server: what the storm had needed is free again.
      let deadline = Deadline(seconds: 20)
      var residentAfter = server.residentBytes ?? 0
      while residentAfter > residentBefore + 64 << 20, !deadline.hasPassed {
        usleep(200_000)
        residentAfter = server.residentBytes ?? 0
      }
      print(
        "storm: \(Int(seconds)) s, \(storm.figures);",
        "\(before.latencies.count) messages of 50 people took \(before.summary) before and",
        "\(during.latencies.count) took \(during.summary) during the storm;",
        "\(residentBefore >> 20) MiB resident before, \(during.peak >> 20) at most, \(residentAfter >> 20) after")
      // A few seconds beside other tests are too short and too busy to be timed.
      if seconds >= 30 { #expect(during.percentile99 <= before.percentile99 + Self.allowance) }
      #expect(during.peak < residentBefore + 192 << 20)
      #expect(residentAfter < residentBefore + 64 << 20)
      #expect(storm.problems.isEmpty)
      try people.expectUntouched()
      #expect(try server.run(["status"]).status == 0)
      #expect(try server.terminate() == 0)
    }
  }
}

/// People in rooms of ten, each at an address of their own.
private final class Crowd {
  struct Talk {
    var latencies: [Double] = []
    var peak = 0

    func percentile(_ part: Double) -> Double {
      let sorted = latencies.sorted()
      return sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))]
    }

    var percentile99: Double { percentile(0.99) }
    var summary: String {
      [0.5, 0.99, 1].map { "\((percentile($0) * 10).rounded() / 10)" }.joined(separator: "/") + " ms (p50/p99/most)"
    }
  }

  private static let roomSize = 10
  private let people: [Client]
  private var count = 0

  init(of count: Int, on server: ServerProcess) throws {
    people = try (0..<count).map { number in
      let isSecure = number % 2 == 0
      let person = try Client(
        "person\(number)", port: isSecure ? server.securePort : server.plainPort, secure: isSecure,
        source: UInt16(256 + number))
      try person.register()
      try person.join("#room\(number / Self.roomSize)")
      return person
    }
  }

  /// A hundred messages a second, each followed from its author to another member.
  /// - Parameter measure: called now and then; the largest value is kept.
  func talk(seconds: Double, measure: () -> Int = { 0 }) throws -> Talk {
    var talk = Talk()
    let end = Deadline(seconds: seconds)
    while !end.hasPassed {
      let start = ContinuousClock.now
      let author = count % people.count
      let listener = author / Self.roomSize * Self.roomSize + (author + 1) % Self.roomSize
      let text = "message \(count)"
      try people[author].send("PRIVMSG #room\(author / Self.roomSize) :\(text)")
      try people[listener].wait(text: text, seconds: 10)
      talk.latencies.append(start.duration(to: .now).inMilliseconds)
      count += 1
      if count % people.count == 0 {
        talk.peak = max(talk.peak, measure())
        for person in people {
          try person.pump()
          try check(person.take())
        }
      }
      let rest = 10 - start.duration(to: .now).inMilliseconds
      if rest > 0 { usleep(UInt32(rest * 1000)) }
    }
    return talk
  }

  private func check(_ messages: [Message]) throws {
    if let bad = messages.first(where: { ["ERROR", "FAIL", "QUIT", "404", "PART"].contains($0.command) }) {
      throw LiveError("somebody was touched: \(bad.text)")
    }
  }

  /// Nobody has been refused anything or has left.
  func expectUntouched() throws {
    for person in people {
      try check(person.sync())
      try person.send("NAMES #room\((Int(person.name.dropFirst(6)) ?? 0) / Self.roomSize)")
      let names = try person.wait(command: "353").parameters.last ?? ""
      #expect(names.split(separator: " ").count == Self.roomSize)
    }
  }
}

/// Everything that one address can think of, each kind on a thread of its own.
private final class Storm: Sendable {
  /// 127.0.0.9, at which nobody else is.
  private static let source: UInt16 = 9

  private struct State {
    var hasEnded = false
    var counts: [String: Int] = [:]
    var problems: [String] = []
  }

  private let plainPort: UInt16
  private let securePort: UInt16
  private let webPort: UInt16
  private let state = Mutex(State())
  private let group = DispatchGroup()
  private let guests: [Handover]
  private let choir: Choir

  /// A client that is used by one thread at a time.
  private final class Handover: @unchecked Sendable {
    let client: Client
    init(_ client: Client) { self.client = client }
  }

  init(against server: ServerProcess) throws {
    plainPort = server.plainPort
    securePort = server.securePort
    webPort = try server.port(scheme: "ws")
    // They come first: later the address may be over its limits.
    guests = try (0..<8).map { number in
      let client = try Client("mallory\(number)", port: server.plainPort, source: Self.source)
      try client.request(["message-tags", "batch", "draft/multiline", "draft/chathistory", "echo-message"])
      try client.register()
      return Handover(client)
    }
    // Sixty joins of guests are allowed in a minute.
    choir = try Choir(of: 50, at: Self.source, port: server.plainPort)
  }

  var figures: String {
    state.withLock { $0.counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ") }
  }

  var problems: [String] { state.withLock { $0.problems } }

  func begin() {
    run("connections") { [self] in try connect() }
    run("frames") { [self] in try sendFrames() }
    run("sign-ins") { [self] in try signIn() }
    let lists = ["WHO *", "WHO *a*e*i*o*u*", "LIST", "LIST *r*o*m*", "NAMES #room0", "WHOIS person1", "LUSERS", "MOTD"]
    let rooms = (0..<30).map { "#storm\($0)" }.joined(separator: ",")
    let lines: [[String]] = [
      lists, ["JOIN \(rooms)", "PART \(rooms)"], lists.reversed(),
      ["NICK stormy", "NICK mallory", "AWAY :gone", "AWAY", "MODE #storm +b *!*@*.example", "TOPIC #storm :x"],
    ]
    for (guest, lines) in zip(guests, lines) { run("lines") { [self] in try repeatLines(lines, by: guest.client) } }
    for guest in guests[4...5] { run("pages") { [self] in try readPages(by: guest.client) } }
    for guest in guests[6...7] { run("pastes") { [self] in try paste(by: guest.client) } }
    run("songs") { [self] in sing() }
  }

  func end() {
    state.withLock { $0.hasEnded = true }
    group.wait()
    for guest in guests { guest.client.socket.close() }
    choir.close()
  }

  private var hasEnded: Bool { state.withLock { $0.hasEnded } }
  private func count(_ what: String, _ more: Int = 1) { state.withLock { $0.counts[what, default: 0] += more } }

  private func run(_ what: String, _ work: @escaping @Sendable () throws -> Void) {
    group.enter()
    Thread { [self] in
      count(what, 0)
      // A server may end these connections; then that part of the storm is over.
      do { try work() } catch is LiveError {} catch { state.withLock { $0.problems.append("\(what): \(error)") } }
      group.leave()
    }.start()
  }

  // MARK: - Kinds of load

  /// Sockets that are silent or stop in the middle of a handshake, and are kept.
  private func connect() throws {
    var held: [Socket] = []
    let beginnings: [[UInt8]] = [
      [], [0x16, 3, 1, 2, 0, 1], Array("NICK half".utf8), Array("GET / HTTP/1.1\r\nHost:".utf8),
      Array("CAP LS 302\r\n".utf8),
    ]
    while !hasEnded {
      for port in [plainPort, securePort, webPort] {
        guard let socket = try? Socket(port: port, source: Self.source) else { continue }
        _ = socket.write((beginnings.randomElement() ?? [])[...])
        held.append(socket)
        count("connections")
      }
      if held.count > 400 { held.removeFirst(200) }
      usleep(500)
    }
  }

  /// Fragments, empty ones, pings.
  private func sendFrames() throws {
    let web = try WebSocketClient(port: webPort, source: Self.source)
    try web.register("webstorm")
    let mask: [UInt8] = [0, 0, 0, 0]
    let frames =
      [0x01, 0x81] + mask + [0x61]
      + Array(repeating: [0x00, 0x80] + mask, count: 200).joined()
      + Array(repeating: [0x89, 0x81] + mask + [0x61], count: 200).joined() + [0x80, 0x80] + mask
    while !hasEnded {
      try web.sendRaw(frames)
      count("frames", 402)
      usleep(1000)
    }
  }

  /// Passwords that are wrong, for an account that there is not.
  private func signIn() throws {
    while !hasEnded {
      guard let client = try? Client("guess", port: plainPort, source: Self.source) else { continue }
      do {
        try client.request(["sasl"])
        for number in 0..<3 where !hasEnded {
          try client.send("AUTHENTICATE PLAIN")
          try client.wait(command: "AUTHENTICATE")
          try client.send("AUTHENTICATE " + Base64.encode(Array("\0person\(number)\0wrong".utf8)))
          _ = try client.receive()
          count("sign-ins")
        }
      } catch is LiveError {}
      usleep(5000)
    }
  }

  private func repeatLines(_ lines: [String], by client: Client) throws {
    try client.send("JOIN #storm")
    while !hasEnded {
      for line in lines { try client.send(line) }
      count("lines", lines.count)
      _ = try client.sync(seconds: 60)
      _ = client.take()
    }
  }

  /// A message with many reactions, read again and again.
  private func readPages(by client: Client) throws {
    let room = "#\(client.name)"
    try client.join(room)
    try client.send("PRIVMSG \(room) :first")
    let id = try client.wait(text: "first")[tag: "msgid"] ?? ""
    for number in 0..<100 where !hasEnded {
      try client.send(
        "@+draft/reply=\(id);+draft/react=\(number);+x=\(String(repeating: "y", count: 300)) TAGMSG \(room)")
    }
    _ = try client.sync(seconds: 60)
    while !hasEnded {
      _ = try client.history("LATEST \(room) * 1000")
      count("pages")
    }
  }

  /// At the rate that lines are allowed, about.
  private func sing() {
    var round = 0
    while !hasEnded {
      count("songs", choir.sing(round: round))
      round += 1
      usleep(50_000)
    }
  }

  private func paste(by client: Client) throws {
    try client.join("#paste")
    let text = String(repeating: "z", count: 400)
    while !hasEnded {
      try client.send("BATCH +p draft/multiline #paste")
      for _ in 0..<90 { try client.send("@batch=p PRIVMSG #paste :\(text)") }
      try client.send("BATCH -p")
      _ = try client.sync(seconds: 60)
      count("pastes")
    }
  }
}
