package import IRC
package import Logging
import ParleyCore
package import ParleyStore

/// The store's thread. Commits in groups: while one batch syncs, the next one gathers, and no timer is involved.
///
/// A failed batch takes everything with it that was submitted before the core knew of the failure: such transactions
/// were decided on a state that does not exist. Epochs tell them apart.
package final class StoreThread: @unchecked Sendable {
  /// Transactions in one commit, at most (and the rest of the last tick's).
  private static let transactionsPerCommit = 4096
  /// Milliseconds after which maintenance gets a slice although commits are waiting.
  private static let maintenanceOverdue: Int64 = 2000
  /// Milliseconds between looks for changes by other processes.
  private static let lookInterval: Int64 = 1000
  /// Milliseconds without maintenance after one has failed.
  private static let failurePause: Int64 = 10_000

  private struct Queue {
    var submitted: [(epoch: UInt64, transactions: [Transaction])] = []
    var isStopped = false
    var isAwaited = false
    var clock: (record: ClockRecord, now: Timestamp)?
  }

  private enum Work {
    case commit([Transaction])
    case idle
    case stop
  }

  private let store: any Store
  private let reader: any StoreReader
  private let mailbox: Mailbox
  private let logger: Logger
  private let counters: StoreCounters
  private let queue = Monitor(Queue())

  // The thread's own.
  private var gathered: [(epoch: UInt64, transactions: [Transaction])] = []
  /// Transactions of lower epochs are not executed.
  private var lowestEpoch: UInt64 = 0
  /// The epoch of the batch at hand. A batch never spans two: the core begins one only after it knows of the failure.
  private var committingEpoch: UInt64 = 0
  private var isMaintenanceDue = true
  private var maintainedAt: Int64 = 0
  private var lookedAt: Int64 = 0
  private var keptTime: Timestamp?
  private var log: LogKeeper?
  private var isDead = false

  /// - Parameters:
  ///   - store: used by this thread only, from `start()` until it has been joined.
  ///   - reader: reads accounts after another process changed them; nobody else's.
  ///   - relief: copies the log back, if the store lets it.
  package init(
    store: any Store, reader: any StoreReader, mailbox: Mailbox, logger: Logger, counters: StoreCounters = .init(),
    relief: LogReliefThread? = nil
  ) {
    if let relief, let log = store.logRelief { self.log = LogKeeper(log, relief) }
    self.counters = counters
    self.store = store
    self.reader = reader
    self.mailbox = mailbox
    self.logger = logger
  }

  package func start() throws(ThreadError) -> WorkerThread {
    try WorkerThread(name: "parley-store") { self.run() }
  }

  package func submit(_ transactions: [Transaction], epoch: UInt64) {
    let wake = queue.withLock { queue in
      queue.submitted.append((epoch, transactions))
      defer { queue.isAwaited = false }
      return queue.isAwaited
    }
    if wake { queue.wakeOne() }
  }

  /// What is known of the clock, for the store.
  package func keep(_ clock: ClockRecord, now: Timestamp) { queue.withLock { $0.clock = (clock, now) } }

  /// Ends the thread once everything submitted has been answered.
  package func stop() {
    queue.withLock { $0.isStopped = true }
    queue.wakeAll()
  }

  private func run() {
    while !isDead {
      let work = nextWork()
      keepClock()
      switch work {
      case .commit(let batch): commit(batch)
      case .idle: break
      case .stop: return
      }
      relieveLog()
      maintain()
      look()
    }
  }

  /// Waits for transactions, or until something else is due.
  private func nextWork() -> Work {
    if gathered.isEmpty {
      let now = MonotonicClock.milliseconds()
      var wait = max(0, lookedAt + Self.lookInterval - now)
      if isMaintenanceDue { wait = min(wait, max(0, maintainedAt - now)) }
      let stop = queue.wait(milliseconds: Int(wait)) { queue -> Bool? in
        if !queue.submitted.isEmpty {
          gathered = queue.submitted
          queue.submitted = []
          return false
        }
        if queue.isStopped { return true }
        queue.isAwaited = true
        return nil
      }
      if stop == true { return .stop }
    }
    let batch = takeBatch()
    return batch.isEmpty ? .idle : .commit(batch)
  }

  private func takeBatch() -> [Transaction] {
    var batch: [Transaction] = []
    var used = 0
    for (epoch, transactions) in gathered {
      if batch.count >= Self.transactionsPerCommit { break }
      used += 1
      guard epoch >= lowestEpoch else { continue }
      if batch.isEmpty { batch = transactions } else { batch.append(contentsOf: transactions) }
      committingEpoch = epoch
    }
    gathered.removeFirst(used)
    return batch
  }

  private func commit(_ batch: [Transaction]) {
    do throws(StoreError) {
      let start = MonotonicClock.microseconds()
      let outcomes = try store.commit(batch)
      count(outcomes, microseconds: MonotonicClock.microseconds() - start)
      mailbox.post(.committed(outcomes))
      isMaintenanceDue = true
      log?.committed(at: MonotonicClock.milliseconds())
    } catch {
      counters.failed()
      lowestEpoch = committingEpoch + 1
      fail(error)
    }
  }

  private func keepClock() {
    guard
      let (record, now) = queue.withLock({ queue in
        defer { queue.clock = nil }
        return queue.clock
      })
    else { return }
    store.keep(record, now: now)
    // Times in the future have to be corrected.
    if keptTime.map({ now < $0 }) ?? true { isMaintenanceDue = true }
    keptTime = now
  }

  private func relieveLog() {
    guard !isDead, log != nil else { return }
    do throws(StoreError) {
      try log?.advance(at: MonotonicClock.milliseconds())
    } catch {
      counters.failedMaintenance.add()
      if error.kind == .fatal { return fail(error) }
      logger.warning("store.log-not-copied", metadata: ["error": "\(error)"])
    }
    counters.logBytes.set((log?.pages ?? 0) * 4096)
  }

  private func count(_ outcomes: [Outcome], microseconds: Int64) {
    var events = 0
    for case .committed(let receipts) in outcomes { events += receipts.count }
    counters.committed(transactions: outcomes.count, events: events, microseconds: Int(microseconds))
  }

  /// Index, checkpoints: when nobody waits, or when it has been put off for long.
  private func maintain() {
    let now = MonotonicClock.milliseconds()
    guard !isDead, isMaintenanceDue, now >= maintainedAt else { return }
    let isBusy = !gathered.isEmpty || queue.withLock { !$0.submitted.isEmpty }
    if isBusy, now - maintainedAt < Self.maintenanceOverdue { return }
    do throws(StoreError) {
      isMaintenanceDue = try store.maintain()
      counters.isMaintenanceDue.set(isMaintenanceDue ? 1 : 0)
      maintainedAt = now
    } catch {
      maintainedAt = now + Self.failurePause
      counters.failedMaintenance.add()
      if error.kind == .fatal {
        fail(error)
      } else {
        logger.warning("store.maintenance-failed", metadata: ["error": "\(error)"])
      }
    }
  }

  private func look() {
    let now = MonotonicClock.milliseconds()
    guard !isDead, now - lookedAt >= Self.lookInterval else { return }
    lookedAt = now
    do throws(StoreError) {
      if try store.changedElsewhere() { mailbox.post(.accountsChanged(try reader.accounts())) }
    } catch {
      if error.kind == .fatal {
        fail(error)
      } else {
        logger.warning("store.look-failed", metadata: ["error": "\(error)"])
      }
    }
  }

  /// Nothing after a fatal error is true: the thread ends without another answer.
  private func fail(_ error: StoreError) {
    if error.kind == .fatal { isDead = true }
    mailbox.post(.commitFailed(error))
  }
}
