import IRC

/// Who has left or changed nick lately, for WHOWAS. In memory only, and no more than a thousand.
struct DepartedUsers {
  struct Entry {
    let nick: String
    let username: String
    let host: String
    let realname: String
    var leftAt: Timestamp
  }

  static let limit = 1_000
  static let limitPerNick = 10

  private var byNick: [FoldedName: [Entry]] = [:]
  /// Nicks in the order of their entries, oldest first.
  private var order: [FoldedName] = []

  /// - Returns: the latest first.
  func entries(of nick: String) -> [Entry] { (byNick[FoldedName(nick)] ?? []).reversed() }

  /// Nobody has left in the future.
  mutating func limit(to now: Timestamp) {
    for (nick, entries) in byNick where entries.contains(where: { $0.leftAt > now }) {
      byNick[nick] = entries.map { entry in
        var entry = entry
        entry.leftAt = min(entry.leftAt, now)
        return entry
      }
    }
  }

  mutating func remember(_ user: User, at time: Timestamp) {
    let entry = Entry(
      nick: user.nick, username: user.username, host: user.host, realname: user.realname, leftAt: time)
    byNick[user.folded, default: []].append(entry)
    order.append(user.folded)
    if let count = byNick[user.folded]?.count, count > Self.limitPerNick {
      byNick[user.folded]?.removeFirst()
      if let first = order.firstIndex(of: user.folded) { order.remove(at: first) }
    }
    guard order.count > Self.limit else { return }
    let oldest = order.removeFirst()
    byNick[oldest]?.removeFirst()
    if byNick[oldest]?.isEmpty == true { byNick[oldest] = nil }
  }
}
