import IRC
import ParleyCache
import ParleyEngine
import SQLite
import Seeded
import Testing

/// One engine, and a server whose lines the test writes.
final class Bench {
  let core: EngineCore
  let reader: CacheReader
  let directory = DirectoryBox(highestIdentity: 0, highestChat: 0)
  let identity: Int64
  var now = Timestamp(milliseconds: 1_800_000_000_000)
  /// Milliseconds by which the time of day has been set since the beginning.
  var set: Int64 = 0
  var events: [EngineEvent] = []
  /// What the engine has sent.
  var sent = ""
  private var request: Int64 = 100
  private var attempts: [ParleyEngine.ConnectionID] = []
  var connection: ParleyEngine.ConnectionID { attempts[attempts.count - 1] }
  /// Attempts that have had their connection.
  private var used = 0

  init() throws {
    let cache = try Cache(path: nil, vfs: nil)
    reader = try cache.makeReader()
    core = try EngineCore(
      cache: cache, directory: directory, clientName: "Test", random: SeededRandom(seed: 7),
      now: EngineTime(monotonic: now, wall: now))
    identity = directory.addIdentity(link: "irc://127.0.0.1", nick: "alice")
    let id = identity
    turn { (core) throws(SQLiteError) in
      try core.handle(.addIdentity(id), request: 1)
      try core.handle(.connect(id), request: 2)
    }
    try connect()
  }

  /// As on the engine's thread: what is due is done in the same turn.
  func turn(_ body: (EngineCore) throws(SQLiteError) -> Void) {
    let wall = now.adding(milliseconds: set)
    let result = core.turn(now: EngineTime(monotonic: now, wall: wall)) { (core) throws(SQLiteError) in
      try body(core)
      try core.advance()
    }
    events += result.events
    for effect in result.effects {
      switch effect {
      case .connect(let id, _): attempts.append(id)
      case .write(_, let bytes): sent += String(decoding: bytes, as: UTF8.self)
      default: break
      }
    }
  }

  func pass(milliseconds: Int64) {
    now = now.adding(milliseconds: milliseconds)
    turn { (_) throws(SQLiteError) in }
  }

  /// Until the next attempt has a connection.
  func connect() throws {
    for _ in 0..<200 where attempts.count == used { pass(milliseconds: 1_000) }
    let id = try #require(attempts.dropFirst(used).last)
    used = attempts.count
    turn { (core) throws(SQLiteError) in try core.connected(id, fingerprint: nil) }
  }

  func server(_ lines: String...) {
    guard let id = attempts.last else { return }
    let bytes = Array(lines.map { $0 + "\r\n" }.joined().utf8)
    turn { (core) throws(SQLiteError) in
      var failure: SQLiteError?
      bytes.withUnsafeBytes { bytes in
        do throws(SQLiteError) { try core.received(id, bytes) } catch { failure = error }
      }
      if let failure { throw failure }
    }
  }

  /// The label of the last request that begins so.
  func label(of request: String) throws -> String {
    let line = try #require(sent.split(separator: "\r\n").last { $0.contains(" \(request)") })
    return String(line.prefix { $0 != " " && $0 != ";" }.dropFirst("@label=".count))
  }

  /// What is sent from here on.
  func forget() { sent = "" }

  /// A host's command, in a turn of its own.
  @discardableResult
  func act(_ command: Command) -> Int64 {
    request += 1
    let request = request
    turn { (core) throws(SQLiteError) in try core.handle(command, request: request) }
    return request
  }

  /// How a request ended; nil: it has not.
  func result(_ request: Int64) -> Int32? {
    events.first { $0.kind == .done && $0.request == request }.map { Int32($0.result) }
  }

  /// The connection breaks, and there is a new one.
  func reconnect() throws {
    guard let id = attempts.last else { return }
    turn { (core) throws(SQLiteError) in try core.closed(id, .lost("cut")) }
    try connect()
  }

  /// The server takes up everything it has offered, and lets us in.
  func welcome(with capabilities: String) {
    server(":s CAP * LS :\(capabilities)")
    server(":s CAP * ACK :\(capabilities)", ":s 001 alice :Hi", ":s 376 alice :End")
  }

  /// All history that is asked for is empty.
  func answerHistory() throws {
    var answered: Set<String> = []
    while let label = try? label(of: "CHATHISTORY"), answered.insert(label).inserted {
      server("@label=\(label) :s BATCH +x chathistory x", ":s BATCH -x")
    }
  }

  func texts(_ name: String) throws -> [String] {
    guard let chat = directory.chat(named: name, identity: identity) else { return [] }
    return try (reader.history(chat: chat, anchor: 0, before: 3_000, after: 0) ?? []).filter { $0.kind == 1 }.map(
      \.text)
  }

  func welcome() { server(":s CAP * LS :", ":s 001 alice :Hi", ":s 376 alice :End") }

  /// We come into a room with so many others.
  /// - Parameter isTimed: the server says when.
  func enter(_ room: String, others: Int, isTimed: Bool = false) {
    let names = (0..<others).map { " user\($0)" }.joined()
    let time = isTimed ? "@time=\(now.iso8601) " : ""
    server("\(time):alice!a@h JOIN \(room)", ":s 353 alice = \(room) :alice\(names)", ":s 366 alice \(room) :End")
  }

  var state: IdentityState? { directory.identity(identity) }

  /// How often the host was told of members since the last time.
  func tellings() -> Int {
    defer { events = [] }
    return events.count { $0.kind == .members }
  }
}
