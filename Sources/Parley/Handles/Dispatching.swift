import CHost
import ParleyEngine

/// Dispatches by way of C++, because a callback may never return: see chost.h. While callbacks run, no function in Swift that
/// owns something is on the stack.
enum Dispatching {
  static let noWait = PARLEY_NO_WAIT

  /// What parley_dispatch() and parley_wait() return.
  static func run(
    _ engine: OpaquePointer?, milliseconds: Int32, _ begin: (Host) throws(EngineError) -> Void
  ) -> Int32 {
    let begun = start(engine, begin)
    guard begun > 0 else { return Int32(truncatingIfNeeded: begun) }
    var functions = functions
    return parley_run(UInt64(begun), milliseconds, &functions)
  }

  /// - Returns: the serial number of the engine, or an error.
  @inline(never)
  private static func start(_ engine: OpaquePointer?, _ begin: (Host) throws(EngineError) -> Void) -> Int64 {
    number { () throws(EngineError) in
      let host = try Registry.shared.openHost(engine)
      try begin(host)
      return Int64(host.number)
    }
  }

  private static var functions: parley_dispatcher {
    parley_dispatcher(
      wait: { engine, milliseconds in
        number { () throws(EngineError) in
          guard let host = Registry.shared.host(engine) else { throw .handle }
          return try host.wait(milliseconds: milliseconds) ? 1 : 0
        }
      },
      next: { engine, call in
        guard let (subscription, event) = Registry.shared.host(engine)?.next() else { return 0 }
        // Both say the same, with one pointer more or less imported by its type.
        let function = unsafeBitCast(
          subscription.callback,
          to: (@convention(c) (UnsafeMutableRawPointer?, UnsafeMutableRawPointer?) -> Void).self)
        call?.pointee = parley_call(
          function: function, event: UnsafeMutableRawPointer(event), context: subscription.context)
        return 1
      },
      finish: { engine in Registry.shared.host(engine)?.finish() ?? 0 })
  }
}
