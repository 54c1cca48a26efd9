import IRC

/// How often something is allowed.
struct Rate {
  /// Attempts at once, and the milliseconds after which one more is allowed.
  let burst: Int64
  let interval: Int64

  init(burst: Int64, interval: Int64) {
    self.burst = burst
    self.interval = interval
  }

  /// - Parameter count: 1 or more.
  init(perMinute count: Int) { self.init(burst: Int64(count), interval: max(1, 60_000 / Int64(count))) }
}

/// An allowance that is used up by attempts and comes back with time, for each key by itself.
struct Allowance<Key: Hashable> {
  private struct Debt {
    /// Milliseconds until nothing is owed.
    var amount: Int64
    var at: MonotonicTime
  }

  private static var mostKeys: Int { 100_000 }

  private var debts: [Key: Debt] = [:]
  private var pruneAt = 1_024

  /// Whether one more attempt is allowed now.
  mutating func isOpen(_ key: Key, _ rate: Rate, at now: MonotonicTime) -> Bool { wait(key, rate, at: now) == 0 }

  /// Milliseconds until one more attempt is allowed.
  /// - Parameter cost: the attempts that it counts as, at most as many as are allowed at once.
  mutating func wait(_ key: Key, _ rate: Rate, cost: Int = 1, at now: MonotonicTime) -> Int64 {
    max(0, current(key, now) + (Int64(cost) - rate.burst) * rate.interval)
  }

  mutating func spend(_ key: Key, _ rate: Rate, cost: Int = 1, at now: MonotonicTime) {
    prune(now)
    let amount = current(key, now) + Int64(cost) * rate.interval
    debts[key] = Debt(amount: min(amount, rate.burst * rate.interval), at: now)
  }

  mutating func refund(_ key: Key, _ rate: Rate, cost: Int = 1, at now: MonotonicTime) {
    let left = current(key, now) - Int64(cost) * rate.interval
    debts[key] = left > 0 ? Debt(amount: left, at: now) : nil
  }

  /// Spends one attempt if it is allowed.
  mutating func take(_ key: Key, _ rate: Rate, at now: MonotonicTime) -> Bool {
    guard isOpen(key, rate, at: now) else { return false }
    spend(key, rate, at: now)
    return true
  }

  private mutating func current(_ key: Key, _ now: MonotonicTime) -> Int64 {
    guard let debt = debts[key] else { return 0 }
    // A clock that was put back must not keep a debt for longer.
    let left = debt.amount - max(0, now.milliseconds - debt.at.milliseconds)
    debts[key] = left > 0 ? Debt(amount: left, at: now) : nil
    return max(0, left)
  }

  private mutating func prune(_ now: MonotonicTime) {
    guard debts.count >= pruneAt else { return }
    debts = debts.filter { $0.value.amount > now.milliseconds - $0.value.at.milliseconds }
    if debts.count >= Self.mostKeys {
      // Memory is bounded: the smaller half of the debts is forgiven.
      let middle = debts.values.map(\.amount).sorted()[debts.count / 2]
      debts = debts.filter { $0.value.amount > middle }
    }
    pruneAt = max(1_024, debts.count * 2)
  }
}
