import IRC
import ParleyStore

/// Whom somebody does not want to hear: masks, or accounts as `a:ACCOUNT`.
struct Silences {
  /// ISUPPORT's SILENCE.
  static let limit = 100

  private(set) var masks: [String] = []
  private var bans: [Ban] = []
  private var found: MatchCache?

  mutating func add(_ mask: String) {
    masks.append(mask)
    bans.append(Ban(mask))
    found = MatchCache()
  }

  /// As it was written when it was added.
  func known(_ mask: String) -> String? { masks.first { FoldedName($0) == FoldedName(mask) } }

  mutating func remove(_ mask: String) {
    guard let index = masks.firstIndex(where: { FoldedName($0) == FoldedName(mask) }) else { return }
    masks.remove(at: index)
    bans.remove(at: index)
    found = MatchCache()
  }

  func matches(_ user: User) -> Bool {
    found?.matches(user) { user in bans.contains { $0.matches(user) } } ?? false
  }
}

/// Who may write to somebody although the mode says otherwise (ACCEPT). For as long as the user is there.
struct Accepted {
  static let limit = 200

  private(set) var nicks: [Identity: String] = [:]

  func contains(_ identity: Identity) -> Bool { nicks[identity] != nil }

  /// - Returns: false when there are too many.
  mutating func add(_ user: User) -> Bool {
    guard nicks[user.identity] != nil || nicks.count < Self.limit else { return false }
    nicks[user.identity] = user.nick
    return true
  }

  mutating func remove(_ user: User) -> Bool { nicks.removeValue(forKey: user.identity) != nil }
}

extension User {
  /// An account's are the same on all its devices, and stay; a guest's end with it.
  var silences: Silences {
    get { account?.silences ?? guestSilences }
    set { if let account { account.silences = newValue } else { guestSilences = newValue } }
  }
}

/// What somebody who gets a private message has to say about its sender.
enum Reception {
  case welcome
  /// The sender is told.
  case refused
  /// The sender is not told: every answer is the one that it would get otherwise.
  case silenced
}

extension Core {
  /// - Parameter recipient: nil: the account has never connected.
  func reception(of sender: User, by recipient: User?, _ account: Account?) -> Reception {
    if recipient === sender { return .welcome }
    // Refusals come first, because a refusal that only others get would tell the sender that it is silenced.
    let isForSignedIn = recipient?.isRegisteredOnly ?? account?.settings.modes.contains("R") ?? false
    if isForSignedIn, sender.account == nil, recipient?.accepted.contains(sender.identity) != true { return .refused }
    return (recipient?.silences ?? account?.silences)?.matches(sender) == true ? .silenced : .welcome
  }
}
