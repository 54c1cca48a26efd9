import Foundation
import ParleyEngine
import Testing

/// Connections over real sockets, with a peer in the same thread.
@Suite("Connections")
struct TransportTests {
  private final class Bench: TransportOwner {
    let transport: Transport
    let id = ParleyEngine.ConnectionID(identity: 1, attempt: 1)
    private(set) var stands = false
    private(set) var fingerprint: String?
    private(set) var received: [UInt8] = []
    private(set) var ends: [ConnectionEnd] = []

    init() throws {
      transport = Transport(signal: try Signal())
      transport.owner = self
    }

    func connected(_ connection: ParleyEngine.ConnectionID, fingerprint: String?) {
      stands = true
      self.fingerprint = fingerprint
    }

    func received(_ connection: ParleyEngine.ConnectionID, _ bytes: [UInt8]) { received += bytes }

    func closed(_ connection: ParleyEngine.ConnectionID, _ end: ConnectionEnd) { ends.append(end) }

    func connect(
      to port: UInt16, host: String = "127.0.0.1", _ verification: Endpoint.Verification = .none,
      certificate: String? = nil
    ) {
      transport.connect(
        id, Endpoint(host: host, port: port, verification: verification, certificatePath: certificate))
    }

    /// Until something is so.
    func run(seconds: Double = 10, until isSo: () throws -> Bool) throws {
      let deadline = Date(timeIntervalSinceNow: seconds)
      while Date() < deadline {
        if try isSo() { return }
        transport.wait(until: 0)
        usleep(1_000)
      }
      Issue.record("it did not happen in \(seconds) s; ends: \(ends)")
    }

    /// Also moves what is said over TLS.
    func run(_ tls: TLSPeer, over peer: Peer, until isSo: ([UInt8]) -> Bool) throws {
      var said: [UInt8] = []
      try run {
        if peer.accepts() {
          // A client that has given up closes without ceremony.
          if let bytes = peer.receive() { said += (try? tls.decrypt(bytes)) ?? [] }
          peer.send(try tls.takeOutput())
        }
        return isSo(said)
      }
    }

    func secondsToClose() -> Double {
      let before = Date()
      transport.closeAll()
      return Date().timeIntervalSince(before)
    }
  }

  private let bench: Bench

  init() throws { bench = try Bench() }

  // MARK: - Connecting

  @Test("a port at which nothing listens")
  func refused() throws {
    var peer = Peer()
    let port = try #require(peer?.port)
    peer = nil
    bench.connect(to: port)
    try bench.run { !bench.ends.isEmpty }
    #expect(bench.ends == [.lost("127.0.0.1 isn't accepting connections.")])
  }

  @Test("an address that never answers is given up after twenty seconds")
  func silent() throws {
    let peer = try #require(Peer(backlog: 0))
    peer.stopAnswering()
    let before = Date()
    bench.connect(to: peer.port)
    try bench.run(seconds: 40) { !bench.ends.isEmpty }
    #expect(bench.ends == [.lost("127.0.0.1 isn't answering.")])
    #expect((19...30).contains(Date().timeIntervalSince(before)))
  }

  @Test("a host is reached at another address while the first does not answer")
  func secondAddress() throws {
    let peer = try #require(Peer())
    // Where there is no IPv6, this is the plain case.
    let other = Peer(port: peer.port, isV6: true, backlog: 0)
    other?.stopAnswering(isV6: true)
    let before = Date()
    bench.connect(to: peer.port, host: "localhost")
    try bench.run(seconds: 15) { bench.stands }
    #expect(Date().timeIntervalSince(before) < 10)
    #expect(peer.accepts())
    withExtendedLifetime(other) {}
  }

  @Test("a host is reached at another address when the first refuses")
  func firstRefuses() throws {
    let peer = try #require(Peer())
    bench.connect(to: peer.port, host: "localhost")
    try bench.run { bench.stands }
    #expect(peer.accepts())
  }

  @Test("attempts and look-ups do not hold the end up")
  func closeWhileConnecting() throws {
    let peer = try #require(Peer(backlog: 0))
    peer.stopAnswering()
    bench.connect(to: peer.port)
    let lookup = ParleyEngine.ConnectionID(identity: 2, attempt: 1)
    bench.transport.connect(
      lookup, Endpoint(host: "nothing.invalid", port: 1, verification: .none, certificatePath: nil))
    #expect(bench.secondsToClose() < 2)
    #expect(bench.ends.isEmpty)
  }

  // MARK: - A connection that stands

  @Test("bytes go both ways, and what came before a half-closed end is told before it")
  func halfClosed() throws {
    let peer = try #require(Peer())
    bench.connect(to: peer.port)
    try bench.run { bench.stands && peer.accepts() }
    #expect(bench.fingerprint == nil)
    bench.transport.write(bench.id, Array("NICK alice\r\n".utf8))
    var said: [UInt8] = []
    try bench.run {
      said += peer.receive() ?? []
      return said == Array("NICK alice\r\n".utf8)
    }
    peer.send("ERROR :bye\r\n")
    peer.endSending()
    try bench.run { !bench.ends.isEmpty }
    #expect(bench.received == Array("ERROR :bye\r\n".utf8))
    #expect(bench.ends == [.lost("127.0.0.1 closed the connection.")])
    // It is closed on our side as well.
    try bench.run { peer.receive() == nil }
  }

  @Test("what was written before the end is written")
  func farewell() throws {
    let peer = try #require(Peer())
    bench.connect(to: peer.port)
    try bench.run { bench.stands && peer.accepts() }
    bench.transport.write(bench.id, Array("QUIT\r\n".utf8))
    bench.transport.close(bench.id)
    var said: [UInt8] = []
    try bench.run {
      guard let bytes = peer.receive() else { return true }
      said += bytes
      return false
    }
    #expect(said == Array("QUIT\r\n".utf8))
    #expect(bench.ends.isEmpty)
  }

  @Test("a server that does not read is left, before its bytes fill the memory")
  func doesNotRead() throws {
    let peer = try #require(Peer(receiveBuffer: 8_192))
    bench.connect(to: peer.port)
    try bench.run { bench.stands && peer.accepts() }
    let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 65_536)
    var pieces = 0
    try bench.run {
      bench.transport.write(bench.id, piece)
      pieces += 1
      return !bench.ends.isEmpty
    }
    #expect(bench.ends == [.lost("127.0.0.1 no longer takes what is sent.")])
    // The system's own buffers, and a megabyte of ours.
    #expect(pieces < 500)
  }

  @Test("a server that does not read holds the end up for two seconds at most")
  func closeWithoutReader() throws {
    let peer = try #require(Peer(receiveBuffer: 8_192))
    bench.connect(to: peer.port)
    try bench.run { bench.stands && peer.accepts() }
    bench.transport.write(bench.id, [UInt8](repeating: UInt8(ascii: "x"), count: 64 << 20))
    let seconds = bench.secondsToClose()
    #expect(seconds > 1.5)
    #expect(seconds < 4)
    #expect(bench.ends.isEmpty)
  }

  @Test("when the network changes, a connection that is still routed stays and an attempt begins anew")
  func networkChanged() throws {
    let peer = try #require(Peer())
    bench.connect(to: peer.port)
    try bench.run { bench.stands && peer.accepts() }
    let silent = try #require(Peer(backlog: 0))
    silent.stopAnswering()
    let attempt = ParleyEngine.ConnectionID(identity: 2, attempt: 1)
    bench.transport.connect(
      attempt, Endpoint(host: "127.0.0.1", port: silent.port, verification: .none, certificatePath: nil))
    bench.transport.networkChanged()
    #expect(bench.ends == [.lost("The network has changed.")])
    peer.send("PING :x\r\n")
    try bench.run { bench.received == Array("PING :x\r\n".utf8) }
  }

  // MARK: - Encryption

  @Test("a port without encryption is recognised by its first words")
  func notEncrypted() throws {
    let peer = try #require(Peer())
    bench.connect(to: peer.port, .fingerprint)
    try bench.run { peer.accepts() }
    peer.send(":server NOTICE * :*** Looking up your hostname\r\n")
    try bench.run { !bench.ends.isEmpty }
    #expect(bench.ends == [.lost("This port isn't encrypted.")])
  }

  @Test("a server that hangs up before it encrypts")
  func hangsUp() throws {
    let peer = try #require(Peer())
    bench.connect(to: peer.port, .fingerprint)
    try bench.run { peer.accepts() }
    peer.endSending()
    try bench.run { !bench.ends.isEmpty }
    #expect(
      bench.ends == [
        .lost("127.0.0.1 hung up before the connection was encrypted. Perhaps this port isn't encrypted.")
      ])
  }

  @Test("the certificate's fingerprint is told, and words go both ways")
  func encrypted() throws {
    let (peer, tls) = (try #require(Peer()), try TLSPeer())
    bench.connect(to: peer.port, host: "localhost", .fingerprint)
    try bench.run(tls, over: peer) { _ in bench.stands }
    #expect(bench.fingerprint == TLSPeer.fingerprint)
    bench.transport.write(bench.id, Array("NICK alice\r\n".utf8))
    let long = String(repeating: "many words ", count: 20_000)
    tls.encrypt(long)
    var heard: [UInt8] = []
    try bench.run(tls, over: peer) { said in
      heard = said
      return said.count >= 12 && bench.received.count >= long.utf8.count
    }
    #expect(heard == Array("NICK alice\r\n".utf8))
    #expect(bench.received == Array(long.utf8))
  }

  @Test("a certificate that nothing vouches for is not trusted where authorities have to vouch")
  func untrusted() throws {
    let (peer, tls) = (try #require(Peer()), try TLSPeer())
    bench.connect(to: peer.port, host: "localhost", .authorities)
    try bench.run(tls, over: peer) { _ in !bench.ends.isEmpty }
    #expect(
      bench.ends == [
        .untrusted(.unknownAuthority, "Nothing on this computer vouches for the certificate of localhost.")
      ])
    #expect(!bench.stands)
  }

  // MARK: - Our own certificate

  private func write(_ text: String) throws -> String {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("parley-\(UUID().uuidString).pem").path
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  @Test("our certificate is shown to a server that wants one")
  func ownCertificate() throws {
    let path = try write(TLSPeer.certificate + TLSPeer.key)
    defer { unlink(path) }
    let (peer, tls) = (try #require(Peer()), try TLSPeer(wantsCertificate: true))
    bench.connect(to: peer.port, .fingerprint, certificate: path)
    try bench.run(tls, over: peer) { _ in bench.stands }
    tls.encrypt("welcome")
    try bench.run(tls, over: peer) { _ in !bench.received.isEmpty }
    #expect(bench.received == Array("welcome".utf8))
  }

  @Test("a file that has no certificate, or no key for it, is said to be that")
  func badFiles() throws {
    let paths = ["/nowhere/me.pem", try write("hello"), try write(TLSPeer.certificate)]
    defer { for path in paths { unlink(path) } }
    for path in paths { bench.connect(to: 1, .fingerprint, certificate: path) }
    #expect(
      bench.ends == [
        .noCertificate(FailureWords.of(.missing, path: paths[0])),
        .noCertificate(FailureWords.of(.noCertificate, path: paths[1])),
        .noCertificate(FailureWords.of(.noKey, path: paths[2])),
      ])
  }
}
