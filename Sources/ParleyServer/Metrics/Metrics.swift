import IRC
package import ParleyCore
import Synchronization

/// What an operator wants to know of a running server: counters that any thread raises, and what the core last said of itself.
package final class Metrics: Sendable {
  /// Milliseconds after which a core that has not been heard of counts as stuck.
  private static let patience: Int64 = 15_000

  package let loops: [LoopCounters]
  package let store = StoreCounters()
  package let refusals = RefusalCounters()
  private let core = Mutex<(figures: CoreFigures, at: Int64)?>(nil)
  private let clock = Mutex(ClockFigures())
  private let stopping = Atomic(false)

  package init(loops: Int) { self.loops = (0..<loops).map { _ in LoopCounters() } }

  /// Called by the core's thread about once a second.
  package func publish(_ figures: CoreFigures) { core.withLock { $0 = (figures, MonotonicClock.milliseconds()) } }

  /// Called by the core's thread about once a second.
  package func publish(_ figures: ClockFigures) { clock.withLock { $0 = figures } }

  package var clockFigures: ClockFigures { clock.withLock { $0 } }

  /// The server is about to end.
  package func stop() { stopping.store(true, ordering: .relaxed) }

  package var figures: CoreFigures { core.withLock { $0?.figures } ?? CoreFigures() }

  /// What keeps the server from doing its work, one sentence each; none: it is healthy.
  package func problems(at now: Int64 = MonotonicClock.milliseconds()) -> [String] {
    var problems: [String] = []
    if stopping.load(ordering: .relaxed) { problems.append("The server is stopping.") }
    if let at = core.withLock({ $0?.at }) {
      if now - at > Self.patience { problems.append("The core has not answered for \((now - at) / 1000) seconds.") }
    } else {
      problems.append("The server is starting.")
    }
    if store.isFailing { problems.append("The last change could not be stored: see the log.") }
    if store.damages.value > 0 {
      problems.append("Damaged data was met: see the log, run parleyd check, and have a backup at hand.")
    }
    if clockFigures.isOnItsOwn {
      problems.append(
        "The clock is \(ServerStatus.duration(-clockFigures.difference / 1_000)) behind: the server goes on by its own time."
      )
    }
    return problems
  }
}

/// What the server makes of the wall clock.
package struct ClockFigures: Sendable, Equatable {
  /// Milliseconds by which the clock is ahead of the server's own time.
  package var difference: Int64 = 0
  /// Milliseconds by which it was set back in this run, because it had been wrong.
  package var setBack: Int64 = 0
  package var isOnItsOwn: Bool { difference < 0 }

  package init() {}
}

/// A number that goes up, or up and down. Cheap, and any thread's.
package final class Counter: Sendable {
  private let number = Atomic(0)

  package init() {}

  package func add(_ count: Int = 1) { number.wrappingAdd(count, ordering: .relaxed) }
  package func set(_ value: Int) { number.store(value, ordering: .relaxed) }
  package var value: Int { number.load(ordering: .relaxed) }
}

/// How often values lay within which bounds.
package final class Histogram: Sendable {
  package let bounds: [Int]
  private let counts: [Counter]
  private let sum = Counter()

  /// - Parameter bounds: ascending; values above the last one are counted, too.
  package init(bounds: [Int]) {
    self.bounds = bounds
    counts = (0...bounds.count).map { _ in Counter() }
  }

  package func observe(_ value: Int) {
    counts[bounds.firstIndex { value <= $0 } ?? bounds.count].add()
    sum.add(value)
  }

  /// How many values were not above each bound, the last for all.
  package var cumulative: [Int] {
    var total = 0
    return counts.map { count in
      total += count.value
      return total
    }
  }

  package var total: Int { sum.value }
}

/// What one event loop counts.
package final class LoopCounters: Sendable {
  /// Of connections, as listeners write them.
  package static let kinds = ["irc", "ircs", "ws", "wss"]

  package static func kind(isSecure: Bool, isWebSocket: Bool) -> Int { (isWebSocket ? 2 : 0) + (isSecure ? 1 : 0) }

  /// By kind.
  package let open = kinds.map { _ in Counter() }
  package let accepted = kinds.map { _ in Counter() }
  package let linesIn = Counter()
  package let bytesIn = Counter()
  package let bytesOut = Counter()
  package let deliveries = Counter()
  /// Times that a client had to wait because it had sent too fast.
  package let throttled = Counter()
  package let sendQueueExceeded = Counter()
  /// Connections whose reader was too slow for what others said, and was shown it later, from the log.
  package let fellBehind = Counter()
}

/// Connections that were refused, or failed before anybody had registered, by reason.
package final class RefusalCounters: Sendable {
  private let counters = Dictionary(uniqueKeysWithValues: RefusalReason.allCases.map { ($0, Counter()) })
  private let none = Counter()

  package init() {}

  package subscript(_ reason: RefusalReason) -> Counter { counters[reason] ?? none }
}

/// What the store's thread counts.
package final class StoreCounters: Sendable {
  package let events = Counter()
  package let batches = Histogram(bounds: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000])
  /// Microseconds.
  package let durations = Histogram(
    bounds: [250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 5_000_000])
  package let failedCommits = Counter()
  package let failedMaintenance = Counter()
  package let isMaintenanceDue = Counter()
  /// Times that damaged data was met.
  package let damages = Counter()
  /// Events whose times were in the future.
  package let correctedTimes = Counter()
  package let logBytes = Counter()
  private let failing = Atomic(false)

  /// The last commit failed.
  package var isFailing: Bool { failing.load(ordering: .relaxed) }

  package func committed(transactions: Int, events count: Int, microseconds: Int) {
    batches.observe(transactions)
    durations.observe(microseconds)
    events.add(count)
    failing.store(false, ordering: .relaxed)
  }

  package func failed() {
    failedCommits.add()
    failing.store(true, ordering: .relaxed)
  }
}
