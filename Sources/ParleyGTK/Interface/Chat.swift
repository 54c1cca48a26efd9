import CParley

/// A room, a person, or a server with its notices, as it was when it was read.
struct Chat: Equatable {
  enum Kind: Int32 {
    case room = 1
    case person
    case server
  }

  let id: ID
  let identity: ID
  let kind: Kind
  let isJoined: Bool
  let isWanted: Bool
  let unread: Int64
  let mentions: Int64
  let memberCount: Int64
  /// The last message that was read; 0: none.
  let marker: ID
  let last: ID
  let lastTime: Int64
  let name: String
  let topic: String
  let lastNick: String
  let lastText: String

  init(_ chat: OpaquePointer) {
    id = parley_chat_id(chat)
    identity = parley_chat_identity(chat)
    kind = Kind(rawValue: parley_chat_kind(chat)) ?? .server
    isJoined = parley_chat_joined(chat) == 1
    isWanted = parley_chat_wanted(chat) == 1
    unread = parley_chat_unread(chat)
    mentions = parley_chat_mentions(chat)
    memberCount = parley_chat_member_count(chat)
    marker = parley_chat_marker(chat)
    last = parley_chat_last(chat)
    lastTime = parley_chat_last_time(chat)
    name = parley_chat_name(chat, nil).map { String(cString: $0) } ?? ""
    topic = parley_chat_topic(chat, nil).map { String(cString: $0) } ?? ""
    lastNick = parley_chat_last_nick(chat, nil).map { String(cString: $0) } ?? ""
    lastText = parley_chat_last_text(chat, nil).map { String(cString: $0) } ?? ""
  }
}

extension Engine {
  func chats() -> [Chat] {
    var page: OpaquePointer?
    guard parley_chats(handle, 0, &page) == 0, let page else { return [] }
    defer { parley_page_free(page) }
    return (0..<parley_page_count(page)).compactMap { parley_page_chat(page, $0).map(Chat.init) }
  }

  func chat(_ id: ID) -> Chat? {
    var page: OpaquePointer?
    guard parley_chat_page(handle, id, &page) == 0, let page else { return nil }
    defer { parley_page_free(page) }
    return parley_page_chat(page, 0).map(Chat.init)
  }

  func openChat(_ name: String, identity: ID) throws(EngineError) -> ID {
    let id = parley_chat_open(handle, identity, name)
    guard id > 0 else { throw EngineError(code: Int32(truncatingIfNeeded: id)) }
    return id
  }

  func removeChat(_ id: ID) -> Request { parley_chat_remove(handle, id) }

  @discardableResult
  func set(_ key: String, ofChat chat: ID, to value: String?) -> Request { parley_chat_set(handle, chat, key, value) }

  func value(_ key: String, ofChat chat: ID) -> String? { readValue { parley_chat_get(handle, chat, key, $0, $1) } }

  func join(_ room: String, key: String?, identity: ID) -> Request { parley_join(handle, identity, room, key) }

  func leave(_ chat: ID, reason: String?) -> Request { parley_leave(handle, chat, reason) }

  func topic(_ chat: ID, _ topic: String) -> Request { parley_topic(handle, chat, topic) }

  func invite(_ nick: String, to chat: ID) -> Request { parley_invite(handle, chat, nick) }

  func kick(_ nick: String, from chat: ID, reason: String?) -> Request { parley_kick(handle, chat, nick, reason) }

  /// - Parameter state: 0 stopped, 1 types, 2 paused.
  func typing(_ chat: ID, _ state: Int32) { _ = parley_typing(handle, chat, state) }

  /// By role, then by nick.
  func members(_ chat: ID) -> [Member] {
    var page: OpaquePointer?
    guard parley_members(handle, chat, &page) == 0, let page else { return [] }
    defer { parley_page_free(page) }
    return (0..<parley_page_count(page)).compactMap { parley_page_member(page, $0).map(Member.init) }
  }
}
