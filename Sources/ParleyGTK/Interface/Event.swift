import CParley

/// What has changed. Borrowed: valid inside the callback only.
struct Event {
  enum Kind: UInt64 {
    case identity = 1
    case chat = 2
    case message = 4
    case changed = 8
    case history = 16
    case members = 32
    case typing = 64
    case queued = 128
    case done = 256
    case ask = 512
    case overrun = 1024
  }

  let pointer: OpaquePointer

  /// nil: of a newer library.
  var kind: Kind? { Kind(rawValue: parley_event_kind(pointer)) }
  var identity: ID { parley_event_identity(pointer) }
  var chat: ID { parley_event_chat(pointer) }
  var request: Request { parley_event_request(pointer) }
  var value: Int64 { parley_event_value(pointer) }
  var nick: String { text(parley_event_nick) ?? "" }
  /// The server's own word for a refusal.
  var code: String { text(parley_event_code) ?? "" }
  var text: String { text(parley_event_text) ?? "" }

  /// nil: success.
  var error: EngineError? {
    let result = parley_event_result(pointer)
    return result < 0 ? EngineError(code: result) : nil
  }

  /// The reason for people: in the server's words if it gave any.
  var reason: String {
    let given = text
    return given.isEmpty ? error?.text ?? "" : given
  }

  var message: Message? { parley_event_message(pointer).map(Message.init) }
  var chatState: Chat? { parley_event_chat_of(pointer).map(Chat.init) }
  var identityState: Identity? { parley_event_identity_of(pointer).map(Identity.init) }

  /// Of a finished `parley_rooms()`.
  var rooms: [ListedRoom] {
    guard let page = parley_event_page(pointer) else { return [] }
    return (0..<parley_page_count(page)).compactMap { parley_page_room(page, $0).map(ListedRoom.init) }
  }

  private func text(_ read: (OpaquePointer?, UnsafeMutablePointer<Int>?) -> UnsafePointer<CChar>?) -> String? {
    read(pointer, nil).map { String(cString: $0) }
  }
}

/// A row of a server's list of rooms.
struct ListedRoom: Equatable {
  let name: String
  let topic: String
  let members: Int64

  init(_ room: OpaquePointer) {
    name = parley_room_name(room, nil).map { String(cString: $0) } ?? ""
    topic = parley_room_topic(room, nil).map { String(cString: $0) } ?? ""
    members = parley_room_member_count(room)
  }
}

/// Somebody in a room.
struct Member: Equatable {
  let nick: String
  /// Prefixes, the highest first.
  let roles: String
  let isAway: Bool

  init(_ member: OpaquePointer) {
    nick = parley_member_nick(member, nil).map { String(cString: $0) } ?? ""
    roles = parley_member_roles(member, nil).map { String(cString: $0) } ?? ""
    isAway = parley_member_away(member) == 1
  }
}
