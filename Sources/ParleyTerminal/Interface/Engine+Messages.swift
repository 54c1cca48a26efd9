import CParley
import ParleyTerminalKit

/// What a message that is sent can be.
enum MessageKind {
  static let text = PARLEY_TEXT
  static let notice = PARLEY_NOTICE
  static let action = PARLEY_ACTION
}

extension Engine {
  func send(_ chat: Int64, _ text: String, kind: Int = MessageKind.text, replyTo: Int64 = 0) throws(Failure) -> Int64 {
    var options = parley_send_options()
    options.size = MemoryLayout<parley_send_options>.size
    options.kind = Int32(kind)
    options.reply_to = replyTo
    return try Failure.check(parley_send(handle, chat, text, text.utf8.count, &options))
  }

  func resend(_ message: Int64) throws(Failure) -> Int64 { try Failure.check(parley_resend(handle, message)) }
  func discard(_ message: Int64) throws(Failure) -> Int64 { try Failure.check(parley_discard(handle, message)) }

  func react(_ message: Int64, _ reaction: String) throws(Failure) -> Int64 {
    try Failure.check(parley_react(handle, message, try Self.checked(reaction) as String))
  }

  func unreact(_ message: Int64, _ reaction: String) throws(Failure) -> Int64 {
    try Failure.check(parley_unreact(handle, message, try Self.checked(reaction) as String))
  }

  func edit(_ message: Int64, _ text: String) throws(Failure) -> Int64 {
    let text = try Self.checked(text) as String
    return try Failure.check(parley_edit(handle, message, text, text.utf8.count))
  }

  func redact(_ message: Int64, reason: String?) throws(Failure) -> Int64 {
    try Failure.check(parley_redact(handle, message, try Self.checked(reason)))
  }

  func markRead(_ message: Int64) { _ = parley_read(handle, message) }

  func backfill(_ gap: Int64) throws(Failure) -> Int64 { try Failure.check(parley_backfill(handle, gap)) }

  /// Rows before the anchor, it, and rows behind it. Anchor 0 is the end.
  func history(_ chat: Int64, anchor: Int64 = 0, before: Int, after: Int = 0) throws(Failure) -> [Row] {
    let before = Int32(min(max(before, 0), 1000))
    let after = Int32(min(max(after, 0), 1000))
    return try page({ parley_history(handle, chat, anchor, before, after, $0) }, Self.row)
  }

  /// Rows that have arrived in a chat since a row, in the order in which they came, at most 1,000.
  func arrivals(_ chat: Int64, after: Int64) -> [Row] {
    (try? page({ parley_arrivals(handle, chat, after, 1000, $0) }, Self.row)) ?? []
  }

  /// The newest matches before a message (0: of all), in all chats (0) or one.
  func search(_ words: String, chat: Int64 = 0, limit: Int) throws(Failure) -> [Row] {
    let words: String = try Self.checked(words)
    return try page({ parley_search(handle, chat, words, 0, Int32(min(max(limit, 1), 1000)), $0) }, Self.row)
  }

  func message(_ id: Int64) -> Row? { (try? page({ parley_message_page(handle, id, $0) }, Self.row))?.first }

  private static func row(_ page: OpaquePointer, _ index: Int) -> Row? {
    parley_page_message(page, index).map { Row($0) }
  }
}
