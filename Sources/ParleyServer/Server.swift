public import IRC
public import Logging
import NIOCore
import NIOPosix
import NIOSSL
import ParleyCore
public import ParleyStore
import Synchronization

/// A chat server: sockets, the core, the store, and the threads between them.
///
/// ```
/// bytes ─▶ Connection ─▶ Loop ─▶ Mailbox ─▶ CoreRunner ─▶ StoreThread ─▶ Mailbox ─▶ CoreRunner ─▶ Loop ─▶ bytes
///          event loop thread     │          core thread  │ store thread │          core thread  │ event loop
/// ```
public final class Server: Sendable {
  /// Milliseconds that the last bytes of a server may take.
  private static let farewell = 3_000

  private let logger: Logger
  private let material: TLSMaterialProvider
  private let store: Handover<any Store>
  private let storeReaders: Handover<[any StoreReader]>
  private let mailbox = Mailbox()
  private let admission: AdmissionTable
  private let networks: SharedNetworks
  private let report: AdmissionReport
  private let metrics: Metrics
  private let status: StatusService
  private let group: MultiThreadedEventLoopGroup
  private let loops: [Loop]
  private let storeThread: StoreThread
  private let relief: LogReliefThread?
  private let readers: ReaderPool
  private let passwords: PasswordPool
  private let mails: MailPool
  private let runner: CoreRunner
  private let life: Mutex<Life>
  /// As many connections as the log has said there can be; nil: as many as are wanted.
  private let reportedPlaces = Mutex<Int?>(nil)

  /// What changes while the server lives.
  private struct Life {
    var settings: ServerSettings
    var tls: TLSContexts?
    var listening: [any Channel] = []
    var bound: [Listener] = []
    var threads: [WorkerThread] = []
    var isShuttingDown = false
  }

  /// Loads the store and makes the server; nothing runs yet.
  ///
  /// - Parameters:
  ///   - store: the server's until `wait()` has returned, which closes it.
  ///   - material: called by `start()` if there is a listener with TLS, and by `reloadCertificates()`.
  ///   - clock: the wall clock.
  public init(
    settings: ServerSettings, store: any Store, logger: Logger, material: @escaping TLSMaterialProvider,
    clock: @escaping @Sendable () -> Timestamp = { Timestamp(milliseconds: WallClock.milliseconds()) }
  ) throws(StoreError) {
    let threads = min(max(1, settings.threads), 64)
    let metrics = Metrics(loops: threads)
    let reports = StoreReportLog(logger, metrics.store)
    store.reporter.report { reports.report($0) }
    let snapshot = try store.load()
    var storeReaders: [any StoreReader] = []
    for _ in 0..<max(1, settings.readerThreads) { storeReaders.append(try store.reader()) }
    let accountReader = try store.reader()
    let reliever = try store.logRelief?.makeReliever()
    self.metrics = metrics
    let admission = AdmissionTable(AdmissionTable.Limits(settings))
    let report = AdmissionReport(metrics.refusals, logger: logger)
    self.admission = admission
    self.report = report
    networks = SharedNetworks(AdmissionNetworks(settings))
    status = StatusService(
      metrics: metrics, startedAt: clock(), logger: logger, reports: { reports.report($0) })
    self.logger = logger
    self.material = material
    self.store = Handover(store)
    self.storeReaders = Handover(storeReaders)
    life = Mutex(Life(settings: settings))
    group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
    let pressure = OutputPressure()
    var loops: [Loop] = []
    for eventLoop in group.makeIterator() {
      loops.append(
        Loop(
          eventLoop, index: loops.count, mailbox: mailbox, admission: admission, report: report,
          limits: ConnectionLimits(settings), counters: metrics.loops[loops.count], pressure: pressure))
    }
    self.loops = loops
    relief = reliever.map { LogReliefThread($0, logger: logger) }
    storeThread = StoreThread(
      store: store, reader: accountReader, mailbox: mailbox, logger: logger, counters: metrics.store, relief: relief)
    readers = ReaderPool(mailbox: mailbox)
    passwords = PasswordPool(mailbox: mailbox)
    mails = MailPool(mailbox: mailbox, logger: logger)
    let (wall, monotonic) = (clock(), MonotonicTime(milliseconds: MonotonicClock.milliseconds()))
    var serverClock = ServerClock(record: snapshot.clock, wall: wall, monotonic: monotonic)
    let core = Core(
      configuration: settings.coreConfiguration, snapshot: snapshot, loops: threads, random: SystemRandom(),
      at: serverClock.read(wall: wall, monotonic: monotonic))
    runner = CoreRunner(
      core: core, mailbox: mailbox, store: storeThread, readers: readers, passwords: passwords, mails: mails,
      loops: loops, pressure: pressure,
      wallClock: clock, clock: serverClock, logger: logger, metrics: metrics)
  }

  // MARK: - Running

  /// Starts the threads, then listens. If it throws, everything is stopped again and the store is closed.
  public func start() throws(ServerError) {
    do {
      let settings = withinOpenFiles(life.withLock { $0.settings })
      for listener in settings.listeners { try Self.check(listener, settings) }
      let tls = settings.listeners.contains { $0.isSecure } ? try makeContexts() : nil
      adopt(settings, tls)
      // Few descriptors leave one address fewer connections, also behind a gateway.
      mailbox.post(.reconfigured(settings.coreConfiguration))
      for loop in loops { loop.start() }
      life.withLock {
        $0.settings = settings
        $0.tls = tls
      }
      try startThreads(settings)
      for listener in settings.listeners { try listen(listener) }
      // Whoever gets an answer from it can connect.
      try status.start(settings, group: group)
    } catch {
      for channel in takeListening() { try? channel.close().wait() }
      tearDown()
      throw error
    }
  }

  /// Where the server listens, with the actual ports.
  public var boundListeners: [Listener] { life.withLock { $0.bound } }

  /// Waits until the server has ended, after `shutdown(reason:)` or because the store failed beyond repair.
  /// - Throws: when it has failed; the process should then end at once, with an error status.
  public func wait() throws(ServerError) {
    switch runner.waitForEnd() {
    case .finished:
      for loop in loops { loop.close() }
      _ = admission.waitForNone(milliseconds: Self.farewell)
      tearDown()
    case .failed(let error):
      for channel in takeListening() { channel.close(promise: nil) }
      for loop in loops { loop.abort() }
      logger.critical("server.store-failed", metadata: ["error": "\(error)"])
      throw ServerError("the store failed: \(error)")
    }
  }

  /// Accepts nothing any more, makes durable and delivers what was accepted, tells everybody why, and ends. Returns at
  /// once; `wait()` returns when it is done. May be called by any thread, and again.
  public func shutdown(reason: String) {
    let isFirst = life.withLock { life in
      defer { life.isShuttingDown = true }
      return !life.isShuttingDown
    }
    guard isFirst else { return }
    metrics.stop()
    logger.notice("server.shutdown", metadata: ["reason": "\(reason)"])
    for channel in takeListening() { channel.close(promise: nil) }
    mailbox.post(.shutdown(reason))
  }

  /// Makes other settings valid for all connections.
  /// - Returns: names of changed settings that need a restart.
  @discardableResult
  public func reload(_ settings: ServerSettings) -> [String] {
    let (needRestart, adopted, tls) = life.withLock { life in
      let old = life.settings
      life.settings = withinOpenFiles(settings)
      life.settings.dataFolder = old.dataFolder
      life.settings.listeners = old.listeners
      life.settings.threads = old.threads
      life.settings.metricsAddress = old.metricsAddress
      life.settings.passwordThreads = old.passwordThreads
      life.settings.readerThreads = old.readerThreads
      return (Self.needRestart(old, settings), life.settings, life.tls)
    }
    adopt(adopted, tls)
    mailbox.post(.reconfigured(adopted.coreConfiguration))
    return needRestart
  }

  /// Reads the certificate again, for connections from now on.
  /// - Throws: if it cannot be used; the old one then stays.
  public func reloadCertificates() throws(ServerError) {
    let tls = try makeContexts()
    let settings = life.withLock { life in
      life.tls = tls
      return life.settings
    }
    adopt(settings, tls)
  }

  private func adopt(_ settings: ServerSettings, _ tls: TLSContexts?) {
    admission.reconfigure(AdmissionTable.Limits(settings))
    networks.replace(with: AdmissionNetworks(settings))
    for loop in loops { loop.reconfigure(ConnectionLimits(settings), tls: tls) }
  }

  // MARK: - Parts

  private static func needRestart(_ old: ServerSettings, _ new: ServerSettings) -> [String] {
    var names: [String] = []
    if old.dataFolder != new.dataFolder { names.append("dataFolder") }
    if old.listeners != new.listeners { names.append("listeners") }
    if old.metricsAddress != new.metricsAddress { names.append("metricsAddress") }
    if old.threads != new.threads { names.append("threads") }
    if old.passwordThreads != new.passwordThreads { names.append("passwordThreads") }
    if old.readerThreads != new.readerThreads { names.append("readerThreads") }
    return names
  }

  private static func check(_ listener: Listener, _ settings: ServerSettings) throws(ServerError) {
    guard let address = NetworkAddress(listener.address) else {
      throw ServerError("cannot listen on \(listener): \(listener.address) is not an IPv4 or IPv6 address")
    }
    guard (0...65_535).contains(listener.port) else {
      throw ServerError("cannot listen on \(listener): ports go up to 65535")
    }
    guard listener.isSecure || address.isLoopback || settings.allowInsecurePlaintext else {
      throw ServerError(
        "refusing to listen on \(listener): without TLS everybody on the way can read passwords and messages. "
          + "Use \(listener.isWebSocket ? "wss" : "ircs")://, a loopback address, or allow insecure plaintext in so many words."
      )
    }
  }

  /// The settings with as many connections as this process can have files for, a reserve for everything else left out.
  private func withinOpenFiles(_ settings: ServerSettings) -> ServerSettings {
    let reserve = OpenFiles.reserve(
      threads: settings.threads, readers: settings.readerThreads, listeners: settings.listeners.count)
    let wanted = settings.maximumConnections + reserve
    let limit = OpenFiles.raiseLimit(to: wanted)
    var adopted = settings
    if limit < wanted { adopted.maximumConnections = max(1, limit - reserve) }
    let places = limit < wanted ? adopted.maximumConnections : nil
    let isKnown = reportedPlaces.withLock { reported in
      defer { reported = places }
      return reported == places
    }
    if let places, !isKnown {
      logger.warning("server.few-open-files", metadata: ["limit": "\(limit)", "connections": "\(places)"])
    }
    return adopted
  }

  private func makeContexts() throws(ServerError) -> TLSContexts {
    let found: TLSMaterial
    do { found = try material() } catch { throw ServerError("\(error)") }
    return try TLSContexts(found)
  }

  private func startThreads(_ settings: ServerSettings) throws(ServerError) {
    do throws(ThreadError) {
      try keep([storeThread.start()])
      if let relief { try keep([relief.start()]) }
      try keep(readers.start(storeReaders.value))
      try keep(mails.start())
      try keep(passwords.start(threads: settings.passwordThreads))
      try keep([runner.start()])
    } catch {
      throw ServerError(error.description)
    }
  }

  private func keep(_ threads: [WorkerThread]) { life.withLock { $0.threads += threads } }

  private func listen(_ listener: Listener) throws(ServerError) {
    let listeners = life.withLock { $0.settings.listeners }
    let channel = try Acceptor.bind(
      listener, isIPv6Only: listener.sharesPort(with: listeners),
      Acceptor.Shared(group: group, loops: loops, admission: admission, networks: networks, report: report))
    var bound = listener
    bound.port = channel.localAddress?.port ?? listener.port
    life.withLock {
      $0.listening.append(channel)
      $0.bound.append(bound)
    }
    logger.notice("server.listening", metadata: ["listener": "\(bound)"])
  }

  private func takeListening() -> [any Channel] {
    life.withLock { life in
      defer { life.listening = [] }
      return life.listening
    }
  }

  /// Stops all threads; the store's last, once it has answered everything.
  private func tearDown() {
    status.close()
    runner.stop()
    readers.stop()
    passwords.stop()
    mails.stop()
    storeThread.stop()
    relief?.stop()
    for thread in life.withLock({ $0.threads }) { thread.join() }
    for loop in loops { loop.abort() }
    try? group.syncShutdownGracefully()
    store.value.close()
  }
}
