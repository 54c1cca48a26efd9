import Foundation
import Processes

/// A TCP connection to this machine that never blocks without a deadline.
final class Socket {
  let descriptor: Int32
  private(set) var isClosed = false

  /// - Parameters:
  ///   - receiveBuffer: bytes that the system keeps for a reader who does not read; 0: its default.
  ///   - source: the last two numbers of the address 127.0.x.y to connect from; nil: 127.0.0.1.
  init(port: UInt16, receiveBuffer: Int32 = 0, source: UInt16? = nil) throws {
    #if os(Linux)
      let stream = Int32(SOCK_STREAM.rawValue)
    #else
      let stream = SOCK_STREAM
    #endif
    descriptor = socket(AF_INET, stream, 0)
    guard descriptor >= 0 else { throw LiveError("no socket: errno \(errno)") }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    if receiveBuffer > 0 { set(SOL_SOCKET, SO_RCVBUF, receiveBuffer) }
    set(Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    let size = socklen_t(MemoryLayout<sockaddr_in>.size)
    var result: Int32 = 0
    if let source {
      var own = Self.address(0x7F00_0000 | UInt32(source), port: 0)
      result = withUnsafePointer(to: &own) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
      }
    }
    var address = Self.address(0x7F00_0001, port: port)
    if result == 0 {
      result = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
      }
    }
    guard result == 0 else {
      let code = errno
      Foundation.close(descriptor)
      isClosed = true
      throw LiveError("cannot connect to port \(port): errno \(code)")
    }
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
  }

  deinit { close() }

  private static func address(_ number: UInt32, port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = number.bigEndian
    return address
  }

  /// No more is sent; answers may still be read.
  func shutOutput() { shutdown(descriptor, Int32(SHUT_WR)) }

  private func set(_ level: Int32, _ option: Int32, _ value: Int32) {
    var value = value
    setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  func close() {
    if !isClosed { Foundation.close(descriptor) }
    isClosed = true
  }

  /// Closes with a reset instead of an orderly end.
  func reset() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    close()
  }

  /// Waits until bytes, or the end, have arrived.
  func waitReadable(_ deadline: Deadline) -> Bool { wait(Int16(POLLIN), deadline) }

  private func wait(_ events: Int16, _ deadline: Deadline) -> Bool {
    while true {
      var entry = pollfd(fd: descriptor, events: events, revents: 0)
      let result = poll(&entry, 1, deadline.milliseconds)
      if result > 0 { return true }
      if result == 0 || errno != EINTR { return false }
    }
  }

  /// What has arrived; nil at the end of the stream.
  func read() -> [UInt8]? {
    guard !isClosed else { return nil }
    var bytes: [UInt8] = []
    while true {
      let start = bytes.count
      let got = withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { buffer in
        let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
        if count > 0 { bytes += UnsafeRawBufferPointer(rebasing: buffer[..<count]) }
        return count
      }
      if got < 0, errno == EINTR { continue }
      if got < 0, errno == EAGAIN { return bytes }
      guard got > 0 else { return start > 0 ? bytes : nil }
    }
  }

  /// As many bytes as can be sent now.
  /// - Returns: how many; nil when the connection is gone.
  func write(_ bytes: ArraySlice<UInt8>) -> Int? {
    guard !isClosed else { return nil }
    #if os(Linux)
      let flags = Int32(MSG_NOSIGNAL)
    #else
      let flags: Int32 = 0
    #endif
    while true {
      let count = bytes.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, flags) }
      if count >= 0 { return count }
      if errno == EAGAIN { return 0 }
      if errno != EINTR { return nil }
    }
  }

  func waitWritable(_ deadline: Deadline) -> Bool { wait(Int16(POLLOUT), deadline) }
}
