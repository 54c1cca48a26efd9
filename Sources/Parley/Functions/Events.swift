public import CParley
import ParleyEngine

// Functions of the header's section "Events", in its order.

@c @implementation
public func parley_subscribe(
  _ engine: OpaquePointer?, _ kinds: UInt64, _ callback: parley_callback?, _ context: UnsafeMutableRawPointer?
) -> Int32 {
  number { () throws(EngineError) in
    let host = try Registry.shared.openHost(engine)
    guard let callback, kinds != 0 else { throw .argument }
    return try host.subscribe(Host.Subscription(number: 0, kinds: kinds, callback: callback, context: context))
  }
}

@c @implementation
public func parley_unsubscribe(_ engine: OpaquePointer?, _ subscription: Int32) -> Int32 {
  result { () throws(EngineError) in try Registry.shared.openHost(engine).unsubscribe(subscription) }
}

@c @implementation
public func parley_fd(_ engine: OpaquePointer?) -> Int32 {
  number { () throws(EngineError) in try Registry.shared.host(engine).engine.descriptor }
}

@c @implementation
public func parley_dispatch(_ engine: OpaquePointer?, _ most: Int32) -> Int32 {
  Dispatching.run(engine, milliseconds: Dispatching.noWait) { (host) throws(EngineError) in
    try host.begin(most: Argument.number(most, in: 0...Int(Int32.max)))
  }
}

@c @implementation
public func parley_wait(_ engine: OpaquePointer?, _ milliseconds: Int32) -> Int32 {
  Dispatching.run(engine, milliseconds: milliseconds) { (host) throws(EngineError) in
    guard milliseconds >= -1 else { throw .argument }
    try host.begin(most: 0)
  }
}

// MARK: - What an event says

@c @implementation
public func parley_event_kind(_ event: OpaquePointer?) -> UInt64 {
  Registry.shared.event(event)?.event.kind.rawValue ?? 0
}

@c @implementation
public func parley_event_identity(_ event: OpaquePointer?) -> parley_id {
  Registry.shared.event(event)?.event.identity ?? 0
}

@c @implementation
public func parley_event_chat(_ event: OpaquePointer?) -> parley_id { Registry.shared.event(event)?.event.chat ?? 0 }

@c @implementation
public func parley_event_request(_ event: OpaquePointer?) -> parley_request {
  Registry.shared.event(event)?.event.request ?? 0
}

@c @implementation
public func parley_event_tag(_ event: OpaquePointer?) -> Int64 { Registry.shared.event(event)?.event.tag ?? 0 }

@c @implementation
public func parley_event_result(_ event: OpaquePointer?) -> Int32 {
  if Registry.shared.isForked { return EngineError.forked.code }
  return Registry.shared.event(event)?.event.result ?? EngineError.handle.code
}

@c @implementation
public func parley_event_value(_ event: OpaquePointer?) -> Int64 { Registry.shared.event(event)?.event.value ?? 0 }

@c @implementation
public func parley_event_nick(_ event: OpaquePointer?, _ size: UnsafeMutablePointer<Int>?) -> UnsafePointer<CChar>? {
  string(event, \.nick, size)
}

@c @implementation
public func parley_event_code(_ event: OpaquePointer?, _ size: UnsafeMutablePointer<Int>?) -> UnsafePointer<CChar>? {
  string(event, \.code, size)
}

@c @implementation
public func parley_event_text(_ event: OpaquePointer?, _ size: UnsafeMutablePointer<Int>?) -> UnsafePointer<CChar>? {
  string(event, \.text, size)
}

@c @implementation
public func parley_event_message(_ event: OpaquePointer?) -> OpaquePointer? {
  Registry.shared.event(event)?.message?.pointer
}

@c @implementation
public func parley_event_chat_of(_ event: OpaquePointer?) -> OpaquePointer? {
  Registry.shared.event(event)?.chat?.pointer
}

@c @implementation
public func parley_event_identity_of(_ event: OpaquePointer?) -> OpaquePointer? {
  Registry.shared.event(event)?.identity?.pointer
}

@c @implementation
public func parley_event_page(_ event: OpaquePointer?) -> OpaquePointer? {
  Registry.shared.event(event)?.rooms?.pointer
}

private func string(
  _ pointer: OpaquePointer?, _ field: KeyPath<DispatchedEvent, Text>, _ size: UnsafeMutablePointer<Int>?
) -> UnsafePointer<CChar>? {
  guard let event = Registry.shared.event(pointer) else {
    size?.pointee = 0
    return nil
  }
  return event.strings.pointer(event[keyPath: field], size)
}
