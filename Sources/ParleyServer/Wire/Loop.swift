package import IRC
import NIOCore
import NIOSSL
package import ParleyCore

/// One event loop: its connections, what they send on its way to the core, what the core wants of them.
///
/// `submit`, `relieve` and what says so may be called by any thread, everything else belongs to the loop's own.
final class Loop: @unchecked Sendable {
  /// Effects that may wait for a loop before the core's thread waits for it.
  private static let effectLimit = 131_072
  /// When connections look again that wait for the loops to have written. Less time than what is left by then takes.
  private static let pressureInterval = TimeAmount.milliseconds(2)
  /// Seconds for a TLS handshake, and for the last bytes to a connection that is being closed.
  static let patience = 10
  /// Milliseconds that a connection may take to register while most places are taken.
  static let crowdedPatience: Int64 = 20_000

  private struct Inbox {
    var effects: [[LoopEffect]] = []
    var count = 0
    var isScheduled = false
  }

  let eventLoop: any EventLoop
  let index: Int
  let admission: AdmissionTable
  let report: AdmissionReport
  private let mailbox: Mailbox
  private let inbox = Monitor(Inbox())
  private let pressure: OutputPressure
  let counters: LoopCounters

  // The loop's own.
  var limits: ConnectionLimits
  /// For new connections.
  var tls: TLSContexts?
  /// The mailbox is full: nothing is read.
  private var isCongested = false
  /// Too much waits to be written.
  private var isBehind = false
  private var isLookScheduled = false
  private let state: LoopState<Connection>
  private var outgoing: [CoreEvent] = []
  private var outgoingLines = 0
  private var isPostScheduled = false
  /// When it is looked at next, in milliseconds, whether those who leave have taken what they were sent.
  private var receiptLookAt: Int64?
  private var drainedConnections: [ConnectionID] = []
  /// Connections that have been kept from reading by congestion or by what waits to be written.
  private var heldBack: [Connection] = []
  private var buffers = BufferPool()
  private var deadlines = Deadlines()
  /// Every open socket, also those in a handshake or on their way out.
  private var open: [ObjectIdentifier: Connection] = [:]
  private var isClosing = false
  private var timer: RepeatedTask?

  init(
    _ eventLoop: any EventLoop, index: Int, mailbox: Mailbox, admission: AdmissionTable, report: AdmissionReport,
    limits: ConnectionLimits, counters: LoopCounters, pressure: OutputPressure
  ) {
    self.pressure = pressure
    self.admission = admission
    self.report = report
    self.counters = counters
    self.eventLoop = eventLoop
    self.index = index
    self.mailbox = mailbox
    self.limits = limits
    state = LoopState(loop: index, sendQueueLimit: limits.sendQueueBytes)
  }

  // MARK: - From any thread

  func start() {
    eventLoop.execute {
      self.timer = self.eventLoop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { _ in
        self.everySecond()
      }
    }
  }

  /// Effects to carry out after those submitted before. Several submissions that find the loop busy are carried out
  /// in one go with one flush. Blocks while far too much is waiting already: the loop never waits for the core, so
  /// this ends.
  func submit(_ effects: [LoopEffect]) {
    let mustSchedule = inbox.wait { inbox -> Bool? in
      guard inbox.count < Self.effectLimit else { return nil }
      inbox.effects.append(effects)
      inbox.count += effects.count
      defer { inbox.isScheduled = true }
      return !inbox.isScheduled
    }
    if mustSchedule { eventLoop.execute { self.carryOut() } }
  }

  /// The mailbox has room again.
  func relieve() {
    eventLoop.execute {
      self.isCongested = false
      self.readAgain()
    }
  }

  /// Those who have to wait longer say so again.
  private func readAgain() {
    let connections = heldBack
    heldBack = []
    for connection in connections { connection.relieved() }
  }

  func reconfigure(_ limits: ConnectionLimits, tls: TLSContexts?) {
    eventLoop.execute {
      self.limits = limits
      self.state.sendQueueLimit = limits.sendQueueBytes
      self.tls = tls
    }
  }

  /// Ends all connections: what is queued is sent, within `patience`.
  func close() {
    eventLoop.execute {
      self.isClosing = true
      self.carryOutEverything()
      for id in self.state.connections() {
        let connection = self.state.sink(id)
        self.state.remove(id)
        connection?.finish()
      }
      for connection in Array(self.open.values) { connection.giveUpHandshake() }
    }
  }

  /// Ends what is left, at once. Nothing is watched any more.
  func abort() {
    eventLoop.execute {
      self.timer?.cancel()
      self.timer = nil
      for connection in Array(self.open.values) { connection.abort() }
      self.deadlines = Deadlines()
      self.heldBack = []
    }
  }

  // MARK: - Connections

  /// - Returns: false when the server is closing.
  func opened(_ connection: Connection) -> Bool {
    open[ObjectIdentifier(connection)] = connection
    counters.open[connection.kind].add()
    counters.accepted[connection.kind].add()
    return !isClosing
  }

  /// The socket is gone.
  func closed(_ connection: Connection) {
    guard open.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
    counters.open[connection.kind].add(-1)
  }

  func announce(_ connection: Connection, _ info: ConnectionInfo) -> ConnectionID {
    let id = state.add(connection)
    post(.connected(id, info))
    return id
  }

  func received(_ id: ConnectionID, _ lines: [InboundLine]) {
    outgoingLines += lines.count
    counters.linesIn.add(lines.count)
    post(.received(id, lines))
  }

  /// The outbox is nearly empty. What follows from it is found out when nothing is being carried out.
  func drained(_ id: ConnectionID) {
    drainedConnections.append(id)
    schedulePost()
  }

  /// The connection has ended by itself; nothing is posted if the core had ended it before.
  func disconnected(_ id: ConnectionID, _ reason: DisconnectReason) {
    if state.remove(id) { post(.disconnected(id, reason)) }
  }

  /// - Parameter isUnlimited: nothing else limits how much the connection sends.
  func mayRead(isUnlimited: Bool) -> Bool { !isCongested && !(isUnlimited && pressure.isHigh) }

  /// The connection is told when it may read again.
  func holdBack(_ connection: Connection) {
    heldBack.append(connection)
    guard !isCongested, !isLookScheduled else { return }
    scheduleLook()
  }

  private func scheduleLook() {
    isLookScheduled = true
    eventLoop.assumeIsolated().scheduleTask(in: Self.pressureInterval) {
      // All of them would only wait again.
      if self.pressure.isHigh, !self.isClosing { return self.scheduleLook() }
      self.isLookScheduled = false
      self.readAgain()
    }
  }

  /// Has `connection.deadlinePassed()` called once, `patience` seconds from now.
  func watch(_ connection: Connection) { deadlines.append(connection) }

  func takeBuffer() -> ByteBuffer { buffers.take() }
  func giveBack(_ buffer: consuming ByteBuffer) { buffers.giveBack(buffer) }

  // MARK: - To the core

  /// Events leave together once the loop has looked at all its sockets.
  private func post(_ event: CoreEvent) {
    outgoing.append(event)
    schedulePost()
  }

  private func schedulePost() {
    guard !isPostScheduled else { return }
    isPostScheduled = true
    eventLoop.execute { self.postOutgoing() }
  }

  private func postOutgoing() {
    isPostScheduled = false
    for id in drainedConnections {
      if let backlog = state.takeBacklog(of: id) {
        counters.fellBehind.add()
        outgoing.append(.fellBehind(id, backlog))
      }
      outgoing.append(.drained(id))
    }
    drainedConnections.removeAll(keepingCapacity: true)
    let events = outgoing
    outgoing = []
    if !mailbox.post(events, lines: outgoingLines) { isCongested = true }
    outgoingLines = 0
  }

  // MARK: - From the core

  /// One turn. What is left over is carried out in the next, after the sockets have been looked at: whoever has read or
  /// written meanwhile does not wait for all of it.
  private func carryOut() {
    if state.waitingBytes < OutputPressure.high { takeEffects() }
    updatePressure()
    let isMore = state.work()
    updatePressure()
    finishTurn()
    let mustContinue = inbox.withLock { inbox in
      inbox.isScheduled = isMore || inbox.count > 0
      return inbox.isScheduled
    }
    if mustContinue { eventLoop.execute { self.carryOut() } }
  }

  private func carryOutEverything() {
    takeEffects()
    while state.work() {}
    finishTurn()
  }

  private func updatePressure() {
    pressure.update(&isBehind, waiting: state.waitingBytes)
  }

  private func takeEffects() {
    let lists = inbox.withLock { inbox in
      defer {
        inbox.effects = []
        inbox.count = 0
      }
      return inbox.effects
    }
    inbox.wakeAll()
    for effects in lists { state.enqueue(effects) }
  }

  private func finishTurn() {
    counters.deliveries.set(state.deliveries)
    for (id, position) in state.takeSkipping() { post(.skipping(id, after: position)) }
    for id in state.takeCutOff() {
      counters.sendQueueExceeded.add()
      post(.disconnected(id, .sendQueueExceeded))
    }
    tellReceipts()
  }

  private func tellReceipts() {
    for (job, isTaken) in state.takeReceipts() { post(.taken(job, isTaken)) }
    guard state.awaitsReceipts else { return }
    let now = MonotonicClock.milliseconds()
    guard let next = state.nextLookForReceipts(after: now), receiptLookAt.map({ next < $0 }) ?? true else { return }
    receiptLookAt = next
    eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(next - now)) {
      // Unless an earlier look has been scheduled since.
      guard self.receiptLookAt == next else { return }
      self.receiptLookAt = nil
      self.state.lookForReceipts(at: MonotonicClock.milliseconds())
      self.tellReceipts()
    }
  }

  private func everySecond() {
    buffers.trim()
    for connection in deadlines.takeExpired() { connection.deadlinePassed() }
    for id in state.watchReaders(at: MonotonicClock.milliseconds()) { post(.reading(id)) }
    finishTurn()
    if admission.isCrowded {
      for connection in Array(open.values) where connection.isSilent(for: Self.crowdedPatience) {
        connection.dismiss(.silent)
      }
    }
    guard index == 0 else { return }
    report.endMinute()
    admission.sweep()
  }
}

/// What connections have to keep to; a copy of the settings for each loop.
package struct ConnectionLimits: Sendable {
  package var sendQueueBytes: Int
  package var lineBurst: Int
  package var linesPerSecond: Int
  package var trusted: [Network]
  /// Networks of WEBIRC gateways.
  package var gateways: [Network]
  package var webSocketOrigins: [Mask]
  package var proxies: [Network]
  package var requiresProxyHeader: Bool

  package init(_ settings: ServerSettings) {
    sendQueueBytes = max(65_536, settings.sendQueueBytes)
    lineBurst = max(0, settings.lineBurst)
    linesPerSecond = max(0, settings.linesPerSecond)
    trusted = settings.trusted
    gateways = settings.core.webircGateways.flatMap(\.networks)
    proxies = settings.proxies
    requiresProxyHeader = settings.requiresProxyHeader
    webSocketOrigins = settings.webSocketOrigins.map { Mask($0) }
  }

  func isProxy(_ address: NetworkAddress) -> Bool { proxies.contains { $0.contains(address) } }

  /// How an address counts once it is known for whom a proxy speaks.
  /// - Parameter isKnown: false: the proxy does not know; then no trust in an address is meant for the connection.
  func standing(of address: NetworkAddress, isKnown: Bool) -> AdmissionTicket.Standing {
    if gateways.contains(where: { $0.contains(address) }) { return .carrier }
    return isKnown && trusted.contains { $0.contains(address) } ? .trusted : .ordinary
  }
}
