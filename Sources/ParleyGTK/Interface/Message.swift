import CParley

/// A row of a chat, as it was when it was read.
struct Message: Equatable {
  enum Kind: Int32 {
    case text = 1
    case notice = 2
    case action = 3
    case joined = 16
    case left = 17
    case kicked = 18
    case renamed = 19
    case topic = 20
    case mode = 21
    case invited = 22
    case info = 23
    case gap = 32

    /// Somebody said it.
    var isSaid: Bool { rawValue < Kind.joined.rawValue }
  }

  enum State: Int32 {
    case sent = 0
    case pending
    case failed
    case removed
    case gone
  }

  struct Reaction: Equatable {
    let text: String
    let people: Int64
    let isOwn: Bool
  }

  let id: ID
  let chat: ID
  /// nil: of a newer library; such rows are not shown.
  let kind: Kind?
  let state: State
  let error: EngineError?
  let isOwn: Bool
  let isMention: Bool
  /// The text is not the first one.
  let isEdited: Bool
  /// The server does not have it any more.
  let isLost: Bool
  /// Milliseconds since 1970.
  let time: Int64
  let replyTo: ID
  let text: String
  let nick: String
  let target: String
  let reason: String
  let reactions: [Reaction]

  init(_ message: OpaquePointer) {
    id = parley_message_id(message)
    chat = parley_message_chat(message)
    kind = Kind(rawValue: parley_message_kind(message))
    state = State(rawValue: parley_message_state(message)) ?? .sent
    let result = parley_message_result(message)
    error = result < 0 ? EngineError(code: result) : nil
    isOwn = parley_message_is_own(message) == 1
    isEdited = parley_message_is_edited(message) == 1
    isLost = parley_message_is_lost(message) == 1
    isMention = parley_message_is_mention(message) == 1
    time = parley_message_time(message)
    replyTo = parley_message_reply_to(message)
    text = parley_message_text(message, nil).map { String(cString: $0) } ?? ""
    nick = parley_message_nick(message, nil).map { String(cString: $0) } ?? ""
    target = parley_message_target(message, nil).map { String(cString: $0) } ?? ""
    reason = parley_message_reason(message, nil).map { String(cString: $0) } ?? ""
    reactions = (0..<parley_message_reaction_count(message)).map { index in
      Reaction(
        text: parley_message_reaction(message, index, nil).map { String(cString: $0) } ?? "",
        people: parley_message_reaction_people(message, index),
        isOwn: parley_message_reaction_is_own(message, index) == 1)
    }
  }

  /// Why it was not sent, for people.
  var failure: String { reason.isEmpty ? error?.text ?? "" : reason }
}

extension Engine {
  /// Up to `before` rows before the anchor, the anchor, up to `after` rows behind it. Anchor 0: the end.
  func history(_ chat: ID, anchor: ID, before: Int, after: Int) -> [Message] {
    var page: OpaquePointer?
    guard parley_history(handle, chat, anchor, Int32(clamping: before), Int32(clamping: after), &page) == 0, let page
    else {
      return []
    }
    defer { parley_page_free(page) }
    return (0..<parley_page_count(page)).compactMap { parley_page_message(page, $0).map(Message.init) }
  }

  func message(_ id: ID) -> Message? {
    var page: OpaquePointer?
    guard parley_message_page(handle, id, &page) == 0, let page else { return nil }
    defer { parley_page_free(page) }
    return parley_page_message(page, 0).map(Message.init)
  }

  func send(_ text: String, kind: Message.Kind = .text, to chat: ID) -> Request {
    var options = parley_send_options()
    options.size = MemoryLayout<parley_send_options>.size
    options.kind = kind.rawValue
    return parley_send(handle, chat, text, text.utf8.count, &options)
  }

  func edit(_ message: ID, _ text: String) -> Request { parley_edit(handle, message, text, text.utf8.count) }

  func react(_ message: ID, _ text: String) -> Request { parley_react(handle, message, text) }

  func redact(_ message: ID) -> Request { parley_redact(handle, message, nil) }

  func resend(_ message: ID) -> Request { parley_resend(handle, message) }

  func discard(_ message: ID) -> Request { parley_discard(handle, message) }

  func read(_ message: ID) { _ = parley_read(handle, message) }

  func backfill(_ gap: ID) -> Request { parley_backfill(handle, gap) }
}
