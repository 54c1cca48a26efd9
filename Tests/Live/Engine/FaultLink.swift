import Foundation

/// One client's connection and its continuation to the server.
final class FaultLink {
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
    let count = send(target(direction), bytes, bytes.count, Int32(MSG_NOSIGNAL))
    if count > 0 {
      waiting[direction] = Array(bytes.dropFirst(count))
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
