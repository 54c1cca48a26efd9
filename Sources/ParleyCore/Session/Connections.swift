import IRC
import ParleyStore

/// Connections come, fall silent and go.
extension Core {
  func connected(_ id: ConnectionID, _ info: ConnectionInfo) {
    if isShuttingDown { return turnAway(id, info, "Server is shutting down") }
    sessions[id] = Session(id: id, info: info, registration: Registration(), now: now, instant: instant)
    pings.schedule(id, in: Int64(configuration.registrationTimeout), at: instant)
  }

  /// Counts a connection that came from a gateway's address for the address it has now, or returns why it may not stay. All other
  /// connections were counted when they were accepted.
  func admit(_ session: Session) -> String? {
    guard !session.info.isTrusted else { return nil }
    switch admission.admit(session.info.address, at: instant, configuration) {
    case .welcome:
      session.isCounted = true
      return nil
    case .tooMany: return "Too many connections from your address"
    case .tooFast: return "Too many new connections from your address; try again in a minute"
    }
  }

  /// A connection no longer counts for the address it has.
  func discount(_ session: Session) {
    guard session.isCounted else { return }
    session.isCounted = false
    admission.leave(session.info.address)
  }

  private func turnAway(_ id: ConnectionID, _ info: ConnectionInfo, _ reason: String) {
    log(.connectionRefused(reason: reason), address: info.address, nick: nil, isRegistered: false)
    emit(.close(id, errorLine(reason)))
  }

  func errorLine(_ reason: String) -> [UInt8] {
    var bytes: [UInt8] = []
    Message(command: "ERROR", parameters: [reason]).encode(into: &bytes)
    return bytes
  }

  func disconnected(_ id: ConnectionID, _ reason: DisconnectReason) {
    guard let session = sessions[id] else { return }
    let words: String
    switch reason {
    case .closed: words = "Connection closed"
    case .failed(let text): words = text.isEmpty ? "Connection lost" : "Connection lost: \(text)"
    case .sendQueueExceeded: words = "Send queue exceeded"
    }
    log(.connectionClosed(reason: words), of: session)
    // What was sent into a connection that ended without QUIT may never have been read: it counts as seen up to the last
    // answered PING.
    leave(session, words)
  }

  /// Ends a session from this side, with an ERROR line.
  func close(_ session: Session, _ reason: String, quit: String? = nil, reply: Reply? = nil) {
    guard !session.isClosed else { return }
    // Before the last words: a peer that has closed already takes none of them.
    if let user = session.user { awaitDeparture(of: session, of: user) }
    if let reply { finish(reply) }
    emit(.close(session.id, errorLine("Closing link: \(reason)")))
    // The text of a QUIT is a message to others.
    log(.connectionClosed(reason: quit == nil ? reason : "Quit"), of: session)
    leave(session, quit ?? reason)
  }

  /// The session is over; its user stays if other devices are connected or the account is always on.
  private func leave(_ session: Session, _ reason: String) {
    sessions[session.id] = nil
    discount(session)
    let user = session.user
    let before = user?.face
    session.end()
    monitors.clear(session)
    metadata.clear(session)
    guard let user else { return }
    registeredCount -= 1
    user.sessions.removeAll { $0 === session }
    endOperatorGrants(of: user, on: session)
    user.leavingSessions.append(session)
    afterEverything { _ in user.leavingSessions.removeAll { $0 === session } }
    if user.sessions.isEmpty { tellOffline(user.nick) }
    rememberDevice(session, of: user)
    rememberVisit(session, of: user)
    if stays(user) {
      if let before { announceAway(user, after: before) }
      return
    }
    quit(user, reason)
  }

  /// Whether the user is there at all: with a device, or without one because its account is always on.
  func stays(_ user: User) -> Bool {
    if !user.sessions.isEmpty { return true }
    guard let account = user.account else { return false }
    return accounts[account.name] === account && persists(account)
  }

  /// The user is gone from every room.
  func quit(_ user: User, _ reason: String) {
    departed.remember(user, at: now)
    let line = Message(source: user.source, command: "QUIT", parameters: [reason]).fitted()
    tellPeers(of: user, line, except: [])
    let kept = comings(line, in: user.rooms.filter { $0.members.count > 1 || $0.isPermanent }, by: user)
    if !kept.isEmpty { transact(Transaction(kept)) }
    for room in user.rooms { leaveRoom(user, room) }
    users[user.folded] = nil
    guests[user.identity] = nil
    setInvisible(user, false)
    setOperatorGrants(user, [])
    if let account = user.account {
      account.user = nil
    } else if user.hasUsedKeys {
      transact(Transaction(.forgetGuest(user.identity)))
    }
  }

  /// Takes a user out of a room's state, stored membership included; an empty room ends.
  func leaveRoom(_ user: User, _ room: Room) {
    guard let member = room.member(user) else { return }
    room.remove(user)
    afterEverything { _ in room.finishDeparture(member.number) }
    for session in user.sessions { emit(.part(session.id, room.id)) }
    var changes: [Change] = []
    if let account = user.account { changes.append(.removeMembership(room.id, account.id)) }
    let isOver = room.members.isEmpty && !room.isKept
    if isOver {
      if rooms[room.folded] === room { rooms[room.folded] = nil }
      changes.append(.deleteRoom(room.id))
    }
    guard !changes.isEmpty else { return }
    transact(
      Transaction(changes),
      undo: { core in
        // The store still has it: an account's place is kept, a guest that left is gone all the same.
        if isOver, core.rooms[room.folded] == nil { core.rooms[room.folded] = room }
        core.unsettled.hasEmptyRooms = true
        if let account = user.account { core.unsettled.memberships.insert(.init(room: room.id, account: account.id)) }
        if user.account != nil, core.users[user.folded] === user {
          room.takeBack(member)
          for session in user.sessions { core.emit(.join(session.id, room.id)) }
        }
      })
  }

  func tick() {
    for id in pings.due(at: instant) {
      guard let session = sessions[id] else { continue }
      check(session)
    }
    if verificationsCheckedAt.map({ instant.seconds >= $0.seconds + 60 }) ?? true {
      verificationsCheckedAt = instant
      expireVerifications()
      expireInvitations()
      let expired = reservations.expire(at: certainTime)
      if !expired.isEmpty { transact(Transaction(expired)) }
    }
    work.tidy(at: instant)
    talk.tidy(at: instant)
    servePasswords()
    outputs.notes += noteLimiter.summaries(at: instant)
    endWaiting()
    storeAgain()
    orderExpiry()
    recordRelease()
  }

  /// Seconds that a registration may take with everything that the server lets wait.
  private static let longestRegistration: Int64 = 300

  private func check(_ session: Session) {
    let interval = Int64(configuration.pingInterval)
    guard session.user != nil else {
      let age = instant.seconds - session.openedAt.seconds
      if case .job = session.wait, age < Self.longestRegistration {
        return pings.schedule(session.id, in: 5, at: instant)
      }
      let left = Int64(configuration.registrationTimeout) + session.parkedSeconds - age
      if left <= 0 { return close(session, "Registration timed out") }
      return pings.schedule(session.id, in: left, at: instant)
    }
    let silence = instant.seconds - session.lastHeardAt.seconds
    if session.isPingOutstanding {
      if silence >= interval + Int64(configuration.pingTimeout) {
        session.lastHeardAt = instant
        emit(.close(session.id, errorLine("Closing link: Ping timeout")))
        log(.connectionClosed(reason: "Ping timeout"), of: session)
        return leave(session, "Ping timeout: \(silence) seconds")
      }
      return pings.schedule(session.id, in: interval + Int64(configuration.pingTimeout) - silence, at: instant)
    }
    if silence >= interval {
      session.isPingOutstanding = true
      ping(session)
      return pings.schedule(session.id, in: Int64(configuration.pingTimeout), at: instant)
    }
    // Clients that ping by themselves are never silent: what they have been shown is to be known all the same.
    let unasked = instant.seconds - session.pingedAt.seconds
    let isDue = unasked >= Self.confirmationInterval
    if isDue, !session.awaitsPong, session.usesCursor, !session.isCursorHeld, session.confirmed < releasedPosition {
      ping(session)
    }
    pings.schedule(session.id, in: min(interval - silence, Self.confirmationInterval), at: instant)
  }

  /// Seconds after which a client that cannot ask for its history is asked how far it has read.
  static let confirmationInterval: Int64 = 30

  private func ping(_ session: Session) {
    session.pingedAt = instant
    let isFirst = !session.awaitsPong
    session.awaitsPong = true
    if isFirst {
      afterEverything { core in if session.isShownEverything { session.pingPosition = core.releasedPosition } }
    }
    send(Message(command: "PING", parameters: [configuration.serverName]), to: session)
    if isFirst { emit(.asked(session.id)) }
  }

  func shutDown(_ reason: String) {
    guard !isShuttingDown else { return }
    isShuttingDown = true
    let leaving = sessions.values.sorted { $0.id < $1.id }
    departuresEnd = instant.adding(milliseconds: Self.departureTime)
    for session in leaving {
      guard let user = session.user else { continue }
      // What is ahead of its end still reaches it.
      afterEverything { core in core.awaitDeparture(of: session, of: user) }
    }
    let line = Message(source: configuration.serverName, command: "NOTICE", parameters: ["*", reason])
    deliver(line, to: .everyone)
    var devices: [(session: Session, user: User)] = []
    for session in leaving where !session.isClosed {
      emit(.close(session.id, errorLine("Closing link: \(reason)")))
      sessions[session.id] = nil
      if let user = session.user {
        registeredCount -= 1
        devices.append((session, user))
      }
      session.phase = .closed
    }
    // All at one place, behind every end: a device that waited for the record of another would be reported before it is remembered.
    afterEverything { core in
      for (session, user) in devices {
        core.rememberDevice(session, of: user)
        core.rememberVisit(session, of: user)
        user.sessions.removeAll { $0 === session }
      }
    }
  }

  // MARK: - Telling others

  /// One line to an audience; encoded by the loops.
  /// - Parameter author: who has done what it tells of, if somebody has.
  func deliver(_ message: Message, by author: User? = nil, to audience: Audience, requires: Capability? = nil) {
    emit(.deliver(makeDelivery(message, by: author, requires: requires), to: audience))
  }

  func makeDelivery(
    _ message: Message, by author: User?, requires: Capability? = nil, alternative: (Capability, Message)? = nil
  ) -> Delivery {
    var line: [UInt8] = []
    message.encode(into: &line)
    var other: (capability: Capability, line: [UInt8])?
    if let (capability, message) = alternative {
      var bytes: [UInt8] = []
      message.encode(into: &bytes)
      other = (capability, bytes)
    }
    return Delivery(
      line: line, alternative: other, requires: requires, time: now, account: author?.accountName ?? "",
      clientTags: author?.serverTags ?? "")
  }

  /// Everybody who shares a room with the user, once each, and the user's own devices but the given ones.
  /// - Parameter rooms: those the user was in when what is told was decided; nil: it has been decided now.
  func tellPeers(
    of user: User, in rooms: [RoomID]? = nil, _ message: Message, except: [Session], requires: Capability? = nil,
    includingSelf: Bool = false
  ) {
    let delivery = makeDelivery(message, by: user, requires: requires)
    let own = user.sessions.filter(\.isReachable)
    let rooms = rooms ?? user.rooms.map(\.id)
    if !rooms.isEmpty { emit(.deliver(delivery, to: .rooms(rooms, except: user.connections))) }
    if let requires { tellWatchers(of: user, delivery, requires: requires) }
    guard includingSelf else { return }
    let others = own.filter { session in !except.contains { $0 === session } }
    if !others.isEmpty { emit(.deliver(delivery, to: .connections(others.map(\.id)))) }
  }

  /// away-notify, if something has changed.
  /// - Parameter before: the face the user had.
  func announceAway(_ user: User, after before: Face) {
    let away = user.away
    guard away != before.away else { return }
    user.earlierFace.begin(before)
    let rooms = user.rooms
    afterEverything { core in
      user.earlierFace.end { $0.away = away }
      let message = Message(source: user.shownSource, command: "AWAY", parameters: away.map { [$0] } ?? [])
      let shown = rooms.filter { $0.isShown(user) }.map(\.id)
      core.tellPeers(of: user, in: shown, message, except: [], requires: .awayNotify)
    }
  }
}
