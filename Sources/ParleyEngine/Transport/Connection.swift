#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// One connection's way: the host is looked up, its addresses are tried, encryption begins, bytes go both ways, and what is left is
/// written before the end. Used by the engine's thread only.
final class Connection {
  /// What a connection tells; after `ended` nothing more.
  enum Report {
    case stands(fingerprint: String?)
    case received([UInt8])
    case ended(ConnectionFailure)
  }

  private enum Stage { case lookingUp(HostLookup), connecting, encrypting, standing, leaving, over }

  /// For everything before a connection stands, in milliseconds.
  private static let patience: Int64 = 20_000
  /// An address is tried alone for so long (RFC 8305, section 5).
  private static let headStart: Int64 = 250
  /// Bytes that were written before a close have so long to go.
  private static let farewell: Int64 = 2_000
  private static let maximumAddresses = 20
  /// Bytes that wait for a server to read. One that has so many waiting when more are written does not read.
  private static let maximumUnwritten = 1_048_576

  private let endpoint: Endpoint
  private let context: TLSContext?
  private let report: (Report) -> Void
  private var stage = Stage.over
  /// When patience ends; nil: never.
  private var limit: Int64?

  // Connecting
  private var addresses: ArraySlice<SocketAddress> = []
  private var attempts: [Socket] = []
  private var nextAttempt: Int64?
  private var worst: ConnectionFailure?

  // A connection
  private var socket: Socket?
  private var tls: TLSStream?
  private var unwritten: [UInt8] = []
  private var writtenCount = 0
  /// The system takes no more bytes. What the server has said before it went is still read.
  private var isDeaf = false

  init(_ endpoint: Endpoint, _ context: TLSContext?, report: @escaping (Report) -> Void) {
    self.endpoint = endpoint
    self.context = context
    self.report = report
  }

  var isOver: Bool { if case .over = stage { true } else { false } }

  /// When `advance` has something to do.
  var deadline: Int64? {
    guard let nextAttempt else { return limit }
    return min(nextAttempt, limit ?? nextAttempt)
  }

  // MARK: - What the owner asks

  /// - Parameter lookUp: begins to look up the host; nil: there is no room for that.
  func begin(now: Int64, lookUp: () -> HostLookup?) {
    limit = now + Self.patience
    if let address = SocketAddress(literal: endpoint.host, port: endpoint.port) {
      connect([address], now)
    } else if let lookup = lookUp() {
      stage = .lookingUp(lookup)
    } else {
      end(.noRoom)
    }
  }

  func write(_ bytes: [UInt8]) {
    guard case .standing = stage else { return }
    guard unwrittenCount <= Self.maximumUnwritten else { return end(.doesNotRead) }
    if let tls {
      if case .failed(let failure) = tls.write(bytes) { return end(failure) }
    } else {
      unwritten.append(contentsOf: bytes)
    }
    flush()
  }

  /// Closes after what was written, and tells nothing any more.
  func leave(now: Int64) {
    if case .lookingUp(let lookup) = stage { lookup.giveUp() }
    guard case .standing = stage, !isDeaf else { return drop() }
    tls?.end()
    stage = .leaving
    limit = now + Self.farewell
    flush()
  }

  /// Closes at once.
  func drop() {
    if case .lookingUp(let lookup) = stage { lookup.giveUp() }
    stage = .over
    limit = nil
    nextAttempt = nil
    attempts = []
    addresses = []
    socket?.discardInput()
    socket = nil
    tls = nil
    unwritten = []
    writtenCount = 0
  }

  /// The machine has another network: an attempt over the old one leads nowhere, nor does a connection whose address is gone.
  func networkChanged() {
    switch stage {
    case .leaving, .over: return
    case .lookingUp, .connecting, .encrypting: end(.networkChanged)
    case .standing: if socket?.isRouted == false { end(.networkChanged) }
    }
  }

  // MARK: - What the system says

  /// What is waited for, and by which socket.
  func watch(_ add: (Socket, Int32) -> Void) {
    for attempt in attempts { add(attempt, POLLOUT) }
    guard let socket else { return }
    let mustWrite = unwrittenCount > 0 && !isDeaf
    switch stage {
    case .encrypting, .standing: add(socket, POLLIN | (mustWrite ? POLLOUT : 0))
    case .leaving: add(socket, mustWrite ? POLLOUT : 0)
    case .lookingUp, .connecting, .over: break
    }
  }

  /// - Parameter buffer: for what comes; its content means nothing between calls.
  func ready(_ socket: Socket, _ events: Int32, _ buffer: UnsafeMutableRawBufferPointer, now: Int64) {
    if case .connecting = stage { return attemptIsReady(socket, now) }
    // Closed by what came before it in the same round.
    guard socket === self.socket else { return }
    if events & POLLOUT != 0 { flush() }
    if case .leaving = stage, events & ~POLLOUT != 0 { return drop() }
    if events & ~POLLOUT != 0 { receive(buffer) }
  }

  /// Time has passed, or a look-up has ended.
  func advance(now: Int64) {
    switch stage {
    case .lookingUp(let lookup):
      switch lookup.answer {
      case .success(let found): connect(SocketAddress.interleaved(found), now)
      case .failure(let failure): end(failure)
      case nil: if isDue(now) { end(.noNameService) }
      }
    case .connecting:
      if isDue(now) { return end(worst == .refused ? .refused : .noAnswer) }
      if let nextAttempt, nextAttempt <= now { tryNext(now) }
    case .encrypting: if isDue(now) { end(.beginsNoEncryption) }
    case .leaving: if isDue(now) { drop() }
    case .standing, .over: break
    }
  }

  private func isDue(_ now: Int64) -> Bool { limit.map { $0 <= now } ?? false }

  private func end(_ failure: ConnectionFailure) {
    guard !isOver else { return }
    drop()
    report(.ended(failure))
  }

  // MARK: - Connecting

  private func connect(_ addresses: [SocketAddress], _ now: Int64) {
    self.addresses = addresses.prefix(Self.maximumAddresses)
    stage = .connecting
    tryNext(now)
  }

  private func tryNext(_ now: Int64) {
    nextAttempt = nil
    while let address = addresses.popFirst() {
      do throws(SystemError) {
        attempts.append(try Socket(to: address))
        if !addresses.isEmpty { nextAttempt = now + Self.headStart }
        return
      } catch {
        note(error)
      }
    }
    if attempts.isEmpty { end(worst ?? .noAnswer) }
  }

  private func attemptIsReady(_ attempt: Socket, _ now: Int64) {
    guard attempts.contains(where: { $0 === attempt }) else { return }
    do throws(SystemError) {
      if try attempt.hasConnected() == true { connected(attempt) }
    } catch {
      note(error)
      attempts.removeAll { $0 === attempt }
      tryNext(now)
    }
  }

  private func note(_ error: SystemError) {
    let failure = ConnectionFailure(connecting: error)
    if failure.rawValue > worst?.rawValue ?? -1 { worst = failure }
  }

  private func connected(_ socket: Socket) {
    attempts = []
    addresses = []
    nextAttempt = nil
    self.socket = socket
    socket.limitSilence()
    guard let context else {
      stage = .standing
      limit = nil
      return report(.stands(fingerprint: nil))
    }
    guard let tls = TLSStream(context, host: endpoint.host) else { return end(.noRoom) }
    self.tls = tls
    stage = .encrypting
    encrypt()
  }

  private func encrypt() {
    guard let tls else { return }
    let progress = tls.handshake()
    flush()
    switch progress {
    case .wantsBytes: return
    case .ended: return end(.endedBeforeEncryption)
    case .failed(let failure): return end(failure)
    case .done: break
    }
    guard case .encrypting = stage else { return }
    guard let fingerprint = tls.fingerprint else { return end(.showsNoCertificate) }
    stage = .standing
    limit = nil
    report(.stands(fingerprint: fingerprint))
    // Words that came with the end of the handshake.
    readEncrypted()
  }

  // MARK: - Bytes

  private func receive(_ buffer: UnsafeMutableRawBufferPointer) {
    switch socket?.take(into: buffer) {
    case .bytes(let count): took(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    case .end: hasEnded(.closed)
    case .failed: hasEnded(.lost)
    case .nothing, nil: break
    }
  }

  private func took(_ bytes: UnsafeRawBufferPointer) {
    guard let tls else { return report(.received(Array(bytes))) }
    if case .failed(let failure) = tls.put(bytes) { return end(failure) }
    if case .encrypting = stage { encrypt() } else { readEncrypted() }
  }

  private func hasEnded(_ failure: ConnectionFailure) {
    if case .encrypting = stage { end(.endedBeforeEncryption) } else { end(failure) }
  }

  private func readEncrypted() {
    guard let tls else { return }
    var said: [UInt8] = []
    let progress = tls.read(&said)
    if !said.isEmpty { report(.received(said)) }
    // Reading may have led to an answer, such as new keys.
    flush()
    switch progress {
    case .done, .wantsBytes: if unwrittenCount > 2 * Self.maximumUnwritten { end(.doesNotRead) }
    case .ended: end(.closed)
    case .failed(let failure): end(failure == .noEncryption ? .lost : failure)
    }
  }

  private var unwrittenCount: Int { unwritten.count - writtenCount }

  /// Gives the system as much as it takes.
  private func flush() {
    guard let socket, !isDeaf else { return }
    tls?.takeOutput(&unwritten)
    do throws(SystemError) {
      while unwrittenCount > 0 {
        let count = try socket.put(unwritten, from: writtenCount)
        guard count > 0 else { break }
        writtenCount += count
      }
    } catch {
      isDeaf = true
      unwritten = []
      writtenCount = 0
    }
    if unwrittenCount == 0 {
      unwritten.removeAll(keepingCapacity: unwritten.count < 65_536)
      writtenCount = 0
      if case .leaving = stage { drop() }
    } else if writtenCount > 65_536 {
      unwritten.removeFirst(writtenCount)
      writtenCount = 0
    }
  }
}
