public import CParley
import ParleyEngine

// Functions of the header's section "Messages", in its order; what is in a row is in MessageRows.swift.

@c @implementation
public func parley_send(
  _ engine: OpaquePointer?, _ chat: parley_id, _ text: UnsafePointer<CChar>?, _ size: Int,
  _ options: UnsafePointer<parley_send_options>?
) -> parley_request {
  let tag: Int64
  do throws(EngineError) {
    tag = try options.flatMap { (options) throws(EngineError) in try SizedStruct(options)[\.tag] } ?? 0
  } catch {
    return parley_request(error.code)
  }
  return submit(engine, tag: tag == 0 ? nil : tag) { () throws(EngineError) in
    let text = try Argument.text(text, size: size, limit: Limit.message, hasLines: true)
    try Argument.refuseRequests(text)
    // Empty lines are not sent: there has to be another one.
    guard text.utf8.contains(where: { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }) else { throw .argument }
    var kind = Int64(PARLEY_TEXT)
    var replyTo: parley_id = 0
    if let options {
      let options = try SizedStruct(options)
      if let wanted = options[\.kind], wanted != 0 {
        kind = Int64(
          try Argument.number(wanted, in: Int(PARLEY_TEXT)...Int(PARLEY_ACTION)))
      }
      replyTo = options[\.reply_to] ?? 0
    }
    return .send(chat: chat, kind: kind, text: text, replyTo: replyTo)
  }
}

@c @implementation
public func parley_resend(_ engine: OpaquePointer?, _ message: parley_id) -> parley_request {
  submit(engine) { () throws(EngineError) in .resend(message: message) }
}

@c @implementation
public func parley_discard(_ engine: OpaquePointer?, _ message: parley_id) -> parley_request {
  submit(engine) { () throws(EngineError) in .discard(message: message) }
}

@c @implementation
public func parley_react(
  _ engine: OpaquePointer?, _ message: parley_id, _ reaction: UnsafePointer<CChar>?
) -> parley_request {
  submit(engine) { () throws(EngineError) in
    .react(message: message, try Argument.name(reaction, limit: Limit.reaction), isAdded: true)
  }
}

@c @implementation
public func parley_unreact(
  _ engine: OpaquePointer?, _ message: parley_id, _ reaction: UnsafePointer<CChar>?
) -> parley_request {
  submit(engine) { () throws(EngineError) in
    .react(message: message, try Argument.name(reaction, limit: Limit.reaction), isAdded: false)
  }
}

@c @implementation
public func parley_redact(
  _ engine: OpaquePointer?, _ message: parley_id, _ reason: UnsafePointer<CChar>?
) -> parley_request {
  submit(engine) { () throws(EngineError) in
    .redact(message: message, reason: try Argument.optional(reason, limit: Limit.reason) ?? "")
  }
}

@c @implementation
public func parley_edit(
  _ engine: OpaquePointer?, _ message: parley_id, _ text: UnsafePointer<CChar>?, _ size: Int
) -> parley_request {
  submit(engine) { () throws(EngineError) in
    let text = try Argument.text(text, size: size, limit: Limit.edit)
    try Argument.refuseRequests(text)
    guard !text.isEmpty else { throw .argument }
    return .edit(message: message, text: text)
  }
}

@c @implementation
public func parley_read(_ engine: OpaquePointer?, _ message: parley_id) -> Int32 {
  tell(engine) { () throws(EngineError) in .read(message: message) }
}

@c @implementation
public func parley_history(
  _ engine: OpaquePointer?, _ chat: parley_id, _ anchor: parley_id, _ before: Int32, _ after: Int32,
  _ page: UnsafeMutablePointer<OpaquePointer?>?
) -> Int32 {
  answer(engine, page) { (engine) throws(EngineError) in
    let before = try Argument.number(before, in: 0...1_000)
    let after = try Argument.number(after, in: 0...1_000)
    return Sheet(messages: try engine.history(chat: chat, anchor: anchor, before: before, after: after))
  }
}

@c @implementation
public func parley_arrivals(
  _ engine: OpaquePointer?, _ chat: parley_id, _ after: parley_id, _ limit: Int32,
  _ page: UnsafeMutablePointer<OpaquePointer?>?
) -> Int32 {
  answer(engine, page) { (engine) throws(EngineError) in
    let limit = try Argument.number(limit, in: 1...1_000)
    guard after >= 0 else { throw .argument }
    return Sheet(messages: try engine.arrivals(chat: chat, after: after, limit: limit))
  }
}

@c @implementation
public func parley_message_page(
  _ engine: OpaquePointer?, _ message: parley_id, _ page: UnsafeMutablePointer<OpaquePointer?>?
) -> Int32 {
  answer(engine, page) { (engine) throws(EngineError) in Sheet(messages: [try engine.message(message)]) }
}

@c @implementation
public func parley_backfill(_ engine: OpaquePointer?, _ gap: parley_id) -> parley_request {
  submit(engine) { () throws(EngineError) in .backfill(gap: gap) }
}

@c @implementation
public func parley_search(
  _ engine: OpaquePointer?, _ chat: parley_id, _ query: UnsafePointer<CChar>?, _ before: parley_id, _ limit: Int32,
  _ page: UnsafeMutablePointer<OpaquePointer?>?
) -> Int32 {
  answer(engine, page) { (engine) throws(EngineError) in
    let query = try Argument.text(query, limit: Limit.query)
    let limit = try Argument.number(limit, in: 1...1_000)
    guard before >= 0 else { throw .argument }
    return Sheet(messages: try engine.search(chat: chat, query: query, before: before, limit: limit))
  }
}
