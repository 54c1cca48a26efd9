import IRC

extension ClientSession {
  func redact(_ chat: String, _ id: String, _ reason: String, _ tag: UInt64) {
    guard supports(.redaction) else { return finish(tag, .unsupported) }
    guard isTarget(chat) else { return refuseTarget(tag, chat) }
    ask(
      Message(command: "REDACT", parameters: [chat, id] + (reason.isEmpty ? [] : [reason])), tag: tag,
      needsBarrier: true, RedactAsking(chat: chat, target: fold(chat), id: id, reason: reason))
  }
}

/// A redaction. Servers need not show it to whoever asked for it: then it is told when nothing spoke against it.
struct RedactAsking: Asking {
  let command = "REDACT"
  let chat: String
  let target: String
  let id: String
  let reason: String
  var names: [String] { [target, id] }

  func read(_ line: Incoming, _ session: ClientSession, isCertain: Bool) -> Reading? {
    guard line.message.command == command, line.isFromOwnNick, line.parameter(1) == id else { return nil }
    return .finished(.done)
  }

  func completed(_ session: ClientSession, isLabeled: Bool) -> Outcome? {
    session.events.append(.redacted(chat: chat, networkID: id, by: session.nick, reason: reason))
    return .done
  }
}
