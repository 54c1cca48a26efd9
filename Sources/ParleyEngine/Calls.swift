#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What each of the host's threads has called: the tag of its next request, and which of its commands the engine has not handled yet.
///
/// A read of a thread waits for the commands of the same thread only, so that one thread never waits for the calls of another.
///
/// `@unchecked`: everything is used with the mutex only.
final class Calls: @unchecked Sendable {
  /// Entries beyond this are looked through for those that are not needed any more.
  private static let mostEntries = 256

  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let moved = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var tags: [UInt: Int64] = [:]
  /// The number of the last command of each thread.
  private var last: [UInt: UInt64] = [:]
  /// Commands up to this number are handled.
  private var handled: UInt64 = 0
  private var isOver = false

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(moved, nil)
  }

  deinit {
    pthread_cond_destroy(moved)
    pthread_mutex_destroy(mutex)
    moved.deallocate()
    mutex.deallocate()
  }

  private func locked<R>(_ body: () -> R) -> R {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body()
  }

  private static var thread: UInt {
    withUnsafeBytes(of: pthread_self()) { $0.loadUnaligned(as: UInt.self) }
  }

  // MARK: Tags

  /// - Parameter tag: for the next request of this thread; 0: none.
  func setTag(_ tag: Int64) {
    locked {
      if tags.count >= Self.mostEntries { tags = [:] }
      tags[Self.thread] = tag == 0 ? nil : tag
    }
  }

  func takeTag() -> Int64 { locked { tags.isEmpty ? 0 : tags.removeValue(forKey: Self.thread) ?? 0 } }

  // MARK: Commands

  /// This thread has given the command of that number.
  func gave(_ number: UInt64) {
    locked {
      guard number > handled else { return }
      if last.count >= Self.mostEntries { last = last.filter { $0.value > handled } }
      last[Self.thread] = number
    }
  }

  /// The engine has handled all commands up to a number, and they are on disk or have failed.
  func handled(upTo number: UInt64) {
    locked {
      handled = max(handled, number)
      pthread_cond_broadcast(moved)
    }
  }

  /// Nothing will be handled any more.
  func end() {
    locked {
      isOver = true
      pthread_cond_broadcast(moved)
    }
  }

  /// Returns when the engine has handled what this thread has called.
  func waitForOwn() {
    locked {
      guard let number = last[Self.thread] else { return }
      while handled < number, !isOver { pthread_cond_wait(moved, mutex) }
      last[Self.thread] = nil
    }
  }
}
