package import Logging
package import ParleyCore

/// Tells the operator about connections that were refused or failed early: counters, and lines in the log.
///
/// The first refusal of an address for one reason is logged at once, the others of the same minute as one number at its end. The number
/// of lines in a minute is bounded, so that nobody can fill the disk with them.
package final class AdmissionReport: Sendable {
  /// Pairs of address and reason that get lines of their own in a minute.
  package static let linesPerMinute = 60
  private static let minute: Int64 = 60_000

  private struct Key: Hashable {
    var group: AddressGroup?
    var reason: RefusalReason
  }

  private struct State {
    var minuteStart: Int64
    var seen: [Key: (address: String, more: Int)] = [:]
    /// Refusals beyond the bound.
    var others: [RefusalReason: Int] = [:]
  }

  private let counters: RefusalCounters
  private let logger: Logger
  private let clock: @Sendable () -> Int64
  private let state: Monitor<State>

  /// - Parameter clock: milliseconds of a monotonic clock.
  package init(
    _ counters: RefusalCounters, logger: Logger,
    clock: @escaping @Sendable () -> Int64 = { MonotonicClock.milliseconds() }
  ) {
    self.counters = counters
    self.logger = logger
    self.clock = clock
    state = Monitor(State(minuteStart: clock()))
  }

  package func refused(_ reason: RefusalReason, _ address: NetworkAddress?) {
    counters[reason].add()
    endMinute()
    let isFirst = state.withLock { state in
      let key = Key(group: address.map { AddressGroup($0) }, reason: reason)
      if state.seen[key] != nil {
        state.seen[key]?.more += 1
        return false
      }
      guard state.seen.count < Self.linesPerMinute else {
        state.others[reason, default: 0] += 1
        return false
      }
      state.seen[key] = (address?.text ?? "", 0)
      return true
    }
    if isFirst { log(reason, address?.text ?? "", count: nil) }
  }

  /// Logs the numbers of a minute that is over. Called about once a second.
  package func endMinute() {
    let now = clock()
    let ended = state.withLock { state -> State? in
      guard now - state.minuteStart >= Self.minute else { return nil }
      defer { state = State(minuteStart: now) }
      return state
    }
    guard let ended else { return }
    for (key, entry) in ended.seen where entry.more > 0 { log(key.reason, entry.address, count: entry.more) }
    for (reason, count) in ended.others { log(reason, "", count: count) }
  }

  private func log(_ reason: RefusalReason, _ address: String, count: Int?) {
    var metadata: Logger.Metadata = ["reason": "\(reason.rawValue)"]
    if !address.isEmpty { metadata["address"] = "\(address)" }
    if let count { metadata["count"] = "\(count)" }
    logger.notice("connection.refused", metadata: metadata)
  }
}
