import Foundation

/// One end of TCP in the hands of a test, at a port of the loopback that it chooses. Nothing of it waits.
final class Peer {
  let port: UInt16
  private let listener: Int32
  private var connection: Int32 = -1
  /// Connections that were begun to fill the queue of the listener.
  private var fillers: [Int32] = []

  /// - Parameters:
  ///   - port: 0: any that is free.
  ///   - isV6: on `::1`; nil is returned where there is none, or the port is taken.
  ///   - receiveBuffer: how much the system takes for a peer that does not read; 0: as much as it likes.
  init?(port: UInt16 = 0, isV6: Bool = false, backlog: Int32 = 8, receiveBuffer: Int32 = 0) {
    let listener = socket(isV6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard listener >= 0 else { return nil }
    var one: Int32 = 1
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, 4)
    if isV6 { setsockopt(listener, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &one, 4) }
    var size = receiveBuffer
    if size > 0 { setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &size, 4) }
    guard Peer.with(isV6: isV6, port: port, { bind(listener, $0, $1) }) == 0, listen(listener, backlog) == 0 else {
      close(listener)
      return nil
    }
    // Both families have the port in the same place.
    var address = [UInt8](repeating: 0, count: 128)
    var length = socklen_t(address.count)
    address.withUnsafeMutableBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      getsockname(listener, base.assumingMemoryBound(to: sockaddr.self), &length)
    }
    self.listener = listener
    self.port = UInt16(address[2]) << 8 | UInt16(address[3])
    _ = fcntl(listener, F_SETFL, O_NONBLOCK)
  }

  deinit {
    for descriptor in fillers + [connection, listener] where descriptor >= 0 { close(descriptor) }
  }

  /// The loopback's address in the system's form. (Swift sees these structures as another module's here.)
  private static func with(
    isV6: Bool, port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    let family = withUnsafeBytes(of: UInt16(isV6 ? AF_INET6 : AF_INET)) { Array($0) }
    let port = [UInt8(port >> 8), UInt8(port & 0xFF)]
    let rest: [UInt8] =
      isV6
      ? [UInt8](repeating: 0, count: 4 + 15) + [1] + [UInt8](repeating: 0, count: 4)
      : [127, 0, 0, 1] + [UInt8](repeating: 0, count: 8)
    return (family + port + rest).withUnsafeBytes { bytes in
      bytes.baseAddress.map { body($0.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count)) } ?? -1
    }
  }

  /// Makes a listener with a short queue answer nothing any more.
  func stopAnswering(isV6: Bool = false) {
    for _ in 0..<8 {
      let filler = socket(isV6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      _ = fcntl(filler, F_SETFL, O_NONBLOCK)
      _ = Peer.with(isV6: isV6, port: port) { connect(filler, $0, $1) }
      fillers.append(filler)
    }
    usleep(50_000)
  }

  /// Whether somebody has connected.
  func accepts() -> Bool {
    if connection >= 0 { return true }
    connection = accept(listener, nil, nil)
    if connection >= 0 { _ = fcntl(connection, F_SETFL, O_NONBLOCK) }
    return connection >= 0
  }

  func send(_ bytes: [UInt8]) { _ = Foundation.send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

  func send(_ text: String) { send(Array(text.utf8)) }

  /// What has come; nil: the other side has ended.
  func receive() -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let count = recv(connection, &bytes, bytes.count, 0)
    if count == 0 { return nil }
    return count > 0 ? Array(bytes[..<count]) : []
  }

  /// Says nothing any more, and still reads.
  func endSending() { shutdown(connection, Int32(SHUT_WR)) }

  func hangUp() {
    close(connection)
    connection = -1
  }
}
