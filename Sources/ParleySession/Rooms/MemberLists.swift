import IRC

/// Lists of members: RPL_NAMREPLY, and WHO for what it does not tell.
extension ClientSession {
  /// Larger rooms are not asked about: everybody's absence is not worth so many lines.
  private static let largestWho = 1_000
  /// Marks our own WHOX answers (IRCv3 whox, `t`).
  private static let whoToken = "152"

  func handleNames(_ line: Incoming) {
    let room = key(line.parameter(2))
    guard rooms[room] != nil, line.message.parameters.count > 3 else { return }
    for name in line.text.split(separator: " ") {
      let (roles, rest) = network.splitPrefixes(name)
      // userhost-in-names: nick!user@host.
      let nick = Source(parsing: String(rest)).name
      if !nick.isEmpty { rooms.list(Member(nick: nick, account: nil, roles: roles), key: key(nick), in: room) }
    }
  }

  func handleEndOfNames(_ line: Incoming) {
    let room = key(line.parameter(1))
    guard rooms.endList(room), capabilities.has(.awayNotify) else { return }
    if let count = rooms[room]?.members.count, count <= Self.largestWho { rooms.askWho(room) }
  }

  /// One WHO at a time, so that joining many rooms is no flood.
  func askForNextWho() {
    guard phase == .ready, !isQuitting, !rooms.unasked.isEmpty,
      !requests.contains(where: { $0.command == "WHO" }), let room = rooms.nextUnasked(), let name = rooms[room]?.name
    else { return }
    let fields = network.support.hasWHOX ? ["%tcnfa," + Self.whoToken] : []
    ask(Message(command: "WHO", parameters: [name] + fields), tag: nil, WhoAsking(mask: fold(name)))
  }

  func handleWho(_ line: Incoming) {
    // 352 <client> <channel> <user> <host> <server> <nick> <flags> …
    takeWho(room: line.parameter(1), nick: line.parameter(5), flags: line.parameter(6), account: nil)
    if isOwnNick(line.parameter(5)) {
      learnOwnMask(Source(name: "", user: line.parameter(2), host: line.parameter(3)))
    }
  }

  func handleWhoX(_ line: Incoming) {
    guard line.parameter(1) == Self.whoToken, line.message.parameters.count >= 6 else { return sayNumeric(line) }
    // Fields come in their own order, not in that of the request: t c n f a.
    takeWho(room: line.parameter(2), nick: line.parameter(3), flags: line.parameter(4), account: line.parameter(5))
  }

  private func takeWho(room: String, nick: String, flags: String, account: String?) {
    rooms.update(key(nick), in: key(room)) { member in
      member.isAway = flags.hasPrefix("G")
      if let account { member.account = account.isEmpty || account == "0" ? nil : limited(account, Rooms.nickLimit) }
    }
  }
}

/// WHO of a room, whose answers the handlers take.
struct WhoAsking: Asking {
  let command = "WHO"
  let mask: String
  var names: [String] { [mask] }

  func read(_ line: Incoming, _ session: ClientSession, isCertain: Bool) -> Reading? {
    guard line.message.command == Numeric.endOfWho.text, isCertain || session.fold(line.parameter(1)) == mask else {
      return nil
    }
    return .finished(.done, isHidden: true)
  }

  func completed(_ session: ClientSession, isLabeled: Bool) -> Outcome? { .done }
}
