import IRC

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What a transport reports, on its thread, during calls of its functions.
package protocol TransportOwner: AnyObject {
  func connected(_ connection: ConnectionID, fingerprint: String?)
  func received(_ connection: ConnectionID, _ bytes: [UInt8])
  func closed(_ connection: ConnectionID, _ end: ConnectionEnd)
}

/// All connections, and the wait for them. Used by one thread.
package final class Transport {
  /// Look-ups that the system may have open at the same time; each has a thread.
  private static let maximumLookups = 32
  /// How long the end waits for look-ups that were given up, in milliseconds.
  private static let lookupPatience: Int64 = 500

  package weak var owner: (any TransportOwner)?
  /// Ends a wait; it may be set by any thread.
  private let signal: Signal
  private var connections: [ConnectionID: Connection] = [:]
  /// Those that only write what is left.
  private var leaving: [Connection] = []
  private var lookups: [HostLookup] = []
  private var contexts: [Bool: TLSContext] = [:]
  private var buffer = [UInt8](repeating: 0, count: 65_536)

  package init(signal: Signal) { self.signal = signal }

  private static var now: Int64 { Platform.now().monotonic.milliseconds }

  // MARK: - What the owner asks

  package func connect(_ id: ConnectionID, _ endpoint: Endpoint) {
    let context: TLSContext?
    do throws(CertificateFileFailure) {
      context = try self.context(endpoint)
    } catch {
      let words = FailureWords.of(error, path: endpoint.certificatePath ?? "")
      owner?.closed(id, .noCertificate(words))
      return
    }
    let connection = Connection(endpoint, context) { [unowned self] in handle($0, id, host: endpoint.host) }
    connections[id] = connection
    connection.begin(now: Self.now) {
      guard lookups.count < Self.maximumLookups,
        let lookup = HostLookup(endpoint.host, port: endpoint.port, signal: signal)
      else { return nil }
      lookups.append(lookup)
      return lookup
    }
  }

  package func write(_ id: ConnectionID, _ bytes: [UInt8]) { connections[id]?.write(bytes) }

  /// Closes after what was written, and reports nothing any more.
  package func close(_ id: ConnectionID) {
    guard let connection = connections.removeValue(forKey: id) else { return }
    connection.leave(now: Self.now)
    if !connection.isOver { leaving.append(connection) }
  }

  package func networkChanged() { for connection in connections.values { connection.networkChanged() } }

  /// Closes everything, in about two seconds at most.
  package func closeAll() {
    owner = nil
    for id in connections.keys { close(id) }
    while !leaving.isEmpty { wait(until: nil) }
    let deadline = Self.now + Self.lookupPatience
    while !lookups.isEmpty, Self.now < deadline {
      Platform.pause(milliseconds: 5)
      joinLookups()
    }
    for lookup in lookups { lookup.leave() }
    lookups = []
  }

  private func handle(_ report: Connection.Report, _ id: ConnectionID, host: String) {
    switch report {
    case .stands(let fingerprint): owner?.connected(id, fingerprint: fingerprint)
    case .received(let bytes): owner?.received(id, bytes)
    case .ended(let failure):
      guard connections.removeValue(forKey: id) != nil else { return }
      let words = FailureWords.of(failure, host: host)
      owner?.closed(id, failure.distrust.map { .untrusted($0, words) } ?? .lost(words))
    }
  }

  // MARK: - Waiting

  /// Waits until something happens, the time has come, or the signal is set; and does what that makes possible.
  /// - Parameter deadline: by the clock that nobody sets; nil: no matter when.
  package func wait(until deadline: Int64?) {
    var polls = [pollfd(fd: signal.descriptor, events: Int16(POLLIN), revents: 0)]
    var watched: [(connection: Connection, socket: Socket)] = []
    var earliest = deadline
    for connection in Array(connections.values) + leaving {
      connection.watch { socket, events in
        polls.append(pollfd(fd: socket.descriptor, events: Int16(events), revents: 0))
        watched.append((connection, socket))
      }
      if let deadline = connection.deadline { earliest = min(earliest ?? deadline, deadline) }
    }
    Platform.wait(&polls, milliseconds: Self.timeout(until: earliest))
    if polls[0].revents != 0 { signal.clear() }
    let now = Self.now
    buffer.withUnsafeMutableBytes { buffer in
      for (place, watched) in watched.enumerated() {
        let events = polls[place + 1].revents
        if events != 0 { watched.connection.ready(watched.socket, Int32(events), buffer, now: now) }
      }
    }
    for connection in Array(connections.values) + leaving { connection.advance(now: now) }
    leaving.removeAll(where: \.isOver)
    joinLookups()
  }

  private static func timeout(until deadline: Int64?) -> Int32 {
    guard let deadline else { return -1 }
    return Int32(max(0, min(deadline - now, 86_400_000)))
  }

  private func joinLookups() { lookups.removeAll { $0.join() } }

  // MARK: - TLS

  private func context(_ endpoint: Endpoint) throws(CertificateFileFailure) -> TLSContext? {
    guard endpoint.verification != .none else { return nil }
    let isVerified = endpoint.verification == .authorities
    // Our own certificate's file may have changed.
    if let path = endpoint.certificatePath { return try TLSContext(isVerified: isVerified, certificatePath: path) }
    if let context = contexts[isVerified] { return context }
    let context = try TLSContext(isVerified: isVerified, certificatePath: nil)
    contexts[isVerified] = context
    return context
  }
}

extension ConnectionFailure {
  /// The server is there, but its certificate is not to be trusted.
  fileprivate var distrust: Distrust? {
    switch self {
    case .unknownAuthority: .unknownAuthority
    case .expired: .expired
    case .notYetValid: .notYetValid
    case .otherName: .otherName
    default: nil
    }
  }
}
