import Crypto
import NIOCore
import NIOEmbedded
import NIOSSL
import NIOTLS

/// The client's side of TLS without a socket: encrypted bytes in, plain bytes out, and the other way round.
final class TLSFilter {
  private let channel: EmbeddedChannel
  private let events = TLSEvents()

  /// - Parameter protocols: offered with ALPN, the preferred one first.
  init(protocols: [String] = []) throws {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.applicationProtocols = protocols
    // The invitation's fingerprint is what these clients go by.
    configuration.certificateVerification = .none
    let context = try NIOSSLContext(configuration: configuration)
    channel = EmbeddedChannel(handlers: [try NIOSSLClientHandler(context: context, serverHostname: nil), events])
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
  }

  deinit {
    // The server's part of the closing never comes; its absence is noticed on a clock that only moves by hand.
    channel.close(promise: nil)
    channel.embeddedEventLoop.advanceTime(by: .minutes(1))
  }

  /// Lower-case hexadecimal SHA-256 of the server's certificate; nil before the handshake is over.
  var fingerprint: String? {
    guard let certificate = try? channel.pipeline.syncOperations.nioSSL_peerCertificate(),
      let bytes = try? certificate.toDERBytes()
    else { return nil }
    return SHA256.hash(data: bytes).map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }

  /// What the server has chosen by ALPN; nil: nothing, or the handshake is not over.
  var negotiatedProtocol: String? { events.negotiatedProtocol }

  func decrypt(_ bytes: [UInt8]) throws -> [UInt8] {
    // BoringSSL takes an empty read for the end of the stream.
    if bytes.isEmpty { return [] }
    try channel.writeInbound(ByteBuffer(bytes: bytes))
    var plain: [UInt8] = []
    while let buffer = try channel.readInbound(as: ByteBuffer.self) { plain += buffer.readableBytesView }
    return plain
  }

  /// Plain bytes are kept until the handshake is over.
  func encrypt(_ bytes: [UInt8]) { channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }

  /// close_notify.
  func close() { channel.close(promise: nil) }

  /// What has to go to the server now.
  func takeOutput() throws -> [UInt8] {
    var encrypted: [UInt8] = []
    while let buffer = try channel.readOutbound(as: ByteBuffer.self) { encrypted += buffer.readableBytesView }
    return encrypted
  }
}

private final class TLSEvents: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  var negotiatedProtocol: String?

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case TLSUserEvent.handshakeCompleted(let negotiatedProtocol) = event {
      self.negotiatedProtocol = negotiatedProtocol
    }
    context.fireUserInboundEventTriggered(event)
  }
}
