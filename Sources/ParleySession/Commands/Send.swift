import IRC

extension ClientSession {
  func send(
    _ chat: String, _ kind: MessageKind, _ text: String, replyTo: String, counter: UInt64, _ tag: UInt64
  ) {
    guard isTarget(chat) else { return refuseTarget(tag, chat) }
    guard !text.isEmpty else {
      return finish(tag, .refused(code: Numeric.noTextToSend.text, reason: "There is nothing to say"))
    }
    var tags: [Tag] = []
    if counter > 0, supports(.keys) { tags.append(Tag("+parley.chat/key", "\(settings.device).\(counter)")) }
    if !replyTo.isEmpty, supports(.replies) { tags.append(Tag("+draft/reply", replyTo)) }
    let command = kind == .notice ? "NOTICE" : "PRIVMSG"
    let content = kind == .action ? CTCP.wrap("ACTION " + text) : text
    typingOut.said(fold(chat))
    ask(
      Message(tags: tags, command: command, parameters: [chat, content]), tag: tag, needsBarrier: !supports(.echo),
      SendAsking(command: command, target: fold(chat), text: content))
  }
}

/// A message, until its echo, its ACK or the PONG behind it.
struct SendAsking: Asking {
  let command: String
  let target: String
  let text: String
  var names: [String] { [target] }

  func read(_ line: Incoming, _ session: ClientSession, isCertain: Bool) -> Reading? {
    guard line.message.command == command, line.isFromOwnNick else { return nil }
    // Without a label the echo is told by target and text; equal ones come in the order in which they went.
    let isEcho = isCertain || (session.fold(line.parameter(0)) == target && line.text == text)
    return isEcho ? .finished(.sent(line.position), isHidden: true) : nil
  }

  func completed(_ session: ClientSession, isLabeled: Bool) -> Outcome? {
    if isLabeled, session.supports(.echo) {
      // echo-message promises an echo of what was taken.
      return .refused(code: "", reason: "The server did not take the message")
    }
    return .sent(Position(networkID: "", time: session.now, sequence: 0))
  }

  // It was written: nobody knows whether it arrived.
  var lost: Outcome { .uncertain }
  var timedOut: Outcome { .uncertain }
}
