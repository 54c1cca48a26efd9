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
  /// - Throws: `ServerError` with a text for the operator.
  static func bind(
    _ listener: Listener, group: MultiThreadedEventLoopGroup, loops: [Loop]
  ) throws(ServerError) -> any Channel {
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 4096)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .serverChannelOption(.maxMessagesPerRead, value: 64)
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(AcceptBackoffHandler(backoffProvider: pause))
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
          try addHandlers(to: channel, listener, loop)
        }
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
  private static func addHandlers(to channel: any Channel, _ listener: Listener, _ loop: Loop) throws {
    let pipeline = channel.pipeline.syncOperations
    var awaited: Preliminaries = []
    if let peer = channel.remoteAddress?.ipAddress.flatMap({ NetworkAddress($0) }),
      loop.limits.proxies.contains(where: { $0.contains(peer) })
    {
      try pipeline.addHandler(ProxyHeaderReader(isRequired: loop.limits.requiresProxyHeader))
      awaited.insert(.proxyHeader)
    }
    if listener.isSecure {
      guard let context = loop.tlsContext else { throw ChannelError.inappropriateOperationForState }
      try pipeline.addHandler(TLS.handler(context))
      awaited.insert(.tls)
    }
    if listener.isWebSocket {
      try WebSocketHandshake.add(to: pipeline, origins: loop.limits.webSocketOrigins)
      awaited.insert(.webSocket)
    }
    try pipeline.addHandler(Connection(loop: loop, listener: listener, awaited: awaited))
  }

  /// Out of file descriptors or memory: accepting again at once would only burn time. Other errors concern one
  /// connection.
  @Sendable private static func pause(_ error: IOError) -> TimeAmount? {
    switch error.errnoCode {
    case EMFILE, ENFILE, ENOBUFS, ENOMEM: .milliseconds(200)
    default: nil
    }
  }
}

extension IOError {
  /// The system's words for it, such as "Connection reset by peer".
  var reasonText: String { errnoCode == 0 ? description : String(cString: strerror(errnoCode)) }
}
