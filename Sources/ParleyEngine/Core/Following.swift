import IRC
import ParleyCache
import ParleySession
import SQLite

// What sessions find out.
extension EngineCore {
  func handle(_ event: SessionEvent, of session: ClientSession, _ identity: Identity) throws(SQLiteError) {
    switch event {
    case .secretNeeded(let purpose, let account, let isRetry):
      try secretNeeded(purpose, account: account, isRetry: isRetry, session, identity)
    case .ready: try ready(session, identity)
    case .signInFailed(let code, let reason): signInFailed(code: code, reason: reason, identity)
    case .secureConnectionNeeded(let port): try secureConnectionNeeded(port, identity)
    case .strictTransport(let seconds): try strictTransport(seconds, identity)
    case .refused("464", _, _): serverPasswordNeeded(identity, isWrong: identity.serverPassword != nil)
    case .refused(_, let reason, let isPermanent):
      try learnCaution(reason, identity)
      if isPermanent {
        stop(identity, .refused, reason: reason)
      } else if identity.isWanted {
        scheduleRetry(identity, result: identity.onlineSince != nil ? .lost : .refused, reason: reason)
      }
    case .ownNickChanged(let nick):
      identity.state.nick = nick
      changed(identity)
    case .ownAccountChanged(let account):
      identity.state.account = account
      changed(identity)
      if account != nil, session.isReady { try joinRefusedRooms(identity) }
    case .supportChanged: try learnSupport(session, identity)
    case .line(let line, let isOutgoing):
      if isOutgoing { return }
      var event = EngineEvent(.raw)
      event.identity = identity.id
      event.text = line
      emit(event)

    case .message(let message): try received(message, identity)
    case .typing(let name, let nick, let state):
      if let chat = directory.withLock({ $0.chat(named: name, identity: identity.id) }) {
        typing(TypistKey(chat: chat, nick: nick), state)
      }
    case .reaction(let name, _, _, _, _, _, _), .redacted(let name, _, _, _), .edited(let name, _, _, _):
      if identity.isAbandoned(name) { return }
      let size = if case .edited(_, _, let text, _) = event { text.utf8.count } else { 0 }
      guard try admits(size, identity), knows(name, identity) || !isFull(identity) else { return }
      try change(event, try open(name, identity))
    case .marker(let name, let time):
      guard let chat = directory.withLock({ $0.chat(named: name, identity: identity.id) }), conversations[chat] != nil
      else { return }
      if try writing().setMarker(chat: chat, upTo: time) { changed(chat: chat) }

    case .room(let event): try happened(event, session, identity)
    case .membersChanged(let room):
      guard let chat = directory.withLock({ $0.chat(named: room, identity: identity.id) }) else { return }
      try membersChanged(room, chat, session)
    case .topicIs(let room, let topic):
      if identity.isAbandoned(room) || !knows(room, identity) { return }
      let chat = try open(room, identity)
      guard var row = conversations[chat]?.row, row.topic != topic else { return }
      row.topic = topic
      try update(row)
    case .serverSaid(let text):
      let chat = try openServerChat(identity)
      var row = MessageRow(chat: chat, kind: 23, time: wallClock)
      row.nick = identity.state.host
      row.text = text
      try storeNotice(row, identity)

    case .finished(let tag, let outcome):
      guard let waiting = identity.waiting.removeValue(forKey: tag) else { return }
      try finished(waiting, outcome, identity)
    }
  }

  /// A live change to what was said before: while something is being caught up with, it waits behind what it may be about.
  private func change(_ change: SessionEvent, _ chat: Int64) throws(SQLiteError) {
    if try !hold(.change(change), chat) { try apply(change, chat) }
  }

  /// Whether something waits for what is being caught up with. When too much waits, messages are dropped: the server's history has
  /// them, and they are fetched from there. Changes have more room, because not every server tells them again.
  func hold(_ held: CatchingUp.Held, _ chat: Int64) throws(SQLiteError) -> Bool {
    guard case .catchingUp(var catching) = conversations[chat]?.sync else { return false }
    let isChange = if case .change = held { true } else { false }
    if catching.held.count < (isChange ? 2 : 1) * CatchingUp.limit {
      catching.held.append(held)
    } else {
      catching.hasOverflowed = true
    }
    conversations[chat]?.sync = .catchingUp(catching)
    return true
  }

  /// A change to what was said before, live or from history.
  /// - Parameter fresh: messages that have just been stored from the same page of history: they have their newest text.
  func apply(
    _ change: SessionEvent, _ chat: Int64, isOld: Bool = false, fresh: Set<String> = []
  ) throws(SQLiteError) {
    let message: Int64?
    switch change {
    case .reaction(_, let networkID, let nick, let reaction, let isAdded, let isOwn, let position):
      message = try writing().setReaction(
        chat: chat, networkID: networkID, nick: nick, text: reaction, isAdded: isAdded, isOwn: isOwn,
        place: position.sequence)
    case .redacted(_, let networkID, let by, let reason):
      message = try writing().redact(chat: chat, networkID: networkID, by: by, reason: reason)
      if message != nil { changed(chat: chat) }
    case .edited(_, let networkID, let text, let position):
      let place = position.sequence
      if fresh.contains(networkID) { return try writing().noteEdit(chat: chat, networkID: networkID, place: place) }
      message = try writing().edit(chat: chat, networkID: networkID, text: text, place: place)
      if message != nil { changed(chat: chat) }
    case .room(let event):
      if isOld { _ = try writing().insert(row(event, chat), isOld: true) } else { try store(event, chat) }
      return
    default: return
    }
    if let message { emit(.changed, chat: chat, message: message) }
  }

  /// Of a page of history, what we had already: with its newest text now.
  func refresh(
    _ messages: [ReceivedMessage], except fresh: Set<String>, in chat: Int64, _ session: ClientSession?
  ) throws(SQLiteError) {
    guard session?.supports(.editing) == true else { return }
    for message in messages where !message.isHidden && !fresh.contains(message.position.networkID) {
      let id = try writing().refresh(chat: chat, networkID: message.position.networkID, text: message.text)
      if let id { emit(.changed, chat: chat, message: id) }
    }
  }

  /// Which of these are not here yet.
  func unknown(_ messages: [ReceivedMessage], in chat: Int64) throws(SQLiteError) -> Set<String> {
    var unknown: Set<String> = []
    for message in messages where !message.isHidden {
      let id = message.position.networkID
      if try cache.message(networkID: id, in: chat) == nil { unknown.insert(id) }
    }
    return unknown
  }

  /// Registered: rooms are joined, people caught up with.
  private func ready(_ session: ClientSession, _ identity: Identity) throws(SQLiteError) {
    identity.onlineSince = now
    identity.state.state = .online
    identity.state.result = 0
    identity.state.reason = ""
    identity.state.nick = session.nick
    identity.state.account = session.account
    changed(identity)
    note(2, "identity=\(identity.id) online")
    try secretHasWorked(session, identity)
    try learnSupport(session, identity)
    try meetEpoch(session, identity)
    // Without keys that outlive a connection nothing tells whether these have arrived.
    if !identity.keysAreKept {
      for row in identity.outbox.all where row.wasAttempted { try fail(row, .uncertain, reason: nil, identity) }
    }
    settleSince(session, identity)
    try catchUpWithPersons(session, identity)
    for (chat, conversation) in conversations(of: identity) where conversation.isPerson { tellMarker(chat) }
    identity.joinsDue = conversations(of: identity).filter { $0.1.row.kind == .room && $0.1.row.isWanted }.map(\.0)
    try joinNext(identity)
  }

  /// What the host has changed while we signed in, with what was so when that began.
  private func settleSince(_ session: ClientSession, _ identity: Identity) {
    if identity.away != identity.begun.away {
      session.perform(.away(identity.away), tag: tag(.nothing, identity), now: now)
    }
    if let nick = identity.state.settings["nick"], !nick.isEmpty, nick != identity.begun.nick {
      session.perform(.nick(nick), tag: tag(.nick(0, before: identity.begun.nick), identity), now: now)
    }
  }

  /// Joins rooms again, so many at a time: a server takes hundreds at once for a flood.
  func joinNext(_ identity: Identity) throws(SQLiteError) {
    var joining = conversations(of: identity).count { $0.1.isJoining }
    while joining < Self.joinWindow, !identity.joinsDue.isEmpty,
      joining == 0 || identity.session?.takes(bytes: 64) == true
    {
      let chat = identity.joinsDue.removeFirst()
      guard conversations[chat]?.row.isWanted == true else { continue }
      join(chat, identity)
      joining += 1
    }
  }

  private static let joinWindow = 32

  private func learnSupport(_ session: ClientSession, _ identity: Identity) throws(SQLiteError) {
    guard session.isReady else { return }
    let features = Set(Feature.allCases.filter(session.supports))
    let network = identity.state.settings["name"] ?? session.networkName ?? identity.state.host
    try learnMapping(session, identity)
    guard features != identity.state.features || network != identity.state.network else { return }
    identity.state.features = features
    identity.state.network = network
    try set(identity, HiddenKey.features, features.map(\.rawValue).sorted().joined(separator: " "))
    try set(identity, HiddenKey.network, network)
    try set(identity, HiddenKey.lines, session.multilineLimits.map { "\($0.bytes) \($0.lines)" })
    changed(identity)
  }

  /// Chats are found by the names that the network takes for the same. Their stored names stay.
  private func learnMapping(_ session: ClientSession, _ identity: Identity) throws(SQLiteError) {
    let mapping = session.caseMapping
    try set(identity, HiddenKey.mapping, mapping.token)
    let id = identity.id
    directory.withLock { $0.setMapping(mapping, of: id) }
  }

  // MARK: - Chats

  /// Whether there is a chat of that name.
  func knows(_ name: String, _ identity: Identity) -> Bool {
    name.isEmpty || directory.withLock { $0.chat(named: name, identity: identity.id) } != nil
  }

  /// The chat of a name, made if there is none.
  func open(_ name: String, _ identity: Identity) throws(SQLiteError) -> Int64 {
    if name.isEmpty { return try openServerChat(identity) }
    let isRoom = identity.session?.isRoom(name) ?? Engine.looksLikeRoom(name)
    let id = identity.id
    let (state, _) = directory.withLock { $0.openChat(named: name, kind: isRoom ? .room : .person, identity: id) }
    try ensure(state.row)
    return state.row.id
  }

  func openServerChat(_ identity: Identity) throws(SQLiteError) -> Int64 {
    let (id, name) = (identity.id, identity.state.host)
    let (state, _) = directory.withLock { $0.openChat(named: name, kind: .server, identity: id) }
    try ensure(state.row)
    return state.row.id
  }

  /// Gives a chat its row on disk, unless it has one.
  func ensure(_ row: ChatRow) throws(SQLiteError) {
    guard conversations[row.id] == nil else { return }
    try writing().insertChat(row)
    var conversation = Conversation(row: row)
    // Also of a session that has just closed: what it told last has to wait like everything before it.
    if let identity = identities[row.identity], identity.session != nil, row.kind == .person {
      conversation.sync = identity.personsAreLive ? .live : .catchingUp(CatchingUp())
    }
    if row.kind == .server { conversation.sync = .live }
    conversations[row.id] = conversation
    changed(chat: row.id)
  }

  func update(_ row: ChatRow) throws(SQLiteError) {
    try writing().updateChat(row)
    conversations[row.id]?.row = row
    changed(chat: row.id)
  }

  func isReachable(_ conversation: Conversation) -> Bool {
    switch conversation.row.kind {
    case .room: conversation.isJoined
    case .person, .server: identities[conversation.row.identity]?.isOnline ?? false
    }
  }

  // MARK: - Rooms

  /// Joins a room unless we are in it or on the way.
  func join(_ chat: Int64, _ identity: Identity) {
    guard let conversation = conversations[chat], let session = identity.session, session.isReady,
      !conversation.isJoined, !conversation.isJoining
    else { return }
    conversations[chat]?.isJoining = true
    let key = conversation.row.key
    session.perform(
      .join(room: conversation.row.name, key: key.isEmpty ? nil : key), tag: tag(.join(chat: chat), identity), now: now)
  }

  private func happened(_ event: RoomEvent, _ session: ClientSession, _ identity: Identity) throws(SQLiteError) {
    if event.kind == .invited, event.concernsUs {
      let chat = try openServerChat(identity)
      var row = MessageRow(chat: chat, kind: 22, time: event.position.time)
      (row.nick, row.account, row.target, row.text) = (event.nick, event.account, event.target, event.room)
      return try storeNotice(row, identity)
    }
    if identity.isAbandoned(event.room) {
      if event.concernsUs, event.kind == .left || event.kind == .kicked { identity.comeBack(to: event.room) }
      return
    }
    guard try admits(event.text.utf8.count, identity) else { return }
    if !knows(event.room, identity), isFull(identity) { return }
    let chat = try open(event.room, identity)
    if event.concernsUs {
      switch event.kind {
      case .joined:
        // By the server's clock, with which history is asked for: times that lie in the future here are not kept in events.
        conversations[chat]?.joinedAt = session.serverClock ?? event.position.time
        return try weAreIn(chat, session, identity)
      case .left, .kicked: try weAreOut(chat, wasKicked: event.kind == .kicked)
      default: break
      }
    }
    if event.kind == .topic, var row = conversations[chat]?.row {
      row.topic = event.text
      try update(row)
    }
    if try !hold(.event(event), chat) { try store(event, chat) }
  }

  func store(_ event: RoomEvent, _ chat: Int64) throws(SQLiteError) { try store(row(event, chat)) }

  private func row(_ event: RoomEvent, _ chat: Int64) -> MessageRow {
    var row = MessageRow(chat: chat, kind: Int64(event.kind.rawValue), time: event.position.time)
    (row.sequence, row.networkID) = (event.position.sequence, event.position.networkID)
    (row.nick, row.account, row.target, row.text) = (event.nick, event.account, event.target, event.text)
    row.isOwn = event.concernsUs && event.kind != .kicked
    return row
  }

  /// Stores a row and tells of it, unless it is here already.
  func store(_ row: MessageRow) throws(SQLiteError) {
    guard let id = newRow(try writing().insert(row, standing: .last), row.chat) else { return }
    emit(.message, chat: row.chat, message: id)
    changed(chat: row.chat)
  }

  /// The row that was inserted, if it is new. One that was lost and is back is told.
  func newRow(_ insertion: Insertion, _ chat: Int64) -> Int64? {
    switch insertion {
    case .inserted(let id): return id
    case .returned(let id):
      emit(.changed, chat: chat, message: id)
      return nil
    case .duplicate: return nil
    }
  }

  private func weAreIn(_ chat: Int64, _ session: ClientSession, _ identity: Identity) throws(SQLiteError) {
    guard var conversation = conversations[chat], !conversation.isJoined else { return }
    conversation.isJoined = true
    conversation.isJoining = false
    conversations[chat] = conversation
    if conversation.isLeaving {
      return session.perform(
        .part(room: conversation.row.name, reason: conversation.row.settings[ChatKey.leaving] ?? ""),
        tag: tag(.nothing, identity), now: now)
    }
    if !conversation.row.isWanted {
      conversation.row.isWanted = true
      try update(conversation.row)
    }
    changed(chat: chat)
    identity.refusedJoins[chat] = nil
    for request in conversation.joinRequests { finish(request, chat: chat) }
    conversations[chat]?.joinRequests = []
    tellMarker(chat)
    try catchUp(chat, session, identity)
  }

  private func weAreOut(_ chat: Int64, wasKicked: Bool) throws(SQLiteError) {
    guard var row = conversations[chat]?.row else { return }
    if case .catchingUp = conversations[chat]?.sync { try giveUpCatchingUp(chat, isClosable: true) }
    conversations[chat]?.isJoined = false
    conversations[chat]?.isJoining = false
    conversations[chat]?.sync = .away
    row = conversations[chat]?.row ?? row
    let joinsAgain = conversations[chat]?.joinsAgain == true
    conversations[chat]?.joinsAgain = false
    row.isWanted = joinsAgain
    try update(row)
    try setLeaving(chat, nil)
    if joinsAgain, let identity = identities[row.identity] { join(chat, identity) }
  }

  /// - Parameter reason: What to say when leaving; nil: we are out, or want to be in.
  func setLeaving(_ chat: Int64, _ reason: String?) throws(SQLiteError) {
    guard conversations[chat]?.row.settings[ChatKey.leaving] != reason else { return }
    try writing().setChat(chat, key: ChatKey.leaving, value: reason)
    conversations[chat]?.row.settings[ChatKey.leaving] = reason
  }

  /// The server has said which rooms we are in: what we wanted to leave and are not in is left.
  func hasLeft(_ identity: Identity) throws(SQLiteError) {
    for (chat, conversation) in conversations(of: identity) where conversation.isLeaving && !conversation.isJoined {
      try setLeaving(chat, nil)
    }
  }

  // MARK: - Typing

  /// Whoever types and then says nothing has stopped after six seconds.
  private func typing(_ key: TypistKey, _ state: TypingState) {
    let isNew = typists[key] == nil
    if state == .done {
      guard typists.removeValue(forKey: key) != nil else { return }
    } else {
      guard typists.count < 1_000 || !isNew else { return }
      typists[key] = now.adding(milliseconds: state == .active ? 6_000 : 30_000)
    }
    tellTyping(key, state)
  }

  func tellTyping(_ key: TypistKey, _ state: TypingState) {
    var event = EngineEvent(.typing)
    event.chat = key.chat
    event.identity = conversations[key.chat]?.row.identity ?? 0
    event.nick = key.nick
    event.value = Int64(state.rawValue)
    emit(event)
  }
}
