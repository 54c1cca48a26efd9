import IRC
import ParleyStore

/// Actions of guests that are limited by address and minute.
enum GuestAction: Hashable {
  case connection
  case join
  /// A message in a room that was entered a short time ago, or to somebody new.
  case firstMessage
  /// A change of nick, real name or presence, which everybody around is shown.
  case appearance
}

/// Limits for guests: actions in a minute, and what is stored for them in a day, by address.
///
/// A new connection does not begin again, because addresses are counted (IPv6 by /64) and not nicks.
struct GuestBook {
  private struct Key: Hashable {
    let address: String
    let action: GuestAction
  }

  private struct Stored {
    var messages = 0
    var bytes = 0
  }

  private var actions = Allowance<Key>()
  private var stored: [String: Stored] = [:]
  private var day: Int64 = 0

  private static let mostAddresses = 100_000

  /// - Parameters:
  ///   - limit: actions in a minute; 0: any number.
  ///   - cost: what the action counts as.
  /// - Returns: seconds to wait; nil: it is allowed, and counted.
  mutating func wait(
    _ action: GuestAction, _ address: String, limit: Int, cost: Int = 1, at now: MonotonicTime
  ) -> Int64? {
    guard limit > 0 else { return nil }
    let (key, rate) = (Key(address: address, action: action), Rate(perMinute: limit))
    let wait = actions.wait(key, rate, cost: cost, at: now)
    if wait > 0 { return (wait + 999) / 1_000 }
    actions.spend(key, rate, cost: cost, at: now)
    return nil
  }

  /// It has not happened after all.
  mutating func takeBack(
    _ action: GuestAction, _ address: String, limit: Int, cost: Int = 1, at now: MonotonicTime
  ) {
    guard limit > 0 else { return }
    actions.refund(Key(address: address, action: action), Rate(perMinute: limit), cost: cost, at: now)
  }

  /// Counts something that is to be stored.
  /// - Returns: false if it would exceed the quota of the day. Then nothing is counted.
  mutating func store(bytes: Int, for address: String, _ quota: (messages: Int, bytes: Int), at now: MonotonicTime)
    -> Bool
  {
    turn(now)
    let known = stored[address] ?? Stored()
    if quota.messages > 0, known.messages >= quota.messages { return false }
    if quota.bytes > 0, known.bytes + bytes > quota.bytes { return false }
    stored[address] = Stored(messages: known.messages + 1, bytes: known.bytes + bytes)
    return true
  }

  /// It has not been stored after all.
  mutating func takeBack(bytes: Int, for address: String) {
    guard let known = stored[address] else { return }
    stored[address] = Stored(messages: max(0, known.messages - 1), bytes: max(0, known.bytes - bytes))
  }

  private mutating func turn(_ now: MonotonicTime) {
    let current = now.seconds / 86_400
    guard current != day || stored.count >= Self.mostAddresses else { return }
    if current != day { return (day, stored) = (current, [:]) }
    // Memory is bounded: those who have stored little begin again.
    let middle = stored.values.map(\.bytes).sorted()[stored.count / 2]
    stored = stored.filter { $0.value.bytes > middle }
  }
}

extension Core {
  /// Seconds for which a new account has a guest's limits, because accounts cost little to make.
  private static let probation: Int64 = 86_400

  func isOnProbation(_ account: Account) -> Bool {
    configuration.allowRegistration
      && certainTime.seconds - account.record.registeredAt.seconds < Self.probation
  }

  /// The address whose limits for guests apply to what the user does in this session; nil: none do.
  func guestAddress(_ user: User, _ session: Session) -> String? {
    guard !session.info.isTrusted, !user.isOperator else { return nil }
    if let account = user.account, !isOnProbation(account) { return nil }
    return Admission.key(session.info.address)
  }

  /// Seconds that a guest or a new account has to wait before this action; nil: none, and it is counted.
  func guestWait(_ action: GuestAction, _ user: User, _ session: Session, cost: Int = 1) -> Int64? {
    guard let address = guestAddress(user, session) else { return nil }
    return guestBook.wait(action, address, limit: limit(of: action), cost: cost, at: instant)
  }

  /// Whether a user may change now what others are shown of it; if not, it is told so.
  func mayAppear(_ user: User, _ session: Session, _ command: String, _ reply: Reply) -> Bool {
    guard let wait = guestWait(.appearance, user, session) else { return true }
    reply.fail(
      command, "RATE_LIMITED", [], "Too many changes by guests and new accounts of your address, wait \(wait) seconds")
    return false
  }

  func limit(of action: GuestAction) -> Int {
    switch action {
    case .connection: configuration.guestConnectionsPerMinute
    case .join: configuration.guestJoinsPerMinute
    case .firstMessage, .appearance: configuration.guestMessagesPerMinute
    }
  }

  /// Charges something that is to be stored to the quota of a guest's address.
  /// - Returns: takes it back; nil: the quota of the day is used up.
  func chargeGuest(_ user: User, _ session: Session, bytes: Int) -> ((Core) -> Void)? {
    guard let address = guestAddress(user, session) else { return { _ in } }
    // What a row costs besides its text.
    let cost = bytes + 200
    let quota = (messages: configuration.guestMessagesPerDay, bytes: configuration.guestBytesPerDay)
    guard guestBook.store(bytes: cost, for: address, quota, at: instant) else {
      log(.guestQuota(what: "the daily quota of guests' messages is used up"), of: session)
      return nil
    }
    return { $0.guestBook.takeBack(bytes: cost, for: address) }
  }

  static let quotaWords = "Too much has been stored for guests and new accounts of your address today"
}
