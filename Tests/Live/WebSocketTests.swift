import Foundation
import IRC
import Processes
import Testing

extension Live {
  /// Web clients beside all others.
  @Suite("WebSocket")
  struct WebSocketTests {
    private static let listeners = ["ws://127.0.0.1:0", "wss://127.0.0.1:0"]

    @Test(
      "web clients talk with the others, with and without TLS, in both subprotocols",
      arguments: [
        ("ws", "text.ircv3.net"), ("ws", "binary.ircv3.net"), ("wss", "text.ircv3.net"), ("wss", "binary.ircv3.net"),
      ])
    func talk(scheme: String, subprotocol: String) throws {
      let server = try ServerProcess(in: TemporaryFolder(), listeners: Self.listeners)
      let bob = try server.guest("bob", secure: true)
      let web = try WebSocketClient(
        port: server.port(scheme: scheme), secure: scheme == "wss", subprotocol: subprotocol)
      try web.register("alice")
      try web.send("PRIVMSG bob :grüße")
      #expect(try bob.wait(text: "grüße").nick == "alice")
      // More than one chunk of an answer, and lines of all lengths.
      for length in [1, 100, 125, 200, 400] { try bob.send("PRIVMSG alice :" + String(repeating: "y", count: length)) }
      for length in [1, 100, 125, 200, 400] {
        #expect(
          try web.wait { $0.hasPrefix(":bob!") && $0.contains("PRIVMSG alice") }.hasSuffix(
            String(repeating: "y", count: length)))
      }
      try web.send("QUIT :bye")
      #expect(try web.readToEnd().last?.hasPrefix("ERROR ") == true)
      #expect(web.closeCode == 1000)
      #expect(web.opcodes == (subprotocol == "text.ircv3.net" ? [1] : [2]))
    }

    @Test("a web client that does not read is cut off; one that breaks the rules is shown out; the server lives on")
    func hostile() throws {
      let server = try ServerProcess(
        in: TemporaryFolder(), settings: ["send-queue=65536", "websocket-origins=https://good.example"],
        listeners: Self.listeners)
      let port = try server.port(scheme: "ws")
      let bob = try server.guest("bob")

      let browser = try WebSocketClient.Raw(port: port)
      try browser.send(Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
      #expect(try browser.readToEnd().hasPrefix("HTTP/1.1 426 "))
      #expect(throws: LiveError.self) { try WebSocketClient(port: port, origin: "https://evil.example") }
      let web = try WebSocketClient(port: port, origin: "https://good.example")
      try web.register("alice")
      try web.sendRaw([0x81, 5, 1, 2, 3, 4, 5])
      _ = try web.readToEnd()
      #expect(web.closeCode == 1002)
      let departure = Deadline(seconds: 10)
      var hasLeft = false
      while !hasLeft, !departure.hasPassed {
        try bob.send("PRIVMSG alice :still there?")
        hasLeft = try bob.sync().contains { $0.command == "401" }
      }
      #expect(hasLeft)

      let stalled = try WebSocketClient(port: port, receiveBuffer: 4096)
      try stalled.register("slow")
      let line = "PRIVMSG slow :" + String(repeating: "z", count: 400)
      let deadline = Deadline(seconds: 75)
      var isGone = false
      while !isGone, !deadline.hasPassed {
        for _ in 0..<500 { try bob.send(line) }
        isGone = try bob.sync().contains { $0.command == "401" }
      }
      #expect(isGone)
      // Half a request, and silence: the time for it runs out.
      let silent = try WebSocketClient.Raw(port: port)
      try silent.send(Array("GET / HTTP/1.1\r\nHost".utf8))
      #expect(try silent.readToEnd(seconds: 15) == "")
      #expect(server.isRunning)
    }
  }
}

/// The least that a web client needs.
final class WebSocketClient {
  private let raw: Raw
  private var inbox: [UInt8] = []
  private(set) var closeCode: Int?
  /// Kinds of data frames that have come.
  private(set) var opcodes: Set<UInt8> = []

  init(
    port: UInt16, secure: Bool = false, subprotocol: String = "text.ircv3.net", origin: String? = nil,
    receiveBuffer: Int32 = 0, preamble: [UInt8] = [], headers: [String] = [], source: UInt16? = nil
  ) throws {
    raw = try Raw(port: port, secure: secure, receiveBuffer: receiveBuffer, preamble: preamble, source: source)
    let lines =
      [
        "GET / HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: \(subprotocol)",
      ] + (origin.map { ["Origin: \($0)"] } ?? []) + headers
    try raw.send(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8))
    let end = Array("\r\n\r\n".utf8)
    while true {
      guard let bytes = try raw.read() else { throw LiveError("no answer") }
      inbox += bytes
      guard let head = inbox.indices.first(where: { inbox[$0...].starts(with: end) }) else { continue }
      let answer = String(decoding: inbox[..<head], as: UTF8.self)
      guard answer.hasPrefix("HTTP/1.1 101 "), answer.contains("Protocol: \(subprotocol)") else {
        throw LiveError("refused: \(answer)")
      }
      inbox.removeFirst(head + end.count)
      return
    }
  }

  func register(_ nick: String) throws {
    try send("NICK \(nick)")
    try send("USER \(nick) 0 * :\(nick)")
    _ = try wait { $0.contains(" 001 \(nick) ") }
  }

  func send(_ line: String) throws {
    let bytes = Array(line.utf8)
    let length: [UInt8] =
      bytes.count < 126 ? [0x80 | UInt8(bytes.count)] : [0xFE, UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)]
    try raw.send([0x81] + length + [0, 0, 0, 0] + bytes)
  }

  func sendRaw(_ bytes: [UInt8]) throws { try raw.send(bytes) }

  /// The next line; nil at the end.
  func receive() throws -> String? {
    while true {
      if let (opcode, payload) = takeFrame() {
        if opcode == 8 {
          closeCode = payload.count >= 2 ? Int(payload[0]) << 8 | Int(payload[1]) : 0
          continue
        }
        opcodes.insert(opcode)
        #expect(!payload.contains(10) && !payload.contains(13))
        return String(decoding: payload, as: UTF8.self)
      }
      guard let bytes = try raw.read() else { return nil }
      inbox += bytes
    }
  }

  func wait(for fits: (String) -> Bool) throws -> String {
    while let line = try receive() {
      if fits(line) { return line }
    }
    throw LiveError("the end came first")
  }

  func readToEnd() throws -> [String] {
    var lines: [String] = []
    while let line = try receive() { lines.append(line) }
    return lines
  }

  private func takeFrame() -> (UInt8, [UInt8])? {
    guard inbox.count >= 2 else { return nil }
    var (length, start) = (Int(inbox[1]), 2)
    if length == 126 {
      guard inbox.count >= 4 else { return nil }
      (length, start) = (Int(inbox[2]) << 8 | Int(inbox[3]), 4)
    }
    guard inbox.count >= start + length else { return nil }
    defer { inbox.removeFirst(start + length) }
    return (inbox[0] & 15, Array(inbox[start..<(start + length)]))
  }

  /// Bytes, with TLS or without.
  final class Raw {
    private let socket: Socket
    private let tls: TLSFilter?

    /// - Parameter preamble: bytes ahead of everything, also of TLS.
    init(
      port: UInt16, secure: Bool = false, receiveBuffer: Int32 = 0, preamble: [UInt8] = [], source: UInt16? = nil
    ) throws {
      socket = try Socket(port: port, receiveBuffer: receiveBuffer, source: source)
      tls = secure ? try TLSFilter() : nil
      if !preamble.isEmpty { try write(preamble) }
      try flush()
    }

    func send(_ bytes: [UInt8]) throws {
      guard let tls else { return try write(bytes) }
      tls.encrypt(bytes)
      try flush()
    }

    private func flush() throws {
      if let bytes = try tls?.takeOutput(), !bytes.isEmpty { try write(bytes) }
    }

    private func write(_ bytes: [UInt8]) throws {
      var rest = bytes[...]
      let deadline = Deadline(seconds: 20)
      while !rest.isEmpty {
        guard let count = socket.write(rest) else { throw LiveError("the connection is gone") }
        rest = rest.dropFirst(count)
        if !rest.isEmpty, !socket.waitWritable(deadline) { throw LiveError("cannot send") }
      }
    }

    /// What has arrived; nil at the end.
    func read(seconds: Double = 20) throws -> [UInt8]? {
      guard socket.waitReadable(Deadline(seconds: seconds)) else { throw LiveError("nothing for \(seconds) s") }
      guard let bytes = socket.read() else { return nil }
      guard let tls else { return bytes }
      let plain = try tls.decrypt(bytes)
      try flush()
      return plain
    }

    func readToEnd(seconds: Double = 20) throws -> String {
      var all: [UInt8] = []
      while let bytes = try read(seconds: seconds) { all += bytes }
      return String(decoding: all, as: UTF8.self)
    }
  }
}
