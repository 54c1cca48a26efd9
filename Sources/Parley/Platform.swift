#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What the C interface needs of the system.
enum Platform {
  enum Waited { case ready, timedOut, interrupted }

  static var processID: Int32 { getpid() }

  /// Milliseconds since 1970.
  static var now: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
  }

  /// Waits until one of two descriptors is readable. -1: without end.
  static func wait(_ first: Int32, _ second: Int32, milliseconds: Int32) -> Waited {
    var descriptors = [
      pollfd(fd: first, events: Int16(POLLIN), revents: 0), pollfd(fd: second, events: Int16(POLLIN), revents: 0),
    ]
    switch poll(&descriptors, nfds_t(descriptors.count), milliseconds) {
    case 0: return .timedOut
    case 1...: return .ready
    default: return .interrupted
    }
  }

  /// The length of a zero-ended string, looking at no more than `limit` + 1 bytes.
  static func length(_ text: UnsafePointer<CChar>, limit: Int) -> Int { strnlen(text, limit + 1) }

  static func copy(_ bytes: UnsafeRawBufferPointer, to buffer: UnsafeMutableRawPointer) {
    if let base = bytes.baseAddress { memcpy(buffer, base, bytes.count) }
  }
}

/// Ends a wait from another thread: readable from `ring()` on.
final class Bell: Sendable {
  let descriptor: Int32
  private let other: Int32

  /// nil: no descriptors are left.
  init?() {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return nil }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    descriptor = ends[0]
    other = ends[1]
  }

  deinit {
    close(descriptor)
    close(other)
  }

  func ring() {
    var byte: UInt8 = 1
    _ = write(other, &byte, 1)
  }
}
