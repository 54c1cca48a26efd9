import Foundation
import IRC
import Processes
import Testing

extension Live {
  /// The connection ends after every byte of a whole session: signing in, joining, history, sending, receiving.
  @Suite("Connection cut")
  struct CutTests {
    @Test("cut at every byte of a session: reconnected, the engine has exactly the server's history")
    func cuts() throws {
      let folder = try TemporaryFolder()
      let server = try ServerProcess(in: folder)
      let program = try EngineHost.compile(in: folder)
      let sessions = try (0..<4).map { try CutSession($0, server: server, program: program, folder: folder) }
      // The first run of an account differs from all later ones; then one to measure.
      for session in sessions { for _ in 0..<2 { #expect(try !session.run(nil), "nothing is cut") } }
      let lengths = FaultProxy.Direction.allCases.map { ($0, sessions[0].bytes[$0] ?? 0) }

      let step = setting("PARLEY_CUT_STEP", default: 5)
      let work = CutList(step: max(1, step), lengths: lengths)
      let started = ContinuousClock.now
      DispatchQueue.concurrentPerform(iterations: sessions.count) { index in
        while let cut = work.next() {
          do {
            work.finished(wasCut: try sessions[index].run(cut))
          } catch {
            work.failed("\(cut): \(error)")
            break
          }
        }
      }
      let seconds = Int(started.duration(to: .now).inMilliseconds / 1000)
      #expect(work.problems.isEmpty, "\(work.problems.first ?? "")")
      let sizes = lengths.map { "\($0.1) bytes \($0.0.rawValue)" }.joined(separator: ", ")
      let places = step == 1 ? "every byte" : "one in \(step) bytes (PARLEY_CUT_STEP=1: every byte)"
      print("connection cut: \(work.cuts) of \(work.count) times in \(seconds) s, at \(places) of \(sizes)")
      // What is said in a session differs by a byte or two from time to time.
      #expect(work.cuts > work.count * 9 / 10)
    }
  }
}

/// Where to cut, and what became of it; used by several threads.
private final class CutList: @unchecked Sendable {
  let count: Int
  private let lock = NSLock()
  private var waiting: [FaultProxy.Cut]
  private var made = 0
  private var found: [String] = []

  init(step: Int, lengths: [(FaultProxy.Direction, Int)]) {
    waiting = lengths.flatMap { direction, length in
      stride(from: 0, through: length, by: step).enumerated().map { index, bytes in
        FaultProxy.Cut(direction: direction, bytes: bytes, isReset: index % 2 == 1)
      }
    }
    count = waiting.count
  }

  var cuts: Int { lock.withLock { made } }

  var problems: [String] { lock.withLock { found } }

  func next() -> FaultProxy.Cut? { lock.withLock { waiting.popLast() } }

  func finished(wasCut: Bool) { lock.withLock { made += wasCut ? 1 : 0 } }

  func failed(_ problem: String) { lock.withLock { found.append(problem) } }
}

/// An engine behind a proxy, and somebody it talks to. Used by one thread at a time.
private final class CutSession: @unchecked Sendable {
  private static let lines = ["old 1", "old 2", "mine 1", "mine 2", "mine 3", "theirs 1", "theirs 2", "theirs 3"]

  private let host: EngineHost
  private let peer: Client
  private let proxy: FaultProxy
  private var runs = 0
  /// Of the latest run, in which nothing was cut.
  private(set) var bytes: [FaultProxy.Direction: Int] = [:]

  init(_ number: Int, server: ServerProcess, program: String, folder: TemporaryFolder) throws {
    let (name, other) = ("cut\(number)", "peer\(number)")
    for name in [name, other] { try server.register(name) }
    proxy = try FaultProxy(to: server.plainPort)
    host = try EngineHost(name, program: program, folder: folder.file(name))
    peer = try server.signIn(other)
  }

  deinit { proxy.stop() }

  /// One session of a new identity in a new room.
  /// - Returns: whether it was cut.
  func run(_ cut: FaultProxy.Cut?) throws -> Bool {
    runs += 1
    let digits = String(runs)
    let room = "#\(host.name)-" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    let cutsBefore = proxy.cuts
    try peer.join(room)
    for text in Self.lines[..<2] { try say(text, in: room) }
    host.clear()
    proxy.cutNext(cut)
    try host.live(at: proxy.port)
    try host.ask("connect")
    try host.ask("join \(room)")
    let requests = try Self.lines[2..<5].map { try host.ask("say \(room) \($0)") }
    try talk(in: room, requests)
    for direction in FaultProxy.Direction.allCases { bytes[direction] = proxy.bytes(direction) }
    proxy.cutNext(nil)
    try compare(room, results: requests.map { host.done[$0] ?? 1 })
    try leave(room)
    return proxy.cuts > cutsBefore
  }

  private func say(_ text: String, in room: String) throws {
    try peer.send("PRIVMSG \(room) :\(text)")
    try peer.wait(text: text)
  }

  /// Until both have said everything and heard everything. Whenever the connection is lost, the next is made at once.
  private func talk(in room: String, _ requests: [Int]) throws {
    let deadline = Deadline(seconds: 20)
    var known = 0
    var hasAnswered = false
    func isOver() -> Bool {
      requests.allSatisfy { host.done[$0] != nil } && host.messages.contains { $0.text == Self.lines.last }
    }
    while !isOver() {
      guard !deadline.hasPassed else {
        throw LiveError("\(room) does not end: \(host.account), answered: \(hasAnswered)")
      }
      var entries = [host.descriptor, peer.socket.descriptor].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      _ = poll(&entries, nfds_t(entries.count), deadline.milliseconds)
      host.pump()
      let isLost = host.states[known...].contains { $0.state == .waiting }
      known = host.states.count
      if isLost { try host.ask("connect") }
      try peer.pump()
      if !hasAnswered, peer.take().contains(where: { $0.parameters.last == Self.lines[4] }) {
        hasAnswered = true
        for text in Self.lines[5...] { try peer.send("PRIVMSG \(room) :\(text)") }
      }
    }
  }

  private func compare(_ room: String, results: [Int]) throws {
    guard results.allSatisfy({ $0 == 0 }) else { throw LiveError("\(room): results \(results)") }
    let history = try peer.history("LATEST \(room) * 50")
    let texts = history.map { $0.parameters.last ?? "" }
    guard texts == Self.lines else { throw LiveError("\(room) on the server: \(texts)") }
    let problems = Agreement.problems(of: host.name, try host.rows("history \(room)"), server: history)
    guard problems.isEmpty else { throw LiveError("\(room): \(problems)") }
    let told = host.messages.filter { $0.isText && !$0.isOwn && $0.chat == room }.map(\.text)
    // What was said before one came in is shown, not told.
    guard told == Array(Self.lines[5...]) else { throw LiveError("\(room): told \(told)") }
  }

  /// So that the next session is like this one.
  private func leave(_ room: String) throws {
    var attempts = 0
    while try host.perform("leave \(room)") != 0 {
      // The cut was waiting for just that.
      attempts += 1
      guard attempts < 5 else { throw LiveError("cannot leave \(room)") }
      try host.ask("connect")
      try host.waitUntilOnline()
    }
    guard try host.perform("forget") == 0 else { throw LiveError("cannot forget the identity") }
    try peer.send("PART \(room)")
    _ = try peer.sync()
  }
}
