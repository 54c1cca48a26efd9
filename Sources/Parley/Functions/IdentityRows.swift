public import CParley
import ParleyEngine

// What is in an identity, in the header's order.

@c @implementation
public func parley_identity_id(_ identity: OpaquePointer?) -> parley_id { state(identity)?.id ?? 0 }

@c @implementation
public func parley_identity_state(_ identity: OpaquePointer?) -> Int32 { state(identity)?.state.rawValue ?? 0 }

@c @implementation
public func parley_identity_result(_ identity: OpaquePointer?) -> Int32 {
  if Registry.shared.isForked { return EngineError.forked.code }
  return state(identity)?.result ?? EngineError.handle.code
}

@c @implementation
public func parley_identity_retry_time(_ identity: OpaquePointer?) -> Int64 { state(identity)?.retryTime ?? 0 }

@c @implementation
public func parley_identity_pending(_ identity: OpaquePointer?) -> Int64 { state(identity)?.pending ?? 0 }

@c @implementation
public func parley_identity_is_full(_ identity: OpaquePointer?) -> Int32 { state(identity)?.isFull == true ? 1 : 0 }

@c @implementation
public func parley_identity_reason(
  _ identity: OpaquePointer?, _ size: UnsafeMutablePointer<Int>?
) -> UnsafePointer<CChar>? { string(identity, \.reason, size) }

@c @implementation
public func parley_identity_nick(
  _ identity: OpaquePointer?, _ size: UnsafeMutablePointer<Int>?
) -> UnsafePointer<CChar>? { string(identity, \.nick, size) }

@c @implementation
public func parley_identity_account(
  _ identity: OpaquePointer?, _ size: UnsafeMutablePointer<Int>?
) -> UnsafePointer<CChar>? { string(identity, \.account, size) }

@c @implementation
public func parley_identity_network(
  _ identity: OpaquePointer?, _ size: UnsafeMutablePointer<Int>?
) -> UnsafePointer<CChar>? { string(identity, \.network, size) }

@c @implementation
public func parley_identity_host(
  _ identity: OpaquePointer?, _ size: UnsafeMutablePointer<Int>?
) -> UnsafePointer<CChar>? { string(identity, \.host, size) }

private func state(_ pointer: OpaquePointer?) -> IdentityState? {
  guard let (sheet, index) = Registry.shared.row(pointer, .identity) else { return nil }
  return sheet.identities[index].state
}

private func string(
  _ pointer: OpaquePointer?, _ field: KeyPath<Sheet.Identity, Text>, _ size: UnsafeMutablePointer<Int>?
) -> UnsafePointer<CChar>? {
  guard let (sheet, index) = Registry.shared.row(pointer, .identity) else {
    size?.pointee = 0
    return nil
  }
  return sheet.strings.pointer(sheet.identities[index][keyPath: field], size)
}
