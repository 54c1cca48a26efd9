import IRC

/// How a user appears in the lines that others get.
struct Face: Equatable {
  var nick: String
  var username: String
  var host: String
  /// `nick!user@host`.
  var source: String
  var realname: String
  /// The account's name; nil: none.
  var account: String?
  /// Why it is away; nil: it is here.
  var away: String?
}

extension User {
  /// How it appears once everything that has been decided has been shown.
  var face: Face {
    Face(
      nick: nick, username: username, host: host, source: source, realname: realname, account: account?.name, away: away
    )
  }

  /// How it appears in the lines that have left: what a line written at its place in the order says.
  var shown: Face { earlierFace.value ?? face }

  /// The same as `shown.nick` and `shown.source`: long lists of members need no more.
  var shownNick: String { earlierFace.value?.nick ?? nick }
  var shownSource: String { earlierFace.value?.source ?? source }
}
