import NIOCore
import NIOHTTP1

/// The last word to a refused client, and its only handler.
final class RefusalHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let text: String

  init(_ reason: RefusalReason, isWebSocket: Bool) {
    text =
      isWebSocket
      ? HTTPAnswer.text(reason == .serverFull ? .serviceUnavailable : .tooManyRequests, reason.text)
      : "ERROR :\(reason.text)\r\n"
  }

  func channelActive(context: ChannelHandlerContext) {
    context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
    context.close(promise: nil)
  }
}
