import IRC
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import ParleySession

/// What a transport reports; on its event loop.
protocol TransportOwner: AnyObject {
  func connected(_ connection: ConnectionID, fingerprint: String?)
  func received(_ connection: ConnectionID, _ buffer: ByteBuffer)
  func closed(_ connection: ConnectionID, _ end: ConnectionEnd)
}

/// Connections on one event loop, TLS included. Used on that loop only.
final class Transport {
  private static let connectTimeout = TimeAmount.seconds(20)
  private static let handshakeTimeout = TimeAmount.seconds(20)
  /// Bytes that wait for a server to read. One that has so many waiting when more are written does not read.
  private static let maximumUnwritten = 1_048_576

  private let loop: any EventLoop
  weak var owner: (any TransportOwner)?
  private var channels: [ConnectionID: any Channel] = [:]
  /// Bytes of connections that stand, written and not taken by the system yet.
  private var unwritten: [ConnectionID: Int] = [:]
  /// From the attempt to the end.
  private var attempts: [ConnectionID: Attempt] = [:]
  private var contexts: [ContextKey: NIOSSLContext] = [:]

  private struct ContextKey: Hashable {
    var isVerified: Bool
    var certificatePath: String?
  }

  private struct Attempt {
    let resolver: HostResolver
    /// What is tried: several when the host has several addresses.
    var channels: [any Channel] = []
  }

  init(loop: any EventLoop) { self.loop = loop }

  func connect(_ connection: ConnectionID, _ endpoint: Endpoint) {
    let context: NIOSSLContext?
    do {
      context = try self.context(endpoint)
    } catch {
      let text = "the certificate \(endpoint.certificatePath ?? "") cannot be used: \(FailureWords.of(error))"
      return loop.execute(sending { $0.owner?.closed(connection, .noCertificate(text)) })
    }
    let resolver = HostResolver(loop: loop)
    attempts[connection] = Attempt(resolver: resolver)
    let transport = NIOLoopBound(self, eventLoop: loop)
    ClientBootstrap(group: loop)
      .resolver(resolver)
      .connectTimeout(Self.connectTimeout)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelOption(.socketOption(.so_keepalive), value: 1)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          // Closed meanwhile: the host's other addresses are not tried any more.
          guard transport.value.attempts[connection] != nil else { throw ChannelError.alreadyClosed }
          if let context {
            try channel.pipeline.syncOperations.addHandler(Self.tls(context, host: endpoint.host))
          }
          let handler = ConnectionHandler(connection, isSecure: context != nil, transport: transport.value)
          try channel.pipeline.syncOperations.addHandler(handler)
          transport.value.attempts[connection]?.channels.append(channel)
        }
      }
      .connect(host: endpoint.host, port: Int(endpoint.port))
      .whenComplete { result in
        if case .failure(let error) = result {
          transport.value.end(connection, nil, .lost(FailureWords.of(error)))
        }
      }
  }

  func write(_ connection: ConnectionID, _ bytes: [UInt8]) {
    guard let channel = channels[connection] else { return }
    let waiting = unwritten[connection] ?? 0
    guard waiting <= Self.maximumUnwritten else {
      end(connection, channel, .lost("the server does not read"))
      return channel.close(mode: .all, promise: nil)
    }
    let count = bytes.count
    unwritten[connection] = waiting + count
    let transport = NIOLoopBound(self, eventLoop: loop)
    channel.writeAndFlush(channel.allocator.buffer(bytes: bytes)).whenComplete { _ in
      transport.value.wrote(count, to: connection)
    }
  }

  private func wrote(_ count: Int, to connection: ConnectionID) {
    if let waiting = unwritten[connection] { unwritten[connection] = waiting - count }
  }

  /// Closes after what was written, and reports nothing any more.
  func close(_ connection: ConnectionID) {
    let attempt = attempts.removeValue(forKey: connection)
    unwritten[connection] = nil
    guard let channel = channels.removeValue(forKey: connection) else {
      attempt?.resolver.cancelQueries()
      for channel in attempt?.channels ?? [] { channel.close(mode: .all, promise: nil) }
      return
    }
    // A flush of nothing comes after what is being written; a peer that does not read is not waited for.
    let deadline = channel.eventLoop.scheduleTask(in: .seconds(2)) { channel.close(mode: .all, promise: nil) }
    channel.writeAndFlush(channel.allocator.buffer(capacity: 0)).whenComplete { _ in
      deadline.cancel()
      channel.close(mode: .all, promise: nil)
    }
  }

  /// Closes everything; the future is done when all sockets are.
  func closeAll() -> EventLoopFuture<Void> {
    let closing = attempts.values.flatMap(\.channels).map(\.closeFuture)
    for connection in attempts.keys { close(connection) }
    return EventLoopFuture.andAllComplete(closing, on: loop)
  }

  // MARK: - From the handlers

  fileprivate func began(_ connection: ConnectionID, _ channel: any Channel, fingerprint: String?) {
    guard attempts[connection] != nil, channels[connection] == nil else {
      return channel.close(mode: .all, promise: nil)
    }
    channels[connection] = channel
    owner?.connected(connection, fingerprint: fingerprint)
  }

  fileprivate func received(_ connection: ConnectionID, _ channel: any Channel, _ buffer: ByteBuffer) {
    if channels[connection] === channel { owner?.received(connection, buffer) }
  }

  /// - Parameter channel: The one that has ended; nil: none came about.
  fileprivate func end(_ connection: ConnectionID, _ channel: (any Channel)?, _ end: ConnectionEnd) {
    // One of several addresses that was not the first to answer.
    if let begun = channels[connection], begun !== channel { return }
    channels[connection] = nil
    unwritten[connection] = nil
    if attempts.removeValue(forKey: connection) != nil { owner?.closed(connection, end) }
  }

  private func sending(_ body: @escaping (Transport) -> Void) -> @Sendable () -> Void {
    let bound = NIOLoopBound((self, body), eventLoop: loop)
    return { bound.value.1(bound.value.0) }
  }

  // MARK: - TLS

  private func context(_ endpoint: Endpoint) throws -> NIOSSLContext? {
    guard endpoint.verification != .none else { return nil }
    let key = ContextKey(isVerified: endpoint.verification == .authorities, certificatePath: endpoint.certificatePath)
    // Our own certificate's file may have changed.
    if key.certificatePath == nil, let context = contexts[key] { return context }
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv12
    configuration.shutdownTimeout = .seconds(2)
    if !key.isVerified {
      configuration.certificateVerification = .none
      configuration.trustRoots = .certificates([])
    }
    if let path = key.certificatePath {
      configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(path).map { .certificate($0) }
      configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: path, format: .pem))
    }
    let context = try NIOSSLContext(configuration: configuration)
    if key.certificatePath == nil { contexts[key] = context }
    return context
  }

  private static func tls(_ context: NIOSSLContext, host: String) throws -> NIOSSLClientHandler {
    // RFC 6066, section 3: literal addresses are not names.
    let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
    var configuration = NIOSSLHandler.Configuration()
    configuration.maximumPreservedOutboundBufferCapacity = 16_384
    return try NIOSSLClientHandler(
      context: context, serverHostname: isAddress ? nil : host, configuration: configuration)
  }

  fileprivate static func fingerprint(_ certificate: NIOSSLCertificate) -> String? {
    guard let bytes = try? certificate.toDERBytes() else { return nil }
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: SHA256.hash(bytes).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  fileprivate static func isDistrust(_ error: any Error) -> Bool {
    if let error = error as? NIOSSLError {
      switch error {
      case .unableToValidateCertificate, .noCertificateToValidate, .cannotFindPeerIP, .cannotMatchULabel: return true
      default: break
      }
    }
    if let error = error as? NIOSSLExtraError, error == .failedToValidateHostname { return true }
    return "\(error)".contains(bytes: "CERTIFICATE_VERIFY_FAILED")
  }
}

/// One connection's end of the pipeline.
private final class ConnectionHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let connection: ConnectionID
  private let isSecure: Bool
  private let transport: Transport
  private var hasBegun = false
  private var reason: ConnectionEnd?
  private var timeout: Scheduled<Void>?

  init(_ connection: ConnectionID, isSecure: Bool, transport: Transport) {
    self.connection = connection
    self.isSecure = isSecure
    self.transport = transport
  }

  func channelActive(context: ChannelHandlerContext) {
    if !isSecure { return begin(context, nil) }
    let channel = context.channel
    timeout = context.eventLoop.scheduleTask(in: .seconds(20)) { channel.close(mode: .all, promise: nil) }
  }

  private func begin(_ context: ChannelHandlerContext, _ fingerprint: String?) {
    guard !hasBegun else { return }
    hasBegun = true
    timeout?.cancel()
    transport.began(connection, context.channel, fingerprint: fingerprint)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard case .handshakeCompleted? = event as? TLSUserEvent else {
      return context.fireUserInboundEventTriggered(event)
    }
    let handler = try? context.pipeline.syncOperations.handler(type: NIOSSLClientHandler.self)
    guard let certificate = handler?.peerCertificate, let fingerprint = Transport.fingerprint(certificate) else {
      reason = .lost("the server showed no certificate")
      return context.close(mode: .all, promise: nil)
    }
    begin(context, fingerprint)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    transport.received(connection, context.channel, unwrapInboundIn(data))
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if reason == nil {
      let text = FailureWords.of(error)
      reason = !hasBegun && Transport.isDistrust(error) ? .untrusted(text) : .lost(text)
    }
    context.close(mode: .all, promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    timeout?.cancel()
    transport.end(
      connection, context.channel, reason ?? .lost(hasBegun ? "the server closed the connection" : "no answer"))
  }
}
