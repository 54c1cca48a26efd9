package import Logging
package import ParleyStore
import Synchronization

/// Tells the operator what the store reports: in the log, and in the figures that `parleyd status` shows.
package final class StoreReportLog: Sendable {
  /// Milliseconds for which the same damage is not logged again: readers meet it as often as they are asked.
  private static let pause: Int64 = 60_000
  /// Damages that are logged in that time. `parleyd check` tells all of them.
  private static let mostDamages = 50

  private let logger: Logger
  private let counters: StoreCounters
  /// When each was logged.
  private let logged = Mutex<[String: Int64]>([:])

  package init(_ logger: Logger, _ counters: StoreCounters) {
    self.logger = logger
    self.counters = counters
  }

  private func isDue(_ words: String, at now: Int64) -> Bool {
    logged.withLock { logged in
      if let time = logged[words], now - time < Self.pause { return false }
      if logged.count >= Self.mostDamages { logged = logged.filter { now - $0.value < Self.pause } }
      guard logged.count < Self.mostDamages else { return false }
      logged[words] = now
      return true
    }
  }

  package func report(_ report: StoreReport) {
    switch report {
    case .damaged(let words):
      counters.damages.add()
      if isDue(words, at: MonotonicClock.milliseconds()) {
        logger.error("store.damaged", metadata: ["error": "\(words)", "hint": "run parleyd check"])
      }
    case .timesCorrected(let events):
      counters.correctedTimes.add(events)
      logger.warning(
        "store.times-corrected", metadata: ["events": "\(events)", "reason": "their times were in the future"])
    case .logIsLarge(let bytes):
      logger.warning(
        "store.log-large", metadata: ["bytes": "\(bytes)", "reason": "a reader keeps it from being copied back"])
    }
  }
}
