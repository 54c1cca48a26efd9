package import NIOCore

/// The first handler of connections that come from a proxy: takes the header off, and leaves.
package final class ProxyHeaderReader: ChannelInboundHandler, RemovableChannelHandler {
  package typealias InboundIn = ByteBuffer
  package typealias InboundOut = ByteBuffer

  /// There is none that could be accepted: the connection is to be given up.
  package struct Refused: Error {}

  private let isRequired: Bool
  private var received: [UInt8] = []
  private var isDone = false

  /// - Parameter isRequired: without a header the connection is refused.
  package init(isRequired: Bool) { self.isRequired = isRequired }

  package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isDone else { return }
    received += Self.unwrapInboundIn(data).readableBytesView
    switch ProxyHeader.parse(received) {
    case .incomplete: break
    case .header(let header, let length): finish(header, length, context)
    case .absent where !isRequired: finish(nil, 0, context)
    case .absent, .invalid:
      isDone = true
      received = []
      context.fireErrorCaught(Refused())
    }
  }

  private func finish(_ header: ProxyHeader?, _ length: Int, _ context: ChannelHandlerContext) {
    isDone = true
    let rest = ByteBuffer(bytes: received[length...])
    received = []
    context.fireUserInboundEventTriggered(PreliminaryEvent.proxied(header))
    if rest.readableBytes > 0 { context.fireChannelRead(Self.wrapInboundOut(rest)) }
    _ = context.pipeline.syncOperations.removeHandler(self)
  }
}
