import NIOCore
import NIOHTTP1
import NIOPosix

/// Answers `GET /metrics` and `GET /healthz`: on a socket in the data folder for `parleyd status`, and by TCP on loopback where a
/// monitoring system wants it. On the socket, `POST /damage` takes the damage that another command has found, one a line.
enum MetricsListener {
  /// Connections at a time: more are closed at once.
  private static let maximumConnections = 32
  /// Descriptors for a connection and for the files that its answer is read from.
  private static let reserveSize = 6

  struct Answers: Sendable {
    let metrics: @Sendable () -> String
    let problems: @Sendable () -> [String]
    /// nil: damage is not taken here.
    var damaged: (@Sendable (String) -> Void)?
  }

  /// - Throws: `ServerError` with a text for the operator.
  static func bind(
    _ listener: Listener, group: MultiThreadedEventLoopGroup, _ answers: Answers
  ) throws(ServerError) -> any Channel {
    do {
      let address = try SocketAddress(ipAddress: listener.address, port: listener.port)
      return try bootstrap(group, answers).serverChannelOption(.socketOption(.so_reuseaddr), value: 1).bind(to: address)
        .wait()
    } catch let error as IOError {
      throw ServerError("cannot listen for metrics on \(listener.hostText):\(listener.port): \(error.reasonText)")
    } catch {
      throw ServerError("cannot listen for metrics on \(listener.hostText):\(listener.port): \(error)")
    }
  }

  /// For the server's own user alone. What a server that is gone has left is replaced.
  static func bind(
    path: String, group: MultiThreadedEventLoopGroup, _ answers: Answers
  ) throws(ServerError) -> any Channel {
    do {
      let channel = try bootstrap(group, answers).bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true)
        .wait()
      try Files.restrict(path)
      return channel
    } catch let error as IOError {
      throw ServerError(error.reasonText)
    } catch {
      throw ServerError("\(error)")
    }
  }

  private static func bootstrap(_ group: MultiThreadedEventLoopGroup, _ answers: Answers) -> ServerBootstrap {
    let open = Counter()
    let reserve = DescriptorReserve(count: reserveSize)
    return ServerBootstrap(group: group)
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(AcceptPause(reserve: reserve))
        }
      }
      .childChannelOption(.maxMessagesPerRead, value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          open.add()
          channel.closeFuture.whenComplete { _ in
            open.add(-1)
            reserve.fill()
          }
          guard open.value <= maximumConnections else { throw ChannelError.connectPending }
          let pipeline = channel.pipeline.syncOperations
          try pipeline.addHandler(HTTPResponseEncoder())
          try pipeline.addHandler(HTTPLimits.decoder())
          try pipeline.addHandler(MetricsHandler(answers))
        }
      }
  }
}

/// One request, one answer, within a few seconds.
private final class MetricsHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private static let patience = TimeAmount.seconds(5)
  private static let longestBody = 16_384

  private let answers: MetricsListener.Answers
  private var head: HTTPRequestHead?
  private var body = ""
  private var isDone = false
  private var deadline: Scheduled<Void>?

  init(_ answers: MetricsListener.Answers) { self.answers = answers }

  func channelActive(context: ChannelHandlerContext) {
    let channel = context.channel
    deadline = channel.eventLoop.scheduleTask(in: Self.patience) { channel.close(promise: nil) }
  }

  func channelInactive(context: ChannelHandlerContext) { deadline?.cancel() }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isDone else { return }
    switch Self.unwrapInboundIn(data) {
    case .head(let head): self.head = head
    case .body(let part):
      guard answers.damaged != nil, body.utf8.count + part.readableBytes <= Self.longestBody else {
        return send(context, .badRequest, "Bad Request\n")
      }
      body += String(buffer: part)
    case .end:
      if let head { answer(head, context) }
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if isDone || !(error is HTTPParserError) { return context.close(promise: nil) }
    send(context, .badRequest, "Bad Request\n")
  }

  private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    switch (head.method, head.uri.split(separator: "?", maxSplits: 1).first.map(String.init) ?? "") {
    case (.GET, "/metrics"), (.HEAD, "/metrics"):
      send(context, .ok, answers.metrics(), MetricsText.contentType, isHead: head.method == .HEAD)
    case (.GET, "/healthz"), (.HEAD, "/healthz"):
      let problems = answers.problems()
      send(
        context, problems.isEmpty ? .ok : .serviceUnavailable,
        problems.isEmpty ? "ok\n" : problems.map { $0 + "\n" }.joined(), isHead: head.method == .HEAD)
    case (.POST, "/damage") where answers.damaged != nil:
      for words in body.split(separator: "\n") { answers.damaged?(String(words)) }
      send(context, .ok, "ok\n")
    case (_, "/metrics"), (_, "/healthz"): send(context, .methodNotAllowed, "Method Not Allowed\n")
    default: send(context, .notFound, "There are /metrics and /healthz.\n")
    }
  }

  private func send(
    _ context: ChannelHandlerContext, _ status: HTTPResponseStatus, _ body: String,
    _ type: String = "text/plain; charset=utf-8", isHead: Bool = false
  ) {
    isDone = true
    var headers = HTTPHeaders([
      ("Content-Type", type), ("Content-Length", "\(body.utf8.count)"), ("Connection", "close"),
    ])
    if status == .methodNotAllowed { headers.add(name: "Allow", value: "GET, HEAD") }
    context.write(
      Self.wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))), promise: nil)
    if !isHead {
      context.write(Self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
    }
    let channel = context.channel
    context.writeAndFlush(Self.wrapOutboundOut(.end(nil))).whenComplete { _ in
      // One direction first: with unread input the answer might be lost. The deadline does the rest.
      channel.close(mode: .output, promise: nil)
    }
  }
}
