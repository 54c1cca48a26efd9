/// What a list of masks has been found to say of users, so that a message costs no matching: masks can be made to match slowly.
///
/// A list that changes gets a new one: a copy of the list as it was keeps its own.
final class MatchCache {
  private struct Entry {
    let source: String
    let account: String
    let isMatch: Bool
  }

  /// By `User.number`.
  private var entries: [UInt64: Entry] = [:]
  private static let limit = 4_096

  func matches(_ user: User, _ match: (User) -> Bool) -> Bool {
    let account = user.accountName
    if let known = entries[user.number], known.source == user.source, known.account == account { return known.isMatch }
    if entries.count >= Self.limit { entries = [:] }
    let isMatch = match(user)
    entries[user.number] = Entry(source: user.source, account: account, isMatch: isMatch)
    return isMatch
  }
}
