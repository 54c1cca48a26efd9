import IRC
import ParleyCache
import ParleySession
import SQLite

// The outbox: a message is on disk before its first byte leaves, and stays there until the server has it.
extension EngineCore {
  /// How long a server that cannot store is left alone, in milliseconds.
  private static let storePause: Int64 = 5_000
  /// Bytes after which a session's output is written before more is made.
  private static let mostUnwritten = 262_144

  func send(
    _ request: Int64, chat: Int64, kind: Int64, text: String, replyTo: Int64
  ) throws(SQLiteError) {
    if let state = directory.withLock({ $0.chats[chat] }) { try ensure(state.row) }
    guard let conversation = conversations[chat], let identity = identities[conversation.row.identity] else {
      return finish(request, .noSuch)
    }
    let messageKind = MessageKind(rawValue: Int(kind)) ?? .text
    let lineLimit =
      identity.session.flatMap { $0.isReady ? $0.maximumText(chat: conversation.row.name, kind: messageKind) : nil }
      ?? max(100, 350 - conversation.row.name.utf8.count)
    let pieces =
      messageKind == .action
      ? TextPieces.split(text, limit: lineLimit) : TextPieces.split(text, limit: lineLimit, lines: lines(identity))
    guard !pieces.isEmpty else { return finish(request, .argument, chat: chat) }
    let reply = replyTo == 0 ? nil : try? cache.message(replyTo)
    sends[request] = pieces.count
    for (index, piece) in pieces.enumerated() {
      var row = MessageRow(chat: chat, kind: kind, time: wallClock)
      row.isOwn = true
      row.nick = identity.state.nick
      row.account = identity.state.account
      row.text = piece
      if index == 0 { row.replyNetworkID = reply?.networkID ?? "" }
      let queued = try writing().enqueue(row, identity: identity.id, request: request)
      identity.outbox.append(queued)
      tellQueued(queued)
    }
    outboxChanged(identity)
    changed(chat: chat)
    try follow(identity)
  }

  /// What the server takes, or took last time, in one message of several lines; nil: one line.
  private func lines(_ identity: Identity) -> (bytes: Int, lines: Int)? {
    if let session = identity.session, session.isReady { return session.multilineLimits }
    let numbers = (identity.state.settings[HiddenKey.lines] ?? "").split(separator: " ").compactMap { Int($0) }
    return numbers.count == 2 ? (numbers[0], numbers[1]) : nil
  }

  private func tellQueued(_ row: OutboxRow) {
    var event = EngineEvent(.queued)
    event.request = row.request
    event.chat = row.chat
    event.identity = row.identity
    event.message = row.message
    emit(event)
  }

  private func outboxChanged(_ identity: Identity) {
    identity.state.pending = Int64(identity.outbox.count)
    changed(identity)
  }

  /// Sends what may be sent now: in order, so many at a time, and to rooms we are in.
  func pump(_ identity: Identity) throws(SQLiteError) {
    guard let session = identity.session, session.isReady, identity.sendAgainAt == nil else { return }
    var attempted: [Int64] = []
    let due = Set(identity.joinsDue)
    // A message waits for the JOIN of its room, also for one that has not been sent yet.
    func isBlocked(_ chat: Int64) -> Bool { conversations[chat]?.isJoining ?? true || due.contains(chat) }
    // Its answers make room.
    while identity.outbox.inFlight.count < Identity.window, session.takesMore,
      let row = identity.outbox.next(isBlocked: isBlocked), let conversation = conversations[row.chat],
      session.takes(bytes: row.text.utf8.count)
    {
      if session.output.count > Self.mostUnwritten { write(session, identity) }
      identity.outbox.take(row.message)
      if !row.wasAttempted { attempted.append(row.message) }
      session.perform(
        .send(
          chat: conversation.row.name, kind: MessageKind(rawValue: Int(row.kind)) ?? .text, text: row.text,
          replyTo: row.replyNetworkID, counter: row.counter),
        tag: tag(.message(row.message), identity), now: now)
    }
    guard !attempted.isEmpty else { return }
    try writing().markAttempted(attempted)
    identity.outbox.markAttempted(attempted)
  }

  /// What became of a message.
  func sent(_ message: Int64, _ outcome: Outcome, _ identity: Identity) throws(SQLiteError) {
    guard let row = identity.outbox[message] else { return }
    defer { if outcome != .lost { answered(message, row.chat, identity) } }
    switch outcome {
    case .sent(let position):
      identity.outbox.remove(message)
      let removed = try writing().acknowledge(
        message: message, networkID: position.networkID, time: position.time, sequence: position.sequence)
      if let removed { emit(.changed, chat: row.chat, message: removed) }
      emit(.changed, chat: row.chat, message: message)
      if case .live = conversations[row.chat]?.sync { try advance(row.chat, to: position) }
      changed(chat: row.chat)
      outboxChanged(identity)
      settle(row, nil)
    case .lost, .timedOut: identity.outbox.putBack(message)
    case .uncertain:
      if identity.keysAreKept {
        identity.outbox.putBack(message)
      } else {
        try fail(row, .uncertain, reason: nil, identity)
      }
    case .refused("STORE_UNAVAILABLE", _) where identity.session?.supports(.keys) == true:
      // It may be there from an earlier attempt, and if not there may soon be room: with its key it can be sent again.
      identity.outbox.putBack(message)
      identity.sendAgainAt = now.adding(milliseconds: Self.storePause)
    case .refused(let code, let reason): try fail(row, .refused, code: code, reason: reason, identity)
    case .unsupported: try fail(row, .unsupported, reason: nil, identity)
    case .done, .joined, .history, .targets, .rooms, .masks: identity.outbox.putBack(message)
    }
  }

  func fail(
    _ row: OutboxRow, _ error: EngineError, code: String? = nil, reason: String?, _ identity: Identity
  ) throws(SQLiteError) {
    identity.outbox.remove(row.message)
    try writing().fail(message: row.message, result: Int64(error.code), reason: reason ?? "")
    emit(.changed, chat: row.chat, message: row.message)
    outboxChanged(identity)
    settle(row, error, code: code, reason: reason)
  }

  /// A message of a request is finished; the request is with its last, or with the first that failed.
  private func settle(_ row: OutboxRow, _ error: EngineError?, code: String? = nil, reason: String? = nil) {
    guard let open = sends[row.request] else { return }
    if error != nil || open <= 1 {
      sends[row.request] = nil
      finish(row.request, error, chat: row.chat, message: row.message, code: code, reason: reason)
    } else {
      sends[row.request] = open - 1
    }
  }

  // MARK: - Failed ones

  func resend(_ request: Int64, _ message: Int64) throws(SQLiteError) {
    guard let row = try writing().requeue(message: message, request: request),
      let identity = identities[row.identity]
    else { return finish(request, .state, message: message) }
    sends[request] = 1
    identity.outbox.append(row)
    emit(.changed, chat: row.chat, message: message)
    tellQueued(row)
    outboxChanged(identity)
    try follow(identity)
  }

  func discard(_ request: Int64, _ message: Int64) throws(SQLiteError) {
    for identity in identities.values {
      guard let row = identity.outbox[message] else { continue }
      // What may be on the server cannot be taken back here.
      guard !identity.outbox.inFlight.contains(message), !row.wasAttempted else {
        return finish(request, .state, chat: row.chat, message: message)
      }
      identity.outbox.remove(message)
      outboxChanged(identity)
      settle(row, .cancelled)
    }
    let chat = (try? cache.message(message))?.chat ?? 0
    guard try writing().discard(message: message) else { return finish(request, .state, message: message) }
    emit(.changed, chat: chat, message: message)
    if chat != 0 { changed(chat: chat) }
    finish(request, chat: chat)
  }
}
