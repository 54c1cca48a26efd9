public import CParley
import IRC
import ParleyCache
import ParleyEngine

// What is in a chat, in a member, and in a row of a server's list of rooms, in the header's order.

@c @implementation
public func parley_chat_id(_ chat: OpaquePointer?) -> parley_id { value(chat, \.state.row.id) ?? 0 }

@c @implementation
public func parley_chat_identity(_ chat: OpaquePointer?) -> parley_id { value(chat, \.state.row.identity) ?? 0 }

@c @implementation
public func parley_chat_kind(_ chat: OpaquePointer?) -> Int32 { Int32(value(chat, \.state.row.kind.rawValue) ?? 0) }

@c @implementation
public func parley_chat_joined(_ chat: OpaquePointer?) -> Int32 { value(chat, \.state.isJoined) == true ? 1 : 0 }

@c @implementation
public func parley_chat_wanted(_ chat: OpaquePointer?) -> Int32 { value(chat, \.state.row.isWanted) == true ? 1 : 0 }

@c @implementation
public func parley_chat_current(_ chat: OpaquePointer?) -> Int32 { value(chat, \.state.isCurrent) == true ? 1 : 0 }

@c @implementation
public func parley_chat_unread(_ chat: OpaquePointer?) -> Int64 { value(chat, \.state.row.unread) ?? 0 }

@c @implementation
public func parley_chat_mentions(_ chat: OpaquePointer?) -> Int64 { value(chat, \.state.row.mentions) ?? 0 }

@c @implementation
public func parley_chat_member_count(_ chat: OpaquePointer?) -> Int64 { value(chat, \.state.row.memberCount) ?? 0 }

@c @implementation
public func parley_chat_marker(_ chat: OpaquePointer?) -> parley_id { value(chat, \.state.row.marker) ?? 0 }

@c @implementation
public func parley_chat_last(_ chat: OpaquePointer?) -> parley_id { value(chat, \.state.row.last) ?? 0 }

@c @implementation
public func parley_chat_last_time(_ chat: OpaquePointer?) -> Int64 {
  min(value(chat, \.state.row.lastTime.milliseconds) ?? 0, Platform.now)
}

@c @implementation
public func parley_chat_name(_ chat: OpaquePointer?, _ size: UnsafeMutablePointer<Int>?) -> UnsafePointer<CChar>? {
  string(chat, .chat, size) { sheet, index in sheet.chats[index].name }
}

@c @implementation
public func parley_chat_topic(_ chat: OpaquePointer?, _ size: UnsafeMutablePointer<Int>?) -> UnsafePointer<CChar>? {
  string(chat, .chat, size) { sheet, index in sheet.chats[index].topic }
}

@c @implementation
public func parley_chat_last_nick(
  _ chat: OpaquePointer?, _ size: UnsafeMutablePointer<Int>?
) -> UnsafePointer<CChar>? { string(chat, .chat, size) { sheet, index in sheet.chats[index].lastNick } }

@c @implementation
public func parley_chat_last_text(
  _ chat: OpaquePointer?, _ size: UnsafeMutablePointer<Int>?
) -> UnsafePointer<CChar>? { string(chat, .chat, size) { sheet, index in sheet.chats[index].lastText } }

private func value<Value>(_ pointer: OpaquePointer?, _ field: KeyPath<Sheet.Chat, Value>) -> Value? {
  guard let (sheet, index) = Registry.shared.row(pointer, .chat) else { return nil }
  return sheet.chats[index][keyPath: field]
}

// MARK: - Members

@c @implementation
public func parley_member_nick(
  _ member: OpaquePointer?, _ size: UnsafeMutablePointer<Int>?
) -> UnsafePointer<CChar>? { string(member, .member, size) { sheet, index in sheet.members[index].nick } }

@c @implementation
public func parley_member_account(
  _ member: OpaquePointer?, _ size: UnsafeMutablePointer<Int>?
) -> UnsafePointer<CChar>? { string(member, .member, size) { sheet, index in sheet.members[index].account } }

@c @implementation
public func parley_member_roles(
  _ member: OpaquePointer?, _ size: UnsafeMutablePointer<Int>?
) -> UnsafePointer<CChar>? { string(member, .member, size) { sheet, index in sheet.members[index].roles } }

@c @implementation
public func parley_member_away(_ member: OpaquePointer?) -> Int32 {
  guard let (sheet, index) = Registry.shared.row(member, .member) else { return 0 }
  return sheet.members[index].isAway ? 1 : 0
}

// MARK: - Rooms of a server's list

@c @implementation
public func parley_room_name(_ room: OpaquePointer?, _ size: UnsafeMutablePointer<Int>?) -> UnsafePointer<CChar>? {
  string(room, .room, size) { sheet, index in sheet.rooms[index].name }
}

@c @implementation
public func parley_room_topic(_ room: OpaquePointer?, _ size: UnsafeMutablePointer<Int>?) -> UnsafePointer<CChar>? {
  string(room, .room, size) { sheet, index in sheet.rooms[index].topic }
}

@c @implementation
public func parley_room_member_count(_ room: OpaquePointer?) -> Int64 {
  guard let (sheet, index) = Registry.shared.row(room, .room) else { return 0 }
  return Int64(sheet.rooms[index].memberCount)
}

/// A string of a row. NULL, and 0: it is not set, or this is no such row.
func string(
  _ pointer: OpaquePointer?, _ kind: Handle.Kind, _ size: UnsafeMutablePointer<Int>?, _ text: (Sheet, Int) -> Text?
) -> UnsafePointer<CChar>? {
  guard let (sheet, index) = Registry.shared.row(pointer, kind), let text = text(sheet, index) else {
    size?.pointee = 0
    return nil
  }
  return sheet.strings.pointer(text, size)
}
