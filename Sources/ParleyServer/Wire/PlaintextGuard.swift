package import NIOCore
import ParleyCore

/// The handler ahead of TLS: a client that does not speak TLS is told so in words, instead of in an alert that it cannot read. It leaves
/// with the first byte of a handshake.
package final class PlaintextGuard: ChannelInboundHandler, RemovableChannelHandler {
  package typealias InboundIn = ByteBuffer
  package typealias InboundOut = ByteBuffer
  package typealias OutboundOut = ByteBuffer

  /// Bytes that are read of a client before it is told.
  private static let limit = 1024
  /// How long a client may take to close after that.
  private static let patience = TimeAmount.seconds(2)

  private var received = ByteBuffer()
  private var isDone = false

  package init() {}

  package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isDone else { return }
    var bytes = Self.unwrapInboundIn(data)
    received.writeBuffer(&bytes)
    guard let first = received.readableBytesView.first else { return }
    if first == 0x16 {
      isDone = true
      context.fireChannelRead(Self.wrapInboundOut(received))
      received = ByteBuffer()
      return context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }
    switch ForeignProtocol.guess(received.readableBytesView, limit: Self.limit) {
    case .undecided: break
    case .irc, .foreign(.tls):
      // Bytes that are no text come from a program that would not read any.
      let isText = first >= 0x20 && first < 0x7F
      answer(isText ? Array("ERROR :\(RefusalReason.notTLS.text)\r\n".utf8) : [], context)
    case .foreign(let other): answer(other.answer(isPlaintextOnTLS: true), context)
    }
  }

  /// The socket is closed in one direction first, so that unread input does not destroy the answer.
  private func answer(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
    isDone = true
    received = ByteBuffer()
    if !bytes.isEmpty { context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil) }
    context.close(mode: .output, promise: nil)
    context.fireUserInboundEventTriggered(PreliminaryEvent.notTLS)
    let loopBound = context.loopBound
    context.eventLoop.scheduleTask(in: Self.patience) { loopBound.value.close(promise: nil) }
  }
}
