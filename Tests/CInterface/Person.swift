import Foundation
import Processes

/// Somebody with the plainest of IRC clients, without capabilities: what the examples talk to.
final class Person {
  private let socket: Int32
  private var received = ""

  /// Connects and is welcomed.
  init(_ nick: String, port: UInt16, in room: String? = nil) throws {
    socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else { throw LiveError("cannot connect: errno \(errno)") }
    try send("NICK \(nick)", "USER \(nick) 0 * :\(nick)")
    try wait(for: " 001 ")
    if let room {
      try send("JOIN \(room)")
      try wait(for: " 366 ")
    }
  }

  deinit { close(socket) }

  func send(_ lines: String...) throws {
    let bytes = Array(lines.map { $0 + "\r\n" }.joined().utf8)
    guard Foundation.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
      throw LiveError("cannot send: errno \(errno)")
    }
  }

  func say(_ text: String, to target: String) throws { try send("PRIVMSG \(target) :\(text)") }

  /// Takes what has come up to and with the first line that holds the text.
  @discardableResult
  func wait(for text: String, seconds: Double = 20) throws -> String {
    let deadline = Deadline(seconds: seconds)
    while true {
      if let found = received.range(of: text),
        let end = received.range(of: "\r\n", range: found.upperBound..<received.endIndex)
      {
        defer { received = String(received[end.upperBound...]) }
        return String(received[..<end.lowerBound])
      }
      try read(until: deadline, for: text)
    }
  }

  private func read(until deadline: Deadline, for text: String) throws {
    var waiting = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
    guard poll(&waiting, 1, deadline.milliseconds) == 1 else {
      throw LiveError("waited for `\(text)` in:\n\(received)")
    }
    var buffer = [UInt8](repeating: 0, count: 8192)
    let count = Foundation.read(socket, &buffer, buffer.count)
    guard count > 0 else { throw LiveError("the connection ended; waited for `\(text)` in:\n\(received)") }
    for line in String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\r\n") where line.hasPrefix("PING ")
    {
      try send("PONG \(line.dropFirst(5))")
    }
    received += String(decoding: buffer[..<count], as: UTF8.self)
  }
}
