import IRC
import NIOCore
import NIOHTTP1
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
  /// Input kept while the client has to wait. More arrives only with the end of the stream, which brings everything that the system
  /// had kept: less than this, see `Acceptor.receiveBuffer`.
  private static let stashBytes = 4 * Acceptor.receiveBuffer
  /// How long lines are carried out, at the rate that the client is allowed, after it has gone.
  private static let afterlife = TimeAmount.seconds(180)

  private let loop: Loop
  private let ticket: AdmissionTicket
  private let peer: NetworkAddress
  private let isSecure: Bool
  private let isWebSocket: Bool
  /// Of `LoopCounters.kinds`.
  var kind: Int { LoopCounters.kind(isSecure: isSecure, isWebSocket: isWebSocket) }
  /// Milliseconds of the monotonic clock.
  private let openedAt = MonotonicClock.milliseconds()
  /// What has to come before the core hears of the connection.
  private var awaited: Preliminaries
  private var proxy: ProxyHeader?
  private var context: ChannelHandlerContext?
  private var phase = Phase.starting
  /// Somebody has registered on it.
  private var isRegistered = false
  /// A guest is at it.
  private var isGuest = false
  /// The reason for refusing it has been counted.
  private var isReported = false

  // Input.
  private var framer = LineFramer(limit: ParserLimits.server.contentBytes)
  private var lines: [InboundLine] = []
  /// Bytes that have been read but not yet framed.
  private var stash = ByteBuffer()
  private var rate = LineRate()
  /// It is not known yet whether the client speaks IRC; its first bytes are in the stash.
  private var isUnrecognised = true
  /// The core wants no input.
  private var isPaused = false
  /// The client has sent too fast.
  private var isThrottled = false
  private var isHeldBack = false
  /// No more input comes. What has come is still carried out.
  private var inputEnd: DisconnectReason?
  private var hasPassedEnd = false
  /// Why the socket failed.
  private var failure: DisconnectReason?

  // Output.
  private var outbox = OutputBuffer()
  private var isWritable = true
  private var mustReportDrained = false
  private var hasShutOutput = false
  private(set) var written = 0
  private(set) var progress = 0
  private(set) var isFull = false
  /// Bytes that have been given to the channel.
  private var handedOver = 0
  /// Too much of what the client was sent is waiting: it is given nothing more to do.
  private var isBackedUp = false

  /// - Parameter awaited: what the handlers before this one will tell.
  init(loop: Loop, listener: Listener, peer: NetworkAddress, ticket: AdmissionTicket, awaited: Preliminaries) {
    self.loop = loop
    self.peer = peer
    self.ticket = ticket
    isSecure = listener.isSecure
    isWebSocket = listener.isWebSocket
    self.awaited = awaited
  }

  // MARK: - The channel's life

  func channelActive(context: ChannelHandlerContext) {
    self.context = context
    guard loop.opened(self) else { return abort() }
    let connection = NIOLoopBound(self, eventLoop: loop.eventLoop)
    let eventLoop = loop.eventLoop
    loop.admission.onDisplaced(ticket) { eventLoop.execute { connection.value.giveWay() } }
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
      guard mayNameItsClientLater || isAdmitted() else { return }
      passed(.proxyHeader, context)
    case PreliminaryEvent.webSocketOpened: passed(.webSocket, context)
    case PreliminaryEvent.refused:
      if !isReported { loop.report.refused(.handshake, address) }
      close()
    case PreliminaryEvent.notTLS:
      loop.report.refused(.notTLS, address)
      phase = .closing
      requestRead()
    case PreliminaryEvent.webSocketEnded:
      endInput(.closed)
      shutOutputAtOnce()
    case ChannelEvent.inputClosed: inputClosed()
    default: context.fireUserInboundEventTriggered(event)
    }
  }

  private func passed(_ preliminary: Preliminaries, _ context: ChannelHandlerContext) {
    guard case .starting = phase, awaited.contains(preliminary) else { return }
    awaited.remove(preliminary)
    if awaited.isEmpty { announce(context) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if case .starting = phase, !(error is IOError) {
      loop.report.refused(error is ProxyHeaderReader.Refused ? .proxyHeader : .handshake, address)
    }
    failure = Self.reason(error)
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    self.context = nil
    outbox = OutputBuffer()
    loop.closed(self)
    guard case .open = phase else {
      phase = .closed
      stash = ByteBuffer()
      return
    }
    // The place is kept until the lines that have arrived are carried out, so that nobody gets around the limits.
    loop.admission.keep(ticket)
    endInput(failure ?? .closed)
    flush()
    // Nothing that it was sent waits any more.
    if isBackedUp {
      isBackedUp = false
      proceed()
    }
  }

  private func announce(_ context: ChannelHandlerContext) {
    var info = ConnectionInfo(
      peer: peer, isEncrypted: isSecure, isWebSocket: isWebSocket, proxy: proxy, limits: loop.limits)
    if isSecure, !isWebSocket, let certificate = try? context.pipeline.syncOperations.nioSSL_peerCertificate() {
      info.certificateFingerprint = Fingerprint.of(certificate)
    }
    rate.isTrusted = info.isTrusted
    rate.fill(loop.limits)
    phase = .open(loop.announce(self, info))
  }

  // MARK: - Admission

  /// The address that the connection counts for, as far as it is known.
  private var address: NetworkAddress {
    if case .client(let client) = proxy?.origin { return client }
    return peer
  }

  /// It comes from a proxy that may name its client in the head of an HTTP request.
  private var mayNameItsClientLater: Bool {
    isWebSocket && proxy?.origin != .unknown && loop.limits.isProxy(address)
  }

  /// Counts the connection for the address that a proxy has named. If that has too many, the connection ends.
  private func isAdmitted() -> Bool {
    let isKnown = proxy?.origin != .unknown
    let standing = loop.limits.standing(of: address, isKnown: isKnown)
    guard let reason = loop.admission.move(ticket, to: address, as: standing) else { return true }
    dismiss(reason)
    return false
  }

  /// Takes what an HTTP request says of its client.
  /// - Returns: the status to refuse the request with; nil: it may go on.
  func forwarded(_ headers: HTTPHeaders) -> HTTPResponseStatus? {
    guard mayNameItsClientLater else { return nil }
    switch ForwardedFor(headers, from: address, proxies: loop.limits.proxies) {
    case .absent:
      guard proxy != nil || !loop.limits.requiresProxyHeader else {
        return refuse(.proxyHeader, with: .forbidden)
      }
    case .contradictory: return refuse(.proxyHeader, with: .badRequest)
    case .client(let client, let isKnown, let isSecure):
      proxy = ProxyHeader(origin: isKnown ? .client(client) : .unknown, isSecure: isSecure)
    }
    let standing = loop.limits.standing(of: address, isKnown: proxy?.origin != .unknown)
    return loop.admission.move(ticket, to: address, as: standing).map { refuse($0, with: .tooManyRequests) }
  }

  private func refuse(_ reason: RefusalReason, with status: HTTPResponseStatus) -> HTTPResponseStatus {
    loop.report.refused(reason, address)
    isReported = true
    return status
  }

  /// Ends the connection at once, because there is no room for it or it has taken too long. The peer is told if that needs no waiting.
  func dismiss(_ reason: RefusalReason) {
    if case .closed = phase { return }
    loop.report.refused(reason, address)
    if case .open(let id) = phase {
      loop.disconnected(id, .failed(reason.text))
      append("ERROR :\(reason.text)\r\n")
    } else if !isSecure, !isWebSocket {
      append("ERROR :\(reason.text)\r\n")
    }
    flush()
    phase = .closing
    abort()
    leaveIfGone()
  }

  /// Its place is needed. Whoever has come to use it meanwhile stays.
  private func giveWay() {
    guard isRegistered else { return dismiss(.displaced) }
    if isGuest, loop.admission.isIdle(ticket) { return dismiss(.idle) }
    let connection = NIOLoopBound(self, eventLoop: loop.eventLoop)
    let eventLoop = loop.eventLoop
    loop.admission.stay(ticket) { eventLoop.execute { connection.value.giveWay() } }
    loop.admission.mark(ticket, isGuest: isGuest)
  }

  /// Nobody has registered on it for so long.
  func isSilent(for milliseconds: Int64) -> Bool {
    switch phase {
    case .starting, .open: !isRegistered && MonotonicClock.milliseconds() - openedAt >= milliseconds
    case .closing, .closed: false
    }
  }

  /// It is over, and so is its socket: its place is free.
  private func leaveIfGone() {
    guard context == nil else { return }
    if case .closed = phase { return }
    phase = .closed
    stash = ByteBuffer()
    loop.admission.leave(ticket)
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
    guard case .open = phase, inputEnd == nil else { return }
    var bytes = Self.unwrapInboundIn(data)
    loop.counters.bytesIn.add(bytes.readableBytes)
    if isUnrecognised, !recognise(&bytes) { return }
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

  /// Looks at the client's first bytes.
  /// - Returns: whether they are IRC: all of them are then in `bytes`.
  private func recognise(_ bytes: inout ByteBuffer) -> Bool {
    // A WebSocket has been opened by then.
    guard !isWebSocket else {
      isUnrecognised = false
      return true
    }
    if stash.readableBytes > 0 {
      stash.writeBuffer(&bytes)
      swap(&bytes, &stash)
      stash = ByteBuffer()
    }
    switch ForeignProtocol.guess(bytes.readableBytesView, limit: ParserLimits.server.contentBytes) {
    case .irc:
      isUnrecognised = false
      return true
    case .undecided: stash = bytes
    case .foreign(let other): reject(other)
    }
    return false
  }

  /// The socket brings nothing more, but may still take answers.
  private func inputClosed() {
    switch phase {
    case .open: endInput(.closed)
    case .starting: abort()
    case .closing: if hasShutOutput { abort() }
    case .closed: break
    }
  }

  /// Carries out the lines that have arrived, then ends the connection.
  private func endInput(_ reason: DisconnectReason) {
    guard case .open = phase, inputEnd == nil else { return }
    inputEnd = reason
    if isUnrecognised { stash = ByteBuffer() }
    if stash.readableBytes > 0 {
      let connection = NIOLoopBound(self, eventLoop: loop.eventLoop)
      loop.eventLoop.scheduleTask(in: Self.afterlife) { connection.value.giveUpInput() }
    }
    passEnd()
  }

  private func giveUpInput() {
    stash = ByteBuffer()
    passEnd()
  }

  /// Tells the core of the end once it has all lines.
  private func passEnd() {
    guard case .open = phase, let inputEnd, stash.readableBytes == 0, !hasPassedEnd else { return }
    hasPassedEnd = true
    lines.append(.end(inputEnd))
    pass()
  }

  /// Cuts lines as far as the rate allows; the rest waits in the stash.
  private func frame(_ bytes: inout ByteBuffer) {
    bytes.readWithUnsafeReadableBytes { raw in
      var length = raw.count
      if !rate.isUnlimited(loop.limits) {
        let count: Int
        (length, count) = Self.prefix(raw, lines: rate.available(loop.limits))
        rate.spend(count)
      }
      InboundLine.collect(UnsafeRawBufferPointer(rebasing: raw[..<length]), with: &framer, into: &lines)
      return length
    }
    // Somebody who leaves may be gone before the core asks what they have taken.
    if case .message(let last)? = lines.last, last.command == "QUIT" { updateProgress() }
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
    if isGuest, lines.contains(where: \.isTalk) { loop.admission.spoke(ticket) }
    loop.received(id, lines)
    lines = []
  }

  private func throttle() {
    isThrottled = true
    loop.counters.throttled.add()
    loop.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(rate.millisecondsToNext(loop.limits))) {
      self.isThrottled = false
      self.proceed()
    }
  }

  /// Goes on with what was kept, then with reading.
  private func proceed() {
    guard case .open = phase, !isPaused, !isThrottled, !isBackedUp else { return }
    if stash.readableBytes > 0, !isUnrecognised {
      var bytes = stash
      stash = ByteBuffer()
      frame(&bytes)
      pass()
    }
    passEnd()
    requestRead()
  }

  private func requestRead() {
    guard let context else { return }
    switch phase {
    case .open:
      if isPaused || isThrottled || isBackedUp || inputEnd != nil { return }
      if stash.readableBytes > 0, !isUnrecognised { return }
      guard loop.mayRead(isUnlimited: rate.isUnlimited(loop.limits)) else {
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

  /// Nothing that a client of another protocol says is meant for us.
  private func reject(_ other: ForeignProtocol) {
    guard case .open(let id) = phase else { return }
    loop.report.refused(.notIRC, address)
    phase = .closing
    loop.disconnected(id, .failed("Not IRC"))
    other.answer().withUnsafeBytes { _ = append($0) }
    close()
  }

  // MARK: - Ending

  /// Sends what is queued, then closes; whatever is left after `Loop.patience` is cut.
  private func close() {
    guard context != nil else { return leaveIfGone() }
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
    guard case .closing = phase, !hasShutOutput, outbox.count == 0, let context else { return }
    hasShutOutput = true
    context.close(mode: isSecure ? .all : .output, promise: nil)
  }

  /// The peer has ended the conversation in its own protocol.
  private func shutOutputAtOnce() {
    guard !hasShutOutput, let context else { return }
    hasShutOutput = true
    loop.watch(self)
    context.close(mode: isSecure ? .all : .output, promise: nil)
  }

  /// `Loop.patience` is over for a handshake or for a last word.
  func deadlinePassed() {
    switch phase {
    case .starting: dismiss(.silent)
    case .closing: abort()
    case .open: if hasShutOutput { abort() }
    case .closed: break
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
    // Lines of a connection that is gone are still carried out; their answers reach nobody.
    if context == nil { return 0 }
    outbox.append(bytes, buffer: loop.takeBuffer())
    written += bytes.count
    return outbox.count + (isWritable ? 0 : Self.channelBytes)
  }

  @discardableResult
  func flush() -> Int {
    guard let context else {
      reportDrained()
      return 0
    }
    let chunk = isSecure ? Self.secureChunk : Self.plainChunk
    while isWritable, let buffer = outbox.take(atMost: chunk, buffer: loop.takeBuffer()) {
      handedOver += buffer.readableBytes
      loop.counters.bytesOut.add(buffer.readableBytes)
      context.writeAndFlush(Self.wrapOutboundOut(buffer), promise: nil)
      loop.giveBack(buffer)
    }
    if isWritable || outbox.count + Self.channelBytes < Self.drainedBytes { reportDrained() }
    let waiting = outbox.count
    if waiting > loop.limits.sendQueueBytes / 2 {
      isBackedUp = true
    } else if isBackedUp, waiting <= loop.limits.sendQueueBytes / 4 {
      isBackedUp = false
      context.eventLoop.assumeIsolated().execute { self.proceed() }
    }
    return waiting + (isWritable ? 0 : Self.channelBytes)
  }

  func updateProgress() {
    guard let context, let reception = Reception(context.channel) else { return }
    progress = max(progress, handedOver - reception.unsent)
    isFull = reception.isPeerFull
  }

  var isOver: Bool { context == nil }

  private func reportDrained() {
    guard mustReportDrained else { return }
    mustReportDrained = false
    if case .open(let id) = phase { loop.drained(id) }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    isWritable = context.channel.isWritable
    if isWritable {
      flush()
      shutOutput()
    }
  }

  func finish() { close() }

  func cutOff() {
    outbox = OutputBuffer()
    append("ERROR :Closing link: send queue exceeded\r\n")
    close()
  }

  func setReading(_ isWanted: Bool) {
    isPaused = !isWanted
    if isWanted { proceed() }
  }

  func reportWhenDrained() { mustReportDrained = true }

  func registered() {
    isRegistered = true
    loop.admission.settle(ticket)
  }

  func setGuest(_ isGuest: Bool) {
    self.isGuest = isGuest
    loop.admission.mark(ticket, isGuest: isGuest)
  }
}
