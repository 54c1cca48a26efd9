package import IRC
package import NIOCore
package import NIOHTTP1
import NIOWebSocket

/// The handler between HTTP and the connection until the WebSocket is open; then frames take its place.
///
/// It answers one request. What is no request for a WebSocket gets a short answer, and its connection ends.
package final class WebSocketHandshake: ChannelInboundHandler, RemovableChannelHandler {
  package typealias InboundIn = HTTPServerRequestPart
  package typealias InboundOut = ByteBuffer

  private let origins: [Mask]
  private let admit: (HTTPHeaders) -> HTTPResponseStatus?
  private let decoder = HTTPLimits.decoder()
  private var head: HTTPRequestHead?
  private var isDone = false

  private init(origins: [Mask], admit: @escaping (HTTPHeaders) -> HTTPResponseStatus?) {
    self.origins = origins
    self.admit = admit
  }

  /// Adds what a WebSocket needs at the end of a pipeline; the `Connection` is added behind it.
  /// - Parameter admit: asked about a request before it is answered; a status refuses it.
  package static func add(
    to pipeline: ChannelPipeline.SynchronousOperations, origins: [Mask],
    admit: @escaping (HTTPHeaders) -> HTTPResponseStatus? = { _ in nil }
  ) throws {
    let handshake = WebSocketHandshake(origins: origins, admit: admit)
    try pipeline.addHandler(handshake.decoder)
    try pipeline.addHandler(handshake)
  }

  package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isDone else { return }
    switch Self.unwrapInboundIn(data) {
    case .head(let head): self.head = head
    case .body: answer(.refused(.badRequest), context)
    case .end:
      guard let head else { return }
      if let status = admit(head.headers) { return answer(.refused(status), context) }
      answer(WebSocketUpgrade(head, origins: origins), context)
    }
  }

  package func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard error is HTTPParserError || error is ByteToMessageDecoderError.PayloadTooLargeError else {
      return context.fireErrorCaught(error)
    }
    guard !isDone else { return }
    let isTooLarge = error as? HTTPParserError == .headerOverflow || !(error is HTTPParserError)
    answer(.refused(isTooLarge ? .requestHeaderFieldsTooLarge : .badRequest), context)
  }

  private func answer(_ upgrade: WebSocketUpgrade, _ context: ChannelHandlerContext) {
    isDone = true
    head = nil
    context.writeAndFlush(NIOAny(context.channel.allocator.buffer(string: upgrade.response)), promise: nil)
    guard case .accepted(let subprotocol, _) = upgrade else {
      context.fireUserInboundEventTriggered(PreliminaryEvent.refused)
      return
    }
    do {
      try open(subprotocol, context)
    } catch {
      context.fireErrorCaught(error)
    }
  }

  private func open(_ subprotocol: WebSocketSubprotocol?, _ context: ChannelHandlerContext) throws {
    let pipeline = context.pipeline.syncOperations
    try pipeline.addHandlers(
      [
        ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: WebSocketTransport.messageBytes)),
        WebSocketTransport(subprotocol),
      ], position: .after(self))
    context.fireUserInboundEventTriggered(PreliminaryEvent.webSocketOpened)
    _ = pipeline.removeHandler(self)
    // A client may not wait for the answer: what it has sent follows once the decoder is gone.
    let channel = context.channel
    pipeline.removeHandler(decoder).whenSuccess { channel.pipeline.fireChannelReadComplete() }
  }
}
