import IRC
import ParleyStore

/// A device of an account arrives: it is shown the rooms the account is in, then what it has missed, then what is new.
extension Core {
  /// Called after the welcome. The order the client sees: JOIN, topic and names of each room; missed messages (for clients
  /// that cannot ask for them with chathistory); then everything from here on, each message once.
  func arrive(_ session: Session, _ user: User) {
    session.confirmed = releasedPosition
    let start = openDevice(session, of: user)
    let rooms = user.rooms
    let lastHere = user.account?.deviceTimes[session.device]
    // A room whose membership could not be stored is not shown.
    afterEverything { core in
      guard !session.isClosed else { return }
      let here = rooms.filter { $0.isShown(user) }
      let reply = core.makeReply(session, label: nil)
      for room in here {
        reply.send(core.joinDelivery(of: user, as: user.shown, room.shownName))
        core.showRoom(room, to: user, reply: reply)
      }
      if session.isMetadataAware, !here.isEmpty { core.postponeMetadata(MetadataSync.everything, reply) }
      core.showInvitations(to: user, since: lastHere, reply)
      core.finish(reply)
      for room in here { core.emit(.join(session.id, room.id)) }
      session.isReachable = true
    }
    if let start { startReplay(to: session, of: user, after: start, includingRooms: true) }
  }

  /// Whatever was released before this place in the order is replayed, whatever comes after is delivered, behind the replay.
  func startReplay(to session: Session, of user: User, after start: LogPosition, includingRooms: Bool) {
    guard user.account?.settings.replaysMissed != false else { return skipReplay(to: session, of: user) }
    park(session)
    session.isReplaying = true
    session.confirmed = start
    afterEverything { core in
      core.emit(.hold(session.id))
      let rooms = includingRooms ? user.rooms.map(\.conversation) : []
      core.beginReplay(to: session, of: user, rooms: rooms, after: start, upTo: core.releasedPosition)
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

  private func isSameDevice(_ a: Session, _ b: Session) -> Bool {
    !a.isClosed && a.usesCursor && a.device == b.device
  }

  /// A device left: what it has been shown is remembered.
  func rememberDevice(_ session: Session, of user: User, sawEverything: Bool) {
    guard session.usesCursor, let account = user.account, accounts[account.name] === account else { return }
    guard !user.sessions.contains(where: { $0 !== session && isSameDevice($0, session) }) else { return }
    recordDevice(
      account, session.device, sawEverything && !session.isReplaying ? releasedPosition : session.confirmed)
  }

  func recordDevice(_ account: Account, _ device: String, _ seen: LogPosition) {
    account.devices[device] = seen
    account.deviceTimes[device] = now
    transact(
      Transaction(
        .putDevice(DeviceRecord(account: account.id, device: device, seen: seen, lastSeenAt: now))),
      // It is so all the same: what it misses from here on is what it has to be shown.
      undo: { core in core.unsettled.devices.insert(.init(account: account.id, name: device)) })
  }

  /// What follows a JOIN: topic and names, as they have been shown to the members by now.
  func showRoom(_ room: Room, to user: User, reply: Reply) {
    TopicCommand.show(room, to: reply, evenIfNone: false)
    if reply.session.has(.draftReadMarker) { reply.send(markerLine(room.shownName, of: user)) }
    // no-implicit-names: the client asks when somebody looks.
    guard !reply.session.has(.noImplicitNames), !reply.session.has(.draftNoImplicitNames) else { return }
    NamesCommand.write(room, for: user, to: reply)
  }

  func joinDelivery(of user: User, as face: Face, _ room: String) -> Delivery {
    makeDelivery(
      Message(source: face.source, command: "JOIN", parameters: [room]), by: user,
      alternative: (
        .extendedJoin,
        Message(source: face.source, command: "JOIN", parameters: [room, face.account ?? "*", face.realname])
      ))
  }

  // MARK: - Replay

  private func beginReplay(
    to session: Session, of user: User, rooms: [Conversation], after seen: LogPosition, upTo bound: LogPosition
  ) {
    guard !session.isClosed else { return }
    guard seen < bound else { return endReplay(session) }
    let far = Timestamp(milliseconds: Int64.max / 4)
    let kinds = HistoryLine.missedKinds(for: session)
    ask(
      .summaries(
        user.identity, rooms: [], after: Timestamp(milliseconds: -1), before: far, kinds: kinds, limit: 1_000_000),
      for: session
    ) { [unowned self] result in
      guard !session.isClosed else { return }
      guard case .summaries(let summaries) = result else { return giveUpReplay(session) }
      // They come oldest first: the newest are those in which something may have been missed.
      let directs = summaries.suffix(1_000).map(\.conversation)
      replay((rooms + directs)[...], to: session, after: seen, upTo: bound)
    }
  }

  /// What was not shown is shown next time.
  private func giveUpReplay(_ session: Session) {
    close(session, "What you have missed cannot be read now; connect again")
  }

  private func replay(
    _ conversations: ArraySlice<Conversation>, to session: Session, after seen: LogPosition, upTo bound: LogPosition
  ) {
    guard !session.isClosed else { return }
    guard let conversation = conversations.first else { return endReplay(session) }
    var query = HistoryQuery(
      conversation: conversation, range: .missed(after: seen), limit: configuration.replayLimit,
      kinds: HistoryLine.missedKinds(for: session))
    query.reader = session.user?.identity
    ask(.history(query), for: session) { [unowned self] result in
      guard !session.isClosed, let user = session.user else { return }
      guard case .page(let page) = result else { return giveUpReplay(session) }
      let reply = makeReply(session, label: nil)
      // What is shown for the first time is shown as it is now.
      let shown = Set(page.events.map(\.receipt.messageID))
      for event in page.events
      where (event.kind != .edit || !shown.contains(event.reference)) && event.receipt.position <= bound
        && isMissed(event, conversation, by: session, user)
      {
        reply.send(
          HistoryLine.delivery(event, to: recipient(of: event, in: conversation, user)))
      }
      let rest = conversations.dropFirst()
      if reply.isEmpty { return replay(rest, to: session, after: seen, upTo: bound) }
      // The next conversation is read when the client has taken this one: a long absence does not fill memory.
      var isSent = false
      sendLong(reply, finally: { [unowned self] in replay(rest, to: session, after: seen, upTo: bound) }) { _ in
        defer { isSent = true }
        return !isSent
      }
    }
  }

  /// Private messages come under the nick one has now, whichever they were sent to; a room's under the name it has now.
  private func recipient(of event: StoredEvent, in conversation: Conversation, _ user: User) -> String? {
    switch conversation {
    case .direct: event.sender == user.identity ? nil : user.nick
    case .room(let id): user.rooms.first { $0.id == id }?.name
    }
  }

  private func isMissed(_ event: StoredEvent, _ conversation: Conversation, by session: Session, _ user: User) -> Bool {
    // Earlier versions stored them.
    if CTCP.isQuestion(event.text) { return false }
    switch conversation {
    case .room(let id):
      // A first visit does not show what was said before the account came.
      guard let room = user.rooms.first(where: { $0.id == id }), let member = room.member(user) else { return false }
      // Positions tell it whatever the clock showed. Only memberships of older files have none.
      if member.since > 0 { return event.receipt.position > member.since }
      return event.receipt.time >= member.joinedAt
    case .direct:
      // What the account itself sent from elsewhere makes sense only to clients that know echoes.
      return event.sender != user.identity || session.has(.echoMessage)
    }
  }

  private func endReplay(_ session: Session) {
    session.isReplaying = false
    emit(.release(session.id))
    if let account = session.account { recordDevice(account, session.device, Account.online) }
    session.wait = .appends
    unblocked.append(session)
  }
}
