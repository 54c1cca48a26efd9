import IRC
package import NIOCore
package import NIOWebSocket

/// Lines in messages: what comes in as frames goes on as lines with their ends, and the other way round (IRCv3 "websocket":
/// "each message MUST consist of a single IRC line").
///
/// A peer that breaks a rule is told with a Close frame, and its connection ends.
package final class WebSocketTransport: ChannelDuplexHandler {
  package typealias InboundIn = WebSocketFrame
  package typealias InboundOut = ByteBuffer
  package typealias OutboundIn = ByteBuffer
  package typealias OutboundOut = ByteBuffer

  /// Bytes of a message, in one frame or several. Beyond a line's length, so that a line that is too long gets its answer.
  package static let messageBytes = 16_384
  /// Frames of a message. More of them would only cost time: a message of the largest size has 256 bytes in each.
  package static let messageFrames = 64

  /// RFC 6455, section 7.4.1.
  private enum CloseCode: UInt16 {
    case normal = 1000
    case protocolError = 1002
    case notUTF8 = 1007
    case policy = 1008
    case tooLarge = 1009
  }

  private let opcode: WebSocketOpcode
  /// The message whose frames have not all come.
  private var message: (bytes: ByteBuffer, isText: Bool, frames: Int)?
  /// Lines of the read at hand.
  private var lines = ByteBuffer()
  /// The beginning of a line that goes on in the next write.
  private var unfinished = ByteBuffer()
  private var hasEnded = false
  private var hasSentClose = false

  /// - Parameter subprotocol: nil if none was agreed on: then lines are text, which they always can be.
  package init(_ subprotocol: WebSocketSubprotocol?) { opcode = subprotocol == .binary ? .binary : .text }

  // MARK: - From the peer

  package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !hasEnded else { return }
    let frame = Self.unwrapInboundIn(data)
    guard frame.maskKey != nil, frame.reservedBits.isEmpty else { return fail(.protocolError, context) }
    switch frame.opcode {
    case .text, .binary: begin(frame, context)
    case .continuation: proceed(frame, context)
    case .ping:
      charge()
      // An answer that the peer does not read must not pile up (RFC 6455, section 5.5.3).
      if context.channel.isWritable, !hasSentClose { send(.pong, frame.unmaskedData, context) }
    case .pong: charge()
    case .connectionClose: closed(frame.unmaskedData, context)
    default: fail(.protocolError, context)
    }
  }

  /// A frame that completes no message counts as a line against the rate: an empty one.
  private func charge() { lines.writeInteger(UInt8(ascii: "\n")) }

  private func begin(_ frame: WebSocketFrame, _ context: ChannelHandlerContext) {
    guard message == nil else { return fail(.protocolError, context) }
    let isText = frame.opcode == .text
    if frame.fin { return append(frame.unmaskedData, isText: isText, context) }
    message = (frame.unmaskedData, isText, 1)
    charge()
  }

  /// Appends in place, because a copy for each frame would cost the square of their number.
  private func proceed(_ frame: WebSocketFrame, _ context: ChannelHandlerContext) {
    guard let length = message?.bytes.readableBytes else { return fail(.protocolError, context) }
    var data = frame.unmaskedData
    guard length + data.readableBytes <= Self.messageBytes else { return fail(.tooLarge, context) }
    message?.bytes.writeBuffer(&data)
    message?.frames += 1
    if frame.fin, let (bytes, isText, _) = message {
      message = nil
      append(bytes, isText: isText, context)
    } else {
      charge()
      if let message, message.frames >= Self.messageFrames { fail(.policy, context) }
    }
  }

  /// Whole messages, without regard to the subprotocol: text may come in binary messages and the other way round.
  private func append(_ line: ByteBuffer, isText: Bool, _ context: ChannelHandlerContext) {
    var bytes = line.readableBytesView
    while let last = bytes.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") { bytes.removeLast() }
    if bytes.contains(UInt8(ascii: "\n")) { return fail(.policy, context) }
    if isText, bytes.contains(where: { $0 >= 0x80 }), String(validating: bytes, as: UTF8.self) == nil {
      return fail(.notUTF8, context)
    }
    lines.writeBytes(bytes)
    lines.writeStaticString("\r\n")
  }

  package func channelReadComplete(context: ChannelHandlerContext) {
    forward(context)
    context.fireChannelReadComplete()
  }

  private func forward(_ context: ChannelHandlerContext) {
    guard lines.readableBytes > 0 else { return }
    let bytes = lines
    lines = ByteBuffer()
    context.fireChannelRead(Self.wrapInboundOut(bytes))
  }

  package func channelInactive(context: ChannelHandlerContext) {
    forward(context)
    context.fireChannelInactive()
  }

  package func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch error {
    case NIOWebSocketError.invalidFrameLength: fail(.tooLarge, context)
    case is NIOWebSocketError: fail(.protocolError, context)
    default: context.fireErrorCaught(error)
    }
  }

  // MARK: - Ending

  /// The peer's Close frame is answered with its own code (RFC 6455, section 5.5.1).
  private func closed(_ payload: ByteBuffer, _ context: ChannelHandlerContext) {
    var payload = payload
    switch payload.readableBytes {
    case 0: sendClose(nil, context)
    case 1: sendClose(CloseCode.protocolError.rawValue, context)
    default:
      let code = payload.readInteger(as: UInt16.self) ?? 0
      let isValid = (1000...1003).contains(code) || (1007...1014).contains(code) || (3000...4999).contains(code)
      sendClose(isValid ? code : CloseCode.protocolError.rawValue, context)
    }
    end(context)
  }

  private func fail(_ code: CloseCode, _ context: ChannelHandlerContext) {
    guard !hasEnded else { return }
    sendClose(code.rawValue, context)
    end(context)
  }

  private func end(_ context: ChannelHandlerContext) {
    hasEnded = true
    message = nil
    forward(context)
    context.fireUserInboundEventTriggered(PreliminaryEvent.webSocketEnded)
  }

  /// The connection ends from this side: a Close frame is its last word.
  package func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
    if mode != .input { sendClose(CloseCode.normal.rawValue, context) }
    context.close(mode: mode, promise: promise)
  }

  private func sendClose(_ code: UInt16?, _ context: ChannelHandlerContext) {
    guard !hasSentClose, context.channel.isActive else { return }
    var payload = ByteBuffer()
    if let code { payload.writeInteger(code) }
    send(.connectionClose, payload, context)
    hasSentClose = true
  }

  // MARK: - To the peer

  package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let bytes = Self.unwrapOutboundIn(data)
    guard !hasSentClose else {
      promise?.fail(ChannelError.outputClosed)
      return
    }
    var frames = context.channel.allocator.buffer(capacity: bytes.readableBytes + bytes.readableBytes / 16 + 16)
    bytes.withUnsafeReadableBytes { raw in
      var start = 0
      while let end = raw[start...].firstIndex(of: UInt8(ascii: "\n")) {
        write(UnsafeRawBufferPointer(rebasing: raw[start..<end]), into: &frames)
        start = end + 1
      }
      unfinished.writeBytes(raw[start...])
    }
    context.write(Self.wrapOutboundOut(frames), promise: promise)
  }

  /// One line, without its LF, as one message.
  private func write(_ rest: UnsafeRawBufferPointer, into frames: inout ByteBuffer) {
    guard unfinished.readableBytes > 0 else { return writeMessage(rest, into: &frames) }
    unfinished.writeBytes(rest)
    let line = unfinished
    unfinished = ByteBuffer()
    line.withUnsafeReadableBytes { writeMessage($0, into: &frames) }
  }

  private func writeMessage(_ line: UnsafeRawBufferPointer, into frames: inout ByteBuffer) {
    let length = line.last == UInt8(ascii: "\r") ? line.count - 1 : line.count
    Self.writeHeader(opcode, length, into: &frames)
    frames.writeBytes(UnsafeRawBufferPointer(rebasing: line[..<length]))
  }

  /// RFC 6455, section 5.2: FIN, no mask. (NIO's encoder would make two writes of each line.)
  private static func writeHeader(_ opcode: WebSocketOpcode, _ length: Int, into frames: inout ByteBuffer) {
    frames.writeInteger(0x80 | UInt8(webSocketOpcode: opcode))
    switch length {
    case ...125: frames.writeInteger(UInt8(length))
    case ...0xFFFF:
      frames.writeInteger(UInt8(126))
      frames.writeInteger(UInt16(length))
    default:
      frames.writeInteger(UInt8(127))
      frames.writeInteger(UInt64(length))
    }
  }

  private func send(_ opcode: WebSocketOpcode, _ payload: ByteBuffer, _ context: ChannelHandlerContext) {
    var frame = context.channel.allocator.buffer(capacity: 16 + payload.readableBytes)
    var payload = payload
    Self.writeHeader(opcode, payload.readableBytes, into: &frame)
    frame.writeBuffer(&payload)
    context.writeAndFlush(Self.wrapOutboundOut(frame), promise: nil)
  }
}
