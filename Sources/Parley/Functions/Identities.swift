public import CParley
import ParleyEngine
import ParleySession

// Functions of the header's section "Identities", in its order; what is in an identity is in IdentityRows.swift.

@c @implementation
public func parley_identity_add(
  _ engine: OpaquePointer?, _ link: UnsafePointer<CChar>?, _ nick: UnsafePointer<CChar>?
) -> parley_id {
  number { () throws(EngineError) in
    let host = try Registry.shared.openHost(engine)
    let link = try Argument.name(link, limit: Limit.link)
    let nick = try Argument.name(nick, limit: Limit.nick)
    return try host.engine.addIdentity(link: link, nick: nick)
  }
}

@c @implementation
public func parley_identity_remove(_ engine: OpaquePointer?, _ identity: parley_id) -> parley_request {
  submit(engine) { () throws(EngineError) in .removeIdentity(identity) }
}

@c @implementation
public func parley_identity_set(
  _ engine: OpaquePointer?, _ identity: parley_id, _ key: UnsafePointer<CChar>?, _ value: UnsafePointer<CChar>?
) -> parley_request {
  submit(engine) { () throws(EngineError) in
    let key = try Argument.name(key, limit: Limit.key)
    // Keys of the host's own hold what it likes; all others have one line.
    let value = try Argument.text(value, limit: Limit.value, hasLines: key.hasPrefix("x-"))
    guard key.hasPrefix("x-") || value.utf8.count <= Limit.path else { throw .tooLong }
    return .setIdentity(identity, key: key, value: value)
  }
}

@c @implementation
public func parley_identity_get(
  _ engine: OpaquePointer?, _ identity: parley_id, _ key: UnsafePointer<CChar>?,
  _ buffer: UnsafeMutablePointer<CChar>?, _ capacity: Int
) -> Int64 {
  number { () throws(EngineError) in
    let host = try Registry.shared.openHost(engine)
    let key = try Argument.name(key, limit: Limit.key)
    guard identity > 0, let value = try host.engine.identitySetting(identity, key) else { throw .noSuch }
    return try copy(value, buffer, capacity)
  }
}

@c @implementation
public func parley_identities(
  _ engine: OpaquePointer?, _ identity: parley_id, _ page: UnsafeMutablePointer<OpaquePointer?>?
) -> Int32 {
  answer(engine, page) { (engine) throws(EngineError) in Sheet(identities: try engine.identities(identity)) }
}

@c @implementation
public func parley_connect(_ engine: OpaquePointer?, _ identity: parley_id) -> Int32 {
  tell(engine) { () throws(EngineError) in .connect(identity) }
}

@c @implementation
public func parley_disconnect(
  _ engine: OpaquePointer?, _ identity: parley_id, _ reason: UnsafePointer<CChar>?
) -> Int32 {
  tell(engine) { () throws(EngineError) in
    .disconnect(identity, reason: try Argument.optional(reason, limit: Limit.reason) ?? "")
  }
}

@c @implementation
public func parley_supports(
  _ engine: OpaquePointer?, _ identity: parley_id, _ feature: UnsafePointer<CChar>?
) -> Int32 {
  number { () throws(EngineError) in
    let host = try Registry.shared.openHost(engine)
    let name = try Argument.name(feature, limit: Limit.feature)
    guard identity > 0, let state = try host.engine.identities(identity).first else { throw .noSuch }
    // A feature that this version does not know is one that the network cannot do with it.
    guard let feature = Feature(rawValue: name) else { return 0 }
    return state.features.contains(feature) ? 1 : 0
  }
}

@c @implementation
public func parley_register(
  _ engine: OpaquePointer?, _ identity: parley_id, _ email: UnsafePointer<CChar>?
) -> parley_request {
  submit(engine) { () throws(EngineError) in
    guard email != nil else { return .register(identity, email: nil) }
    return .register(identity, email: try Argument.word(email, limit: Limit.email))
  }
}

@c @implementation
public func parley_verify(
  _ engine: OpaquePointer?, _ identity: parley_id, _ code: UnsafePointer<CChar>?
) -> parley_request {
  submit(engine) { () throws(EngineError) in .verify(identity, code: try Argument.name(code, limit: Limit.code)) }
}

@c @implementation
public func parley_away(
  _ engine: OpaquePointer?, _ identity: parley_id, _ message: UnsafePointer<CChar>?
) -> parley_request {
  submit(engine) { () throws(EngineError) in
    .away(identity, try Argument.optional(message, limit: Limit.reason))
  }
}

@c @implementation
public func parley_ignore(
  _ engine: OpaquePointer?, _ identity: parley_id, _ nick: UnsafePointer<CChar>?, _ isIgnored: Int32
) -> parley_request {
  submit(engine) { () throws(EngineError) in
    guard (0...1).contains(isIgnored) else { throw .argument }
    return .ignore(identity, try Argument.word(nick, limit: Limit.mask), isIgnored: isIgnored == 1)
  }
}

@c @implementation
public func parley_ignored(_ engine: OpaquePointer?, _ identity: parley_id) -> parley_request {
  submit(engine) { () throws(EngineError) in .ignored(identity) }
}

@c @implementation
public func parley_raw(
  _ engine: OpaquePointer?, _ identity: parley_id, _ line: UnsafePointer<CChar>?
) -> parley_request {
  submit(engine) { () throws(EngineError) in
    let line = try Argument.name(line, limit: Limit.rawTags + Limit.rawLine)
    // Tags are what lies before the first space, with the space (IRCv3, message tags).
    var rest = line.utf8[...]
    if line.hasPrefix("@") {
      guard let space = rest.firstIndex(of: UInt8(ascii: " ")) else { throw .argument }
      rest = rest[rest.index(after: space)...]
      guard line.utf8.count - rest.count <= Limit.rawTags else { throw .tooLong }
    }
    guard rest.count <= Limit.rawLine else { throw .tooLong }
    guard rest.contains(where: { $0 != UInt8(ascii: " ") }) else { throw .argument }
    return .raw(identity, line)
  }
}

// MARK: - Verbs

/// Checks the handle, then what the body checks, then hands over the command that it makes.
/// - Returns: the request's number, or an error.
func submit(_ engine: OpaquePointer?, _ command: () throws(EngineError) -> Command) -> Int64 {
  submit(engine, tag: nil, command)
}

/// - Parameter tag: in place of the thread's; nil: the thread's.
func submit(_ engine: OpaquePointer?, tag: Int64?, _ command: () throws(EngineError) -> Command) -> Int64 {
  number { () throws(EngineError) in
    let host = try Registry.shared.openHost(engine)
    let given = host.engine.takeTag()
    return try host.engine.submit(try command(), tag: tag ?? given)
  }
}

/// The same for verbs that are no requests.
func tell(_ engine: OpaquePointer?, _ command: () throws(EngineError) -> Command) -> Int32 {
  result { () throws(EngineError) in
    let host = try Registry.shared.openHost(engine)
    _ = try host.engine.submit(try command())
  }
}
