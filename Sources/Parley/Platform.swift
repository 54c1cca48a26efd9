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
