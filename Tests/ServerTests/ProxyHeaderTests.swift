import NIOCore
import NIOEmbedded
import ParleyCore
import ParleyServer
import Testing

/// haproxy's "The PROXY protocol, versions 1 & 2".
@Suite("PROXY protocol")
struct ProxyHeaderTests {
  private static let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10]
  private static let addresses4: [UInt8] = [192, 0, 2, 1, 127, 0, 0, 1, 0xFF, 0xFD, 0x1A, 0x0B]

  private static func block(_ command: UInt8, _ family: UInt8, _ rest: [UInt8]) -> [UInt8] {
    signature + [command, family, UInt8(rest.count >> 8), UInt8(rest.count & 0xFF)] + rest
  }

  /// With the checksum that it must have.
  private static func checked(_ rest: [UInt8]) -> [UInt8] {
    let blank = block(0x21, 0x11, rest + [3, 0, 4, 0, 0, 0, 0])
    let sum = ProxyHeader.checksum(blank)
    return blank.dropLast(4) + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: sum >> $0) }
  }

  private static func client(_ text: String, isSecure: Bool = false) -> ProxyHeader? {
    NetworkAddress(text).map { ProxyHeader(origin: .client($0), isSecure: isSecure) }
  }

  @Test(
    "headers of both versions are read, and told from what follows, however they are cut",
    arguments: [
      (Array("PROXY TCP4 192.0.2.1 127.0.0.1 65533 6667\r\n".utf8), client("192.0.2.1")),
      (Array("PROXY TCP6 2001:DB8:0::1 ::1 1 0\r\n".utf8), client("2001:db8::1")),
      (
        Array("PROXY TCP6 \(repeatElement("ffff", count: 8).joined(separator: ":")) ::1 65535 65535\r\n".utf8),
        client("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")
      ),
      (Array("PROXY UNKNOWN\r\n".utf8), ProxyHeader(origin: .unknown)),
      (Array("PROXY UNKNOWN whatever this 1 may be\r\n".utf8), ProxyHeader(origin: .unknown)),
      (block(0x21, 0x11, addresses4), client("192.0.2.1")),
      (
        block(
          0x21, 0x21, [0x20, 1, 0xD, 0xB8] + [UInt8](repeating: 0, count: 11) + [7] + [UInt8](repeating: 1, count: 20)),
        client("2001:db8::7")
      ),
      (block(0x20, 0x00, []), ProxyHeader(origin: .local)),
      (block(0x20, 0x31, [1, 2, 3]), ProxyHeader(origin: .local)),
      (block(0x21, 0x00, [1, 2, 3]), ProxyHeader(origin: .unknown)),
      (block(0x21, 0x12, addresses4), ProxyHeader(origin: .unknown)),
      (block(0x21, 0x31, [UInt8](repeating: 0x61, count: 216)), ProxyHeader(origin: .unknown)),
      // PP2_TYPE_NOOP, an unknown type, PP2_TYPE_SSL with and without PP2_CLIENT_SSL
      (block(0x21, 0x11, addresses4 + [4, 0, 1, 9, 0xE0, 0, 0]), client("192.0.2.1")),
      (block(0x21, 0x11, addresses4 + [0x20, 0, 5, 1, 0, 0, 0, 1]), client("192.0.2.1", isSecure: true)),
      (
        block(0x21, 0x11, addresses4 + [0x20, 0, 9, 7, 0, 0, 0, 0, 0x21, 0, 1, 0x33]),
        client("192.0.2.1", isSecure: true)
      ),
      (block(0x21, 0x11, addresses4 + [0x20, 0, 5, 0, 0, 0, 0, 1]), client("192.0.2.1")),
      (checked(addresses4 + [0x20, 0, 5, 1, 0, 0, 0, 1]), client("192.0.2.1", isSecure: true)),
    ] as [([UInt8], ProxyHeader?)])
  func valid(bytes: [UInt8], header: ProxyHeader?) throws {
    let header = try #require(header)
    for length in 0..<bytes.count { #expect(ProxyHeader.parse(Array(bytes[..<length])) == .incomplete) }
    for rest in ["", "NICK x\r\n", "\u{16}\u{3}\u{1}"] {
      #expect(ProxyHeader.parse(bytes + Array(rest.utf8)) == .header(header, length: bytes.count))
      // At every byte.
      for cut in 0...bytes.count {
        let reader = try Reader(isRequired: true)
        let all = bytes + Array(rest.utf8)
        reader.receive(Array(all[..<cut]))
        reader.receive(Array(all[cut...]))
        #expect(reader.listener.events == [.proxied(header)])
        #expect(reader.listener.text == rest)
        reader.receive(Array("PING\r\n".utf8))
        #expect(reader.listener.text == rest + "PING\r\n")
      }
    }
  }

  @Test(
    "anything else ends the connection",
    arguments: [
      Array("PROXY TCP4 192.0.2.1 127.0.0.1 65533 6667\n".utf8),
      Array("PROXY TCP4 192.0.2.1 127.0.0.1 65533 6667\r\r".utf8),
      Array("PROXY TCP4 192.0.2.1 127.0.0.1 65533\r\n".utf8), Array("PROXY TCP4 192.0.2.1  127.0.0.1 1 2\r\n".utf8),
      Array("PROXY TCP4 ::1 ::1 1 2\r\n".utf8), Array("PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n".utf8),
      Array("PROXY TCP4 256.0.0.1 127.0.0.1 1 2\r\n".utf8), Array("PROXY TCP4 1.2.3.4 localhost 1 2\r\n".utf8),
      Array("PROXY TCP4 1.2.3.4 1.2.3.4 65536 2\r\n".utf8), Array("PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n".utf8),
      Array("PROXY TCP4 1.2.3.4 1.2.3.4 +1 2\r\n".utf8), Array("PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n".utf8),
      Array("PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n".utf8), Array("PROXY tcp4 1.2.3.4 1.2.3.4 1 2\r\n".utf8),
      Array("PROXY  TCP4 1.2.3.4 1.2.3.4 1 2\r\n".utf8), Array("PROXY \r\n".utf8),
      Array(("PROXY UNKNOWN " + String(repeating: "x", count: 200) + "\r\n").utf8),
      Array("PROXY TCP4 \u{661}.1.1.1 1.2.3.4 1 2\r\n".utf8),
      block(0x22, 0x11, addresses4), block(0x11, 0x11, addresses4), block(0x31, 0x11, addresses4),
      block(0x21, 0x41, addresses4), block(0x21, 0x13, addresses4), block(0x21, 0x11, Array(addresses4.dropLast())),
      block(0x21, 0x21, addresses4), block(0x21, 0x31, addresses4),
      block(0x21, 0x11, addresses4 + [4]), block(0x21, 0x11, addresses4 + [4, 0]),
      block(0x21, 0x11, addresses4 + [4, 0, 2, 1]), block(0x21, 0x11, addresses4 + [0x20, 0, 4, 1, 0, 0, 0]),
      block(0x21, 0x11, addresses4 + [3, 0, 4, 1, 2, 3, 4]), block(0x21, 0x11, addresses4 + [3, 0, 3, 1, 2, 3]),
      signature + [0x21, 0x11, 0xFF, 0xFF],
    ])
  func invalid(bytes: [UInt8]) throws {
    for isRequired in [true, false] {
      for isCut in [true, false] {
        let reader = try Reader(isRequired: isRequired)
        if isCut {
          for byte in bytes { reader.receive([byte]) }
        } else {
          reader.receive(bytes)
        }
        #expect(reader.listener.errors == 1)
        reader.receive(Array("NICK x\r\n".utf8))
        #expect(reader.listener.text.isEmpty && reader.listener.events.isEmpty && reader.listener.errors == 1)
      }
    }
  }

  @Test(
    "a connection without a header is refused, or goes on as it is, as is set",
    arguments: ["NICK x\r\n", "PING x\r\n", "\u{16}\u{3}", "\r\nNICK"])
  func absent(text: String) throws {
    let strict = try Reader(isRequired: true)
    strict.receive(Array(text.utf8))
    #expect(strict.listener.errors == 1 && strict.listener.text.isEmpty)
    for isCut in [true, false] {
      let lax = try Reader(isRequired: false)
      if isCut { for byte in text.utf8 { lax.receive([byte]) } } else { lax.receive(Array(text.utf8)) }
      #expect(lax.listener.events == [.proxied(nil)])
      #expect(lax.listener.text == text)
    }
  }

  @Test("the checksum is RFC 4960's (RFC 3720, section B.4)")
  func checksum() {
    #expect(ProxyHeader.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(ProxyHeader.checksum(Array(0...31)) == 0x46DD_794E)
  }

  @Test("the address counts that the proxy names; only TLS that goes all the way, or as far as this machine, is secure")
  func origin() throws {
    var settings = ServerSettings(dataFolder: "")
    settings.trusted = ["127.0.0.0/8", "198.51.100.0/24"].compactMap { Network($0) }
    let limits = ConnectionLimits(settings)
    func info(_ peer: String, tls: Bool = false, _ proxy: ProxyHeader?) throws -> ConnectionInfo {
      ConnectionInfo(
        peer: try #require(NetworkAddress(peer)), isEncrypted: tls, isWebSocket: false, proxy: proxy, limits: limits)
    }
    let direct = try info("::ffff:127.0.0.1", nil)
    #expect(direct.address == "127.0.0.1" && direct.isLoopback && direct.isTrusted && !direct.isSecure)
    let local = try info("127.0.0.1", ProxyHeader(origin: .local))
    #expect(local.address == "127.0.0.1" && local.isLoopback && local.isTrusted)
    let unknown = try info("127.0.0.1", ProxyHeader(origin: .unknown))
    #expect(unknown.address == "127.0.0.1" && !unknown.isLoopback && !unknown.isTrusted)
    let client = try info("127.0.0.1", Self.client("192.0.2.1"))
    #expect(client.address == "192.0.2.1" && !client.isLoopback && !client.isTrusted && !client.isSecure)
    #expect(try !info("127.0.0.1", Self.client("::1")).isLoopback)
    #expect(try info("192.0.2.9", Self.client("198.51.100.7")).isTrusted)
    #expect(try info("127.0.0.1", Self.client("192.0.2.1", isSecure: true)).isSecure)
    #expect(try !info("10.0.0.1", Self.client("192.0.2.1", isSecure: true)).isSecure)
    #expect(try info("10.0.0.1", tls: true, Self.client("192.0.2.1")).isSecure)
  }
}

/// The reader without a network.
private final class Reader {
  final class Listening: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private(set) var text = ""
    private(set) var events: [PreliminaryEvent] = []
    private(set) var errors = 0

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      text += String(decoding: Self.unwrapInboundIn(data).readableBytesView, as: UTF8.self)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
      if let event = event as? PreliminaryEvent { events.append(event) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
      if error is ProxyHeaderReader.Refused { errors += 1 }
    }
  }

  private let channel = EmbeddedChannel()
  let listener = Listening()

  init(isRequired: Bool) throws {
    try channel.pipeline.syncOperations.addHandler(ProxyHeaderReader(isRequired: isRequired))
    try channel.pipeline.syncOperations.addHandler(listener)
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
  }

  deinit { _ = try? channel.finish(acceptAlreadyClosed: true) }

  func receive(_ bytes: [UInt8]) {
    channel.pipeline.fireChannelRead(ByteBuffer(bytes: bytes))
    channel.pipeline.fireChannelReadComplete()
  }
}
