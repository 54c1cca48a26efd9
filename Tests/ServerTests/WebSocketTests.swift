import IRC
import NIOCore
import NIOEmbedded
import ParleyServer
import Seeded
import Testing

@Suite("WebSocket (RFC 6455, IRCv3 websocket)")
struct WebSocketTests {
  // MARK: - The opening handshake

  @Test("a request is accepted with the key's proof, and with the client's most preferred subprotocol that there is")
  func accepted() throws {
    for (offered, chosen) in [
      ("text.ircv3.net", "text.ircv3.net"), ("binary.ircv3.net, text.ircv3.net", "binary.ircv3.net"),
      ("soap, text.ircv3.net, binary.ircv3.net", "text.ircv3.net"),
    ] {
      let socket = try TestSocket()
      let response = try socket.request(["Sec-WebSocket-Protocol: \(offered)"])
      #expect(response.hasPrefix("HTTP/1.1 101 Switching Protocols\r\n"))
      // The example of RFC 6455, section 1.3.
      #expect(response.contains("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"))
      #expect(response.contains("\r\nSec-WebSocket-Protocol: \(chosen)\r\n"))
      #expect(socket.listener.events == [.webSocketOpened])
    }
  }

  @Test("without a subprotocol in common the WebSocket opens without one, and lines go out as text")
  func noSubprotocol() throws {
    for lines in [[], ["Sec-WebSocket-Protocol: soap"]] {
      let socket = try TestSocket()
      #expect(try !socket.request(lines).contains("Sec-WebSocket-Protocol"))
      try socket.channel.writeOutbound(ByteBuffer(string: "PING x\r\n"))
      #expect(try socket.sent() == [0x81, 6] + Array("PING x".utf8))
    }
  }

  @Test(
    "what does not open a WebSocket gets a short answer, and its connection ends",
    arguments: [
      ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "426"),
      ("GET /favicon.ico HTTP/1.0\r\n\r\n", "426"),
      ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", "400"),
      ("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", "426"),
      (upgradeRequest(without: "Host"), "400"), (upgradeRequest(without: "Sec-WebSocket-Key"), "400"),
      (upgradeRequest(without: "Sec-WebSocket-Version"), "426"), (upgradeRequest(without: "Upgrade"), "426"),
      (upgradeRequest(["Sec-WebSocket-Version: 8"], without: "Sec-WebSocket-Version"), "426"),
      (upgradeRequest(["Sec-WebSocket-Key: c2hvcnQ="], without: "Sec-WebSocket-Key"), "400"),
      (upgradeRequest(["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]), "400"),
      (upgradeRequest().replacing("GET", with: "PUT"), "400"),
      ("NICK alice\r\nUSER a 0 * :a\r\n\r\n", "400"), ("\u{16}\u{3}\u{1}\u{2}\0\r\n", "400"),
      (upgradeRequest(["X-Long: " + String(repeating: "x", count: 5_000)]), "431"),
      (upgradeRequest((0..<100).map { "X-\($0): y" }), "431"),
      (upgradeRequest((0..<10).map { "X-\($0): " + String(repeating: "y", count: 1_000) }), "431"),
      ("GET /" + String(repeating: "x", count: 20_000), "431"),
    ])
  func refused(text: String, status: String) throws {
    for isCut in [false, true] {
      let socket = try TestSocket()
      if isCut {
        for byte in text.utf8 { socket.receive([byte]) }
      } else {
        socket.receive(Array(text.utf8))
      }
      let answer = String(decoding: try socket.sent(), as: UTF8.self)
      #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer) for \(text.prefix(200))")
      #expect(answer.utf8.count < 300)
      if status == "426" { #expect(answer.contains("\r\nUpgrade: websocket\r\n")) }
      #expect(socket.listener.events == [.refused])
      socket.receive(Array("NICK x\r\n".utf8))
      #expect(try socket.sent().isEmpty && socket.listener.text.isEmpty)
    }
  }

  @Test(
    "RFC 6455, section 10.2: only pages that are allowed may connect, and what is no page",
    arguments: [
      ("https://chat.example.org", true), ("https://CHAT.example.org", true), ("https://web.example.net", true),
      ("https://example.org", false), ("http://chat.example.org", false),
      ("https://chat.example.org.evil.example", false),
      ("null", false), (nil, true),
    ] as [(String?, Bool)])
  func origins(origin: String?, isAllowed: Bool) throws {
    let socket = try TestSocket(origins: ["https://chat.example.org", "https://*.example.net"])
    let response = try socket.request(origin.map { ["Origin: \($0)"] } ?? [])
    #expect(response.hasPrefix(isAllowed ? "HTTP/1.1 101 " : "HTTP/1.1 403 "))
    #expect(socket.listener.events == [isAllowed ? .webSocketOpened : .refused])
    #expect(try TestSocket().request(["Origin: https://anywhere.example"]).hasPrefix("HTTP/1.1 101 "))
  }

  @Test("what is sent ahead of the answer is not lost")
  func impatient() throws {
    let socket = try TestSocket()
    socket.receive(Array(upgradeRequest().utf8) + frame("NICK alice"))
    #expect(String(decoding: try socket.sent(), as: UTF8.self).hasPrefix("HTTP/1.1 101 "))
    #expect(socket.listener.text == "NICK alice\r\n")
  }

  // MARK: - Messages

  @Test("each message is one line, in either kind of frame, with or without a line's end, in one frame or several")
  func messages() throws {
    for subprotocol in ["text.ircv3.net", "binary.ircv3.net"] {
      let socket = try TestSocket.open(subprotocol)
      socket.receive(frame("NICK alice"))
      socket.receive(frame("USER a 0 * :é", opcode: 2) + frame("PING 1\r\n") + frame(""))
      socket.receive(
        frame("PRIV", isFinal: false) + frame("", opcode: 9) + frame("MSG ", opcode: 0, isFinal: false)
          + frame("", opcode: 0, isFinal: false) + frame("bob :é", opcode: 0))
      #expect(
        socket.listener.text == "NICK alice\r\nUSER a 0 * :é\r\nPING 1\r\n\r\n\n\n\n\nPRIVMSG bob :é\r\n")
      #expect(try socket.sent() == [0x8A, 0])
      let byte = try TestSocket.open(subprotocol)
      for piece in frame("JOIN ", isFinal: false) + frame("#a", opcode: 0) { byte.receive([piece]) }
      #expect(byte.listener.text == "\nJOIN #a\r\n")
    }
  }

  @Test("lines leave one a message, without their ends, however they are cut, in the frames of the subprotocol")
  func outbound() throws {
    for (subprotocol, first) in [("text.ircv3.net", UInt8(0x81)), ("binary.ircv3.net", 0x82)] {
      let socket = try TestSocket.open(subprotocol)
      let long = String(repeating: "x", count: 300), longer = String(repeating: "y", count: 70_000)
      for piece in ["a b\r\nc", " d\r", "\n\(long)\r\n", "\(longer)\r\n"] {
        try socket.channel.writeOutbound(ByteBuffer(string: piece))
      }
      let expected: [UInt8] =
        [first, 3] + Array("a b".utf8) + [first, 3] + Array("c d".utf8) + [first, 126, 1, 44] + Array(long.utf8)
        + [first, 127, 0, 0, 0, 0, 0, 1, 17, 112] + Array(longer.utf8)
      #expect(try socket.sent() == expected)
    }
  }

  @Test(
    "a peer that breaks a rule is told which, and its connection ends",
    arguments: [
      ([0x81, 1, 65], 1002),  // no mask
      (frame("x", opcode: 0), 1002),  // a continuation of nothing
      (frame("a", isFinal: false) + frame("b"), 1002),  // a message within a message
      ([0xC1, 0x81, 0, 0, 0, 0, 65], 1002),  // a reserved bit
      (frame("x", opcode: 3), 1002), (frame("x", opcode: 11), 1002),  // reserved opcodes
      (frame("x", opcode: 9, isFinal: false), 1002),  // a control frame in pieces
      (frame(String(repeating: "x", count: 126), opcode: 9), 1002),  // a control frame too long
      (frame(bytes: [0x61, 0xFF]), 1007), (frame(bytes: [0xC3], isFinal: false) + frame("x", opcode: 0), 1007),
      (frame("NICK a\r\nUSER b"), 1008),
      (frame(String(repeating: "x", count: 16_385)), 1009),
      ([0x81, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], 1009),
      ([0x81, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], 1009),
      (
        frame(String(repeating: "x", count: 9_000), isFinal: false)
          + frame(String(repeating: "x", count: 9_000), opcode: 0), 1009
      ),
      (frame(bytes: [3], opcode: 8), 1002), (frame(bytes: [3, 0xED], opcode: 8), 1002),
    ] as [([UInt8], Int)])
  func violations(bytes: [UInt8], code: Int) throws {
    let socket = try TestSocket.open("text.ircv3.net")
    socket.receive(frame("PING before"))
    socket.receive(bytes + frame("PING after"))
    #expect(try socket.sent() == [0x88, 2, UInt8(code >> 8), UInt8(code & 0xFF)])
    #expect(socket.listener.events == [.webSocketOpened, .webSocketEnded])
    #expect(socket.listener.text.split(whereSeparator: \.isNewline) == ["PING before"])
    _ = try? socket.channel.writeOutbound(ByteBuffer(string: "too late\r\n"))
    #expect(try socket.sent().isEmpty)
  }

  @Test("whatever is sent, the WebSocket stays open or ends once, with a Close frame")
  func rubbish() throws {
    var random = SeededRandom(seed: 7)
    for _ in 0..<500 {
      let socket = try TestSocket.open("text.ircv3.net")
      var bytes: [UInt8] = []
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        let text = (0..<Int.random(in: 0...300, using: &random)).map { _ in
          UInt8.random(in: 0x20...0x7E, using: &random)
        }
        bytes += frame(
          bytes: text, opcode: [0, 0, 1, 1, 1, 2, 9][Int.random(in: 0..<7, using: &random)],
          isFinal: .random(using: &random))
      }
      for _ in 0..<Int.random(in: 0...3, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
      }
      while !bytes.isEmpty {
        let count = min(bytes.count, Int.random(in: 1...200, using: &random))
        socket.receive(Array(bytes[..<count]))
        bytes.removeFirst(count)
      }
      let ended = socket.listener.events.count { $0 == .webSocketEnded }
      let sent = try socket.sent()
      #expect(ended <= 1)
      #expect(ended == 0 || sent.suffix(4).first == 0x88 || sent.suffix(2) == [0x88, 0])
    }
  }

  @Test("a message in text may hold a character cut between two frames")
  func cutCharacter() throws {
    let socket = try TestSocket.open("text.ircv3.net")
    socket.receive(frame(bytes: [0x61, 0xC3], isFinal: false) + frame(bytes: [0xA9], opcode: 0))
    #expect(socket.listener.text == "\naé\r\n")
  }

  @Test("binary messages may hold what is no UTF-8: the core refuses the line, not the connection")
  func binary() throws {
    let socket = try TestSocket.open("text.ircv3.net")
    socket.receive(frame(bytes: [0x61, 0xFF], opcode: 2))
    #expect(socket.listener.bytes == [0x61, 0xFF, 13, 10])
    #expect(socket.listener.events == [.webSocketOpened])
  }

  @Test("pings are answered, but not to a peer that does not read")
  func pings() throws {
    let socket = try TestSocket.open("text.ircv3.net")
    socket.receive(frame("hello", opcode: 9) + frame("ignored", opcode: 10))
    #expect(try socket.sent() == [0x8A, 5] + Array("hello".utf8))
    #expect(socket.listener.text == "\n\n", "a frame without a message counts as a line")
    socket.channel.isWritable = false
    for _ in 0..<1000 { socket.receive(frame("hello", opcode: 9)) }
    #expect(try socket.sent().isEmpty)
  }

  @Test("each frame counts as a line, however little it brings, and a message has a bounded number of them")
  func fragments() throws {
    let socket = try TestSocket.open("text.ircv3.net")
    let inner = (0..<62).flatMap { _ in frame("x", opcode: 0, isFinal: false) }
    socket.receive(frame("x", isFinal: false) + inner + frame("x", opcode: 0))
    #expect(
      socket.listener.text == String(repeating: "\n", count: 63) + String(repeating: "x", count: 64) + "\r\n")
    for empty in [true, false] {
      let socket = try TestSocket.open("text.ircv3.net")
      let piece = frame(empty ? "" : "x", opcode: 0, isFinal: false)
      socket.receive(frame("x", isFinal: false) + (0..<1_000).flatMap { _ in piece })
      #expect(socket.listener.text == String(repeating: "\n", count: 64))
      #expect(try socket.sent() == [0x88, 2, UInt8(1008 >> 8), UInt8(1008 & 0xFF)])
      #expect(socket.listener.events == [.webSocketOpened, .webSocketEnded])
    }
  }

  @Test("a Close frame is answered with its code; closing from this side begins with one")
  func closing() throws {
    for (payload, answer) in [([], []), ([3, 0xE8], [3, 0xE8]), ([0x0F, 0xA0, 0x78], [0x0F, 0xA0])]
      as [([UInt8], [UInt8])]
    {
      let socket = try TestSocket.open("text.ircv3.net")
      socket.receive(frame("QUIT") + frame(bytes: payload, opcode: 8))
      #expect(try socket.sent() == [0x88, UInt8(answer.count)] + answer)
      #expect(socket.listener.text == "QUIT\r\n")
      #expect(socket.listener.events == [.webSocketOpened, .webSocketEnded])
    }
    let socket = try TestSocket.open("text.ircv3.net")
    socket.channel.close(promise: nil)
    #expect(try socket.sent() == [0x88, 2, 3, 0xE8])
  }
}

// MARK: - A peer

/// RFC 6455's own example, with more headers.
private func upgradeRequest(_ lines: [String] = [], without header: String = "") -> String {
  let headers =
    [
      "Host: chat.example.org", "Upgrade: WebSocket", "Connection: keep-alive, Upgrade",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
    ].filter { header.isEmpty || !$0.hasPrefix(header + ":") } + lines
  return "GET /chat HTTP/1.1\r\n\(headers.map { $0 + "\r\n" }.joined())\r\n"
}

private func frame(_ text: String, opcode: UInt8 = 1, isFinal: Bool = true) -> [UInt8] {
  frame(bytes: Array(text.utf8), opcode: opcode, isFinal: isFinal)
}

/// A frame as clients send them: masked.
private func frame(bytes: [UInt8], opcode: UInt8 = 1, isFinal: Bool = true) -> [UInt8] {
  var frame: [UInt8] = [opcode | (isFinal ? 0x80 : 0)]
  if bytes.count <= 125 {
    frame.append(0x80 | UInt8(bytes.count))
  } else {
    frame += [0x80 | 126, UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)]
  }
  let mask: [UInt8] = [0xA1, 0x5C, 0x00, 0xFF]
  frame += mask
  for (index, byte) in bytes.enumerated() { frame.append(byte ^ mask[index % 4]) }
  return frame
}

/// One connection's handlers without a network.
private final class TestSocket {
  let channel = EmbeddedChannel()
  let listener = Listening()

  init(origins: [String] = []) throws {
    try WebSocketHandshake.add(to: channel.pipeline.syncOperations, origins: origins.map { Mask($0) })
    try channel.pipeline.syncOperations.addHandler(listener)
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
  }

  deinit { _ = try? channel.finish(acceptAlreadyClosed: true) }

  static func open(_ subprotocol: String) throws -> TestSocket {
    let opened = try TestSocket()
    _ = try opened.request(["Sec-WebSocket-Protocol: \(subprotocol)"])
    return opened
  }

  func request(_ lines: [String]) throws -> String {
    receive(Array(upgradeRequest(lines).utf8))
    return String(decoding: try sent(), as: UTF8.self)
  }

  func receive(_ bytes: [UInt8]) {
    channel.pipeline.fireChannelRead(ByteBuffer(bytes: bytes))
    channel.pipeline.fireChannelReadComplete()
    channel.embeddedEventLoop.run()
  }

  func sent() throws -> [UInt8] {
    var bytes: [UInt8] = []
    while let buffer = try channel.readOutbound(as: ByteBuffer.self) { bytes += buffer.readableBytesView }
    return bytes
  }
}

/// Stands where the `Connection` stands.
private final class Listening: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  private(set) var bytes: [UInt8] = []
  private(set) var events: [PreliminaryEvent] = []

  var text: String { String(decoding: bytes, as: UTF8.self) }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    bytes += Self.unwrapInboundIn(data).readableBytesView
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if let event = event as? PreliminaryEvent { events.append(event) }
  }
}
