import IRC

/// Slows down guessing: by address, and by account for addresses that have guessed wrong. Nobody is ever locked out for good,
/// and an account's owner is not locked out by others' guesses.
struct AuthenticationThrottle {
  private var byAddress: [String: Int] = [:]
  private var byAccount: [FoldedName: Int] = [:]
  private var registrations: [String: Int] = [:]
  private var minute: Int64 = 0
  /// Since the start.
  private(set) var failures = 0
  private(set) var refusals = 0

  static let failuresPerAddress = 20
  static let failuresPerAccount = 30
  static let registrationsPerAddress = 10

  mutating func allows(_ address: String, _ account: String, at now: MonotonicTime) -> Bool {
    let isAllowed = judge(address, account, at: now)
    if !isAllowed { refusals += 1 }
    return isAllowed
  }

  private mutating func judge(_ address: String, _ account: String, at now: MonotonicTime) -> Bool {
    turn(now)
    let failures = byAddress[Admission.key(address), default: 0]
    if failures >= Self.failuresPerAddress { return false }
    return failures == 0 || byAccount[FoldedName(account), default: 0] < Self.failuresPerAccount
  }

  mutating func failed(_ address: String, _ account: String, at now: MonotonicTime) {
    turn(now)
    failures += 1
    byAddress[Admission.key(address), default: 0] += 1
    byAccount[FoldedName(account), default: 0] += 1
  }

  /// Accounts and their names stay: one address may make only so many of them in a minute.
  mutating func allowsRegistration(_ address: String, at now: MonotonicTime) -> Bool {
    turn(now)
    registrations[Admission.key(address), default: 0] += 1
    return registrations[Admission.key(address), default: 0] <= Self.registrationsPerAddress
  }

  private mutating func turn(_ now: MonotonicTime) {
    let current = now.milliseconds / 60_000
    guard current != minute || byAddress.count > 100_000 else { return }
    minute = current
    byAddress = [:]
    byAccount = [:]
    registrations = [:]
  }
}
