public import IRC
public import ParleyCore
public import ParleyServer
public import ParleyStore
public import Seeded

/// A whole server in one thread: the core, its store, its event loops, a clock that stands until it is moved, clients that are
/// plain buffers. Everything runs until nothing is left to do.
public final class World {
  public private(set) var core: Core
  public let store: any Store
  private let configuration: Configuration
  private let reader: any StoreReader
  private var loops: [LoopState<ClientSink>]
  private var events: [CoreEvent] = []
  private var head = 0
  /// The wall clock. Set back, or ahead, it jumps: no time passes by that.
  public var now = Timestamp(milliseconds: 1_800_000_000_000)
  /// What a monotonic clock shows.
  public private(set) var instant = MonotonicTime(milliseconds: 5_000_000)
  /// nil: the wall clock is trusted.
  public var certainTime: Timestamp?
  public private(set) var notes: [Note] = []
  public private(set) var isFinished = false
  /// What the operator's program was given, and whether it takes it.
  public private(set) var mails: [Mail] = []
  public var mailFails = false
  public private(set) var fatal: StoreError?
  /// While true, transactions are taken but not committed: what depends on the disk waits.
  public var isDiskHeld = false { didSet { if !isDiskHeld { run() } } }
  private var heldTransactions: [Transaction] = []
  private var nextLoop = 0
  private var clients: [ConnectionID: Client] = [:]

  public init(
    store: any Store = MemoryStore(), seed: UInt64 = 1, loops count: Int = 2, sendQueue: Int = 1 << 20,
    now: Timestamp? = nil,
    configure: (inout Configuration) -> Void = { _ in }
  ) throws {
    var configuration = Configuration()
    configuration.serverName = "irc.example.org"
    configuration.passwordIterations = 16
    configure(&configuration)
    if let now { self.now = now }
    self.configuration = configuration
    self.store = store
    reader = try store.reader()
    loops = (0..<count).map { LoopState(loop: $0, sendQueueLimit: sendQueue) }
    core = Core(
      configuration: configuration, snapshot: try store.load(), loops: count, random: SeededRandom(seed: seed),
      at: Moment(wall: self.now, monotonic: instant))
    run()
  }

  public func makeOperator(_ name: String) throws { try administer(name) { $0?.isOperator = true } }

  /// As `parleyd account` does beside a running server. nil: the account is deleted.
  /// - Parameter isTold: the server has looked for changes since.
  public func administer(_ name: String, isTold: Bool = true, _ change: (inout AccountRecord?) -> Void) throws {
    for record in try reader.accounts() where record.name == name {
      var changed = Optional(record)
      change(&changed)
      let change: Change = changed.map { .updateAccount($0) } ?? .deleteAccount(record.id)
      _ = try store.commit([Transaction(change)])
    }
    guard isTold else { return }
    post(.accountsChanged(try reader.accounts()))
    run()
  }

  /// What is kept of a password.
  public static func verifier(_ password: String) -> PasswordVerifier {
    ScramVerifier.derive(password: Array(password.utf8), salt: Array("salt of 16 bytes".utf8), iterations: 16)
  }

  /// As a reload does.
  /// - Parameter change: made to the settings that the world began with.
  public func reconfigure(_ change: (inout Configuration) -> Void) {
    var changed = configuration
    change(&changed)
    post(.reconfigured(changed))
    run()
  }

  // MARK: - Clients

  /// A connection that has said nothing yet.
  public func connect(
    secure: Bool = true, address: String = "192.0.2.1", trusted: Bool = true, certificate: String? = nil,
    loopback: Bool = false, webSocket: Bool = false
  ) -> Client {
    let sink = ClientSink()
    let loop = nextLoop
    nextLoop = (nextLoop + 1) % loops.count
    let id = loops[loop].add(sink)
    sink.id = id
    let client = Client(world: self, id: id, sink: sink)
    sink.client = client
    clients[id] = client
    post(
      .connected(
        id,
        ConnectionInfo(
          address: address, isSecure: secure, certificateFingerprint: certificate, isLoopback: loopback,
          isWebSocket: webSocket, isTrusted: trusted)))
    run()
    return client
  }

  /// A guest, registered, with these capabilities; its welcome has been read.
  @discardableResult
  public func guest(_ nick: String, _ capabilities: String = "") -> Client {
    let client = connect()
    if !capabilities.isEmpty { client.send("CAP REQ :\(capabilities)") }
    client.send("NICK \(nick)", "USER \(nick) 0 * :\(nick)")
    if !capabilities.isEmpty { client.send("CAP END") }
    client.clear()
    return client
  }

  /// A device of an account, which is registered with the password `sesame` if it does not exist.
  @discardableResult
  public func account(_ name: String, _ capabilities: String = "", device: String? = nil, address: String = "192.0.2.1")
    -> Client
  {
    let client = connect(address: address)
    client.send("CAP REQ :sasl draft/account-registration \(capabilities)", "NICK \(name)", "USER \(name) 0 * :\(name)")
    let login = device.map { "\(name)@\($0)" } ?? name
    client.send("AUTHENTICATE PLAIN", "AUTHENTICATE " + Base64.encode(Array("\0\(login)\0sesame".utf8)))
    if !client.lines.contains(where: { $0.command == "903" }) { client.send("REGISTER * * sesame") }
    client.send("CAP END")
    return client
  }

  fileprivate func receive(_ lines: [InboundLine], from id: ConnectionID) {
    post(.received(id, lines))
    run()
  }

  fileprivate func cut(_ id: ConnectionID, _ reason: DisconnectReason) {
    clients[id]?.sink.end()
    // Also when the server had let go of it.
    defer { run() }
    guard loops[id.loop].remove(id) else { return carryOut(core.takeOutputs()) }
    post(.disconnected(id, reason))
  }

  // MARK: - Running

  public func post(_ event: CoreEvent) { events.append(event) }

  /// Lets time pass at once, as a machine that sleeps does.
  public func pass(milliseconds: Int64) {
    now = now.adding(milliseconds: milliseconds)
    instant = instant.adding(milliseconds: milliseconds)
  }

  /// Lets the clock go on, second by second.
  public func pass(seconds: Int) {
    for _ in 0..<seconds {
      pass(milliseconds: 1_000)
      for loop in loops {
        for id in loop.watchReaders(at: instant.milliseconds) { post(.reading(id)) }
        for id in loop.takeCutOff() { post(.disconnected(id, .sendQueueExceeded)) }
      }
      post(.tick)
      run()
    }
  }

  public func shutDown(_ reason: String = "Server is stopping") {
    post(.shutdown(reason))
    run()
  }

  /// Everything that can happen without the clock happens.
  public func run() {
    repeat {
      while head < events.count {
        let event = events[head]
        head += 1
        core.handle(event, at: Moment(wall: now, monotonic: instant, certain: certainTime))
        carryOut(core.takeOutputs())
      }
      events.removeAll()
      head = 0
      carryOut(core.takeOutputs())
      if events.isEmpty, core.hasWork { post(.wake) }
    } while head < events.count
  }

  /// A client that did not read reads again.
  public func wake(_ client: Client) {
    client.sink.isStalled = false
    client.sink.flush()
    carryOut(core.takeOutputs())
    run()
  }

  private func carryOut(_ outputs: Outputs) {
    notes += outputs.notes
    if outputs.isFinished { isFinished = true }
    if let error = outputs.fatal { fatal = error }
    heldTransactions += outputs.transactions
    if !isDiskHeld, !heldTransactions.isEmpty {
      let batch = heldTransactions
      heldTransactions = []
      do {
        events.append(.committed(try store.commit(batch)))
      } catch {
        events.append(.commitFailed(error))
      }
    }
    for (index, effects) in outputs.loops.enumerated() where !effects.isEmpty {
      loops[index].apply(effects)
      loops[index].flush()
      for (id, position) in loops[index].takeSkipping() { events.append(.skipping(id, after: position)) }
      for id in loops[index].takeCutOff() { events.append(.disconnected(id, .sendQueueExceeded)) }
    }
    for loop in loops {
      loop.lookForReceipts()
      for (job, isTaken) in loop.takeReceipts() { events.append(.taken(job, isTaken)) }
    }
    for client in clients.values where client.sink.wantsDrained && !client.sink.isStalled {
      client.sink.wantsDrained = false
      if let backlog = loops[client.id.loop].takeBacklog(of: client.id) {
        events.append(.fellBehind(client.id, backlog))
      }
      events.append(.drained(client.id))
    }
    for (job, query) in outputs.queries { events.append(.answered(job, reader.answer(query))) }
    for (job, mail) in outputs.mails {
      mails.append(mail)
      events.append(.mailed(job, !mailFails))
    }
    for (job, password, salt, iterations) in outputs.derivations {
      events.append(
        .derived(job, ScramVerifier.derive(password: password, salt: salt, iterations: iterations)))
    }
  }
}

extension StoreReader {
  /// What a reader thread does with a query.
  func answer(_ query: StoreQuery) -> QueryResult {
    do {
      switch query {
      case .history(let query): return .page(try page(query))
      case .find(let id, let conversation): return .found(try find(messageID: id, in: conversation))
      case .summaries(let identity, let rooms, let after, let before, let kinds, let limit):
        return .summaries(
          try summaries(of: identity, rooms: rooms, after: after, before: before, kinds: kinds, limit: limit),
          looked: looked)
      case .missed(let identity, let after, let kinds):
        return .summaries(try missed(by: identity, after: after, kinds: kinds), looked: looked)
      case .account(let name): return .account(try account(named: name))
      case .conversation(let identity, let nick):
        return .conversation(try conversation(of: identity, withNick: nick))
      }
    } catch {
      return .failed(error)
    }
  }
}

extension SeededRandom: RandomSource {}

/// A connection's end that keeps what it is sent.
public final class ClientSink: LoopSink {
  fileprivate(set) var id: ConnectionID?
  fileprivate weak var client: Client?
  private var queued: [UInt8] = []
  fileprivate var wantsDrained = false
  /// While true, the client does not read: its queue grows.
  public var isStalled = false
  public private(set) var isReadingWanted = true

  public private(set) var written = 0
  public private(set) var progress = 0
  public var isFull: Bool { isStalled && !queued.isEmpty }
  /// It has ended, and what had not left was lost.
  public private(set) var isOver = false

  public func append(_ bytes: UnsafeRawBufferPointer) -> Int {
    written += bytes.count
    queued.append(contentsOf: bytes)
    return queued.count
  }

  @discardableResult
  public func flush() -> Int {
    guard !isStalled else { return queued.count }
    client?.deliver(queued)
    progress += queued.count
    queued = []
    return 0
  }

  /// Bytes that wait for the client.
  public var queuedBytes: Int { queued.count }
  public func updateProgress() {}

  public func finish() {
    flush()
    client?.isClosed = true
  }

  public func cutOff() {
    queued = []
    end()
    client?.isClosed = true
  }

  /// The socket is gone.
  fileprivate func end() {
    isOver = true
  }

  public func setReading(_ isWanted: Bool) { isReadingWanted = isWanted }
  public func reportWhenDrained() { wantsDrained = true }
}

/// One client of the world.
public final class Client {
  private unowned let world: World
  public let id: ConnectionID
  public let sink: ClientSink
  private var framer = LineFramer(limit: 1 << 16)
  /// Everything received since the last `clear`.
  public private(set) var lines: [Message] = []
  public internal(set) var isClosed = false

  init(world: World, id: ConnectionID, sink: ClientSink) {
    self.world = world
    self.id = id
    self.sink = sink
  }

  /// Sends lines in one packet.
  public func send(_ lines: String...) { send(lines) }

  public func send(_ lines: [String]) {
    var framer = LineFramer(limit: ParserLimits.server.contentBytes)
    var inbound: [InboundLine] = []
    for line in lines {
      Array((line + "\r\n").utf8).withUnsafeBytes { InboundLine.collect($0, with: &framer, into: &inbound) }
    }
    world.receive(inbound, from: id)
  }

  public func clear() { lines = [] }

  /// What has arrived since the last call, as lines without tags.
  public func read() -> [String] {
    defer { lines = [] }
    return lines.map { message in
      var message = message
      message.tags = []
      return message.wire
    }
  }

  /// What has arrived since the last call, with tags.
  public func take() -> [Message] {
    defer { lines = [] }
    return lines
  }

  public func commands() -> [String] { lines.map(\.command) }

  /// The client closes its end.
  public func close() { world.cut(id, .closed) }
  /// The network fails.
  public func drop() { world.cut(id, .failed("Connection reset by peer")) }

  fileprivate func deliver(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { buffer in
      framer.consume(buffer) { frame in
        guard case .line(let line) = frame, let message = try? Message(parsing: line, limits: .unlimited) else {
          return
        }
        lines.append(message)
      }
    }
  }
}
