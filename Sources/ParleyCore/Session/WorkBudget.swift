import IRC
package import ParleyStore

/// Who pays for the server's work: an account on whichever devices, or all guests of an address together.
package enum Payer: Hashable {
  case account(AccountID)
  /// As `Admission.key` gives it.
  case address(String)
  /// Accounts that were made within a day, all that are at an address: a supply for each would be had by making more of them.
  case newAccounts(String)
}

/// How much work each payer has asked for of late, in looks: a look is at one user, room or row, and takes a few microseconds at most.
///
/// A payer has a supply that grows with time. Work is charged when it has been done, so that nothing has to be known in advance, and
/// a payer whose supply is used up waits until it has grown above nothing again.
struct WorkBudget {
  /// Enough for some lists of ten thousand people at once.
  static let questionBurst = 50_000
  /// Enough for fifty messages to a thousand people at once, and no more than a loop writes in some hundredths of a second.
  static let talkBurst = 20_000
  /// Some hundredths of a processor.
  static let looksPerSecond = 10_000
  /// One piece of work delays its payer for a few seconds at most.
  static let largestCharge = 50_000

  private struct Supply {
    var looks: Int
    var at: Int64
  }

  private let burst: Int
  private var supplies: [Payer: Supply] = [:]

  init(burst: Int) { self.burst = burst }

  /// - Parameter isScarce: only those may who have used less than half of their supply of late.
  func mayWork(_ payer: Payer, at now: MonotonicTime, isScarce: Bool = false) -> Bool {
    looks(payer, now) > (isScarce ? burst / 2 : 0)
  }

  mutating func charge(_ payer: Payer, _ looks: Int, at now: MonotonicTime) {
    guard looks > 0 else { return }
    let left = self.looks(payer, now) - min(looks, Self.largestCharge)
    supplies[payer] = Supply(looks: left, at: now.milliseconds)
  }

  private func looks(_ payer: Payer, _ now: MonotonicTime) -> Int {
    guard let supply = supplies[payer] else { return burst }
    let passed = max(0, min(now.milliseconds - supply.at, 3_600_000))
    return min(burst, supply.looks + Int(passed) * Self.looksPerSecond / 1_000)
  }

  /// Forgets those whose supply is full again.
  mutating func tidy(at now: MonotonicTime) {
    guard !supplies.isEmpty else { return }
    let spent = supplies.filter { looks($0.key, now) < burst }
    if spent.count < supplies.count { supplies = spent }
  }

  /// For tests.
  var count: Int { supplies.count }
}
