import IRC

extension ClientSession {
  func edit(_ chat: String, _ id: String, _ text: String, _ tag: UInt64) {
    guard supports(.editing) else { return finish(tag, .unsupported) }
    guard isTarget(chat) else { return refuseTarget(tag, chat) }
    guard !text.isEmpty else {
      return finish(tag, .refused(code: Numeric.noTextToSend.text, reason: "There is nothing to say"))
    }
    ask(
      Message(command: "EDIT", parameters: [chat, id, text]), tag: tag, needsBarrier: true,
      EditAsking(target: fold(chat), id: id, text: text))
  }
}

/// An edit: the server shows it to whoever asked for it, too.
struct EditAsking: Asking {
  let command = "EDIT"
  let target: String
  let id: String
  let text: String
  var names: [String] { [target, id] }

  func read(_ line: Incoming, _ session: ClientSession, isCertain: Bool) -> Reading? {
    guard line.message.command == command, line.isFromOwnNick, line.parameter(1) == id,
      isCertain || line.text == text
    else { return nil }
    return .finished(.done)
  }

  func completed(_ session: ClientSession, isLabeled: Bool) -> Outcome? {
    .refused(code: "", reason: "The server did not take the change")
  }
}
