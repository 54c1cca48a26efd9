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
  private var links: [Link] = []
  private var nextCut: Cut?
  private var holdsAnswers = false
  private var isStopping = false
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
      listener = bound
    }
  }

  /// Takes connections again, for a server at another port.
  func accept(for server: UInt16) {
    change {
      self.server = server
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
          pollfd(fd: listener, events: Int16(POLLIN), revents: 0),
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
    let link = Link(client: client, server: server, cut: nextCut)
    nextCut = nil
    links.append(link)
    if link.cutIfDue() { cutCount += 1 }
    lastBytes = link.carried
  }
}

/// One client's connection and its continuation to the server.
private final class Link {
  private let client: Int32
  private let server: Int32
  private let cut: FaultProxy.Cut?
  private(set) var carried: [FaultProxy.Direction: Int] = [.toServer: 0, .toClient: 0]
  /// Taken from one side and not yet taken by the other.
  private var waiting: [FaultProxy.Direction: [UInt8]] = [.toServer: [], .toClient: []]
  private var hasEnded: Set<FaultProxy.Direction> = []
  private var isCut = false
  private(set) var isOver = false

  init(client: Int32, server: Int32, cut: FaultProxy.Cut?) {
    (self.client, self.server, self.cut) = (client, server, cut)
    var yes: Int32 = 1
    for descriptor in [client, server] {
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
      setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
    }
  }

  private func source(_ direction: FaultProxy.Direction) -> Int32 { direction == .toServer ? client : server }

  private func target(_ direction: FaultProxy.Direction) -> Int32 { direction == .toServer ? server : client }

  /// The client's side, then the server's.
  func entries(holdsAnswers: Bool) -> [pollfd] {
    FaultProxy.Direction.allCases.map { direction in
      let opposite: FaultProxy.Direction = direction == .toServer ? .toClient : .toServer
      var events: Int16 = 0
      let isHeld = holdsAnswers && direction == .toClient
      if waiting[direction] == [], !hasEnded.contains(direction), !isHeld { events |= Int16(POLLIN) }
      if waiting[opposite] != [] { events |= Int16(POLLOUT) }
      // Without anything to wait for, an end would be told again and again.
      return pollfd(fd: events == 0 ? -1 : source(direction), events: events, revents: 0)
    }
  }

  /// Carries what can be carried.
  /// - Returns: whether the connection was cut.
  func work(client isClientReady: Bool, server isServerReady: Bool, holdsAnswers: Bool) -> Bool {
    guard !isOver else { return false }
    for direction in FaultProxy.Direction.allCases {
      flush(direction)
      let isReady = direction == .toServer ? isClientReady : isServerReady
      if isReady, waiting[direction] == [], !(holdsAnswers && direction == .toClient) { take(direction) }
    }
    let wasCut = cutIfDue()
    if isCut {
      if hasEnded.count == 2 { end() }
    } else if hasEnded.contains(where: { waiting[$0] == [] }) {
      // One side has ended, and the other has everything it said.
      end()
    }
    return wasCut
  }

  private func take(_ direction: FaultProxy.Direction) {
    var limit = 65_536
    if let cut, cut.direction == direction, !isCut { limit = min(limit, cut.bytes - (carried[direction] ?? 0)) }
    guard limit > 0 else { return }
    var buffer = [UInt8](repeating: 0, count: limit)
    let count = recv(source(direction), &buffer, limit, 0)
    if count < 0, errno == EAGAIN || errno == EINTR { return }
    guard count > 0 else {
      hasEnded.insert(direction)
      return
    }
    // What comes after the cut goes nowhere.
    if isCut { return }
    waiting[direction] = Array(buffer[..<count])
    flush(direction)
  }

  private func flush(_ direction: FaultProxy.Direction) {
    guard !isCut, let bytes = waiting[direction], !bytes.isEmpty else { return }
    let count = send(target(direction), bytes, bytes.count, Int32(MSG_NOSIGNAL.rawValue))
    if count > 0 {
      waiting[direction] = Array(bytes[count...])
      carried[direction, default: 0] += count
    } else if errno != EAGAIN, errno != EINTR {
      waiting[direction] = []
      hasEnded.insert(direction)
    }
  }

  /// Both sides see the end behind the last byte that was to pass. An orderly end waits until both have closed, because closing
  /// with bytes unread would be a reset.
  func cutIfDue() -> Bool {
    guard let cut, !isCut, !isOver, carried[cut.direction] == cut.bytes else { return false }
    isCut = true
    if cut.isReset {
      reset()
    } else {
      waiting = [.toServer: [], .toClient: []]
      for descriptor in [client, server] { shutdown(descriptor, Int32(SHUT_WR)) }
    }
    return true
  }

  func reset() {
    guard !isOver else { return }
    var option = linger(l_onoff: 1, l_linger: 0)
    for descriptor in [client, server] {
      setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }
    end()
  }

  private func end() {
    guard !isOver else { return }
    isOver = true
    close(client)
    close(server)
  }
}
