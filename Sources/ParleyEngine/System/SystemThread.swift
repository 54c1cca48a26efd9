#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A thread of the engine's own. It has to be joined or detached.
struct SystemThread: @unchecked Sendable {
  private final class Box {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  private static let stackSize = 2 << 20

  private let thread: pthread_t

  /// nil: there can be no more threads.
  init?(_ body: @escaping @Sendable () -> Void) {
    let box = Unmanaged.passRetained(Box(body))
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setstacksize(&attributes, Self.stackSize)
    // A new thread begins with the signals of the one that makes it: there is no moment in which it takes the host's.
    var before = sigset_t()
    var blocked = Self.hostSignals
    pthread_sigmask(SIG_SETMASK, &blocked, &before)
    #if canImport(Darwin)
      var made: pthread_t?
    #else
      var made = pthread_t()
    #endif
    let code = pthread_create(
      &made, &attributes,
      { (context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? in
        if let context { Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body() }
        return nil
      }, box.toOpaque())
    pthread_sigmask(SIG_SETMASK, &before, nil)
    pthread_attr_destroy(&attributes)
    #if canImport(Darwin)
      let result = made
    #else
      let result: pthread_t? = made
    #endif
    guard code == 0, let result else {
      box.release()
      return nil
    }
    thread = result
  }

  func join() { pthread_join(thread, nil) }

  func detach() { pthread_detach(thread) }

  /// All signals but those that a fault of the thread itself raises: a crash reporter of the host's hears of them on the thread
  /// that they hit.
  private static var hostSignals: sigset_t {
    var signals = sigset_t()
    sigfillset(&signals)
    for fatal in [SIGSEGV, SIGBUS, SIGILL, SIGABRT, SIGFPE] { sigdelset(&signals, fatal) }
    #if arch(arm64)
      // What a trap of Swift's is there.
      sigdelset(&signals, SIGTRAP)
    #endif
    return signals
  }
}
