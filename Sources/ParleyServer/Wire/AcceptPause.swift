import NIOCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Stops a listening socket from accepting for a moment when the system has no descriptors or memory left, because trying again at once
/// would only burn time. Other errors concern one connection.
final class AcceptPause: ChannelInboundHandler {
  typealias InboundIn = any Channel

  private static let pause = TimeAmount.milliseconds(200)

  private let reserve: DescriptorReserve?
  private var isPaused = false

  /// - Parameter reserve: given up instead of pausing, for a socket that must go on answering.
  init(reserve: DescriptorReserve? = nil) { self.reserve = reserve }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let error = error as? IOError, [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(error.errnoCode) else {
      return context.fireErrorCaught(error)
    }
    if reserve?.release() == true { return }
    guard !isPaused else { return }
    isPaused = true
    // A read that failed is still wanted, so that the socket would be reported as readable again and again.
    context.channel.setOption(.autoRead, value: false).whenComplete { _ in }
    let handler = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    context.eventLoop.scheduleTask(in: Self.pause) {
      let (pause, context) = handler.value
      pause.isPaused = false
      context.channel.setOption(.autoRead, value: true).whenComplete { _ in }
    }
  }
}
