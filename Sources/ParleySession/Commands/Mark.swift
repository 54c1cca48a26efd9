import IRC

extension ClientSession {
  func mark(_ chat: String, _ time: Timestamp, _ tag: UInt64) {
    guard supports(.markers) else { return finish(tag, .unsupported) }
    guard isTarget(chat) else { return refuseTarget(tag, chat) }
    ask(
      Message(command: "MARKREAD", parameters: [chat, "timestamp=\(time.iso8601)"]), tag: tag,
      MarkAsking(target: fold(chat)))
  }
}

/// MARKREAD, until the server says where the marker is now.
struct MarkAsking: Asking {
  let command = "MARKREAD"
  let target: String
  var names: [String] { [target] }

  func read(_ line: Incoming, _ session: ClientSession, isCertain: Bool) -> Reading? {
    guard line.message.command == command, isCertain || session.fold(line.parameter(0)) == target else { return nil }
    return .finished(.done)
  }

  func completed(_ session: ClientSession, isLabeled: Bool) -> Outcome? { .done }
}
