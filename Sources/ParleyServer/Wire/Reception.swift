import NIOCore
import NIOPosix

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What the peer's system has acknowledged of what was sent.
///
/// The socket takes more only when a good part of its buffer is free, which a slow reader may not reach for minutes: the
/// system knows more exactly whether a peer reads.
struct Reception {
  /// Bytes that were given to the channel and that the peer's system has not acknowledged, with those that TLS or WebSocket frames add.
  let unsent: Int
  /// Something waits, and all that has left is acknowledged.
  let isPeerFull: Bool

  #if os(Linux)
    /// Bytes that have not left the system (linux/sockios.h).
    private static let unsentRequest: UInt = 0x894B
  #endif

  /// nil: it cannot be told.
  init?(_ channel: any Channel) {
    guard let waiting = try? channel.syncOptions?.getOption(ChannelOptions.bufferedWritableBytes) else { return nil }
    #if os(Linux)
      var (unacknowledged, kept): (CInt, CInt) = (0, 0)
      let result = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
        ioctl($0, UInt(TIOCOUTQ), &unacknowledged) == 0 && ioctl($0, Self.unsentRequest, &kept) == 0
      }
      guard result == true else { return nil }
      unsent = waiting + Int(unacknowledged)
      isPeerFull = kept > 0 && kept == unacknowledged
    #else
      unsent = waiting
      isPeerFull = waiting > 0
    #endif
  }
}
