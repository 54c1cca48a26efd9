import IRC

extension ClientSession {
  func react(_ chat: String, _ id: String, _ reaction: String, isAdded: Bool, _ tag: UInt64) {
    guard supports(.reactions) else { return finish(tag, .unsupported) }
    guard isTarget(chat) else { return refuseTarget(tag, chat) }
    guard !id.isEmpty, (1...ReactAsking.longest).contains(reaction.utf8.count) else {
      return finish(tag, .refused(code: "INVALID", reason: "Not a reaction to a message"))
    }
    let tags = [Tag("+draft/reply", id), Tag(isAdded ? "+draft/react" : "+draft/unreact", reaction)]
    ask(
      Message(tags: tags, command: "TAGMSG", parameters: [chat]), tag: tag, needsBarrier: !supports(.echo),
      ReactAsking(chat: chat, target: fold(chat), id: id, reaction: reaction, isAdded: isAdded))
  }
}

/// A reaction. Its event comes from the echo or, without one, when nothing spoke against it.
struct ReactAsking: Asking {
  /// Bytes of a reaction.
  static let longest = 64

  let command = "TAGMSG"
  let chat: String
  let target: String
  let id: String
  let reaction: String
  let isAdded: Bool
  var names: [String] { [target] }

  func read(_ line: Incoming, _ session: ClientSession, isCertain: Bool) -> Reading? {
    guard line.message.command == command, line.isFromOwnNick, session.reply(line) == id,
      isCertain || session.fold(line.parameter(0)) == target,
      line.tag(isAdded ? "+draft/react" : "+draft/unreact") == reaction
    else { return nil }
    return .finished(.done)
  }

  func completed(_ session: ClientSession, isLabeled: Bool) -> Outcome? {
    session.events.append(
      .reaction(
        chat: chat, networkID: id, nick: session.nick, reaction: reaction, isAdded: isAdded, isOwn: true,
        Position(networkID: "", time: session.wallClock, sequence: 0)))
    return .done
  }
}
