#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A descriptor that is readable or not, closed in every program that the host starts.
package final class Signal: Sendable {
  package let descriptor: Int32
  private let writer: Int32

  /// - Throws: `.memory`.
  package init() throws(EngineError) {
    var ends: [Int32] = [-1, -1]
    #if os(Linux)
      // Of what makes two ends in one step, closed in other programs from the beginning, this is what Swift sees.
      let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
      guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw .memory }
    #else
      guard pipe(&ends) == 0 else { throw .memory }
      for end in ends {
        _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        _ = fcntl(end, F_SETFL, O_NONBLOCK)
      }
    #endif
    descriptor = ends[0]
    writer = ends[1]
  }

  deinit {
    close(descriptor)
    close(writer)
  }

  package func set() {
    var byte: UInt8 = 1
    _ = write(writer, &byte, 1)
  }

  package func clear() {
    var bytes: UInt64 = 0
    while read(descriptor, &bytes, 8) == 8 {}
  }
}
