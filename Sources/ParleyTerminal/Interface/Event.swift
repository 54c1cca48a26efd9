import CParley
import ParleyTerminalKit

/// What has changed, copied from what the library lends.
struct Event {
  enum Kind {
    case identity, chat, message, changed, history, members, typing, queued, done, ask, overrun
  }

  enum Question: Int64 {
    case password = 1
    case newPassword, certificate, serverPassword
  }

  var kind: Kind
  var identity: Int64
  var chat: Int64
  var request: Int64
  var result: Int32
  var value: Int64
  var nick: String?
  var code: String?
  var text: String?
  var row: Row?
  var chatOf: Chat?
  var identityOf: Identity?
  var rooms: [ListedRoom]

  /// nil for kinds that this program does not know.
  init?(_ event: OpaquePointer) {
    guard let kind = Self.kind(parley_event_kind(event)) else { return nil }
    self.kind = kind
    identity = parley_event_identity(event)
    chat = parley_event_chat(event)
    request = parley_event_request(event)
    result = parley_event_result(event)
    value = parley_event_value(event)
    nick = string(event, parley_event_nick)
    code = string(event, parley_event_code)
    text = string(event, parley_event_text)
    row = parley_event_message(event).map { Row($0) }
    chatOf = parley_event_chat_of(event).map { Chat($0) }
    identityOf = parley_event_identity_of(event).map { Identity($0) }
    rooms = []
    if let page = parley_event_page(event) {
      rooms = (0..<parley_page_count(page)).compactMap { parley_page_room(page, $0).map { ListedRoom($0) } }
    }
  }

  /// Why a request failed, for people.
  var explanation: String { text ?? Failure(result).text }

  private static func kind(_ kind: UInt64) -> Kind? {
    switch kind {
    case PARLEY_IDENTITY: .identity
    case PARLEY_CHAT: .chat
    case PARLEY_MESSAGE: .message
    case PARLEY_CHANGED: .changed
    case PARLEY_HISTORY: .history
    case PARLEY_MEMBERS: .members
    case PARLEY_TYPING: .typing
    case PARLEY_QUEUED: .queued
    case PARLEY_DONE: .done
    case PARLEY_ASK: .ask
    case PARLEY_OVERRUN: .overrun
    default: nil
    }
  }

  /// All that is named above.
  static let kinds =
    PARLEY_IDENTITY | PARLEY_CHAT | PARLEY_MESSAGE | PARLEY_CHANGED | PARLEY_HISTORY | PARLEY_MEMBERS | PARLEY_TYPING
    | PARLEY_QUEUED | PARLEY_DONE | PARLEY_ASK | PARLEY_OVERRUN
}
