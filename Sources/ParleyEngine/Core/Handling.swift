import IRC
import ParleyCache
import ParleySession
public import SQLite

// What hosts ask for.
extension EngineCore {
  /// Handles a command; its request is finished now or later.
  public func handle(_ command: Command, request: Int64) throws(SQLiteError) {
    began(request)
    switch command {
    case .setValue(let key, let value):
      try writing().setValue("host." + key, value)
      then { $0.isOnDisk(key) }
      finish(request)
    case .networkChanged: try networkChanged()
    case .addIdentity(let id): try addIdentity(id)
    case .removeIdentity(let id): try removeIdentity(request, id)
    case .setIdentity(let id, let key, let value): try setIdentity(request, id, key, value)
    case .connect(let id): if let identity = identities[id] { connect(identity) }
    case .disconnect(let id, let reason):
      if let identity = identities[id] { try disconnect(identity, reason: reason) }
    case .register(let id, let email): try perform(.register(email: email), id, request) { .register($0) }
    case .verify(let id, let code):
      let account = identities[id]?.session?.account ?? identities[id]?.session?.nick ?? ""
      try perform(.verify(account: account, code: code), id, request) { .register($0) }
    case .away(let id, let message):
      guard let identity = identities[id] else { return finish(request, .noSuch) }
      identity.away = message
      guard identity.isOnline else { return finish(request, identity: id) }
      try perform(.away(message), id, request)
    case .raw(let id, let line): try perform(.raw(line), id, request)
    case .rooms(let id, let pattern): try perform(.list(pattern: pattern), id, request) { .rooms($0) }
    case .ignore(let id, let who, let isIgnored): try perform(.ignore(who, isIgnored: isIgnored), id, request)
    case .ignored(let id): try perform(.ignored, id, request)
    case .answer(let question, let secret, let keep): try answer(question, secret, keep: keep)

    case .openChat(let row): try openChat(row)
    case .removeChat(let id): try removeChat(request, id)
    case .setChat(let id, let key, let value):
      guard conversations[id] != nil else { return finish(request, .noSuch) }
      try writing().setChat(id, key: key, value: value)
      changed(chat: id)
      finish(request, chat: id)
    case .join(let chat, let key): try join(request, chat, key: key)
    case .leave(let chat, let reason): try leave(request, chat, reason: reason)
    case .topic(let chat, let topic): try perform(chat, request) { .topic(room: $0, topic) }
    case .invite(let chat, let nick): try perform(chat, request) { .invite(room: $0, nick: nick) }
    case .kick(let chat, let nick, let reason):
      try perform(chat, request) { .kick(room: $0, nick: nick, reason: reason) }
    case .typing(let chat, let state):
      guard let conversation = conversations[chat], let identity = identities[conversation.row.identity],
        let session = identity.session, session.isReady
      else { return }
      session.typing(chat: conversation.row.name, TypingState(rawValue: state) ?? .done, now: now)
      try follow(identity)

    case .send(let chat, let kind, let text, let replyTo):
      try send(request, chat: chat, kind: kind, text: text, replyTo: replyTo)
    case .resend(let message): try resend(request, message)
    case .discard(let message): try discard(request, message)
    case .react(let message, let reaction, let isAdded):
      try perform(about: message, request) {
        .react(chat: $0, networkID: $1, reaction: reaction, isAdded: isAdded)
      }
    case .redact(let message, let reason):
      try perform(about: message, request) { .redact(chat: $0, networkID: $1, reason: reason) }
    case .edit(let message, let text):
      try perform(about: message, request) { .edit(chat: $0, networkID: $1, text: text) }
    case .read(let message): try read(message)
    case .backfill(let gap): try backfill(request, gap: gap)
    }
  }

  // MARK: - Commands for the session

  private func perform(
    _ command: SessionCommand, _ id: Int64, _ request: Int64, chat: Int64 = 0,
    _ waiting: ((Int64) -> Waiting)? = nil
  ) throws(SQLiteError) {
    guard let identity = identities[id] else { return finish(request, .noSuch) }
    guard let session = identity.session, session.isReady else {
      return finish(request, .offline, identity: id, chat: chat)
    }
    let tag = tag(waiting?(request) ?? .request(request, chat: chat), identity)
    session.perform(command, tag: tag, now: now)
    try follow(identity)
  }

  private func perform(_ chat: Int64, _ request: Int64, _ make: (String) -> SessionCommand) throws(SQLiteError) {
    guard let row = conversations[chat]?.row else { return finish(request, .noSuch) }
    try perform(make(row.name), row.identity, request, chat: chat)
  }

  private func perform(
    about message: Int64, _ request: Int64, _ make: (String, String) -> SessionCommand
  ) throws(SQLiteError) {
    guard let row = try cache.message(message), let chat = conversations[row.chat]?.row else {
      return finish(request, .noSuch)
    }
    guard !row.networkID.isEmpty else { return finish(request, .unsupported, chat: row.chat) }
    try perform(make(chat.name, row.networkID), chat.identity, request, chat: row.chat)
  }

  // MARK: - Identities

  private func addIdentity(_ id: Int64) throws(SQLiteError) {
    guard identities[id] == nil, let state = directory.withLock({ $0.identities[id] }) else { return }
    let identity = Identity(state)
    identities[id] = identity
    try writing().insertIdentity(IdentityRow(id: id, settings: state.settings))
    try set(identity, HiddenKey.device, newDevice())
    changed(identity)
    if let room = identity.link?.room, !room.isEmpty {
      let chat = try open(room, identity)
      if var row = conversations[chat]?.row {
        row.isWanted = true
        try update(row)
      }
    }
  }

  private func removeIdentity(_ request: Int64, _ id: Int64) throws(SQLiteError) {
    guard let identity = identities[id] else { return finish(request, .noSuch) }
    try disconnect(identity, reason: "")
    for row in identity.outbox.all where sends.removeValue(forKey: row.request) != nil {
      finish(row.request, .cancelled, identity: id)
    }
    try writing().deleteIdentity(id)
    identities[id] = nil
    for (chat, conversation) in conversations where conversation.row.identity == id {
      for waiting in conversation.joinRequests { finish(waiting, .cancelled, identity: id) }
      conversations[chat] = nil
    }
    then { $0.removeIdentity(id) }
    var event = EngineEvent(.identity)
    event.identity = id
    emit(event)
    finish(request, identity: id)
  }

  private func setIdentity(_ request: Int64, _ id: Int64, _ key: String, _ value: String) throws(SQLiteError) {
    guard let identity = identities[id] else { return finish(request, .noSuch) }
    if key == Engine.passwordKey {
      identity.givenPassword = value.isEmpty ? nil : Array(value.utf8)
      return finish(request, identity: id)
    }
    if key == Engine.serverPasswordKey {
      identity.serverPassword = value.isEmpty ? nil : value
      try set(identity, HiddenKey.serverPassword, identity.serverPassword)
      return finish(request, identity: id)
    }
    let (before, nick) = (identity.link, identity.state.settings["nick"] ?? "")
    try set(identity, key, value)
    switch key {
    case "link":
      guard let link = Link(value) else { break }
      identity.state.host = link.host
      // What is known of a certificate is another server's.
      if link.host != before?.host || link.port != before?.port {
        for key in Self.keysOfServer { try set(identity, key, nil) }
        identity.distrust = nil
        identity.serverPassword = nil
      }
    case "pin": try set(identity, HiddenKey.unasked, nil)
    case "name": identity.state.network = value.isEmpty ? identity.state.host : value
    case "nick":
      if !identity.isOnline { identity.state.nick = value }
      changed(identity)
      if identity.isOnline { return try perform(.nick(value), id, request) { .nick($0, before: nick) } }
    default: break
    }
    changed(identity)
    finish(request, identity: id)
  }

  /// What is known of a server, and not of another one.
  private static let keysOfServer = [
    "state.untrusted", HiddenKey.vouched, "pin", HiddenKey.unasked, HiddenKey.serverPassword, HiddenKey.signedIn,
    HiddenKey.scram, HiddenKey.strict, HiddenKey.caution,
  ]

  // MARK: - Chats

  /// A chat that the host has been given an id of. It may have been removed since: then it is there again, with nothing in it.
  private func openChat(_ row: ChatRow) throws(SQLiteError) {
    let isNamed = directory.withLock { directory in
      if directory.chats[row.id] == nil, directory.identities[row.identity] != nil,
        directory.chat(named: row.name, identity: row.identity) == nil
      {
        directory.insert(ChatState(row: row))
      }
      return directory.chats[row.id] != nil
    }
    if isNamed { try ensure(row) }
  }

  private func removeChat(_ request: Int64, _ id: Int64) throws(SQLiteError) {
    guard let conversation = conversations[id] else { return finish(request, .noSuch) }
    let row = conversation.row
    if let identity = identities[row.identity] {
      for message in identity.outbox.removeAll(ofChat: id) where sends.removeValue(forKey: message.request) != nil {
        finish(message.request, .cancelled, chat: id)
      }
      identity.state.pending = Int64(identity.outbox.count)
      if let session = identity.session, session.isReady, conversation.isJoined || conversation.isJoining {
        identity.abandon(row.name)
        session.perform(.part(room: row.name, reason: ""), tag: tag(.nothing, identity), now: now)
        try follow(identity)
      }
    }
    for waiting in conversation.joinRequests { finish(waiting, .cancelled, chat: id) }
    try writing().deleteChat(id)
    conversations[id] = nil
    // At once: what comes next under its name is another chat.
    directory.withLock { $0.removeChat(id) }
    var event = EngineEvent(.chat)
    event.chat = id
    event.identity = row.identity
    emit(event)
    finish(request, chat: id)
  }

  private func join(_ request: Int64, _ chat: Int64, key: String?) throws(SQLiteError) {
    if let state = directory.withLock({ $0.chats[chat] }) { try ensure(state.row) }
    guard var conversation = conversations[chat], let identity = identities[conversation.row.identity] else {
      return finish(request, .noSuch)
    }
    conversation.row.isWanted = true
    if let key { conversation.row.key = key }
    try update(conversation.row)
    identity.comeBack(to: conversation.row.name)
    let isLeaving = conversation.isLeaving && conversation.isJoined
    try setLeaving(chat, nil)
    if conversation.isJoined, !isLeaving { return finish(request, chat: chat) }
    conversations[chat]?.joinRequests.append(request)
    if isLeaving {
      conversations[chat]?.joinsAgain = true
      return
    }
    join(chat, identity)
    try follow(identity)
  }

  private func leave(_ request: Int64, _ chat: Int64, reason: String) throws(SQLiteError) {
    guard var conversation = conversations[chat] else { return finish(request, .noSuch) }
    conversation.row.isWanted = false
    try update(conversation.row)
    for waiting in conversation.joinRequests { finish(waiting, .cancelled, chat: chat) }
    conversations[chat]?.joinRequests = []
    let isOnline = identities[conversation.row.identity]?.isOnline == true
    conversations[chat]?.joinsAgain = false
    if conversation.isJoined || conversation.isJoining || !isOnline { try setLeaving(chat, reason) }
    guard conversation.isJoined, isOnline else { return finish(request, chat: chat) }
    try perform(chat, request) { .part(room: $0, reason: reason) }
  }
}
