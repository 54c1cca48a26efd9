#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A TCP connection that never waits, raises no SIGPIPE, and is closed in every program that the host starts.
final class Socket {
  enum Taken { case bytes(Int), nothing, end, failed(SystemError) }

  /// Milliseconds after which bytes that were sent and not acknowledged end a connection.
  private static let unacknowledged: Int32 = 15_000

  let descriptor: Int32

  /// Begins to connect.
  init(to address: SocketAddress) throws(SystemError) {
    descriptor = Self.make(address.systemFamily, isStream: true)
    guard descriptor >= 0 else { throw SystemError(errno) }
    #if canImport(Darwin)
      set(SOL_SOCKET, SO_NOSIGPIPE, 1)
    #endif
    set(Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    set(SOL_SOCKET, SO_KEEPALIVE, 1)
    let result = address.withSystemForm { connect(descriptor, $0, $1) } ?? -1
    guard result == 0 || errno == EINPROGRESS || errno == EINTR else { throw SystemError(errno) }
  }

  deinit { close(descriptor) }

  private static func make(_ family: Int32, isStream: Bool) -> Int32 {
    #if os(Linux)
      let kind = Int32(isStream ? SOCK_STREAM.rawValue : SOCK_DGRAM.rawValue)
      return socket(family, kind | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
    #else
      let descriptor = socket(family, isStream ? SOCK_STREAM : SOCK_DGRAM, 0)
      guard descriptor >= 0 else { return descriptor }
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
      return descriptor
    #endif
  }

  private func set(_ level: Int32, _ option: Int32, _ value: Int32) {
    var value = value
    setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  /// The connection stands: from now on a network that is dead is noticed while something was sent over it. Attempts have limits of
  /// their own.
  func limitSilence() {
    #if os(Linux)
      set(Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, Self.unacknowledged)
    #endif
  }

  /// Whether it stands; nil: the system still tries.
  func hasConnected() throws(SystemError) -> Bool? {
    var code: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0 else { throw SystemError(errno) }
    guard code == 0 else { throw SystemError(code) }
    return peer == nil ? nil : true
  }

  func take(into buffer: UnsafeMutableRawBufferPointer) -> Taken {
    let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
    if count > 0 { return .bytes(count) }
    if count == 0 { return .end }
    return Self.isTemporary(errno) ? .nothing : .failed(SystemError(errno))
  }

  /// - Returns: how many bytes the system has taken, from one of them on; it may be none.
  func put(_ bytes: [UInt8], from start: Int) throws(SystemError) -> Int {
    #if canImport(Darwin)
      let flags: Int32 = 0
    #else
      let flags = Int32(MSG_NOSIGNAL)
    #endif
    let count = bytes.withUnsafeBytes { bytes in
      send(descriptor, bytes.baseAddress.map { $0 + start }, bytes.count - start, flags)
    }
    if count >= 0 { return count }
    guard Self.isTemporary(errno) else { throw SystemError(errno) }
    return 0
  }

  private static func isTemporary(_ code: Int32) -> Bool { code == EAGAIN || code == EWOULDBLOCK || code == EINTR }

  /// What came and was not read would make the system send a reset, which may overtake the last bytes that were written.
  func discardInput() {
    withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 1) { buffer in
      for _ in 0..<64 {
        guard case .bytes = take(into: buffer) else { return }
      }
    }
  }

  // MARK: - The way to the other end

  private var peer: SocketAddress? { SocketAddress { getpeername(descriptor, $0, $1) } }

  /// Whether the system would still send from the address that the connection was made with.
  var isRouted: Bool {
    guard let peer, let ours = SocketAddress({ getsockname(descriptor, $0, $1) }) else { return false }
    let probe = Self.make(peer.systemFamily, isStream: false)
    // No descriptors are left: that says nothing about the network.
    guard probe >= 0 else { return true }
    defer { close(probe) }
    // Nothing is sent.
    guard peer.withSystemForm({ connect(probe, $0, $1) }) == 0 else { return false }
    return SocketAddress { getsockname(probe, $0, $1) }?.host == ours.host
  }
}
