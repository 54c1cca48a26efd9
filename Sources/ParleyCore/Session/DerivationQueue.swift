import IRC

/// Passwords that wait for a thread to derive them. Addresses take turns, because one address with many connections must not
/// make all others wait behind it.
struct DerivationQueue {
  struct Work {
    let job: JobID
    let connection: ConnectionID
    let password: [UInt8]
    let salt: [UInt8]
    let iterations: Int
    let since: MonotonicTime
  }

  /// Derivations that have been handed out and not answered: enough to keep all threads busy, few enough to stay fair.
  private static let atOnce = 64
  /// Milliseconds that a password may wait.
  static let patience: Int64 = 60_000

  private var waiting: [String: [Work]] = [:]
  /// Addresses with waiting work, the next one first.
  private var turns: [String] = []
  private var handedOut: Set<JobID> = []
  private(set) var count = 0

  mutating func add(_ work: Work, from address: String) {
    if waiting[address] == nil { turns.append(address) }
    waiting[address, default: []].append(work)
    count += 1
  }

  mutating func next() -> Work? {
    guard handedOut.count < Self.atOnce, let address = turns.first, var queue = waiting[address], !queue.isEmpty else {
      return nil
    }
    let work = queue.removeFirst()
    turns.removeFirst()
    waiting[address] = queue.isEmpty ? nil : queue
    if !queue.isEmpty { turns.append(address) }
    count -= 1
    handedOut.insert(work.job)
    return work
  }

  mutating func finished(_ job: JobID) { handedOut.remove(job) }

  /// Takes out the work that nobody waits for any more, and the work that has waited for too long.
  mutating func takeExpired(at now: MonotonicTime, isGone: (ConnectionID) -> Bool) -> [JobID] {
    var expired: [JobID] = []
    for address in turns {
      guard let queue = waiting[address] else { continue }
      let kept = queue.filter { work in
        let age = now.milliseconds - work.since.milliseconds
        return !isGone(work.connection) && (0..<Self.patience).contains(age)
      }
      guard kept.count < queue.count else { continue }
      let left = Set(kept.map(\.job))
      expired += queue.map(\.job).filter { !left.contains($0) }
      waiting[address] = kept.isEmpty ? nil : kept
    }
    guard !expired.isEmpty else { return [] }
    turns.removeAll { waiting[$0] == nil }
    count -= expired.count
    return expired
  }
}
