import IRC
import ParleyCache
import ParleyCore
import ParleyEngine
import ParleySession
import ParleyStore
import ParleyTesting
import SQLite
import Seeded
import Testing

/// A server and engines in one thread, with wires that can be cut.
final class Stage {
  private(set) var world: World
  private var performers: [Performer] = []
  /// Milliseconds since the beginning, whatever is done to `world.now`.
  private var elapsed: Int64 = 0
  var time: EngineTime { EngineTime(monotonic: Timestamp(milliseconds: elapsed), wall: world.now) }

  init(store: any Store = MemoryStore(), configure: (inout Configuration) -> Void = { _ in }) throws {
    world = try World(store: store, configure: configure)
  }

  /// The server ends without a word, and another one starts with a store.
  func replaceServer(with store: any Store) throws {
    for performer in performers { performer.isServerReachable = false }
    for performer in performers { performer.cut() }
    world = try World(store: store, seed: 2, now: world.now)
    for performer in performers { performer.isServerReachable = true }
  }

  /// An engine with one identity, not connected. Everything it keeps is in memory, and outlives `restart()`.
  func engine(_ nick: String, password: String? = nil, catchUpLimit: Int = 0) throws -> Performer {
    let performer = try Performer(nick, password: password, stage: self, catchUpLimit: catchUpLimit)
    performers.append(performer)
    return performer
  }

  /// Lets everything happen that can happen without the clock.
  func run() {
    var isQuiet = false
    while !isQuiet {
      isQuiet = true
      for performer in performers where performer.step() { isQuiet = false }
    }
  }

  func pass(seconds: Int) {
    for _ in 0..<seconds {
      world.pass(seconds: 1)
      elapsed += 1_000
      run()
    }
  }
}

/// One engine, its host, and its wire to the server.
final class Performer {
  let nick: String
  let password: String?
  private unowned let stage: Stage
  private let cache: Cache
  private let directory: DirectoryBox
  private(set) var core: EngineCore
  let reader: CacheReader
  private(set) var events: [EngineEvent] = []
  private var wire: (id: ParleyEngine.ConnectionID, client: Client)?
  var isServerReachable = true
  /// What goes to the server is lost from now on, and nobody notices.
  var isMute = false
  /// How far this machine's time of day is ahead of the server's, in milliseconds.
  var clockOffset: Int64 = 0
  private(set) var identity: Int64 = 0
  private var requests: Int64 = 1_000_000
  private var results: [Int64: EngineEvent] = [:]
  /// After each turn.
  var onEvents: () -> Void = {}

  init(_ nick: String, password: String?, stage: Stage, catchUpLimit: Int = 0) throws {
    self.nick = nick
    self.password = password
    self.stage = stage
    cache = try Cache(path: nil, vfs: nil)
    reader = try cache.makeReader()
    directory = DirectoryBox(highestIdentity: 0, highestChat: 0)
    core = try EngineCore(
      cache: cache, directory: directory, clientName: "Test", random: SeededRandom(seed: 7), now: stage.time,
      catchUpLimit: catchUpLimit)
    identity = directory.addIdentity(link: "irc://127.0.0.1", nick: nick)
    act(.addIdentity(identity))
    if password != nil { act(.setIdentity(identity, key: "account", value: nick)) }
  }

  // MARK: - The host

  /// Gives a command and returns its request.
  @discardableResult
  func act(_ command: Command) -> Int64 {
    requests += 1
    let request = requests
    turn { (core) throws(SQLiteError) in try core.handle(command, request: request) }
    stage.run()
    return request
  }

  func connect() {
    act(.connect(identity))
    stage.pass(seconds: 1)
  }

  func chat(_ name: String) -> Int64 {
    let chat = directory.openChat(name, identity: identity)
    if let row = directory.chatState(chat)?.row { act(.openChat(row)) }
    return chat
  }

  @discardableResult
  func join(_ room: String) -> Int64 {
    let chat = chat(room)
    act(.join(chat: chat, key: nil))
    return chat
  }

  @discardableResult
  func say(_ text: String, in chat: String) -> Int64 {
    act(.send(chat: self.chat(chat), kind: 1, text: text, replyTo: 0))
  }

  /// How a request ended; nil: it has not.
  func result(_ request: Int64) -> EngineEvent? { results[request] }

  var state: IdentityState? { directory.identity(identity) }

  /// There is a chat of that name.
  func knows(_ chat: String) -> Bool { directory.chat(named: chat, identity: identity) != nil }

  func isCurrent(_ chat: String) -> Bool { directory.chatState(self.chat(chat))?.isCurrent ?? false }

  func row(_ chat: String) -> ChatRow? { directory.chatState(self.chat(chat))?.row }

  /// What is in a chat, oldest first: "nick: text", "(gap)", "nick: text?" while pending, "nick: text!" when failed.
  func transcript(_ name: String) throws -> [String] {
    let rows = try reader.history(chat: chat(name), anchor: 0, before: 1_000, after: 0) ?? []
    return rows.compactMap { row in
      switch row.kind {
      case 1...3: "\(row.nick): \(row.text)\(["", "?", "!", "-"][Int(row.state.rawValue)])"
      case 32: "(gap)"
      default: nil
      }
    }
  }

  /// Texts of messages the host was told of, in order, and forgets them.
  func heard() throws -> [String] {
    defer { events = [] }
    return try events.filter { $0.kind == .message }.compactMap { event in
      guard let row = try reader.message(event.message), row.kind <= 3 else { return nil }
      return "\(row.nick): \(row.text)"
    }
  }

  // MARK: - The network

  /// The wire breaks. What was on it is lost.
  func cut() {
    guard let wire else { return }
    self.wire = nil
    isMute = false
    wire.client.drop()
    turn { (core) throws(SQLiteError) in try core.closed(wire.id, .lost("cut")) }
    stage.run()
  }

  /// The program ends at once and starts again: what was in memory is gone.
  func restart() throws {
    wire?.client.drop()
    wire = nil
    isMute = false
    stage.run()
    core = try EngineCore(
      cache: cache, directory: directory, clientName: "Test", random: SeededRandom(seed: 8), now: stage.time)
  }

  /// Does what waits; false: nothing did.
  func step() -> Bool {
    var didSomething = false
    if let (id, client) = wire {
      let lines = client.take()
      if !lines.isEmpty {
        didSomething = true
        let bytes = lines.flatMap { Array(($0.wire + "\r\n").utf8) }
        turn { (core) throws(SQLiteError) in
          var failure: SQLiteError?
          bytes.withUnsafeBytes { bytes in
            do throws(SQLiteError) { try core.received(id, bytes) } catch { failure = error }
          }
          if let failure { throw failure }
        }
      } else if client.isClosed {
        didSomething = true
        wire = nil
        turn { (core) throws(SQLiteError) in try core.closed(id, .lost("closed")) }
      }
    }
    if let deadline = core.deadline, deadline <= stage.time.monotonic {
      didSomething = true
      turn { (core) throws(SQLiteError) in try core.advance() }
    }
    return didSomething
  }

  private var time: EngineTime {
    EngineTime(monotonic: stage.time.monotonic, wall: stage.time.wall.adding(milliseconds: clockOffset))
  }

  private func turn(_ body: (EngineCore) throws(SQLiteError) -> Void) {
    let outcome = core.turn(now: time, body)
    events += outcome.events
    if !outcome.events.isEmpty { onEvents() }
    for event in outcome.events {
      if event.kind == .done { results[event.request] = event }
    }
    carryOut(outcome.effects)
    for event in outcome.events where event.kind == .ask && event.value != 3 {
      guard let password else { continue }
      turn { (core) throws(SQLiteError) in
        try core.handle(.answer(question: event.request, secret: Array(password.utf8), keep: 1), request: 0)
      }
    }
  }

  private func carryOut(_ effects: [NetworkEffect]) {
    for effect in effects {
      switch effect {
      case .connect(let id, _):
        guard isServerReachable else {
          turn { (core) throws(SQLiteError) in try core.closed(id, .lost("refused")) }
          continue
        }
        wire = (id, stage.world.connect(secure: false, address: "127.0.0.1"))
        turn { (core) throws(SQLiteError) in try core.connected(id, fingerprint: nil) }
      case .write(let id, let bytes):
        guard let wire, wire.id == id, !isMute else { continue }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n").map(String.init)
        wire.client.send(lines)
      case .close(let id):
        guard let wire, wire.id == id else { continue }
        self.wire = nil
        wire.client.close()
      }
    }
  }
}

extension Stage {
  /// Alice, who has an account, and bob, a guest, in one room.
  func tea(catchUpLimit: Int = 0) throws -> (alice: Performer, bob: Performer) {
    let (alice, bob) = (
      try engine("alice", password: "sesame", catchUpLimit: catchUpLimit), try engine("bob")
    )
    try makeAccount("alice")
    for performer in [alice, bob] { performer.connect() }
    for performer in [alice, bob] { performer.join("#tea") }
    return (alice, bob)
  }

  /// Registers an account with the password `sesame`.
  func makeAccount(_ name: String) throws {
    let client = world.account(name)
    client.send("QUIT")
    client.close()
  }
}

extension Performer {
  func transcript(_ name: String, limit: Int) throws -> [String] {
    let rows = try reader.history(chat: chat(name), anchor: 0, before: limit, after: 0) ?? []
    return rows.compactMap { $0.kind <= 3 ? "\($0.nick): \($0.text)" : nil }
  }

  /// The newest gap of a chat.
  func gap(in name: String) throws -> Int64? {
    let rows = try reader.history(chat: chat(name), anchor: 0, before: 10_000, after: 0) ?? []
    return rows.last { $0.kind == 32 && $0.state == .sent }?.id
  }
}
