package import ParleyCore

/// Which connections there is room for, over all loops: decided when a connection is accepted, before it costs a handshake, and again
/// when a proxy has named its address.
///
/// An address may have so many connections at a time and open so many in a minute. When the server is full, a newcomer takes the place
/// of the oldest connection without a registered user that belongs to the address with the most of them, if that address has more of
/// them than the newcomer's. Silent connections therefore cannot keep others out, however many places there are. If there is none, it
/// takes that of the guest who has been silent for longest at the address with the most guests, if that address has more of them than
/// the newcomer's has connections even afterwards. Accounts and people who have spoken of late keep their places.
package final class AdmissionTable: Sendable {
  package struct Limits: Sendable {
    package var connections: Int
    package var perAddress: Int
    package var perMinute: Int

    package init(connections: Int, perAddress: Int, perMinute: Int) {
      self.connections = max(1, connections)
      self.perAddress = max(1, perAddress)
      self.perMinute = max(1, perMinute)
    }

    package init(_ settings: ServerSettings) {
      self.init(
        connections: settings.maximumConnections, perAddress: settings.connectionsPerAddress,
        perMinute: settings.core.connectionsPerMinute)
    }
  }

  /// Connections that may be on their way out at a time because others need their places. Beyond this newcomers are refused, so that
  /// the descriptors in use stay bounded.
  package static let leavingLimit = 32
  /// Addresses without a connection that are remembered for their rate.
  package static let idleAddresses = 65_536
  /// Milliseconds that a guest has said nothing for when its place may be needed. One who has just registered has a minute to begin.
  package static let idleness: Int64 = 300_000
  private static let beginning: Int64 = 60_000
  private static let minute: Int64 = 60_000

  private let state: Monitor<State>
  private let clock: @Sendable () -> Int64

  /// - Parameter clock: milliseconds of a monotonic clock.
  package init(_ limits: Limits, clock: @escaping @Sendable () -> Int64 = { MonotonicClock.milliseconds() }) {
    state = Monitor(State(limits: limits))
    self.clock = clock
  }

  // MARK: - Coming and going

  /// A new connection from an address.
  /// - Parameter displace: ends it when its place is needed; called at most once, on any thread.
  /// - Returns: its place, which `leave` gives back.
  package func admit(
    _ address: NetworkAddress, as standing: AdmissionTicket.Standing, displace: @escaping @Sendable () -> Void = {}
  ) -> Result<AdmissionTicket, AdmissionRefusal> {
    let now = clock()
    let (result, displaced) = state.withLock { state -> (Result<AdmissionTicket, AdmissionRefusal>, Displaced?) in
      let group = AddressGroup(address)
      if standing == .ordinary, let reason = state.judge(group, at: now) {
        return (.failure(AdmissionRefusal(reason: reason)), nil)
      }
      var displaced: Displaced?
      if state.open - state.leaving >= state.limits.connections {
        let newcomer = standing == .trusted ? nil : group
        displaced = state.displace(for: newcomer) ?? state.displaceIdle(for: newcomer, at: now)
        if displaced == nil { return (.failure(AdmissionRefusal(reason: .serverFull)), nil) }
      }
      let ticket = AdmissionTicket(displace: displace)
      state.open += 1
      state.place(ticket, in: group, as: standing)
      return (.success(ticket), displaced)
    }
    displaced?.callback?()
    return result
  }

  /// A proxy has said whom the connection belongs to: it counts for that address from now on.
  /// - Returns: why it may not stay; nil: it may.
  package func move(
    _ ticket: AdmissionTicket, to address: NetworkAddress, as standing: AdmissionTicket.Standing
  ) -> RefusalReason? {
    let now = clock()
    return state.withLock { state in
      state.unplace(ticket)
      let group = AddressGroup(address)
      if standing == .ordinary, let reason = state.judge(group, at: now) { return reason }
      state.place(ticket, in: group, as: standing)
      return nil
    }
  }

  /// Somebody has registered on the connection: it need not give way any more.
  package func settle(_ ticket: AdmissionTicket) { state.withLock { $0.settle(ticket) } }

  /// Who has registered on it, or has signed in or out since.
  package func mark(_ ticket: AdmissionTicket, isGuest: Bool) {
    ticket.speak(at: clock() - Self.idleness + Self.beginning)
    state.withLock { $0.mark(ticket, isGuest: isGuest) }
  }

  /// Its guest has said something.
  package func spoke(_ ticket: AdmissionTicket) { ticket.speak(at: clock()) }

  package func isIdle(_ ticket: AdmissionTicket) -> Bool { ticket.isIdle(at: clock()) }

  /// It has been told to give way, and has come to be used meanwhile.
  package func stay(_ ticket: AdmissionTicket, displace: @escaping @Sendable () -> Void) {
    state.withLock { state in
      guard ticket.state.isLeaving else { return }
      state.leaving -= 1
      ticket.update {
        $0.isLeaving = false
        $0.displace = displace
      }
    }
  }

  /// Replaces how the connection is ended when its place is needed.
  package func onDisplaced(_ ticket: AdmissionTicket, _ body: @escaping @Sendable () -> Void) {
    state.withLock { _ in ticket.update { if !$0.isLeaving { $0.displace = body } } }
  }

  /// The place is kept after the end of the socket, until a second `leave`.
  package func keep(_ ticket: AdmissionTicket) { state.withLock { _ in ticket.update { $0.holders += 1 } } }

  /// The connection is gone.
  package func leave(_ ticket: AdmissionTicket) {
    let (isLast, callback) = state.withLock { state -> (Bool, (@Sendable () -> Void)?) in
      guard
        ticket.update({
          $0.holders -= 1; return $0.holders == 0
        })
      else { return (false, nil) }
      state.unplace(ticket)
      state.open -= 1
      // Once: whoever comes to it later with `stay` is told that there is nothing to leave.
      if ticket.state.isLeaving { state.leaving -= 1 }
      ticket.update { $0.isLeaving = false }
      // Released outside of the lock.
      let callback = ticket.update { state in
        defer { state.displace = nil }
        return state.displace
      }
      return (state.open == 0, callback)
    }
    withExtendedLifetime(callback) {}
    if isLast { state.wakeAll() }
  }

  // MARK: - The whole

  package func reconfigure(_ limits: Limits) { state.withLock { $0.limits = limits } }

  /// More than three quarters of the places are taken: patience is short.
  package var isCrowded: Bool { state.withLock { $0.open * 4 > $0.limits.connections * 3 } }

  package var count: Int { state.withLock { $0.open } }

  /// Addresses that are remembered.
  package var addressCount: Int { state.withLock { $0.addresses.count } }

  /// Forgets addresses that have no connection and whose minute is over.
  package func sweep() {
    let now = clock()
    state.withLock { $0.sweep(at: now) }
  }

  /// Waits until no connection is left.
  /// - Returns: false when so many milliseconds have passed.
  package func waitForNone(milliseconds: Int) -> Bool {
    state.wait(milliseconds: milliseconds) { $0.open == 0 ? true : nil } ?? false
  }

  // MARK: - State

  private struct Displaced { var callback: (@Sendable () -> Void)? }

  private struct Address {
    var open = 0
    /// Connections on which nobody has registered, the oldest first.
    var waiting = PositionQueue<AdmissionTicket>()
    /// Where it stands in `levels`; nil: it has none of them.
    var level: (count: Int, position: Int)?
    var minuteStart: Int64
    var arrivals = 0

    func isIdle(at now: Int64) -> Bool { open == 0 && now - minuteStart >= AdmissionTable.minute }
  }

  private struct State {
    var limits: Limits
    var open = 0
    var leaving = 0
    var addresses: [AddressGroup: Address] = [:]
    /// Connections of guests, by addresses that are neither trusted nor speak for others.
    private var guests: [AddressGroup: PositionQueue<AdmissionTicket>] = [:]
    /// Nobody is idle before.
    private var nobodyIdleUntil: Int64 = 0
    /// Addresses by how many connections without a registered user they have, those that came to that number first in front.
    private var levels: [Int: PositionQueue<AddressGroup>] = [:]
    /// No address has more.
    private var highest = 0
    /// Addresses from which on those are forgotten that need not be remembered.
    private var sweepAt = 1024

    init(limits: Limits) { self.limits = limits }

    /// Counts an arrival, and says why it is too many.
    mutating func judge(_ group: AddressGroup, at now: Int64) -> RefusalReason? {
      if addresses.count >= sweepAt { sweep(at: now) }
      var address = addresses[group] ?? Address(minuteStart: now)
      if now - address.minuteStart >= AdmissionTable.minute {
        address.minuteStart = now
        address.arrivals = 0
      }
      address.arrivals += 1
      addresses[group] = address
      if address.arrivals > limits.perMinute { return .addressRate }
      return address.open >= limits.perAddress ? .addressLimit : nil
    }

    mutating func place(_ ticket: AdmissionTicket, in group: AddressGroup, as standing: AdmissionTicket.Standing) {
      ticket.update {
        $0.group = group
        $0.standing = standing
      }
      addresses[group, default: Address(minuteStart: 0)].open += 1
      guard standing != .trusted else { return }
      let position = addresses[group]?.waiting.append(ticket)
      ticket.update { $0.position = position }
      level(group)
    }

    mutating func unplace(_ ticket: AdmissionTicket) {
      settle(ticket)
      unmark(ticket)
      guard let group = ticket.state.group else { return }
      ticket.update { $0.group = nil }
      addresses[group]?.open -= 1
      if let address = addresses[group], address.open == 0, address.arrivals == 0 { addresses[group] = nil }
    }

    mutating func settle(_ ticket: AdmissionTicket) {
      guard let group = ticket.state.group, let position = ticket.state.position else { return }
      addresses[group]?.waiting.remove(at: position)
      ticket.update { $0.position = nil }
      level(group)
    }

    mutating func mark(_ ticket: AdmissionTicket, isGuest: Bool) {
      settle(ticket)
      unmark(ticket)
      let state = ticket.state
      guard isGuest, !state.isLeaving, state.standing == .ordinary, let group = state.group else { return }
      let position = guests[group, default: PositionQueue()].append(ticket)
      ticket.update { $0.guestPosition = position }
    }

    private mutating func unmark(_ ticket: AdmissionTicket) {
      guard let group = ticket.state.group, let position = ticket.state.guestPosition else { return }
      guests[group]?.remove(at: position)
      if guests[group]?.isEmpty == true { guests[group] = nil }
      ticket.update { $0.guestPosition = nil }
    }

    /// Puts an address among those that have as many connections without a registered user.
    private mutating func level(_ group: AddressGroup) {
      guard let address = addresses[group] else { return }
      if let (count, position) = address.level {
        levels[count]?.remove(at: position)
        if levels[count]?.isEmpty == true { levels[count] = nil }
      }
      let count = address.waiting.count
      addresses[group]?.level = count > 0 ? (count, levels[count, default: PositionQueue()].append(group)) : nil
      highest = max(highest, count)
      while highest > 0, levels[highest] == nil { highest -= 1 }
    }

    /// Makes a connection give way.
    mutating func displace(for newcomer: AddressGroup?) -> Displaced? {
      let own = newcomer.flatMap { addresses[$0]?.waiting.count } ?? 0
      guard leaving < AdmissionTable.leavingLimit, highest > own, let group = levels[highest]?.first,
        let ticket = addresses[group]?.waiting.first
      else { return nil }
      settle(ticket)
      return sendAway(ticket)
    }

    /// Makes a guest give way who has said nothing for long.
    mutating func displaceIdle(for newcomer: AddressGroup?, at now: Int64) -> Displaced? {
      guard leaving < AdmissionTable.leavingLimit, now >= nobodyIdleUntil else { return nil }
      let own = newcomer.flatMap { addresses[$0]?.open } ?? 0
      var most = own + 1
      var found: AdmissionTicket?
      for queue in guests.values where queue.count > most {
        guard let ticket = queue.elements.min(by: { $0.lastSpoke < $1.lastSpoke }), ticket.isIdle(at: now) else {
          continue
        }
        (most, found) = (queue.count, ticket)
      }
      guard let found else {
        // A full server is asked often.
        if own == 0 { nobodyIdleUntil = now + 1_000 }
        return nil
      }
      unmark(found)
      return sendAway(found)
    }

    private mutating func sendAway(_ ticket: AdmissionTicket) -> Displaced {
      leaving += 1
      return ticket.update { state in
        state.isLeaving = true
        defer { state.displace = nil }
        return Displaced(callback: state.displace)
      }
    }

    mutating func sweep(at now: Int64) {
      addresses = addresses.filter { !$0.value.isIdle(at: now) }
      // Somebody has addresses without end: limits on them mean nothing, and memory does.
      if addresses.count > AdmissionTable.idleAddresses + open { addresses = addresses.filter { $0.value.open > 0 } }
      sweepAt = max(1024, 2 * addresses.count)
    }
  }
}

/// There is no room.
package struct AdmissionRefusal: Error, Equatable {
  package let reason: RefusalReason
}
