import IRC
import ParleyStore

/// Which names new rooms and nicks may have. Names that exist go on working, whatever they are.
extension Core {
  /// Why no room can get a name, in words; nil: one can.
  /// - Parameter room: the one that is to be renamed.
  func roomNameObstacle(_ name: String, for user: User, renaming room: Room? = nil) -> String? {
    if let problem = NameProfile.problem(name) { return problem.rawValue }
    let twins = rooms.lookalikes(of: name)
    // Which room it is, is not told: it may be a secret one.
    if twins.contains(where: { $0 !== room && !$0.isVoid }) { return "It looks like the name of another room" }
    return reservationObstacle(name, for: user)
  }

  /// Whether a nick is taken for a service or for the server itself, while it is not the account's own already.
  func isReserved(_ nick: String, for account: Account?) -> Bool {
    if Service.named(nick) != nil { return true }
    return !isOwn(nick, account) && ServiceNames.isReserved(nick, server: configuration.serverName)
  }

  /// Whether a nick looks like somebody else's, while it is not the account's own already.
  /// - Parameter user: who is to have it, if that is known.
  func isLookalike(_ nick: String, for account: Account?, by user: User?) -> Bool {
    if isOwn(nick, account) { return false }
    let isAnothers = users.lookalikes(of: nick).contains { other in
      other !== user && (account == nil || other.account !== account)
    }
    return isAnothers || accounts.lookalikes(of: nick).contains { $0 !== account }
  }

  private func isOwn(_ nick: String, _ account: Account?) -> Bool {
    guard let account else { return false }
    let folded = FoldedName(nick)
    return folded == FoldedName(account.name) || folded == FoldedName(account.record.nick)
  }
}
