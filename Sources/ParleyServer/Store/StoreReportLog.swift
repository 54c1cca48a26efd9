package import Logging
package import ParleyStore
import Synchronization

/// Tells the operator what the store reports: in the log, and in the figures that `parleyd status` shows.
package final class StoreReportLog: Sendable {
  /// Milliseconds for which the same damage is not logged again: readers meet it as often as they are asked.
  private static let pause: Int64 = 60_000

  private let logger: Logger
  private let counters: StoreCounters
  private let last = Mutex<(words: String, at: Int64)>(("", 0))

  package init(_ logger: Logger, _ counters: StoreCounters) {
    self.logger = logger
    self.counters = counters
  }

  package func report(_ report: StoreReport) {
    switch report {
    case .damaged(let words):
      counters.damages.add()
      let now = MonotonicClock.milliseconds()
      let isNew = last.withLock { last in
        if last.words == words, now - last.at < Self.pause { return false }
        last = (words, now)
        return true
      }
      if isNew { logger.error("store.damaged", metadata: ["error": "\(words)", "hint": "run parleyd check"]) }
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
