import CParley
import ParleyTerminalKit

extension Row {
  /// Copies a message that the library lends.
  init(_ message: OpaquePointer) {
    self.init(
      id: parley_message_id(message), chat: parley_message_chat(message), kind: Self.kind(parley_message_kind(message)),
      time: parley_message_time(message), nick: string(message, parley_message_nick) ?? "",
      text: string(message, parley_message_text) ?? "")
    state = Self.state(parley_message_state(message))
    result = parley_message_result(message)
    isOwn = parley_message_is_own(message) == 1
    isEdited = parley_message_is_edited(message) == 1
    isLost = parley_message_is_lost(message) == 1
    isMention = parley_message_is_mention(message) == 1
    replyTo = parley_message_reply_to(message)
    replyNetworkID = string(message, parley_message_reply_network_id)
    isReply = replyTo != 0 || replyNetworkID != nil
    account = string(message, parley_message_account)
    target = string(message, parley_message_target)
    reason = string(message, parley_message_reason)
    networkID = string(message, parley_message_network_id)
    for index in 0..<min(parley_message_reaction_count(message), 100) {
      var size = 0
      guard let bytes = parley_message_reaction(message, index, &size) else { continue }
      let text = String(decoding: UnsafeRawBufferPointer(start: bytes, count: size), as: UTF8.self)
      reactions.append(
        Reaction(
          text: text, people: parley_message_reaction_people(message, index),
          isOwn: parley_message_reaction_is_own(message, index) == 1))
    }
  }

  private static func kind(_ kind: Int32) -> Kind {
    switch Int(kind) {
    case PARLEY_TEXT: .text
    case PARLEY_NOTICE: .notice
    case PARLEY_ACTION: .action
    case PARLEY_JOINED: .joined
    case PARLEY_LEFT: .left
    case PARLEY_KICKED: .kicked
    case PARLEY_RENAMED: .renamed
    case PARLEY_TOPIC: .topic
    case PARLEY_MODE: .mode
    case PARLEY_INVITED: .invited
    case PARLEY_INFO: .info
    case PARLEY_GAP: .gap
    default: .unknown
    }
  }

  private static func state(_ state: Int32) -> State {
    switch Int(state) {
    case PARLEY_PENDING: .pending
    case PARLEY_FAILED: .failed
    case PARLEY_REMOVED: .removed
    case PARLEY_GONE: .gone
    default: .sent
    }
  }
}
