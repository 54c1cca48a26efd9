import IRC
import ParleyCache
import SQLite

/// The engine's thread, on which the core and all connections live. Commands gather in a mailbox while a turn runs, and the next turn
/// takes all of them: many commands cost one commit.
final class EngineThread: Sendable {
  fileprivate enum Input {
    case command(Command, request: Int64)
    case connected(ConnectionID, fingerprint: String?)
    case received(ConnectionID, [UInt8])
    case closed(ConnectionID, ConnectionEnd)
    case wants(rawLines: Bool)
    case networkChanged
  }

  fileprivate struct Mailbox {
    var inputs: [Input] = []
    /// The thread has been told that there are some.
    var isAnnounced = false
    var isClosed = false
  }

  private let mailbox = Locked(Mailbox())
  private let signal: Signal
  private let thread: SystemThread

  /// - Throws: `.memory`.
  init(core: sending EngineCore, queue: EventQueue) throws(EngineError) {
    let signal = try Signal()
    // Everything that it has is gone when the thread has ended.
    let worker = EngineWorker(core, queue, mailbox, signal)
    guard let thread = SystemThread({ worker.run() }) else { throw .memory }
    self.signal = signal
    self.thread = thread
  }

  /// Returns false when the engine is closed.
  @discardableResult
  func submit(_ command: Command, request: Int64) -> Bool { put(.command(command, request: request)) }

  func wants(rawLines: Bool) { put(.wants(rawLines: rawLines)) }

  /// Returns false when the engine is closed.
  func networkChanged() -> Bool { put(.networkChanged) }

  /// Says goodbye on all connections and ends the thread. Not from the thread itself.
  func close() {
    let isFirst = mailbox.withLock { mailbox in
      defer { mailbox.isClosed = true }
      return !mailbox.isClosed
    }
    guard isFirst else { return }
    signal.set()
    thread.join()
  }

  @discardableResult
  private func put(_ input: Input) -> Bool {
    let (isOpen, mustAnnounce) = mailbox.withLock { mailbox in
      guard !mailbox.isClosed else { return (false, false) }
      mailbox.inputs.append(input)
      defer { mailbox.isAnnounced = true }
      return (true, !mailbox.isAnnounced)
    }
    if mustAnnounce { signal.set() }
    return isOpen
  }
}

/// What runs on the engine's thread. `@unchecked`: it is handed to that thread when it is made, and used by no other.
private final class EngineWorker: @unchecked Sendable {
  /// After the last thing that happened the cache is told that there is time, in milliseconds.
  private static let idleDelay: Int64 = 2_000

  private let core: EngineCore
  private let queue: EventQueue
  private let mailbox: Locked<EngineThread.Mailbox>
  private let transport: Transport
  /// What connections have told since the last turn.
  private var arrived: [EngineThread.Input] = []
  private var idleTime: Int64?

  init(_ core: EngineCore, _ queue: EventQueue, _ mailbox: Locked<EngineThread.Mailbox>, _ signal: Signal) {
    self.core = core
    self.queue = queue
    self.mailbox = mailbox
    transport = Transport(signal: signal)
  }

  func run() {
    transport.owner = self
    turn([])
    while true {
      let (commands, isClosed) = take()
      if !commands.isEmpty || !arrived.isEmpty || isDue(core.deadline) { turn(commands) }
      if isClosed { break }
      rest()
      transport.wait(until: arrived.isEmpty ? nextTime : 0)
    }
    sayGoodbye()
  }

  private func take() -> (commands: [EngineThread.Input], isClosed: Bool) {
    mailbox.withLock { mailbox in
      mailbox.isAnnounced = false
      defer { mailbox.inputs = [] }
      return (mailbox.inputs, mailbox.isClosed)
    }
  }

  private var nextTime: Int64? {
    let times = [core.deadline?.milliseconds, idleTime].compactMap { $0 }
    return times.min()
  }

  private func isDue(_ time: Timestamp?) -> Bool { time.map { $0 <= Platform.now().monotonic } ?? false }

  private func rest() {
    guard let time = idleTime, isDue(Timestamp(milliseconds: time)) else { return }
    idleTime = nil
    core.idle()
  }

  // MARK: - Turns

  private func turn(_ commands: [EngineThread.Input]) {
    // Connections that are of no use any more end first: then what they were for begins again in the same turn.
    for case .networkChanged in commands { transport.networkChanged() }
    let inputs = arrived + commands
    arrived = []
    let now = Platform.now()
    let outcome = core.turn(now: now) { (core) throws(SQLiteError) in
      for input in inputs { try Self.handle(input, core) }
      try core.advance()
    }
    queue.push(outcome.events)
    perform(outcome.effects)
    if idleTime == nil { idleTime = now.monotonic.milliseconds + Self.idleDelay }
  }

  private static func handle(_ input: EngineThread.Input, _ core: EngineCore) throws(SQLiteError) {
    switch input {
    case .command(let command, let request): try core.handle(command, request: request)
    case .connected(let connection, let fingerprint): try core.connected(connection, fingerprint: fingerprint)
    case .received(let connection, let bytes):
      var failure: SQLiteError?
      bytes.withUnsafeBytes { bytes in
        do throws(SQLiteError) { try core.received(connection, bytes) } catch { failure = error }
      }
      if let failure { throw failure }
    case .closed(let connection, let end): try core.closed(connection, end)
    case .wants(let rawLines): core.wants(rawLines: rawLines)
    case .networkChanged: try core.networkChanged()
    }
  }

  private func perform(_ effects: [NetworkEffect]) {
    for effect in effects {
      switch effect {
      case .connect(let connection, let endpoint): transport.connect(connection, endpoint)
      case .write(let connection, let bytes): transport.write(connection, bytes)
      case .close(let connection): transport.close(connection)
      }
    }
  }

  private func sayGoodbye() {
    let outcome = core.turn(now: Platform.now()) { (core) throws(SQLiteError) in try core.sayGoodbye() }
    perform(outcome.effects)
    transport.closeAll()
  }
}

extension EngineWorker: TransportOwner {
  func connected(_ connection: ConnectionID, fingerprint: String?) {
    arrived.append(.connected(connection, fingerprint: fingerprint))
  }

  func received(_ connection: ConnectionID, _ bytes: [UInt8]) { arrived.append(.received(connection, bytes)) }

  func closed(_ connection: ConnectionID, _ end: ConnectionEnd) { arrived.append(.closed(connection, end)) }
}
