import IRC

extension ClientSession {
  func changeNick(_ nick: String, _ tag: UInt64) {
    guard isTarget(nick), !isRoom(nick) else {
      return finish(tag, .refused(code: Numeric.erroneousNickname.text, reason: "Not a nick"))
    }
    // Whoever chooses a nick does not want the old one back.
    ownNick.wanted = nick
    ownNick.nextTry = nil
    // Nothing is said of a nick that stays the same; which one that is depends on those that are on their way.
    let isChanging = requests.contains { $0.command == "NICK" }
    if !isChanging, nick == ownNick.current { return finish(tag, .done) }
    ask(Message(command: "NICK", parameters: [nick]), tag: tag, needsBarrier: isChanging, NickAsking(nick: nick))
  }

  func setAway(_ message: String?, _ tag: UInt64) {
    let isAway = message.map { !$0.isEmpty } ?? false
    ask(Message(command: "AWAY", parameters: isAway ? [message ?? ""] : []), tag: tag, AwayAsking(isAway: isAway))
  }
}

/// NICK, until the server has changed it.
struct NickAsking: Asking {
  let command = "NICK"
  let nick: String
  var names: [String] { [nick] }

  /// Errors that say no to a nick, with or without naming it: 438 and 447 are "too fast" and "not in this channel".
  private static let errors: Set<String> = ["431", "432", "433", "436", "437", "438", "439", "447", "484", "902"]

  func read(_ line: Incoming, _ session: ClientSession, isCertain: Bool) -> Reading? {
    if line.message.command == command {
      // InspIRCd 3 answers a labelled NICK as if it came from the new nick already.
      if isCertain, !line.isFromOwnNick, line.source.name == line.parameter(0), line.parameter(0) == nick {
        session.becameKnown(as: line)
        return .finished(.done, isHidden: true)
      }
      guard line.isFromOwnNick, line.parameter(0) == nick || isCertain else { return nil }
      return .finished(.done)
    }
    guard Self.errors.contains(line.message.command) else { return nil }
    return .finished(.refused(code: line.message.command, reason: line.text), isHidden: true)
  }

  func completed(_ session: ClientSession, isLabeled: Bool) -> Outcome? { .done }
}

/// AWAY, until 305 or 306.
struct AwayAsking: Asking {
  let command = "AWAY"
  let isAway: Bool

  func read(_ line: Incoming, _ session: ClientSession, isCertain: Bool) -> Reading? {
    guard line.message.command == (isAway ? Numeric.nowAway : Numeric.unAway).text else { return nil }
    return .finished(.done, isHidden: true)
  }

  func completed(_ session: ClientSession, isLabeled: Bool) -> Outcome? { .done }
}
