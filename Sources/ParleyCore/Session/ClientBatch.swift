import IRC

/// A batch that a client has opened (client-batch). The only type is draft/multiline.
struct ClientBatch {
  /// Seconds it may stay open.
  static let timeout: Int64 = 60

  let reference: String
  let target: String
  /// The opening BATCH: the message's tags stand on it.
  let opening: Message
  /// Answers with the label of the opening BATCH.
  let reply: Reply
  let openedAt: MonotonicTime
  /// When its end came, if that has had to wait.
  var endedAt: MonotonicTime?
  /// PRIVMSG or NOTICE, once the first line has come.
  var command: String?
  /// As `Multiline` keeps it.
  var text = ""
  var lineCount = 0
  /// Of the combined message.
  var byteCount = 0
  var hasWords = false
  /// It is broken and its sender has been told: what belongs to it is ignored until it ends.
  var isIgnored = false

  func isEnded(by line: InboundLine) -> Bool {
    guard case .message(let message) = line else { return false }
    return message.command == "BATCH" && message.parameters.first == "-" + reference
  }
}
