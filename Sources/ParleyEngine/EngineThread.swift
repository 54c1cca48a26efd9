import IRC
import ParleyCache
import SQLite

/// The engine's thread, on which the core and all connections live. Commands gather in a mailbox while a turn runs, and the next turn
/// takes all of them: many commands cost one commit.
final class EngineThread: Sendable {
  let calls = Calls()
  private let mailbox: Mailbox
  private let thread: SystemThread

  /// - Throws: `.memory`.
  init(core: sending EngineCore, queue: EventQueue) throws(EngineError) {
    let mailbox = Mailbox(try Signal())
    // Everything that it has is gone when the thread has ended.
    let worker = EngineWorker(core, queue, calls, mailbox)
    guard let thread = SystemThread({ worker.run() }) else { throw .memory }
    self.mailbox = mailbox
    self.thread = thread
  }

  /// Returns false when the engine is closed.
  @discardableResult
  func submit(_ command: Command, request: Int64) -> Bool {
    guard let number = mailbox.put(.command(command, request: request)) else { return false }
    calls.gave(number)
    return true
  }

  func wants(rawLines: Bool) { mailbox.put(.wants(rawLines: rawLines)) }

  /// Says goodbye on all connections and ends the thread. Not from the thread itself.
  func close() {
    guard mailbox.close() else { return }
    thread.join()
    calls.end()
  }
}

/// What runs on the engine's thread. `@unchecked`: it is handed to that thread when it is made, and used by no other.
private final class EngineWorker: @unchecked Sendable {
  /// After the last thing that happened the cache is told that there is time, in milliseconds.
  private static let idleDelay: Int64 = 2_000

  private let core: EngineCore
  private let queue: EventQueue
  private let calls: Calls
  private let mailbox: Mailbox
  private let transport: Transport
  /// What connections have told since the last turn.
  private var arrived: [Input] = []
  private var idleTime: Int64?

  init(_ core: EngineCore, _ queue: EventQueue, _ calls: Calls, _ mailbox: Mailbox) {
    self.core = core
    self.queue = queue
    self.calls = calls
    self.mailbox = mailbox
    transport = Transport(signal: mailbox.signal)
  }

  func run() {
    transport.owner = self
    turn([], upTo: 0)
    while true {
      let (commands, number, isClosed) = mailbox.take()
      if !commands.isEmpty || !arrived.isEmpty || isDue(core.deadline) { turn(commands, upTo: number) }
      if isClosed { break }
      rest()
      transport.wait(until: arrived.isEmpty ? nextTime : 0)
    }
    sayGoodbye()
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

  /// - Parameter number: the last command's.
  private func turn(_ commands: [Input], upTo number: UInt64) {
    // Connections that are of no use any more end first: then what they were for begins again in the same turn.
    for case .command(.networkChanged, _) in commands { transport.networkChanged() }
    let inputs = arrived + commands
    arrived = []
    let now = Platform.now()
    core.waitingEvents = queue.count
    let outcome = core.turn(now: now) { (core) throws(SQLiteError) in
      for input in inputs { try Self.handle(input, core) }
      try core.advance()
    }
    queue.push(outcome.events)
    calls.handled(upTo: number)
    if core.waitsForHost { queue.callWhenDispatched { [mailbox] in mailbox.put(.hasDispatched) } }
    perform(outcome.effects)
    if idleTime == nil { idleTime = now.monotonic.milliseconds + Self.idleDelay }
  }

  private static func handle(_ input: Input, _ core: EngineCore) throws(SQLiteError) {
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
    case .hasDispatched: break
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
