#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// State behind a lock, and a condition that threads wait for.
///
/// The closures given to it run with the lock held: they must be short and must not call back into anything.
package final class Monitor<State>: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var state: State

  package init(_ state: State) {
    self.state = state
    pthread_mutex_init(mutex, nil)
    #if canImport(Darwin)
      pthread_cond_init(condition, nil)
    #else
      // Waits must not depend on the wall clock, which may jump.
      var attributes = pthread_condattr_t()
      pthread_condattr_init(&attributes)
      pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
      pthread_cond_init(condition, &attributes)
      pthread_condattr_destroy(&attributes)
    #endif
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  package func withLock<Result>(_ body: (inout State) -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body(&state)
  }

  package func wakeOne() { pthread_cond_signal(condition) }
  package func wakeAll() { pthread_cond_broadcast(condition) }

  /// Waits until `body` has an answer. It is asked at once and again after every wake-up.
  package func wait<Result>(_ body: (inout State) -> Result?) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while true {
      if let result = body(&state) { return result }
      pthread_cond_wait(condition, mutex)
    }
  }

  /// The same, for at most so many milliseconds; nil when they have passed.
  package func wait<Result>(milliseconds: Int, _ body: (inout State) -> Result?) -> Result? {
    let deadline = MonotonicClock.milliseconds() + Int64(milliseconds)
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while true {
      if let result = body(&state) { return result }
      let left = deadline - MonotonicClock.milliseconds()
      if left <= 0 { return nil }
      #if canImport(Darwin)
        var time = timespec(tv_sec: Int(left / 1000), tv_nsec: Int(left % 1000) * 1_000_000)
        pthread_cond_timedwait_relative_np(condition, mutex, &time)
      #else
        var time = timespec(tv_sec: Int(deadline / 1000), tv_nsec: Int(deadline % 1000) * 1_000_000)
        pthread_cond_timedwait(condition, mutex, &time)
      #endif
    }
  }
}

/// A clock that never jumps; its zero is of no meaning.
package enum MonotonicClock {
  package static func milliseconds() -> Int64 { microseconds() / 1000 }

  package static func microseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
  }
}

/// The wall clock, which a server takes its times from.
public enum WallClock {
  /// Milliseconds since 1970, UTC.
  public static func milliseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }
}

/// A thread of its own for work that blocks. `join()` once, or let the process end.
package struct WorkerThread: @unchecked Sendable {
  private let handle: pthread_t

  /// - Parameter name: shown by `top -H`; up to 15 bytes.
  package init(name: String, _ body: @escaping @Sendable () -> Void) throws(ThreadError) {
    let box = Unmanaged.passRetained(Box(name: name, body: body))
    #if canImport(Darwin)
      var handle: pthread_t?
      let code = pthread_create(&handle, nil, { Box.run($0) }, box.toOpaque())
      guard code == 0, let handle else {
        box.release()
        throw ThreadError(code: code)
      }
      self.handle = handle
    #else
      var handle = pthread_t()
      let code = pthread_create(&handle, nil, { Box.run($0) }, box.toOpaque())
      guard code == 0 else {
        box.release()
        throw ThreadError(code: code)
      }
      self.handle = handle
    #endif
  }

  package func join() { pthread_join(handle, nil) }

  private final class Box {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }

    private static func name(_ text: String) {
      #if canImport(Darwin)
        pthread_setname_np(text)
      #else
        // The C library's function is a GNU extension that Swift does not import.
        let file = open("/proc/thread-self/comm", O_WRONLY)
        guard file >= 0 else { return }
        _ = text.utf8.withContiguousStorageIfAvailable { write(file, $0.baseAddress, $0.count) }
        close(file)
      #endif
    }

    static func run(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
      guard let argument else { return nil }
      let box = Unmanaged<Box>.fromOpaque(argument).takeRetainedValue()
      name(box.name)
      box.body()
      return nil
    }
  }
}

/// The system has no thread to spare.
package struct ThreadError: Error, CustomStringConvertible {
  package var code: CInt
  package var description: String { "cannot start a thread: \(String(cString: strerror(code)))" }
}

/// Moves a value that is not `Sendable` to the one thread that will use it from then on.
struct Handover<Value>: @unchecked Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }
}
