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
  /// It has waited for so long that it did not wait for the limit per account and address.
  fileprivate(set) var wasDue = false
}

/// Rate limits for wrong passwords.
///
/// Three limits apply: to one account from one address, to one account from all addresses, and to all accounts from one address.
/// A check that would exceed a limit waits for its turn (`GuessQueue`), because a refusal would also hit the right
/// password. An address from which the account has been signed in to is subject to the first limit only, because neither a
/// neighbour's guesses nor guesses from elsewhere may slow down the account's owner. The first guess of an address in an hour is not
/// subject to the second limit, because an owner who travels must get in while many addresses guess.
///
/// A check that is due (`GuessQueue`) has a limit of its own in the place of the first, 5 in a second, because guesses that keep the first
/// one closed would otherwise keep out the right password of a neighbour. It does not count for the second limit, which one address
/// cannot use up, but has to wait while guesses from three or more addresses have used up half of it: else each of many addresses
/// would have those turns.
struct AuthenticationThrottle {
  private static let perSource = Rate(burst: 20, interval: 2_000)
  private static let perSourceDue = Rate(burst: 10, interval: 200)
  private static let perAccount = Rate(burst: 100, interval: 1_000)
  private static let perAccountDue = Rate(burst: 50, interval: 1_000)
  /// More than the connections that an address may open (`connections-per-minute`), so the first guess of a new connection is not kept
  /// waiting by older ones for long.
  private static let perAddress = Rate(burst: 100, interval: 200)
  private static let perRegistrant = Rate(burst: 20, interval: 120_000)

  private var bySource = Allowance<GuessSource>()
  private var bySourceDue = Allowance<GuessSource>()
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
  /// - Parameter isDue: it has waited for long enough to take a turn beyond the first limit.
  /// - Returns: nil while a limit is reached.
  mutating func begin(
    _ source: GuessSource, isTrusted: Bool, isDue: Bool = false, at now: MonotonicTime
  ) -> Guess? {
    let guess = Guess(source: source, isTrusted: isTrusted, isKnown: isKnown(source), wasDue: isDue)
    let isFree =
      isDue ? bySourceDue.isOpen(source, Self.perSourceDue, at: now) : bySource.isOpen(source, Self.perSource, at: now)
    guard isFree else { return nil }
    if !guess.isKnown {
      let perAccount = isDue ? Self.perAccountDue : Self.perAccount
      guard byAccount.isOpen(source.account, perAccount, at: now) || isFirst(source, now) else { return nil }
      guard isTrusted || byAddress.isOpen(source.address, Self.perAddress, at: now) else { return nil }
      if !isDue { byAccount.spend(source.account, Self.perAccount, at: now) }
    }
    if isDue {
      bySourceDue.spend(source, Self.perSourceDue, at: now)
    } else {
      bySource.spend(source, Self.perSource, at: now)
    }
    return guess
  }

  /// Whether the account has been signed in to from there.
  func isKnown(_ source: GuessSource) -> Bool { known.contains(source) }

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
    if guess.wasDue { return bySourceDue.refund(guess.source, Self.perSourceDue, at: now) }
    bySource.refund(guess.source, Self.perSource, at: now)
    if !guess.isKnown { byAccount.refund(guess.source.account, Self.perAccount, at: now) }
  }

  /// Counts a failure that no limit of this throttle applies to.
  mutating func countFailure() { failures += 1 }

  /// Counts a check that was refused because it was turned away.
  mutating func refused() { refusals += 1 }

  /// Accounts and their names stay, so one address may make only so many of them.
  mutating func allowsRegistration(_ address: String, at now: MonotonicTime) -> Bool {
    registrations.take(Admission.key(address), Self.perRegistrant, at: now)
  }
}
