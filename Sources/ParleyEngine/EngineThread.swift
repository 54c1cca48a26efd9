import IRC
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import ParleyCache
import SQLite

/// The engine's thread: an event loop on which the core and all connections live. Commands gather in a mailbox while a turn
/// runs, and the next turn takes all of them: many commands cost one commit.
final class EngineThread: @unchecked Sendable {
  private enum Input {
    case command(Command, request: Int64)
    case connected(ConnectionID, fingerprint: String?)
    case received(ConnectionID, ByteBuffer)
    case closed(ConnectionID, ConnectionEnd)
    case wants(rawLines: Bool)
    /// The host has dispatched events that were waited for.
    case hasDispatched
  }

  private struct Mailbox {
    var inputs: [Input] = []
    var isScheduled = false
    var isClosed = false
    /// How many inputs there have been.
    var count: UInt64 = 0
  }

  private let group: MultiThreadedEventLoopGroup
  private let loop: any EventLoop
  private let queue: EventQueue
  let calls = Calls()
  private let mailbox = NIOLockedValueBox(Mailbox())
  // On the loop only.
  private let core: EngineCore
  private let transport: Transport
  private var timer: (time: Timestamp, task: Scheduled<Void>)?
  private var isIdleScheduled = false

  /// - Throws: `.memory`.
  init(core: sending EngineCore, queue: EventQueue) throws(EngineError) {
    try Platform.checkRoomForLoop()
    group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    Platform.keepHostSignals(group)
    loop = group.next()
    self.core = core
    self.queue = queue
    transport = Transport(loop: loop)
    loop.execute { [self] in
      Platform.blockSignals()
      transport.owner = self
      drain()
    }
  }

  // MARK: - From any thread

  /// Returns false when the engine is closed.
  @discardableResult
  func submit(_ command: Command, request: Int64) -> Bool {
    guard let number = put(.command(command, request: request)) else { return false }
    calls.gave(number)
    return true
  }

  func wants(rawLines: Bool) { put(.wants(rawLines: rawLines)) }

  /// Says goodbye on all connections and ends the thread. Not from the thread itself.
  func close() {
    let isFirst = mailbox.withLockedValue { mailbox in
      defer { mailbox.isClosed = true }
      return !mailbox.isClosed
    }
    guard isFirst else { return }
    let done = loop.flatSubmit { [self] () -> EventLoopFuture<Void> in
      drain()
      timer?.task.cancel()
      let outcome = core.turn(now: Platform.now()) { (core) throws(SQLiteError) in try core.sayGoodbye() }
      perform(outcome.effects)
      transport.owner = nil
      let closing = transport.closeAll()
      let deadline = loop.scheduleTask(in: .seconds(2)) {}
      let promise = loop.makePromise(of: Void.self)
      closing.whenComplete { _ in
        deadline.cancel()
        promise.succeed(())
      }
      deadline.futureResult.whenSuccess { promise.succeed(()) }
      return promise.futureResult
    }
    try? done.wait()
    calls.end()
    try? group.syncShutdownGracefully()
  }

  @discardableResult
  private func put(_ input: Input) -> UInt64? {
    let (number, mustSchedule): (UInt64?, Bool) = mailbox.withLockedValue { mailbox in
      guard !mailbox.isClosed else { return (nil, false) }
      mailbox.inputs.append(input)
      mailbox.count += 1
      defer { mailbox.isScheduled = true }
      return (mailbox.count, !mailbox.isScheduled)
    }
    if mustSchedule { loop.execute { [self] in drain() } }
    return number
  }

  // MARK: - On the loop

  private func drain() {
    let (inputs, number) = mailbox.withLockedValue { mailbox in
      mailbox.isScheduled = false
      defer { mailbox.inputs = [] }
      return (mailbox.inputs, mailbox.count)
    }
    core.waitingEvents = queue.count
    let outcome = core.turn(now: Platform.now()) { (core) throws(SQLiteError) in
      for input in inputs { try Self.handle(input, core) }
      try core.advance()
    }
    queue.push(outcome.events)
    calls.handled(upTo: number)
    if core.waitsForHost { queue.callWhenDispatched { [weak self] in self?.put(.hasDispatched) } }
    perform(outcome.effects)
    schedule()
  }

  private static func handle(_ input: Input, _ core: EngineCore) throws(SQLiteError) {
    switch input {
    case .command(let command, let request): try core.handle(command, request: request)
    case .connected(let connection, let fingerprint): try core.connected(connection, fingerprint: fingerprint)
    case .received(let connection, let buffer):
      var failure: SQLiteError?
      buffer.withUnsafeReadableBytes { bytes in
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

  private func schedule() {
    if let deadline = core.deadline {
      if timer?.time != deadline {
        timer?.task.cancel()
        let wait = max(0, min(deadline.milliseconds - Platform.now().monotonic.milliseconds, 86_400_000))
        let task = loop.scheduleTask(in: .milliseconds(wait)) { [self] in
          timer = nil
          drain()
        }
        timer = (deadline, task)
      }
    } else {
      timer?.task.cancel()
      timer = nil
    }
    guard !isIdleScheduled else { return }
    isIdleScheduled = true
    loop.scheduleTask(in: .seconds(2)) { [self] in
      isIdleScheduled = false
      core.idle()
    }
  }
}

extension EngineThread: TransportOwner {
  func connected(_ connection: ConnectionID, fingerprint: String?) {
    put(.connected(connection, fingerprint: fingerprint))
  }

  func received(_ connection: ConnectionID, _ buffer: ByteBuffer) { put(.received(connection, buffer)) }

  func closed(_ connection: ConnectionID, _ end: ConnectionEnd) { put(.closed(connection, end)) }
}
