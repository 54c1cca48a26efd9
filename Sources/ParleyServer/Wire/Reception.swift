import NIOCore
import NIOPosix

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Whether the peer's system has acknowledged any of what was sent.
///
/// The socket takes more only when a good part of its buffer is free, which a slow reader may not reach for minutes: the
/// system knows more exactly whether a peer reads.
struct Reception {
  /// Bytes the system had sent or was to send, and that had not been acknowledged, at the last look.
  private var pending: CInt = 0

  /// - Returns: whether some were acknowledged since the last look, as far as can be told.
  mutating func hasProgressed(_ channel: any Channel) -> Bool {
    #if os(Linux)
      var count: CInt = 0
      let result = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
        ioctl($0, UInt(TIOCOUTQ), &count)
      }
      guard result == 0 else { return false }
      defer { pending = count }
      return count < pending
    #else
      return false
    #endif
  }
}
