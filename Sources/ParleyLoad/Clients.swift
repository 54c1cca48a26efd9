#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

struct LoadError: Error, CustomStringConvertible {
  let description: String
}

/// Many plaintext connections, served by one thread with poll().
final class Clients {
  private struct Connection {
    var socket: Int32
    var input: [UInt8] = []
    var output: [UInt8] = []
  }

  private var connections: [Connection] = []
  private var descriptors: [pollfd] = []
  private var buffer = [UInt8](repeating: 0, count: 1 << 16)
  private let prefix: String

  /// Connects and registers all of them, up to 64 at a time.
  init(host: String, port: Int, count: Int, prefix: String) throws {
    self.prefix = prefix + String(Clock.milliseconds() % 10_000, radix: 36)
    while connections.count < count {
      let first = connections.count
      for number in first..<min(count, first + 64) {
        connections.append(Connection(socket: try Sockets.connect(host, port)))
        descriptors.append(pollfd(fd: connections[number].socket, events: Int16(POLLIN), revents: 0))
        send("NICK \(nick(number))\r\nUSER load 0 * :load\r\n", from: number)
      }
      try waitFor(" 001 ", in: first..<connections.count, "the server did not welcome everybody")
    }
  }

  deinit {
    for connection in connections { close(connection.socket) }
  }

  var count: Int { connections.count }

  func nick(_ number: Int) -> String { "\(prefix)x\(number)" }

  func join(_ room: String) throws {
    for number in connections.indices { send("JOIN \(room)\r\n", from: number) }
    try waitFor(" 366 ", in: connections.indices, "not everybody could join")
    // Everybody has seen everybody else's JOIN when a PING behind all of them is answered.
    for number in connections.indices { send("PING :joined\r\n", from: number) }
    try waitFor("joined", in: connections.indices, "no answer to PING")
  }

  func send(_ line: String, from number: Int) {
    if connections[number].output.isEmpty { descriptors[number].events = Int16(POLLIN | POLLOUT) }
    connections[number].output.append(contentsOf: line.utf8)
  }

  private func waitFor(_ text: String, in numbers: Range<Int>, _ failure: String) throws {
    var waiting = Set(numbers)
    let end = Clock.milliseconds() + 30_000
    while !waiting.isEmpty {
      guard Clock.milliseconds() < end else { throw LoadError(description: failure) }
      try step(wait: 1_000) { number, line in
        if String(decoding: line, as: UTF8.self).contains(text) { waiting.remove(number) }
      }
    }
  }

  /// Writes what is to be written, reads what has come, and hands over each line.
  func step(wait: Int32, _ body: (Int, UnsafeBufferPointer<UInt8>) -> Void) throws {
    for number in connections.indices where !connections[number].output.isEmpty { try write(number) }
    guard poll(&descriptors, nfds_t(descriptors.count), wait) > 0 else { return }
    for number in descriptors.indices where descriptors[number].revents != 0 {
      if descriptors[number].revents & Int16(POLLIN | POLLHUP | POLLERR) != 0 { try read(number, body) }
    }
  }

  private func write(_ number: Int) throws {
    let written = connections[number].output.withUnsafeBytes { bytes in
      Sockets.send(connections[number].socket, bytes)
    }
    if written < 0 {
      guard errno == EAGAIN || errno == EINTR else { throw LoadError(description: "a connection was closed") }
      return
    }
    connections[number].output.removeFirst(written)
    if connections[number].output.isEmpty { descriptors[number].events = Int16(POLLIN) }
  }

  private func read(_ number: Int, _ body: (Int, UnsafeBufferPointer<UInt8>) -> Void) throws {
    let count = buffer.withUnsafeMutableBytes { recv(connections[number].socket, $0.baseAddress, $0.count, 0) }
    if count < 0, errno == EAGAIN || errno == EINTR { return }
    guard count > 0 else { throw LoadError(description: "the server closed a connection") }
    connections[number].input.append(contentsOf: buffer[..<count])
    // Taken out while lines are handed over: the body may send.
    var input: [UInt8] = []
    swap(&input, &connections[number].input)
    let used = input.withUnsafeBufferPointer { lines(in: $0, of: number, body) }
    input.removeFirst(used)
    connections[number].input = input
  }

  /// Hands over complete lines, and says how many bytes they were.
  private func lines(
    in bytes: UnsafeBufferPointer<UInt8>, of number: Int, _ body: (Int, UnsafeBufferPointer<UInt8>) -> Void
  ) -> Int {
    var start = 0
    while let end = bytes[start...].firstIndex(of: 10) {
      var line = UnsafeBufferPointer(rebasing: bytes[start..<end])
      start = end + 1
      if line.last == 13 { line = UnsafeBufferPointer(rebasing: line.dropLast()) }
      if line.starts(with: Self.ping) {
        send("PONG \(String(decoding: line.dropFirst(Self.ping.count), as: UTF8.self))\r\n", from: number)
      } else {
        body(number, line)
      }
    }
    return start
  }

  private static let ping = Array("PING ".utf8)
}
