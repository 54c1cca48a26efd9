public import CParley
import IRC
import ParleyCache
import ParleyEngine

// What is in a row, in the header's order.

@c @implementation
public func parley_message_id(_ message: OpaquePointer?) -> parley_id { value(message, \.row.id) ?? 0 }

@c @implementation
public func parley_message_chat(_ message: OpaquePointer?) -> parley_id { value(message, \.row.chat) ?? 0 }

@c @implementation
public func parley_message_kind(_ message: OpaquePointer?) -> Int32 { Int32(clamping: value(message, \.row.kind) ?? 0) }

@c @implementation
public func parley_message_state(_ message: OpaquePointer?) -> Int32 { value(message, \.state) ?? 0 }

@c @implementation
public func parley_message_result(_ message: OpaquePointer?) -> Int32 {
  if Registry.shared.isForked { return EngineError.forked.code }
  return Int32(clamping: value(message, \.row.result) ?? Int64(EngineError.handle.code))
}

@c @implementation
public func parley_message_is_own(_ message: OpaquePointer?) -> Int32 { value(message, \.row.isOwn) == true ? 1 : 0 }

@c @implementation
public func parley_message_is_mention(_ message: OpaquePointer?) -> Int32 {
  value(message, \.row.isMention) == true ? 1 : 0
}

@c @implementation
public func parley_message_is_edited(_ message: OpaquePointer?) -> Int32 {
  value(message, \.row.isEdited) == true ? 1 : 0
}

@c @implementation
public func parley_message_is_lost(_ message: OpaquePointer?) -> Int32 {
  value(message, \.row.isLost) == true ? 1 : 0
}

@c @implementation
public func parley_message_time(_ message: OpaquePointer?) -> Int64 {
  min(value(message, \.row.time.milliseconds) ?? 0, Platform.now)
}

@c @implementation
public func parley_message_sequence(_ message: OpaquePointer?) -> Int64 { value(message, \.row.sequence) ?? 0 }

@c @implementation
public func parley_message_reply_to(_ message: OpaquePointer?) -> parley_id { value(message, \.row.replyTo) ?? 0 }

@c @implementation
public func parley_message_text(
  _ message: OpaquePointer?, _ size: UnsafeMutablePointer<Int>?
) -> UnsafePointer<CChar>? { string(message, .message, size) { sheet, index in sheet.messages[index].text } }

@c @implementation
public func parley_message_nick(
  _ message: OpaquePointer?, _ size: UnsafeMutablePointer<Int>?
) -> UnsafePointer<CChar>? { string(message, .message, size) { sheet, index in sheet.messages[index].nick } }

@c @implementation
public func parley_message_account(
  _ message: OpaquePointer?, _ size: UnsafeMutablePointer<Int>?
) -> UnsafePointer<CChar>? { string(message, .message, size) { sheet, index in sheet.messages[index].account } }

@c @implementation
public func parley_message_target(
  _ message: OpaquePointer?, _ size: UnsafeMutablePointer<Int>?
) -> UnsafePointer<CChar>? { string(message, .message, size) { sheet, index in sheet.messages[index].target } }

@c @implementation
public func parley_message_reason(
  _ message: OpaquePointer?, _ size: UnsafeMutablePointer<Int>?
) -> UnsafePointer<CChar>? { string(message, .message, size) { sheet, index in sheet.messages[index].reason } }

@c @implementation
public func parley_message_network_id(
  _ message: OpaquePointer?, _ size: UnsafeMutablePointer<Int>?
) -> UnsafePointer<CChar>? { string(message, .message, size) { sheet, index in sheet.messages[index].networkID } }

@c @implementation
public func parley_message_reply_network_id(
  _ message: OpaquePointer?, _ size: UnsafeMutablePointer<Int>?
) -> UnsafePointer<CChar>? { string(message, .message, size) { sheet, index in sheet.messages[index].replyNetworkID } }

// MARK: - Reactions

@c @implementation
public func parley_message_reaction_count(_ message: OpaquePointer?) -> Int {
  value(message, \.row.reactions.count) ?? 0
}

@c @implementation
public func parley_message_reaction(
  _ message: OpaquePointer?, _ index: Int, _ size: UnsafeMutablePointer<Int>?
) -> UnsafePointer<CChar>? {
  string(message, .message, size) { sheet, row in
    let reactions = sheet.messages[row].reactions
    return reactions.indices.contains(index) ? reactions[index] : nil
  }
}

@c @implementation
public func parley_message_reaction_people(_ message: OpaquePointer?, _ index: Int) -> Int64 {
  reaction(message, index)?.people ?? 0
}

@c @implementation
public func parley_message_reaction_is_own(_ message: OpaquePointer?, _ index: Int) -> Int32 {
  reaction(message, index)?.isOwn == true ? 1 : 0
}

private func reaction(_ pointer: OpaquePointer?, _ index: Int) -> ReactionRow? {
  guard let reactions = value(pointer, \.row.reactions), reactions.indices.contains(index) else { return nil }
  return reactions[index]
}

private func value<Value>(_ pointer: OpaquePointer?, _ field: KeyPath<Sheet.Message, Value>) -> Value? {
  guard let (sheet, index) = Registry.shared.row(pointer, .message) else { return nil }
  return sheet.messages[index][keyPath: field]
}
