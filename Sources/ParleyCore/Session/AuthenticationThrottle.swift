import IRC

/// The account that somebody wants to sign in to, and the address from which they do.
struct GuessSource: Hashable {
  /// As `Admission.key` counts addresses.
  let address: String
  let account: FoldedName
}

/// One password check that is under way.
struct Guess {
  let source: GuessSource
  /// The limit per address does not apply.
  let isTrusted: Bool
  /// The account has been signed in to from there before.
  fileprivate(set) var isKnown = false
}

/// Rate limits for wrong passwords.
///
/// Three limits apply: to one account from one address, to one account from all addresses, and to all accounts from one address.
/// A check that would exceed a limit waits for its turn (`GuessQueue`), because a refusal would also hit the right
/// password. An address from which the account has been signed in to is subject to the first limit only, because neither a
/// neighbour's guesses nor guesses from elsewhere may slow down the account's owner. The first guess of an address in an hour is not
/// subject to the second limit, because an owner who travels must get in while many addresses guess.
struct AuthenticationThrottle {
  private static let perSource = Rate(burst: 20, interval: 2_000)
  private static let perAccount = Rate(burst: 100, interval: 1_000)
  /// More than the connections that an address may open (`connections-per-minute`), so the first guess of a new connection is not kept
  /// waiting by older ones for long.
  private static let perAddress = Rate(burst: 100, interval: 200)
  private static let perRegistrant = Rate(burst: 20, interval: 120_000)

  private var bySource = Allowance<GuessSource>()
  private var byAccount = Allowance<FoldedName>()
  private var byAddress = Allowance<String>()
  private var registrations = Allowance<String>()
  private var known: Set<GuessSource> = []
  /// Where wrong guesses came from in this hour. IPv6 addresses count by /48 here: one network has many /64.
  private var failedHere: Set<GuessSource> = []
  private var hour: Int64 = 0
  /// Since the start.
  private(set) var failures = 0
  private(set) var refusals = 0

  private static let mostKnown = 100_000

  /// Takes a place for one check, which `succeeded`, `failed` or `abandoned` must follow.
  /// - Returns: nil while a limit is reached.
  mutating func begin(_ source: GuessSource, isTrusted: Bool, at now: MonotonicTime) -> Guess? {
    var guess = Guess(source: source, isTrusted: isTrusted)
    guess.isKnown = known.contains(source)
    guard bySource.isOpen(source, Self.perSource, at: now) else { return nil }
    if !guess.isKnown {
      guard byAccount.isOpen(source.account, Self.perAccount, at: now) || isFirst(source, now) else { return nil }
      guard isTrusted || byAddress.isOpen(source.address, Self.perAddress, at: now) else { return nil }
      byAccount.spend(source.account, Self.perAccount, at: now)
    }
    bySource.spend(source, Self.perSource, at: now)
    return guess
  }

  /// The password was right.
  mutating func succeeded(_ guess: Guess, at now: MonotonicTime) {
    abandoned(guess, at: now)
    if known.count >= Self.mostKnown { known = [] }
    known.insert(guess.source)
  }

  mutating func failed(_ guess: Guess, at now: MonotonicTime) {
    failures += 1
    if failedHere.count < Self.mostKnown { failedHere.insert(Self.wide(guess.source)) }
    if !guess.isTrusted { byAddress.spend(guess.source.address, Self.perAddress, at: now) }
  }

  private mutating func isFirst(_ source: GuessSource, _ now: MonotonicTime) -> Bool {
    if now.seconds / 3_600 != hour { (hour, failedHere) = (now.seconds / 3_600, []) }
    return failedHere.count < Self.mostKnown && !failedHere.contains(Self.wide(source))
  }

  private static func wide(_ source: GuessSource) -> GuessSource {
    let groups = source.address.split(separator: ":", omittingEmptySubsequences: false)
    guard groups.count > 3 else { return source }
    return GuessSource(address: groups.prefix(3).joined(separator: ":"), account: source.account)
  }

  /// The password was not checked.
  mutating func abandoned(_ guess: Guess, at now: MonotonicTime) {
    bySource.refund(guess.source, Self.perSource, at: now)
    if !guess.isKnown { byAccount.refund(guess.source.account, Self.perAccount, at: now) }
  }

  /// Counts a failure that no limit of this throttle applies to.
  mutating func countFailure() { failures += 1 }

  /// Counts a check that was refused because it had waited for too long.
  mutating func refused() { refusals += 1 }

  /// Accounts and their names stay, so one address may make only so many of them.
  mutating func allowsRegistration(_ address: String, at now: MonotonicTime) -> Bool {
    registrations.take(Admission.key(address), Self.perRegistrant, at: now)
  }
}
