import IRC
import ParleyStore

/// A device of an account arrives: it is shown the rooms the account is in, then what it has missed, then what is new.
extension Core {
  /// Called after the welcome. The order the client sees: JOIN, topic and names of each room; missed messages (for clients
  /// that cannot ask for them with chathistory); then everything from here on, each message once.
  func arrive(_ session: Session, _ user: User) {
    session.confirmed = releasedPosition
    var start = openDevice(session, of: user)
    let skipsReplay = start != nil && user.account?.settings.replaysMissed == false
    if skipsReplay { start = nil }
    let rooms = user.rooms
    let lastHere = user.account?.deviceTimes[session.device]
    let isLong = rooms.reduce(0) { $0 + 1_000 + $1.members.count * 32 } > OutputBudget.limit
    if start != nil || isLong { park(session) }
    session.isArriving = start != nil || isLong
    if let start {
      session.isReplaying = true
      session.confirmed = start
    }
    // A room whose membership could not be stored is not shown.
    afterEverything { [start] core in
      guard !session.isClosed else { return }
      let here = rooms.filter { $0.isShown(user) }
      session.isReachable = true
      let reply = core.makeReply(session, label: nil)
      guard session.isArriving else {
        for room in here { core.showJoined(room, to: user, reply: reply) }
        if session.isMetadataAware, !here.isEmpty { core.postponeMetadata(MetadataSync.everything, reply) }
        core.showInvitations(to: user, since: lastHere, reply)
        core.finish(reply)
        for room in here { core.emit(.join(session.id, room.id)) }
        return
      }
      // What was released before this place in the order is shown, and what comes after is delivered behind that.
      core.emit(.hold(session.id))
      for room in here { core.emit(.join(session.id, room.id)) }
      let bound = core.releasedPosition
      core.showRooms(here, to: session, of: user, reply: reply) {
        session.isArriving = false
        let invitations = core.makeReply(session, label: nil)
        core.showInvitations(to: user, since: lastHere, invitations)
        core.finish(invitations)
        guard let start else { return core.endReplay(session) }
        Replay(.missed, to: session, of: user, after: start, upTo: bound, core) { core.endReplay(session) }
          .begin(rooms: here.map(\.conversation))
      }
    }
    if skipsReplay { skipReplay(to: session, of: user) }
  }

  /// JOIN, topic and names of rooms, as many at a time as fit into a slice.
  func showRooms(
    _ rooms: [Room], to session: Session, of user: User, reply: Reply, finally: @escaping () -> Void
  ) {
    var rest = rooms[...]
    var names: ((Reply) -> Bool)?
    sendLong(reply, finally: finally) { [unowned self] reply in
      while !reply.isFull {
        if let write = names {
          if !write(reply) { names = nil }
        } else if let room = rest.popFirst() {
          guard room.isShown(user) else { continue }
          reply.send(joinDelivery(of: user, as: user.shown, room.shownName))
          names = showTopic(of: room, to: user, reply: reply)
        } else {
          if session.isMetadataAware, !rooms.isEmpty { postponeMetadata(MetadataSync.everything, reply) }
          return false
        }
      }
      return true
    }
  }

  /// What was released before this place in the order is replayed, whatever comes after is delivered, behind the replay.
  func startReplay(to session: Session, of user: User, after start: LogPosition) {
    guard user.account?.settings.replaysMissed != false else { return skipReplay(to: session, of: user) }
    park(session)
    session.isReplaying = true
    session.confirmed = start
    afterEverything { core in
      core.emit(.hold(session.id))
      Replay(.missed, to: session, of: user, after: start, upTo: core.releasedPosition, core) {
        core.endReplay(session)
      }.begin(rooms: [])
    }
  }

  /// The account wants no replays (NickServ SET REPLAY OFF): the device counts as having been shown everything.
  private func skipReplay(to session: Session, of user: User) {
    session.confirmed = releasedPosition
    afterEverything { core in
      guard !session.isClosed, let account = user.account else { return }
      session.confirmed = max(session.confirmed, core.releasedPosition)
      core.recordDevice(account, session.device, Account.online)
    }
  }

  /// Where the device's replay starts; nil for guests, and for clients that ask for their history themselves.
  func openDevice(_ session: Session, of user: User) -> LogPosition? {
    guard let account = user.account, !session.has(.draftChathistory) else { return nil }
    session.usesCursor = true
    if account.devices[session.device] == nil, account.devices.count >= Account.maximumDevices { session.device = "" }
    let known = account.devices[session.device]
    account.devices[session.device] = Account.online
    guard known == Account.online else {
      // A device never seen before starts with what the account has not seen on any: nothing is lost on a first visit.
      return known ?? 0
    }
    // Connected already, perhaps by a connection that is dead and does not know it: from what that one has confirmed.
    return user.sessions.filter { $0 !== session && isSameDevice($0, session) }.map(\.confirmed).min()
      ?? releasedPosition
  }

  func isSameDevice(_ a: Session, _ b: Session) -> Bool {
    !a.isClosed && a.usesCursor && a.device == b.device
  }

  /// - Parameter stored: what the store is told, if it is something else.
  func recordDevice(_ account: Account, _ device: String, _ seen: LogPosition, stored: LogPosition? = nil) {
    account.devices[device] = seen
    account.deviceTimes[device] = now
    transact(
      Transaction(
        .putDevice(DeviceRecord(account: account.id, device: device, seen: stored ?? seen, lastSeenAt: now))),
      // It is so all the same: what it misses from here on is what it has to be shown.
      undo: { core in core.unsettled.devices.insert(.init(account: account.id, name: device)) })
  }

  /// JOIN of a room, and what follows it.
  private func showJoined(_ room: Room, to user: User, reply: Reply) {
    reply.send(joinDelivery(of: user, as: user.shown, room.shownName))
    showRoom(room, to: user, reply: reply)
  }

  /// What follows a JOIN: topic and names, as they have been shown to the members by now. The names of a large room follow when
  /// the client has room for them.
  func showRoom(_ room: Room, to user: User, reply: Reply) {
    guard let names = showTopic(of: room, to: user, reply: reply) else { return }
    if reply.size + room.members.count * 40 <= OutputBudget.limit {
      while names(reply) {}
    } else {
      sendLater(makeReply(reply.session, label: nil), next: names)
    }
  }

  /// - Returns: what writes the names; nil if they are not wanted.
  private func showTopic(of room: Room, to user: User, reply: Reply) -> ((Reply) -> Bool)? {
    TopicCommand.show(room, to: reply, evenIfNone: false)
    if reply.session.has(.draftReadMarker) { reply.send(markerLine(room.shownName, of: user)) }
    // no-implicit-names: the client asks when somebody looks.
    guard !reply.session.has(.noImplicitNames), !reply.session.has(.draftNoImplicitNames) else { return nil }
    return NamesCommand.writer([room], for: user)
  }

  func joinDelivery(of user: User, as face: Face, _ room: String) -> Delivery {
    makeDelivery(
      Message(source: face.source, command: "JOIN", parameters: [room]), by: user,
      alternative: (
        .extendedJoin,
        Message(source: face.source, command: "JOIN", parameters: [room, face.account ?? "*", face.realname])
      ))
  }

  func endReplay(_ session: Session) {
    session.isReplaying = false
    emit(.release(session.id))
    if session.usesCursor, let account = session.account {
      // What it could not take while it was replayed is in the log, and comes from there.
      recordDevice(account, session.device, Account.online, stored: session.isShownEverything ? nil : session.confirmed)
    }
    session.wait = .appends
    unblocked.append(session)
  }
}
