import IRC

/// Password checks that wait until a limit of `AuthenticationThrottle` lets one more pass.
///
/// The next one is drawn by lot among the connections with the fewest failures, because an owner who waits beside an attacker must
/// have a chance each time, however many connections the attacker has. Each account at each address has a bounded number of waiting
/// checks. A further one takes the place of another, drawn in the same way.
struct GuessQueue {
  struct Waiter {
    let connection: ConnectionID
    let source: GuessSource
    let isTrusted: Bool
    /// Of this connection; one more if there is no such account.
    let failures: Int
    let since: MonotonicTime
    /// Called once, with nil if its time is over.
    let proceed: (Core, Guess?) -> Void
  }

  /// Milliseconds that a check may wait.
  static let patience: Int64 = 20_000
  private static let mostOfOneSource = 20
  private static let mostOfAll = 2_000

  private var waiters: [Waiter] = []

  var isEmpty: Bool { waiters.isEmpty }

  /// - Parameter lot: a random number.
  /// - Returns: the check that had to make place.
  mutating func add(_ waiter: Waiter, lot: UInt64) -> Waiter? {
    let rivals = waiters.indices.filter { waiters[$0].source == waiter.source }
    waiters.append(waiter)
    if rivals.count >= Self.mostOfOneSource { return waiters.remove(at: Self.loser(among: rivals, in: waiters, lot)) }
    guard waiters.count > Self.mostOfAll else { return nil }
    return waiters.remove(at: Self.loser(among: Array(waiters.indices.dropLast()), in: waiters, lot))
  }

  /// One of those with the most failures.
  private static func loser(among indices: [Int], in waiters: [Waiter], _ lot: UInt64) -> Int {
    let most = indices.map { waiters[$0].failures }.max() ?? 0
    let worst = indices.filter { waiters[$0].failures == most }
    return worst[Int(lot % UInt64(max(1, worst.count)))]
  }

  /// Takes out the checks whose connection is gone or whose time is over.
  mutating func takeExpired(at now: MonotonicTime, isGone: (ConnectionID) -> Bool) -> [Waiter] {
    let expired = waiters.filter { waiter in
      let age = now.milliseconds - waiter.since.milliseconds
      return isGone(waiter.connection) || age >= Self.patience || age < 0
    }
    if !expired.isEmpty {
      let ids = Set(expired.map(\.connection))
      waiters.removeAll { ids.contains($0.connection) }
    }
    return expired
  }

  /// Takes out the checks that may pass now.
  /// - Parameters:
  ///   - source: nil: any.
  ///   - begin: takes a place in the limits.
  mutating func takeNext(
    of source: GuessSource? = nil, random: () -> UInt64, begin: (Waiter) -> Guess?
  ) -> [(Waiter, Guess)] {
    var order = waiters.filter { source == nil || $0.source == source }.map { ($0, random()) }
    order.sort { ($0.0.failures, $0.1) < ($1.0.failures, $1.1) }
    var passing: [(Waiter, Guess)] = []
    for (waiter, _) in order {
      if let guess = begin(waiter) { passing.append((waiter, guess)) }
    }
    if !passing.isEmpty {
      let ids = Set(passing.map(\.0.connection))
      waiters.removeAll { ids.contains($0.connection) }
    }
    return passing
  }
}
