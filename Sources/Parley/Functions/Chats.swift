public import CParley
import ParleyCache
import ParleyEngine

// Functions of the header's section "Chats", in its order; what is in a chat, a member, a room is in ChatRows.swift.

@c @implementation
public func parley_chats(
  _ engine: OpaquePointer?, _ identity: parley_id, _ page: UnsafeMutablePointer<OpaquePointer?>?
) -> Int32 {
  answer(engine, page) { (engine) throws(EngineError) in Sheet(chats: try engine.chats(identity: identity)) }
}

@c @implementation
public func parley_chat_page(
  _ engine: OpaquePointer?, _ chat: parley_id, _ page: UnsafeMutablePointer<OpaquePointer?>?
) -> Int32 {
  answer(engine, page) { (engine) throws(EngineError) in Sheet(chats: [try engine.chat(chat)]) }
}

@c @implementation
public func parley_chat_open(
  _ engine: OpaquePointer?, _ identity: parley_id, _ name: UnsafePointer<CChar>?
) -> parley_id {
  number { () throws(EngineError) in
    let host = try Registry.shared.openHost(engine)
    return try host.engine.chat(named: try Argument.word(name, limit: Limit.chatName), identity: identity)
  }
}

@c @implementation
public func parley_chat_remove(_ engine: OpaquePointer?, _ chat: parley_id) -> parley_request {
  submit(engine) { () throws(EngineError) in .removeChat(chat) }
}

@c @implementation
public func parley_chat_set(
  _ engine: OpaquePointer?, _ chat: parley_id, _ key: UnsafePointer<CChar>?, _ value: UnsafePointer<CChar>?
) -> parley_request {
  submit(engine) { () throws(EngineError) in
    let key = try Argument.name(key, limit: Limit.key)
    let value = try Argument.optional(value, limit: Limit.value, hasLines: true)
    if key == "pinned" || key == "muted", let value, value != "0", value != "1" { throw .argument }
    return .setChat(chat, key: key, value: value)
  }
}

@c @implementation
public func parley_chat_get(
  _ engine: OpaquePointer?, _ chat: parley_id, _ key: UnsafePointer<CChar>?, _ buffer: UnsafeMutablePointer<CChar>?,
  _ capacity: Int
) -> Int64 {
  number { () throws(EngineError) in
    let host = try Registry.shared.openHost(engine)
    let key = try Argument.name(key, limit: Limit.key)
    host.engine.waitForOwnCalls()
    guard let value = try host.engine.chat(chat).row.settings[key] else { throw .noSuch }
    return try copy(value, buffer, capacity)
  }
}

@c @implementation
public func parley_join(
  _ engine: OpaquePointer?, _ identity: parley_id, _ room: UnsafePointer<CChar>?, _ key: UnsafePointer<CChar>?
) -> parley_request {
  submit(engine) { () throws(EngineError) in
    let host = try Registry.shared.openHost(engine)
    let room = try Argument.word(room, limit: Limit.chatName)
    let key = key == nil ? nil : try Argument.word(key, limit: Limit.roomKey)
    // The prefixes of RFC 2811, section 2; a person's nick begins with none of them.
    guard let first = room.utf8.first, "#&+!".utf8.contains(first) else { throw .argument }
    return .join(chat: try host.engine.chat(named: room, identity: identity), key: key)
  }
}

@c @implementation
public func parley_leave(
  _ engine: OpaquePointer?, _ chat: parley_id, _ reason: UnsafePointer<CChar>?
) -> parley_request {
  submit(engine) { () throws(EngineError) in
    .leave(chat: chat, reason: try Argument.optional(reason, limit: Limit.reason) ?? "")
  }
}

@c @implementation
public func parley_topic(
  _ engine: OpaquePointer?, _ chat: parley_id, _ topic: UnsafePointer<CChar>?
) -> parley_request {
  submit(engine) { () throws(EngineError) in .topic(chat: chat, try Argument.text(topic, limit: Limit.topic)) }
}

@c @implementation
public func parley_invite(
  _ engine: OpaquePointer?, _ chat: parley_id, _ nick: UnsafePointer<CChar>?
) -> parley_request {
  submit(engine) { () throws(EngineError) in .invite(chat: chat, nick: try Argument.word(nick, limit: Limit.nick)) }
}

@c @implementation
public func parley_kick(
  _ engine: OpaquePointer?, _ chat: parley_id, _ nick: UnsafePointer<CChar>?, _ reason: UnsafePointer<CChar>?
) -> parley_request {
  submit(engine) { () throws(EngineError) in
    let nick = try Argument.word(nick, limit: Limit.nick)
    return .kick(chat: chat, nick: nick, reason: try Argument.optional(reason, limit: Limit.reason) ?? "")
  }
}

@c @implementation
public func parley_rooms(
  _ engine: OpaquePointer?, _ identity: parley_id, _ pattern: UnsafePointer<CChar>?
) -> parley_request {
  submit(engine) { () throws(EngineError) in
    .rooms(identity, pattern: try Argument.optional(pattern, limit: Limit.pattern))
  }
}

@c @implementation
public func parley_members(
  _ engine: OpaquePointer?, _ chat: parley_id, _ page: UnsafeMutablePointer<OpaquePointer?>?
) -> Int32 {
  answer(engine, page) { (engine) throws(EngineError) in Sheet(members: try engine.members(chat: chat)) }
}

@c @implementation
public func parley_typing(_ engine: OpaquePointer?, _ chat: parley_id, _ state: Int32) -> Int32 {
  tell(engine) { () throws(EngineError) in .typing(chat: chat, state: try Argument.number(state, in: 0...2)) }
}
