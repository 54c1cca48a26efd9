import IRC
import Logging
import ParleyCore
import ParleyStore

/// The core's thread: takes what has happened, lets the core decide, hands out what has to be done.
final class CoreRunner: @unchecked Sendable {
  /// How it ended.
  enum End: Sendable {
    /// After a shutdown: everything accepted is durable and has been handed to the event loops.
    case finished
    /// The store failed beyond repair. Nothing has left since.
    case failed(StoreError)
  }

  /// Lines of clients handled before their outcome is handed out.
  private static let linesPerTick = 4096
  /// Milliseconds after which work that waits is looked at again, if nothing happens.
  private static let workInterval: Int64 = 20

  private let core: Core
  private let mailbox: Mailbox
  private let store: StoreThread
  private let readers: ReaderPool
  private let passwords: PasswordPool
  private let mails: MailPool
  private let loops: [Loop]
  private let pressure: OutputPressure
  private let wallClock: @Sendable () -> Timestamp
  private var clock: ServerClock
  private let logger: Logger
  private let metrics: Metrics
  /// Counts failures of the store: transactions are handed over with the number the core knew when it made them.
  private var epoch: UInt64 = 0
  private let end = Monitor<End?>(nil)
  private let isStopped = Monitor(false)

  /// - Parameter core: belongs to this runner's thread from now on.
  init(
    core: Core, mailbox: Mailbox, store: StoreThread, readers: ReaderPool, passwords: PasswordPool, mails: MailPool,
    loops: [Loop], pressure: OutputPressure,
    wallClock: @escaping @Sendable () -> Timestamp, clock: ServerClock, logger: Logger, metrics: Metrics
  ) {
    self.metrics = metrics
    self.core = core
    self.mailbox = mailbox
    self.store = store
    self.readers = readers
    self.passwords = passwords
    self.mails = mails
    self.loops = loops
    self.pressure = pressure
    self.wallClock = wallClock
    self.clock = clock
    self.logger = logger
  }

  func start() throws(ThreadError) -> WorkerThread {
    try WorkerThread(name: "parley-core") { self.run() }
  }

  /// Waits until the core is done.
  func waitForEnd() -> End { end.wait { $0 } }

  /// Ends the thread without ado, for a server that could not start.
  func stop() {
    isStopped.withLock { $0 = true }
    mailbox.post(.tick)
  }

  private func run() {
    defer { core.dropWaiting() }
    publish()
    var nextTick = MonotonicClock.milliseconds() + 1000
    while !isStopped.withLock({ $0 }) {
      core.isOutputScarce = pressure.isHigh
      let untilTick = max(0, nextTick - MonotonicClock.milliseconds())
      let wait = core.hasWork ? 0 : core.hasWaitingWork ? min(untilTick, Self.workInterval) : untilTick
      let (taken, wasCongested) = mailbox.take(waiting: Int(wait))
      let events = taken.isEmpty && core.hasWaitingWork ? [.wake] : taken
      if wasCongested { for loop in loops { loop.relieve() } }
      if MonotonicClock.milliseconds() >= nextTick {
        nextTick = MonotonicClock.milliseconds() + 1000
        core.handle(.tick, at: moment())
        publish()
      }
      var next = 0
      repeat {
        next = handle(events, from: next)
        if let end = carryOut(core.takeOutputs()) {
          self.end.withLock { $0 = end }
          self.end.wakeAll()
          return
        }
      } while next < events.count
    }
  }

  /// Handles some events, and says where to go on.
  private func handle(_ events: [CoreEvent], from first: Int) -> Int {
    let now = moment()
    var lines = 0
    var next = first
    while next < events.count, lines < Self.linesPerTick {
      let event = events[next]
      core.handle(event, at: now)
      switch event {
      case .received(_, let received): lines += received.count
      case .committed(let outcomes): lines += outcomes.count
      case .commitFailed: epoch += 1
      default: lines += 1
      }
      next += 1
    }
    return next
  }

  private func moment() -> Moment {
    clock.read(wall: wallClock(), monotonic: MonotonicTime(milliseconds: MonotonicClock.milliseconds()))
  }

  /// About once a second.
  private func publish() {
    metrics.publish(core.figures)
    var figures = ClockFigures()
    figures.difference = clock.difference
    figures.setBack = clock.setBack
    metrics.publish(figures)
    let time = moment()
    store.keep(clock.record, now: time.wall)
    for report in clock.takeReports() { log(report) }
  }

  private func log(_ report: ServerClock.Report) {
    func write(_ level: Logger.Level, _ event: Logger.Message, _ milliseconds: Int64, _ consequence: String) {
      logger.log(
        level: level, event,
        metadata: [
          "by": "\(ServerStatus.duration(milliseconds / 1_000))", "consequence": "\(consequence)",
          "measured-from": "the server's own time",
        ])
    }
    switch report {
    case .ahead(let difference):
      write(
        difference >= ServerClock.alarming ? .warning : .notice, "clock.ahead", difference,
        "nothing is removed for its age until the clock has been steady for a day")
    case .behind(let difference):
      write(.error, "clock.behind", difference, "the server goes on by its own time until the clock is right")
    case .setBack(let difference):
      write(.warning, "clock.set-back", difference, "times in the future are corrected")
    case .settled: logger.notice("clock.settled")
    }
  }

  private func carryOut(_ outputs: Outputs) -> End? {
    for note in outputs.notes { log(note) }
    if let error = outputs.fatal { return .failed(error) }
    if !outputs.transactions.isEmpty { store.submit(outputs.transactions, epoch: epoch) }
    for (loop, effects) in zip(loops, outputs.loops) where !effects.isEmpty { loop.submit(effects) }
    if !outputs.queries.isEmpty { readers.submit(outputs.queries) }
    if !outputs.derivations.isEmpty { passwords.submit(outputs.derivations) }
    if !outputs.mails.isEmpty { mails.submit(outputs.mails) }
    return outputs.isFinished ? .finished : nil
  }

  private func log(_ note: Note) {
    var metadata = Logger.Metadata()
    for (key, value) in note.fields { metadata[key] = .string(value) }
    let level: Logger.Level =
      switch note.level {
      case .debug: .debug
      case .info: .info
      case .notice: .notice
      case .warning: .warning
      case .error: .error
      }
    logger.log(level: level, "\(note.event)", metadata: metadata)
  }
}
