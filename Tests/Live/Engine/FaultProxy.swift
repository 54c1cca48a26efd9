import Foundation
import Processes

/// Stands between clients and a server, at an address that stays, and breaks connections where a test wants it.
final class FaultProxy: @unchecked Sendable {
  enum Direction: String, CaseIterable { case toServer, toClient }

  /// Where the next connection ends: after so many bytes in one direction.
  struct Cut: Sendable {
    let direction: Direction
    let bytes: Int
    /// With a reset instead of an orderly end.
    let isReset: Bool
  }

  let port: UInt16
  private let lock = NSLock()
  // Behind the lock.
  private var server: UInt16
  private var listener: Int32
  private var links: [FaultLink] = []
  private var nextCut: Cut?
  private var holdsAnswers = false
  private var isStopping = false
  private var refuses = false
  private var cutCount = 0
  private var lastBytes: [Direction: Int] = [:]
  /// Written to when the thread has to look at all this again.
  private let wake: (read: Int32, write: Int32)

  init(to server: UInt16) throws {
    self.server = server
    (listener, port) = try Self.bind(port: 0)
    guard listen(listener, 16) == 0 else { throw LiveError("cannot listen: errno \(errno)") }
    var pipe: [Int32] = [-1, -1]
    guard Foundation.pipe(&pipe) == 0 else { throw LiveError("no pipe: errno \(errno)") }
    for end in pipe {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    wake = (pipe[0], pipe[1])
    Thread { [self] in run() }.start()
  }

  /// Ends its thread, which keeps it alive until then.
  func stop() { change { isStopping = true } }

  // MARK: - What tests ask of it

  /// How many connections it has cut after a number of bytes.
  var cuts: Int { lock.withLock { cutCount } }

  /// What went through the latest connection.
  func bytes(_ direction: Direction) -> Int { lock.withLock { lastBytes[direction] ?? 0 } }

  /// Cuts the next connection; nil: none.
  func cutNext(_ cut: Cut?) { change { nextCut = cut } }

  /// Keeps back what the server says, from now on.
  func holdAnswers() { change { holdsAnswers = true } }

  /// Ends all connections; later ones are whole.
  func cutNow() {
    change {
      holdsAnswers = false
      for link in links { link.reset() }
    }
  }

  /// Refuses connections, as a machine does on which nothing listens. The port stays its own.
  func refuse() throws {
    let (bound, _) = try Self.bind(port: port)
    change {
      close(listener)
      (listener, refuses) = (bound, true)
    }
  }

  /// Takes connections again, for a server at another port.
  func accept(for server: UInt16) {
    change {
      (self.server, refuses) = (server, false)
      listen(listener, 16)
    }
  }

  private func change(_ body: () -> Void) {
    lock.withLock(body)
    var byte: UInt8 = 0
    _ = write(wake.write, &byte, 1)
  }

  private static func bind(port: UInt16) throws -> (descriptor: Int32, port: UInt16) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    var yes: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &yes, socklen_t(MemoryLayout<Int32>.size))
    var address = Self.address(port)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Foundation.bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
      }
    }
    guard result else {
      close(descriptor)
      throw LiveError("cannot bind port \(port): errno \(errno)")
    }
    return (descriptor, UInt16(bigEndian: address.sin_port))
  }

  private static func address(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
  }

  // MARK: - Its thread

  private func run() {
    while true {
      var entries = lock.withLock { () -> [pollfd] in
        if isStopping { return [] }
        return [
          pollfd(fd: wake.read, events: Int16(POLLIN), revents: 0),
          pollfd(fd: refuses ? -1 : listener, events: Int16(POLLIN), revents: 0),
        ] + links.flatMap { $0.entries(holdsAnswers: holdsAnswers) }
      }
      guard !entries.isEmpty else { break }
      guard poll(&entries, nfds_t(entries.count), -1) >= 0 else { continue }
      lock.withLock { turn(entries) }
    }
    lock.withLock {
      for link in links { link.reset() }
      links = []
      for descriptor in [listener, wake.read, wake.write] { close(descriptor) }
    }
  }

  private func turn(_ entries: [pollfd]) {
    if entries[0].revents != 0 {
      var buffer = [UInt8](repeating: 0, count: 64)
      _ = read(wake.read, &buffer, buffer.count)
    }
    for (index, link) in links.enumerated() where 2 + 2 * index + 1 < entries.count {
      let ready = entries[(2 + 2 * index)...(3 + 2 * index)].map { $0.revents != 0 }
      if link.work(client: ready[0], server: ready[1], holdsAnswers: holdsAnswers) { cutCount += 1 }
    }
    if let last = links.last { lastBytes = last.carried }
    links.removeAll(where: \.isOver)
    let client = Foundation.accept(listener, nil, nil)
    if client >= 0 { open(client) }
  }

  private func open(_ client: Int32) {
    let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = Self.address(self.server)
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else {
      close(client)
      close(server)
      return
    }
    let link = FaultLink(client: client, server: server, cut: nextCut)
    nextCut = nil
    links.append(link)
    if link.cutIfDue() { cutCount += 1 }
    lastBytes = link.carried
  }
}
