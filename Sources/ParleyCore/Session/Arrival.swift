import IRC
import ParleyStore

/// A device of an account arrives: it is shown the rooms the account is in, then what it has missed, then what is new.
extension Core {
  /// Called after the welcome. The order the client sees: JOIN, topic and names of each room; missed messages (for clients
  /// that cannot ask for them with chathistory); then everything from here on, each message once.
  func arrive(_ session: Session, _ user: User) {
    session.confirmed = releasedPosition
    let wantsReplay = !session.has(.draftChathistory)
    let seen = openDevice(session, of: user)
    if !user.rooms.isEmpty || wantsReplay {
      let reply = makeReply(session, label: nil)
      for room in user.rooms { showRoom(room, to: user, reply: reply) }
      if wantsReplay, seen != nil { emit(.hold(session.id)) }
      finish(reply)
    }
    for room in user.rooms { emit(.join(session.id, room.id)) }
    afterEverything { _ in session.isReachable = true }
    guard wantsReplay, let seen else { return }
    park(session)
    // Here, in the order: whatever was released before is replayed, whatever comes after is delivered live.
    afterEverything { core in
      core.beginReplay(to: session, of: user, after: seen, upTo: core.releasedPosition)
    }
  }

  /// Where the device's replay starts; nil when there is nothing to replay, because it is new or already connected.
  @discardableResult
  func openDevice(_ session: Session, of user: User) -> LogPosition? {
    guard let account = user.account, !session.has(.draftChathistory) else { return nil }
    let seen = account.devices[session.device]
    guard seen != Account.online else { return nil }
    // A device never seen before starts with what the account has not seen on any: nothing is lost on a first visit.
    let start = seen ?? 0
    recordDevice(account, session.device, Account.online)
    return start
  }

  /// A device left: what it has been shown is remembered.
  func rememberDevice(_ session: Session, of user: User, sawEverything: Bool) {
    guard let account = user.account, !session.has(.draftChathistory), accounts[account.name] === account else {
      return
    }
    let isStillThere = user.sessions.contains {
      $0 !== session && !$0.isClosed && $0.device == session.device && !$0.has(.draftChathistory)
    }
    guard !isStillThere, account.devices[session.device] == Account.online else { return }
    afterEverything { core in
      recordSeen(core, sawEverything ? core.releasedPosition : session.confirmed)
    }
    func recordSeen(_ core: Core, _ position: LogPosition) { core.recordDevice(account, session.device, position) }
  }

  private func recordDevice(_ account: Account, _ device: String, _ seen: LogPosition) {
    let before = account.devices[device]
    account.devices[device] = seen
    transact(
      Transaction(
        .putDevice(DeviceRecord(account: account.id, device: device, seen: seen, lastSeenAt: now))),
      undo: { _ in account.devices[device] = before })
  }

  /// JOIN, topic and names, as if the client had just joined.
  func showRoom(_ room: Room, to user: User, reply: Reply) {
    reply.send(joinDelivery(of: user, room))
    TopicCommand.show(room, to: reply, evenIfNone: false)
    NamesCommand.write(room, for: user, to: reply)
  }

  func joinDelivery(of user: User, _ room: Room) -> Delivery {
    makeDelivery(
      Message(source: user.source, command: "JOIN", parameters: [room.name]),
      alternative: (
        .extendedJoin,
        Message(
          source: user.source, command: "JOIN",
          parameters: [room.name, user.account?.name ?? "*", user.realname])
      ),
      account: user.accountName)
  }

  // MARK: - Replay

  private func beginReplay(to session: Session, of user: User, after seen: LogPosition, upTo bound: LogPosition) {
    guard !session.isClosed else { return }
    guard seen < bound else { return endReplay(session) }
    let far = Timestamp(milliseconds: Int64.max / 4)
    ask(.summaries(user.identity, rooms: [], after: Timestamp(milliseconds: -1), before: far, limit: 1_000)) {
      [unowned self] result in
      var conversations = user.rooms.map(\.conversation)
      if case .summaries(let summaries) = result { conversations += summaries.map(\.conversation) }
      replay(conversations[...], to: session, after: seen, upTo: bound)
    }
  }

  private func replay(
    _ conversations: ArraySlice<Conversation>, to session: Session, after seen: LogPosition, upTo bound: LogPosition
  ) {
    guard !session.isClosed else { return }
    guard let conversation = conversations.first else { return endReplay(session) }
    let query = HistoryQuery(
      conversation: conversation, range: .missed(after: seen), limit: configuration.replayLimit)
    ask(.history(query)) { [unowned self] result in
      guard !session.isClosed, let user = session.user else { return }
      let reply = makeReply(session, label: nil)
      if case .events(let events) = result {
        for event in events where event.receipt.position <= bound && isMissed(event, conversation, by: session, user) {
          reply.send(
            HistoryLine.delivery(event, to: event.sender == user.identity ? nil : recipient(conversation, user)))
        }
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

  /// Private messages come under the nick one has now, whichever they were sent to.
  private func recipient(_ conversation: Conversation, _ user: User) -> String? {
    if case .direct = conversation { return user.nick }
    return nil
  }

  private func isMissed(_ event: StoredEvent, _ conversation: Conversation, by session: Session, _ user: User) -> Bool {
    switch conversation {
    case .room(let id):
      // A first visit does not show what was said before the account came.
      guard let room = user.rooms.first(where: { $0.id == id }), let member = room.member(user) else { return false }
      return event.receipt.time >= member.joinedAt
    case .direct:
      // What the account itself sent from elsewhere makes sense only to clients that know echoes.
      return event.sender != user.identity || session.has(.echoMessage)
    }
  }

  private func endReplay(_ session: Session) {
    emit(.release(session.id))
    session.wait = .appends
    unblocked.append(session)
  }
}
