import CParley
import ParleyEngine

// Functions of the header's section "Pages", in its order.

@c @implementation
public func parley_page_count(_ page: OpaquePointer?) -> Int { Registry.shared.page(page)?.sheet.count ?? 0 }

@c @implementation
public func parley_page_identity(_ page: OpaquePointer?, _ index: Int) -> OpaquePointer? { row(page, index, .identity) }

@c @implementation
public func parley_page_chat(_ page: OpaquePointer?, _ index: Int) -> OpaquePointer? { row(page, index, .chat) }

@c @implementation
public func parley_page_message(_ page: OpaquePointer?, _ index: Int) -> OpaquePointer? { row(page, index, .message) }

@c @implementation
public func parley_page_member(_ page: OpaquePointer?, _ index: Int) -> OpaquePointer? { row(page, index, .member) }

@c @implementation
public func parley_page_room(_ page: OpaquePointer?, _ index: Int) -> OpaquePointer? { row(page, index, .room) }

@c @implementation
public func parley_page_free(_ page: OpaquePointer?) -> Int32 {
  if Registry.shared.isForked { return EngineError.forked.code }
  guard page != nil else { return ok }
  guard let handle = Handle(page), handle.kind == .page, handle.index == 0, Registry.shared.releasePage(handle.serial)
  else { return EngineError.handle.code }
  return ok
}

private func row(_ page: OpaquePointer?, _ index: Int, _ kind: Handle.Kind) -> OpaquePointer? {
  // A size_t beyond Int.max is negative here.
  guard let (sheet, serial) = Registry.shared.page(page), sheet.kind == kind, index >= 0, index < sheet.count
  else { return nil }
  return Handle(kind, serial, index).pointer
}

/// Answers with a page: NULL is stored if it fails.
func answer(
  _ engine: OpaquePointer?, _ page: UnsafeMutablePointer<OpaquePointer?>?,
  _ read: (Engine) throws(EngineError) -> Sheet
) -> Int32 {
  if Registry.shared.isForked { return EngineError.forked.code }
  page?.pointee = nil
  return result { () throws(EngineError) in
    let host = try Registry.shared.openHost(engine)
    let place = try Argument.place(page)
    // A thread sees what it has called.
    host.engine.waitForOwnCalls()
    place.pointee = Handle(.page, Registry.shared.hold(.page(try read(host.engine)))).pointer
  }
}
