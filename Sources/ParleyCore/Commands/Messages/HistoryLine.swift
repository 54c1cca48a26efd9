import IRC
import ParleyStore

/// Events as lines: the same bytes live, replayed and in history.
enum HistoryLine {
  static func delivery(_ event: NewEvent, _ receipt: Receipt) -> Delivery {
    Delivery(
      line: MessageCommand.line(event.kind, event.source, event.target, event.text),
      requires: event.kind == .tagMessage ? .messageTags : nil, time: receipt.time, messageID: receipt.messageID,
      account: event.account, clientTags: event.clientTags, sequence: receipt.sequence)
  }

  /// - Parameter target: another name for the recipient than the one it was sent to.
  static func delivery(_ event: StoredEvent, to target: String? = nil) -> Delivery {
    Delivery(
      line: MessageCommand.line(event.kind, event.source, target ?? event.target, event.text),
      requires: event.kind == .tagMessage ? .messageTags : nil, time: event.receipt.time,
      messageID: event.receipt.messageID, account: event.account, clientTags: event.clientTags,
      sequence: event.receipt.sequence)
  }
}
