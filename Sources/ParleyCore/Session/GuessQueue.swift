import IRC

/// Password checks that wait until a limit of `AuthenticationThrottle` lets one more pass.
///
/// Every check gets its turn, whether its password is right or wrong, because nobody knows which it is before. There are two kinds of
/// turns. An ordinary one comes when the limits are open, and goes to the connection with the fewest earlier attempts, among equals to
/// the one that has waited longest. A check that is due takes a turn beyond the limit of its account and address. It is due after 5
/// seconds; each earlier attempt of its connection adds 5, up to 20 seconds. Turns of this kind come in the order in which checks become
/// due, 5 in a second for each account and address.
///
/// What is guaranteed: while at most 100 connections of an address wait (`connections-per-address` is 100 unless set), a first attempt
/// gets its turn within 25 seconds and any other within 40, whatever the other connections do. New connections do not change that,
/// because whoever comes later is due later. The exceptions are in `AuthenticationThrottle`: an account that is guessed at from three or
/// more addresses at once, at an address from which it was not signed in to.
///
/// A full queue turns away the newest of the checks with the most attempts, which is the newcomer among equals. So nobody is pushed out by
/// somebody who has tried as often. A connection that is turned away several times is closed.
struct GuessQueue {
  struct Waiter {
    let connection: ConnectionID
    let source: GuessSource
    let isTrusted: Bool
    /// Earlier ones of this connection, failed or not checked; one more if there is no such account.
    let attempts: Int
    let since: MonotonicTime
    /// Called once, with nil if it is turned away.
    let proceed: (Core, Guess?) -> Void

    /// When it takes a turn beyond the ordinary ones.
    var due: MonotonicTime { since.adding(milliseconds: GuessQueue.delay * Int64(1 + min(attempts, 3))) }
  }

  /// Milliseconds that a check may wait: longer than the guarantee needs.
  static let patience: Int64 = 45_000
  private static let delay: Int64 = 5_000
  private static let mostOfOneSource = 100
  private static let mostOfAll = 2_000

  /// In the order in which they came.
  private var waiters: [Waiter] = []

  var isEmpty: Bool { waiters.isEmpty }

  /// Whether somebody waits whom a newcomer must not overtake, because both need the same limits.
  /// - Parameter isKnown: the newcomer's source has no limit of its address.
  func hasRivals(of source: GuessSource, isKnown: Bool) -> Bool {
    waiters.contains { isKnown ? $0.source == source : $0.source.address == source.address }
  }

  /// - Returns: the check that had to make place.
  mutating func add(_ waiter: Waiter, isGone: (ConnectionID) -> Bool) -> Waiter? {
    waiters.removeAll { isGone($0.connection) }
    waiters.append(waiter)
    let rivals = waiters.indices.filter { waiters[$0].source == waiter.source }
    if rivals.count > Self.mostOfOneSource { return waiters.remove(at: loser(among: rivals)) }
    guard waiters.count > Self.mostOfAll else { return nil }
    return waiters.remove(at: loser(among: ofLargestAddress()))
  }

  /// The newest of those with the most attempts.
  private func loser(among indices: [Int]) -> Int {
    indices.max { (waiters[$0].attempts, $0) < (waiters[$1].attempts, $1) } ?? waiters.count - 1
  }

  /// An address makes place for the others, however many accounts it guesses at.
  private func ofLargestAddress() -> [Int] {
    let byAddress = Dictionary(grouping: waiters.indices) { waiters[$0].source.address }
    return byAddress.max { ($0.value.count, $0.key) < ($1.value.count, $1.key) }?.value ?? []
  }

  /// Takes out the checks whose connection is gone or whose time is over.
  mutating func takeExpired(at now: MonotonicTime, isGone: (ConnectionID) -> Bool) -> [Waiter] {
    let expired = waiters.filter { waiter in
      let age = now.milliseconds - waiter.since.milliseconds
      return isGone(waiter.connection) || age >= Self.patience || age < 0
    }
    remove(expired)
    return expired
  }

  /// Takes out the checks that may pass now.
  /// - Parameters:
  ///   - source: nil: any.
  ///   - begin: takes a place in the limits, beyond the ordinary ones if the check is due.
  mutating func takeNext(
    of source: GuessSource? = nil, at now: MonotonicTime, begin: (Waiter, _ isDue: Bool) -> Guess?
  ) -> [(Waiter, Guess)] {
    let candidates = waiters.filter { source == nil || $0.source == source }
    let due = candidates.filter { $0.due <= now }.enumerated().sorted {
      ($0.element.due, $0.offset) < ($1.element.due, $1.offset)
    }
    let ordinary = candidates.enumerated().sorted {
      ($0.element.attempts, $0.offset) < ($1.element.attempts, $1.offset)
    }
    var passing: [ConnectionID: Guess] = [:]
    var order: [Waiter] = []
    for (waiter, isDue) in due.map({ ($0.element, true) }) + ordinary.map({ ($0.element, false) })
    where passing[waiter.connection] == nil {
      guard let guess = begin(waiter, isDue) else { continue }
      passing[waiter.connection] = guess
      order.append(waiter)
    }
    remove(order)
    return order.compactMap { waiter in passing[waiter.connection].map { (waiter, $0) } }
  }

  private mutating func remove(_ some: [Waiter]) {
    if some.isEmpty { return }
    let ids = Set(some.map(\.connection))
    waiters.removeAll { ids.contains($0.connection) }
  }
}
