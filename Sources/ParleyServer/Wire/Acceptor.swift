import NIOCore
import NIOPosix
import ParleyCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Opens listening sockets whose connections spread over the loops.
enum Acceptor {
  /// Bytes that the system may keep of what a client has sent. All of them arrive at once when the client leaves.
  static let receiveBuffer = 65_536

  /// The same for all listeners.
  struct Shared: Sendable {
    let group: MultiThreadedEventLoopGroup
    let loops: [Loop]
    let admission: AdmissionTable
    let networks: SharedNetworks
    let report: AdmissionReport
  }

  /// - Parameter isIPv6Only: an IPv4 listener has the same port.
  /// - Throws: `ServerError` with a text for the operator.
  static func bind(
    _ listener: Listener, isIPv6Only: Bool, _ shared: Shared
  ) throws(ServerError) -> any Channel {
    let verdicts = AdmissionVerdicts()
    let loops = shared.loops
    var bootstrap = ServerBootstrap(group: shared.group)
      .serverChannelOption(.backlog, value: 4096)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .serverChannelOption(.socketOption(.so_rcvbuf), value: SocketOptionValue(receiveBuffer))
      .serverChannelOption(.maxMessagesPerRead, value: 16)
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(AcceptGate(listener, shared, verdicts))
          try channel.pipeline.syncOperations.addHandler(AcceptPause())
        }
      }
      .childChannelOption(.autoRead, value: false)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelOption(.socketOption(.so_keepalive), value: 1)
      .childChannelOption(.maxMessagesPerRead, value: 1)
      .childChannelOption(
        .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 1024, maximum: 16_384)
      )
      .childChannelOption(
        .writeBufferWaterMark, value: .init(low: Connection.channelBytes / 4, high: Connection.channelBytes)
      )
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          guard let loop = loops.first(where: { $0.eventLoop === channel.eventLoop }) else {
            throw ChannelError.inappropriateOperationForState
          }
          switch verdicts.take(channel) {
          case .admitted(let ticket): try addHandlers(to: channel, listener, loop, ticket)
          case .refused(let reason):
            try channel.pipeline.syncOperations.addHandler(
              RefusalHandler(reason, isWebSocket: listener.isWebSocket))
          case nil: throw ChannelError.ioOnClosedChannel
          }
        }
      }
    if isIPv6Only {
      bootstrap = bootstrap.serverChannelOption(
        ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only), value: 1)
    }
    if !listener.isSecure, !listener.isWebSocket {
      // A client that has sent its last line still gets the answers.
      bootstrap = bootstrap.childChannelOption(.allowRemoteHalfClosure, value: true)
    }
    do {
      let address = try SocketAddress(ipAddress: listener.address, port: listener.port)
      return try bootstrap.bind(to: address).wait()
    } catch let error as IOError {
      throw ServerError("cannot listen on \(listener): \(error.reasonText)")
    } catch {
      throw ServerError("cannot listen on \(listener): \(error)")
    }
  }

  /// A header of a proxy, TLS, HTTP and WebSocket frames as far as they are wanted, and the connection itself.
  private static func addHandlers(
    to channel: any Channel, _ listener: Listener, _ loop: Loop, _ ticket: AdmissionTicket
  ) throws {
    guard let peer = channel.remoteAddress.flatMap({ NetworkAddress($0) }) else { throw ChannelError.ioOnClosedChannel }
    let pipeline = channel.pipeline.syncOperations
    var awaited: Preliminaries = []
    if loop.limits.isProxy(peer) {
      // A proxy that speaks HTTP may say in the request whom it speaks for.
      let isRequired = loop.limits.requiresProxyHeader && !listener.isWebSocket
      try pipeline.addHandler(ProxyHeaderReader(isRequired: isRequired))
      awaited.insert(.proxyHeader)
    }
    if listener.isSecure {
      guard let tls = loop.tls else { throw ChannelError.inappropriateOperationForState }
      try pipeline.addHandler(PlaintextGuard())
      try pipeline.addHandler(tls.handler(isWebSocket: listener.isWebSocket))
      awaited.insert(.tls)
    }
    if listener.isWebSocket { awaited.insert(.webSocket) }
    let connection = Connection(loop: loop, listener: listener, peer: peer, ticket: ticket, awaited: awaited)
    if listener.isWebSocket {
      try WebSocketHandshake.add(to: pipeline, origins: loop.limits.webSocketOrigins) { connection.forwarded($0) }
    }
    try pipeline.addHandler(connection)
  }
}

extension IOError {
  /// The system's words for it, such as "Connection reset by peer".
  var reasonText: String { errnoCode == 0 ? description : String(cString: strerror(errnoCode)) }
}
