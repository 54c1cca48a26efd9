import IRC
import NIOCore
import NIOSSL
import NIOTLS
import ParleyCore

/// A client's socket: bytes in become lines for the core, bytes from the core's effects leave through one outbox.
///
/// The last handler of its pipeline, behind those of the `Preliminaries` that there are. Everything happens on its event loop. The channel
/// must not read by itself: each read is asked for, and not asked for while the client has to wait.
final class Connection: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private enum Phase {
    /// Not known to the core: accepted, or amid its preliminaries.
    case starting
    case open(ConnectionID)
    /// The last bytes are leaving; input is ignored.
    case closing
    case closed
  }

  /// Below this a long answer goes on.
  private static let drainedBytes = 16_384
  /// The channel counts as blocked while more than this waits in it: what may be queued unseen.
  static let channelBytes = 65_536
  /// Bytes given to the network at once. For TLS one record: its handler keeps a buffer as large as the largest write.
  private static let plainChunk = channelBytes, secureChunk = 16_384
  /// Input kept while the client has to wait. More arrives only with the end of the stream.
  private static let stashBytes = 65_536

  private let loop: Loop
  private let isSecure: Bool
  private let isWebSocket: Bool
  /// Of `LoopCounters.kinds`.
  var kind: Int { LoopCounters.kind(isSecure: isSecure, isWebSocket: isWebSocket) }
  /// What has to come before the core hears of the connection.
  private var awaited: Preliminaries
  private var proxy: ProxyHeader?
  private var context: ChannelHandlerContext?
  private var phase = Phase.starting

  // Input.
  private var framer = LineFramer(limit: ParserLimits.server.contentBytes)
  private var lines: [InboundLine] = []
  /// Bytes that have been read but not yet framed.
  private var stash = ByteBuffer()
  private var rate = LineRate()
  private var hasReceived = false
  /// The core wants no input.
  private var isPaused = false
  /// The client has sent too fast.
  private var isThrottled = false
  private var isHeldBack = false

  // Output.
  private var outbox = ByteBuffer()
  private var isWritable = true
  private var mustReportDrained = false
  private var hasShutOutput = false
  private(set) var progress = 0
  private var reception = Reception()
  /// Too much of what the client was sent is waiting: it is given nothing more to do.
  private var isBackedUp = false

  /// - Parameter awaited: what the handlers before this one will tell.
  init(loop: Loop, listener: Listener, awaited: Preliminaries) {
    self.loop = loop
    isSecure = listener.isSecure
    isWebSocket = listener.isWebSocket
    self.awaited = awaited
  }

  // MARK: - The channel's life

  func channelActive(context: ChannelHandlerContext) {
    self.context = context
    guard loop.opened(self) else { return refuse(context) }
    if awaited.isEmpty {
      announce(context)
      requestRead()
    } else {
      loop.watch(self)
      context.read()
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case TLSUserEvent.handshakeCompleted: passed(.tls, context)
    case PreliminaryEvent.proxied(let header):
      proxy = header
      passed(.proxyHeader, context)
    case PreliminaryEvent.webSocketOpened: passed(.webSocket, context)
    case PreliminaryEvent.refused:
      loop.counters.failedHandshakes.add()
      close()
    case PreliminaryEvent.webSocketEnded:
      end(.closed)
      close()
    default: context.fireUserInboundEventTriggered(event)
    }
  }

  private func passed(_ preliminary: Preliminaries, _ context: ChannelHandlerContext) {
    guard case .starting = phase, awaited.contains(preliminary) else { return }
    awaited.remove(preliminary)
    if awaited.isEmpty { announce(context) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if case .starting = phase { loop.counters.failedHandshakes.add() }
    end(Self.reason(error))
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    end(.closed)
    phase = .closed
    self.context = nil
    stash = ByteBuffer()
    outbox = ByteBuffer()
    loop.closed(self)
  }

  private func announce(_ context: ChannelHandlerContext) {
    guard let peer = context.remoteAddress?.ipAddress,
      var info = ConnectionInfo(
        peer: peer, isEncrypted: isSecure, isWebSocket: isWebSocket, proxy: proxy, limits: loop.limits)
    else {
      context.close(promise: nil)
      return
    }
    if isSecure, let certificate = try? context.pipeline.syncOperations.nioSSL_peerCertificate() {
      info.certificateFingerprint = Fingerprint.of(certificate)
    }
    rate.isUnlimited = info.isTrusted || loop.limits.linesPerSecond == 0
    rate.fill(loop.limits)
    phase = .open(loop.announce(self, info))
  }

  private func refuse(_ context: ChannelHandlerContext) {
    phase = .closing
    loop.counters.refusedFull.add()
    if !awaited.isEmpty {
      // A handshake would cost more than a refusal is worth.
      context.close(promise: nil)
    } else {
      append("ERROR :This server is full. Please try again later.\r\n")
      close()
    }
  }

  /// The connection has ended by itself, and the core does not know yet.
  private func end(_ reason: DisconnectReason) {
    guard case .open(let id) = phase else { return }
    pass()
    phase = .closing
    loop.disconnected(id, reason)
  }

  private static func reason(_ error: any Error) -> DisconnectReason {
    switch error {
    case NIOSSLError.uncleanShutdown: .closed
    case let error as IOError: .failed(error.reasonText)
    case is NIOSSLError, is BoringSSLError: .failed("TLS error")
    default: .failed("Connection error")
    }
  }

  // MARK: - Input

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .open = phase else { return }
    var bytes = Self.unwrapInboundIn(data)
    loop.counters.bytesIn.add(bytes.readableBytes)
    if !hasReceived {
      hasReceived = true
      if !isSecure, !isWebSocket, ForeignProtocol.isSpoken(in: bytes.readableBytesView) {
        return rejectForeignProtocol()
      }
    }
    if isPaused || isThrottled || isBackedUp || stash.readableBytes > 0 {
      if stash.readableBytes < Self.stashBytes { stash.writeBuffer(&bytes) }
    } else {
      frame(&bytes)
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    pass()
    requestRead()
  }

  /// Cuts lines as far as the rate allows; the rest waits in the stash.
  private func frame(_ bytes: inout ByteBuffer) {
    bytes.readWithUnsafeReadableBytes { raw in
      var length = raw.count
      if !rate.isUnlimited {
        let count: Int
        (length, count) = Self.prefix(raw, lines: rate.available(loop.limits))
        rate.spend(count)
      }
      InboundLine.collect(UnsafeRawBufferPointer(rebasing: raw[..<length]), with: &framer, into: &lines)
      return length
    }
    if bytes.readableBytes > 0 {
      stash = bytes
      throttle()
    }
  }

  /// How many bytes hold at most so many complete lines; all of them when there are no more lines than that.
  private static func prefix(_ bytes: UnsafeRawBufferPointer, lines allowed: Int) -> (length: Int, lines: Int) {
    var length = 0
    var count = 0
    for index in bytes.indices where bytes[index] == UInt8(ascii: "\n") {
      if count == allowed { return (length, count) }
      count += 1
      length = index + 1
    }
    return (bytes.count, count)
  }

  /// Hands lines to the core.
  private func pass() {
    guard case .open(let id) = phase, !lines.isEmpty else { return }
    loop.received(id, lines)
    lines = []
  }

  private func throttle() {
    guard let context else { return }
    isThrottled = true
    loop.counters.throttled.add()
    context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(rate.millisecondsToNext(loop.limits))) {
      self.isThrottled = false
      self.proceed()
    }
  }

  /// Goes on with what was kept, then with reading.
  private func proceed() {
    guard case .open = phase, !isPaused, !isThrottled, !isBackedUp else { return }
    if stash.readableBytes > 0 {
      var bytes = stash
      stash = ByteBuffer()
      frame(&bytes)
      pass()
    }
    requestRead()
  }

  private func requestRead() {
    guard let context else { return }
    switch phase {
    case .open:
      if isPaused || isThrottled || isBackedUp || stash.readableBytes > 0 { return }
      if loop.isCongested {
        if !isHeldBack { loop.holdBack(self) }
        isHeldBack = true
        return
      }
      context.read()
    case .starting, .closing: context.read()
    case .closed: break
    }
  }

  /// The core can take lines again.
  func relieved() {
    isHeldBack = false
    requestRead()
  }

  /// A browser, or a TLS client at the port without TLS: nothing it says is meant for us.
  private func rejectForeignProtocol() {
    loop.counters.notIRC.add()
    end(.failed("Not IRC"))
    append("ERROR :This is an IRC server.\r\n")
    close()
  }

  // MARK: - Ending

  /// Sends what is queued, then closes; whatever is left after `Loop.patience` is cut.
  private func close() {
    phase = .closing
    stash = ByteBuffer()
    lines = []
    loop.watch(self)
    flush()
    shutOutput()
    requestRead()
  }

  /// Once everything has been given to the channel. A socket is closed in one direction first: closed in both with
  /// unread input, it would be reset, and the peer might never see why.
  private func shutOutput() {
    guard case .closing = phase, !hasShutOutput, outbox.readableBytes == 0, let context else { return }
    hasShutOutput = true
    context.close(mode: isSecure ? .all : .output, promise: nil)
  }

  /// `Loop.patience` is over for a handshake or for a last word.
  func deadlinePassed() {
    switch phase {
    case .starting:
      loop.counters.failedHandshakes.add()
      abort()
    case .closing: abort()
    case .open, .closed: break
    }
  }

  /// The server closes: a connection the core does not know of ends now.
  func giveUpHandshake() {
    if case .starting = phase { abort() }
  }

  func abort() { context?.close(promise: nil) }

  private func append(_ text: String) {
    var text = text
    text.withUTF8 { _ = append(UnsafeRawBufferPointer($0)) }
  }
}

extension Connection: LoopSink {
  func append(_ bytes: UnsafeRawBufferPointer) -> Int {
    if outbox.capacity == 0 { outbox = loop.takeBuffer() }
    outbox.writeBytes(bytes)
    return outbox.readableBytes + (isWritable ? 0 : Self.channelBytes)
  }

  @discardableResult
  func flush() -> Int {
    guard let context else { return 0 }
    let chunk = isSecure ? Self.secureChunk : Self.plainChunk
    while isWritable, outbox.readableBytes > 0 {
      let buffer = outbox.readableBytes <= chunk ? takeOutbox() : takeChunk(chunk)
      progress += buffer.readableBytes
      loop.counters.bytesOut.add(buffer.readableBytes)
      context.writeAndFlush(Self.wrapOutboundOut(buffer), promise: nil)
      loop.giveBack(buffer)
    }
    if mustReportDrained, isWritable || outbox.readableBytes + Self.channelBytes < Self.drainedBytes {
      mustReportDrained = false
      if case .open(let id) = phase { loop.drained(id) }
    }
    let waiting = outbox.readableBytes
    if waiting > loop.limits.sendQueueBytes / 2 {
      isBackedUp = true
    } else if isBackedUp, waiting <= loop.limits.sendQueueBytes / 4 {
      isBackedUp = false
      context.eventLoop.assumeIsolated().execute { self.proceed() }
    }
    return waiting + (isWritable ? 0 : Self.channelBytes)
  }

  func updateProgress() {
    if let context, reception.hasProgressed(context.channel) { progress += 1 }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    isWritable = context.channel.isWritable
    if isWritable {
      flush()
      shutOutput()
    }
  }

  private func takeOutbox() -> ByteBuffer {
    let buffer = outbox
    outbox = ByteBuffer()
    return buffer
  }

  /// Copies a part that ends with a line, so that whatever happens next, nothing half-said is followed by something
  /// else.
  private func takeChunk(_ size: Int) -> ByteBuffer {
    let length = outbox.withUnsafeReadableBytes { bytes in
      (bytes[..<size].lastIndex(of: UInt8(ascii: "\n")) ?? size - 1) + 1
    }
    var buffer = loop.takeBuffer()
    outbox.withUnsafeReadableBytes { _ = buffer.writeBytes(UnsafeRawBufferPointer(rebasing: $0[..<length])) }
    outbox.moveReaderIndex(forwardBy: length)
    if outbox.readerIndex > outbox.capacity / 2 { outbox.discardReadBytes() }
    return buffer
  }

  func finish() { close() }

  func cutOff() {
    outbox = ByteBuffer()
    append("ERROR :Closing link: send queue exceeded\r\n")
    close()
  }

  func setReading(_ isWanted: Bool) {
    isPaused = !isWanted
    if isWanted { proceed() }
  }

  func reportWhenDrained() { mustReportDrained = true }
}
