import IRC

extension ClientSession {
  /// Bytes of a host that nobody has told us.
  private static let assumedHost = 63
  /// The same of the user name, with the `~` that servers put before it.
  private static let assumedUser = 11

  /// The most bytes of one message's text so that the line, as the server relays it with our nick, user and host before it,
  /// still fits; never less than one character's.
  public func maximumText(chat: String, kind: MessageKind) -> Int {
    let user = ownUser?.utf8.count ?? Self.assumedUser
    let host = ownHost?.utf8.count ?? Self.assumedHost
    let command = kind == .notice ? "NOTICE" : "PRIVMSG"
    // ":nick!user@host COMMAND target :" and CR LF.
    let source = ownNick.current.utf8.count + user + host + 4
    let frame = source + command.utf8.count + 1 + chat.utf8.count + 2 + 2
    let wrapping = kind == .action ? CTCP.wrap("ACTION ").utf8.count : 0
    return max(4, network.lineLength - frame - wrapping)
  }
}
