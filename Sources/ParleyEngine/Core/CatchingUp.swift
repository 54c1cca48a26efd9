import IRC
import ParleyCache
import ParleySession
import SQLite

// What was said while we were away. A chat's cursor is the newest message it has without a hole before it, and moves in the
// same transaction in which messages are stored. While a chat is being caught up with, live messages wait in memory: if the
// connection breaks, the cursor still stands where the hole begins, and the next catching up brings them.
extension EngineCore {
  private static let firstPage = 50
  private static let page = 100
  /// So many pages in a row that bring nothing new end catching up: a server that repeats itself must not keep it going.
  private static let maximumStalePages = 20
  /// Pages of targets that are fetched.
  private static let maximumPages = 20
  /// As many pages of targets are fetched when the server has begun a new epoch.
  private static let maximumTargetPages = 200
  /// "Messages could not be retrieved due to an error" (chathistory).
  private static let temporaryFailure = "MESSAGE_ERROR"
  private static let unknownMessage = "UNKNOWN_MSGID"
  /// "The conversation does not exist, or you may not read it" (chathistory).
  private static let unknownTarget = "INVALID_TARGET"
  private static let maximumFailedTargets = 3
  /// The pause before a question that the server could not answer is asked again, in milliseconds.
  private static let targetsPause: Int64 = 10_000
  /// How long a server may take to tell of the rooms it keeps us in, where nothing says that it has, in milliseconds.
  private static let leavingPause: Int64 = 10_000
  /// Private conversations of the last day are asked for again, in milliseconds: a server's clock may have been set back.
  private static let overlap: Int64 = 86_400_000

  /// We are in a room, or a person has written while we were away.
  func catchUp(_ chat: Int64, _ session: ClientSession, _ identity: Identity) throws(SQLiteError) {
    guard var conversation = conversations[chat] else { return }
    guard session.supports(.history) else {
      if conversation.row.kind == .room {
        if let cursor = conversation.row.cursor, !cursor.isFirstContact {
          try leaveGap(chat, older: cursor, newer: nil, isClosable: false)
        } else {
          conversation.isNew = true
          conversations[chat] = conversation
          // What is missed from here on, also before anything was said, leaves a gap.
          let time = min(conversation.joinedAt ?? wallClock, wallClock)
          conversation.row.cursor = Cursor(networkID: "", time: time, sequence: 0)
          try update(conversation.row)
        }
      }
      becomesLive(chat)
      return try flush(conversation.sync, chat)
    }
    if conversation.row.cursor == nil, let time = conversation.joinedAt {
      // Kept: what is said from here on is told, even if this connection breaks before the first answer.
      conversation.row.cursor = Cursor(joinedAt: time)
      try update(conversation.row)
    }
    var catching = CatchingUp()
    if case .catchingUp(let already) = conversation.sync {
      (catching.held, catching.hasOverflowed) = (already.held, already.hasOverflowed)
    }
    try pump(identity)
    catching.unanswered = identity.outbox.inFlight.filter { identity.outbox[$0]?.chat == chat }
    conversations[chat]?.sync = .catchingUp(catching)
    if catching.unanswered.isEmpty { beginCatchingUp(chat, session, identity) }
  }

  private func beginCatchingUp(_ chat: Int64, _ session: ClientSession, _ identity: Identity) {
    let isFirst = conversations[chat]?.row.cursor?.isFirstContact ?? true
    ask(isFirst ? .first : .after, chat, session, identity)
  }

  /// A message of ours is answered, however.
  func answered(_ message: Int64, _ chat: Int64, _ identity: Identity) {
    guard case .catchingUp(var catching) = conversations[chat]?.sync, let session = identity.session,
      catching.unanswered.remove(message) != nil
    else { return }
    conversations[chat]?.sync = .catchingUp(catching)
    if catching.unanswered.isEmpty { beginCatchingUp(chat, session, identity) }
  }

  func ask(_ step: CatchUpStep, _ chat: Int64, _ session: ClientSession, _ identity: Identity) {
    guard let row = conversations[chat]?.row else { return }
    let range: HistoryRange
    var limit = Self.page
    switch (step, row.cursor) {
    case (.after, let cursor?): range = .after(Position(cursor))
    case (.first, let cursor?):
      range = .before(Position(networkID: "", time: cursor.time.adding(milliseconds: 1), sequence: 0))
      limit = Self.firstPage
    case (.first, nil), (.after, nil):
      range = .latest
      limit = Self.firstPage
    case (.latest, _), (.rewind, nil): range = .latest
    case (.rewind, let cursor?): range = .before(rewindingPoint(chat) ?? Position(behind: cursor))
    }
    session.perform(
      .history(chat: row.name, range, limit: limit), tag: tag(.catchUp(chat: chat, step), identity), now: now)
  }

  /// Asks for what follows, or waits until the host has dispatched what there is.
  private func askForMore(_ chat: Int64, _ session: ClientSession, _ identity: Identity) {
    guard isHostBehind, case .catchingUp(var catching) = conversations[chat]?.sync else {
      return ask(.after, chat, session, identity)
    }
    catching.isWaitingForHost = true
    conversations[chat]?.sync = .catchingUp(catching)
    chatsWaitingForHost.insert(chat)
  }

  /// The host has dispatched: what waited for it is asked for.
  func goOnCatchingUp() throws(SQLiteError) {
    guard !chatsWaitingForHost.isEmpty, !isHostBehind else { return }
    let chats = chatsWaitingForHost.sorted()
    chatsWaitingForHost = []
    for chat in chats {
      guard case .catchingUp(var catching) = conversations[chat]?.sync, catching.isWaitingForHost,
        let identity = conversations[chat].flatMap({ identities[$0.row.identity] }), let session = identity.session
      else { continue }
      catching.isWaitingForHost = false
      conversations[chat]?.sync = .catchingUp(catching)
      ask(.after, chat, session, identity)
      try follow(identity)
    }
  }

  /// What came meanwhile and was dropped is in the server's history, behind what has been fetched.
  private func startOver(_ chat: Int64, _ session: ClientSession, _ identity: Identity) {
    guard case .catchingUp(var catching) = conversations[chat]?.sync else { return }
    catching.hasOverflowed = false
    catching.stalePages = 0
    catching.held.removeAll { if case .message = $0 { true } else { false } }
    conversations[chat]?.sync = .catchingUp(catching)
    askForMore(chat, session, identity)
  }

  private func rewindingPoint(_ chat: Int64) -> Position? {
    if case .catchingUp(let catching) = conversations[chat]?.sync { catching.rewindsTo } else { nil }
  }

  private static func isTemporary(_ outcome: Outcome) -> Bool {
    switch outcome {
    case .timedOut, .refused(temporaryFailure, _), .refused(Numeric.tryAgain.text, _): true
    default: false
    }
  }

  /// A page has come, or will not come.
  func caughtUp(_ chat: Int64, _ step: CatchUpStep, _ outcome: Outcome, _ identity: Identity) throws(SQLiteError) {
    guard case .catchingUp(var catching) = conversations[chat]?.sync, let session = identity.session else { return }
    switch outcome {
    case .history(let messages, let changes, let isComplete):
      let fresh = try unknown(messages, in: chat)
      let before = conversations[chat]?.row.cursor
      try refresh(messages, except: fresh, in: chat, session)
      switch step {
      case .first:
        let joined = conversations[chat]?.row.cursor
        try first(messages, isComplete, chat, identity)
        // What we have said meanwhile is here already.
        let isUpToJoining = joined?.isFirstContact == true
        try markLost(
          messages, after: isComplete ? .start : messages.first.map { Cursor($0.position) },
          through: isUpToJoining ? messages.last?.position.sequence ?? 0 : nil, chat, session)
        for change in changes { try apply(change, chat, isOld: true, fresh: fresh) }
        if let joined, joined.isFirstContact {
          // What came after that was missed: after the last message before, or, where there was none, everything, whatever the
          // server's clock does.
          let last = messages.last.map { Cursor($0.position) } ?? (isComplete ? .start : nil)
          if let last, var row = conversations[chat]?.row {
            row.cursor = last
            try update(row)
          } else {
            try advance(chat, to: Position(networkID: "", time: joined.time, sequence: 0))
          }
          return ask(.after, chat, session, identity)
        }
      case .after:
        for message in messages { try store(message, chat, advancing: true) }
        try markLost(
          messages, after: before, through: isComplete ? nil : messages.last?.position.sequence, chat, session)
        for change in changes { try apply(change, chat, fresh: fresh) }
        catching.fetched += messages.count
        catching.stalePages = fresh.isEmpty ? catching.stalePages + 1 : 0
        conversations[chat]?.sync = .catchingUp(catching)
        // A page that brings nothing and leads no further would come again and again.
        let hasStopped = fresh.isEmpty && conversations[chat]?.row.cursor == before
        guard isComplete || messages.isEmpty || hasStopped || catching.stalePages > Self.maximumStalePages else {
          let limit = settings.catchUpLimit
          if limit > 0, catching.fetched >= limit { return ask(.latest, chat, session, identity) }
          return askForMore(chat, session, identity)
        }
        if catching.hasOverflowed { return startOver(chat, session, identity) }
      case .latest:
        let cursor = conversations[chat]?.row.cursor
        if let oldest = messages.first {
          try leaveGap(chat, older: cursor, newer: Cursor(oldest.position), isClosable: true)
        }
        for message in messages { try store(message, chat, advancing: true) }
        try markLost(
          messages, after: isComplete ? cursor : messages.first.map { Cursor($0.position) }, through: nil, chat, session
        )
        for change in changes { try apply(change, chat, fresh: fresh) }
        if catching.hasOverflowed { return startOver(chat, session, identity) }
      case .rewind:
        // A redaction that the server has lost leaves edits behind it that were not in its history before.
        for change in changes { try apply(change, chat, fresh: fresh) }
        return try rewound(messages, isComplete, chat, session, identity)
      }
      try flush(chat)
    case .lost: return
    case .refused(Self.unknownMessage, _) where step == .after && session.epoch != nil:
      return ask(.rewind, chat, session, identity)
    case .refused(Self.unknownTarget, _)
    where session.epoch != nil && conversations[chat]?.isPerson == true:
      try conversationIsUnknown(chat, session)
      try flush(chat)
    case .refused where step == .after && !Self.isTemporary(outcome):
      return ask(.latest, chat, session, identity)
    default:
      try giveUpCatchingUp(chat, isClosable: Self.isTemporary(outcome))
      becomesLive(chat)
      identity.hasUnverified = true
    }
    try personIsLive(chat, identity)
  }

  /// The first contact with a chat: what was said before is shown, not told. What somebody new has written while we were away is.
  private func first(
    _ messages: [ReceivedMessage], _ isComplete: Bool, _ chat: Int64, _ identity: Identity
  ) throws(SQLiteError) {
    let isNewcomer = conversations[chat]?.isPerson == true && conversations[chat]?.row.cursor == nil
    let since = isNewcomer && identity.state.settings[HiddenKey.synced] != nil ? synced(identity) : nil
    let held: Set<String>
    if case .catchingUp(let catching) = conversations[chat]?.sync {
      held = Set(
        catching.held.compactMap { if case .message(let message) = $0 { message.position.networkID } else { nil } })
    } else {
      held = []
    }
    let known = messages.filter { $0.position.networkID.isEmpty || !held.contains($0.position.networkID) }
    let old = known.filter { message in since.map { message.position.time <= $0 } ?? true }
    if let oldest = messages.first, !isComplete {
      try leaveGap(chat, older: nil, newer: Cursor(oldest.position), isClosable: true)
    }
    for message in old where !message.isHidden { _ = try put(message, chat, isOld: true) }
    if let newest = old.last { try advance(chat, to: newest.position) }
    if old.contains(where: { !$0.isHidden }) {
      if let newest = old.last, !newest.position.networkID.isEmpty, conversations[chat]?.row.marker == 0 {
        // What was there before one came is not unread.
        _ = try writing().setMarker(chat: chat, upTo: newest.position.time)
      }
      emit(.history, chat: chat)
      changed(chat: chat)
    }
    var new = known.filter { message in since.map { message.position.time > $0 } ?? false }
    // What has come live meanwhile, as far as the page goes, is told here, in its place, before what follows the page; and as the
    // page has it: it may have been edited since.
    if case .catchingUp(var catching) = conversations[chat]?.sync {
      let named = messages.filter { !$0.position.networkID.isEmpty }
      let paged = Dictionary(named.map { ($0.position.networkID, $0) }, uniquingKeysWith: { $1 })
      let last = catching.held.lastIndex {
        if case .message(let message) = $0 { paged[message.position.networkID] != nil } else { false }
      }
      if let last {
        for case .message(let message) in catching.held[...last] {
          new.append(paged[message.position.networkID] ?? message)
        }
        let later = catching.held[(last + 1)...]
        catching.held = catching.held[...last].filter { if case .message = $0 { false } else { true } } + later
        conversations[chat]?.sync = .catchingUp(catching)
        new.sort { ($0.position.time, $0.position.sequence) < ($1.position.time, $1.position.sequence) }
      }
    }
    for message in new { try store(message, chat, advancing: true) }
  }

  private func becomesLive(_ chat: Int64) {
    conversations[chat]?.sync = .live
    changed(chat: chat)
  }

  /// Everything missed is here: what came meanwhile follows.
  private func flush(_ chat: Int64) throws(SQLiteError) {
    guard let sync = conversations[chat]?.sync, case .catchingUp = sync else { return }
    becomesLive(chat)
    try flush(sync, chat)
  }

  private func flush(_ sync: Conversation.Sync, _ chat: Int64) throws(SQLiteError) {
    guard case .catchingUp(let catching) = sync else { return }
    let reached = conversations[chat]?.row.cursor
    for held in catching.held {
      switch held {
      case .message(let message):
        // History has come further and does not have it: it was taken back meanwhile. Numbers alone do not tell: the name may belong to
        // another conversation now, which begins at 1.
        let position = message.position
        if position.sequence > 0, let reached, position.sequence <= reached.sequence, position.time <= reached.time,
          try cache.message(networkID: position.networkID, in: chat) == nil
        {
          continue
        }
        try store(message, chat, advancing: true)
      case .event(let event): try store(event, chat)
      case .change(let change): try apply(change, chat)
      }
    }
  }

  /// What is missing cannot be had now: a gap says so, and what came meanwhile follows it.
  func giveUpCatchingUp(_ chat: Int64, isClosable: Bool) throws(SQLiteError) {
    guard case .catchingUp(let catching) = conversations[chat]?.sync else { return }
    var older = conversations[chat]?.row.cursor
    if older?.isFirstContact == true { older = nil }
    if older != nil || isClosable {
      var newer: Cursor?
      // One of ours may answer a repeated attempt: then it stands where the first one was stored.
      for case .message(let message) in catching.held where newer == nil && !message.isOwn {
        newer = Cursor(message.position)
      }
      try leaveGap(chat, older: older, newer: newer, isClosable: isClosable)
    }
    try flush(chat)
    // What came last was dropped.
    if catching.hasOverflowed, let last = conversations[chat]?.row.cursor {
      try leaveGap(chat, older: last, newer: nil, isClosable: true)
    }
  }

  private func leaveGap(_ chat: Int64, older: Cursor?, newer: Cursor?, isClosable: Bool) throws(SQLiteError) {
    for gap in try writing().gaps(chat: chat) {
      if let ends = try writing().gap(gap)?.ends, ends.older == older { return }
    }
    _ = try writing().insertGap(chat: chat, ends: GapEnds(older: older, newer: newer), isClosable: isClosable)
    emit(.history, chat: chat)
  }

  // MARK: - Messages

  /// A live message.
  func received(_ message: ReceivedMessage, _ identity: Identity) throws(SQLiteError) {
    if identity.isAbandoned(message.chat) { return }
    guard try admits(message.text.utf8.count, identity) else { return }
    if !knows(message.chat, identity), isFull(identity) {
      var row = MessageRow(chat: try openServerChat(identity), kind: 23, time: message.position.time)
      (row.nick, row.text) = (message.nick, message.text)
      return try storeNotice(row, identity)
    }
    let chat = try open(message.chat, identity)
    let typist = TypistKey(chat: chat, nick: message.nick)
    if typists.removeValue(forKey: typist) != nil { tellTyping(typist, .done) }
    if try hold(.message(message), chat) { return }
    if message.isSurelyReplayed, conversations[chat]?.isNew == true { return try showOld(message, chat) }
    // Not where nobody asks for what was missed: the hole would be forgotten.
    try store(message, chat, advancing: conversations[chat]?.isLive == true)
    if conversations[chat]?.isPerson == true, identity.personsAreLive {
      try remember(identity, syncedUpTo: message.position.time)
    }
  }

  func store(_ message: ReceivedMessage, _ chat: Int64, advancing: Bool) throws(SQLiteError) {
    var standing = Standing.last
    if message.isReplayed {
      let cursor = advancing && !isLive(chat) ? conversations[chat]?.row.cursor : nil
      standing = cursor.flatMap { $0.isFirstContact ? nil : .behind($0) } ?? .byTime
    }
    if !message.isHidden, let id = try put(message, chat, standing: standing) {
      emit(.message, chat: chat, message: id)
    }
    if advancing { try advance(chat, to: message.position) }
    changed(chat: chat)
  }

  /// Puts a message into its chat, unless it is there already.
  /// - Returns: its row if it is new.
  func put(
    _ message: ReceivedMessage, _ chat: Int64, isOld: Bool = false, before newer: Cursor? = nil,
    standing: Standing = .byTime
  ) throws(SQLiteError) -> Int64? {
    let row = row(message, chat)
    let identity = conversations[chat].flatMap { identities[$0.row.identity] }
    let canBeUnnamed = message.isReplayed && message.position.sequence <= 0
    if canBeUnnamed, let identity, try cache.message(networkID: row.networkID, in: chat) == nil,
      let known = try cache.replayed(row, except: identity.replayed)
    {
      try writing().name(known, networkID: row.networkID)
      identity.noteReplayed(known)
      return nil
    }
    let insertion = try writing().insert(row, isOld: isOld, before: newer, standing: standing)
    guard let id = newRow(insertion, chat) else { return nil }
    if canBeUnnamed { identity?.noteReplayed(id) }
    return id
  }

  /// A room that we have just come into for the first time plays back what was said before: it is shown, not told.
  private func showOld(_ message: ReceivedMessage, _ chat: Int64) throws(SQLiteError) {
    guard !message.isHidden, let id = try put(message, chat, isOld: true) else { return }
    _ = try writing().setMarker(chat: chat, message: id)
    emit(.history, chat: chat)
    changed(chat: chat)
  }

  private func isLive(_ chat: Int64) -> Bool { conversations[chat]?.isLive == true }

  func row(_ message: ReceivedMessage, _ chat: Int64) -> MessageRow {
    var row = MessageRow(chat: chat, kind: Int64(message.kind.rawValue), time: message.position.time)
    (row.sequence, row.networkID) = (message.position.sequence, message.position.networkID)
    (row.nick, row.account, row.text) = (message.nick, message.account, message.text)
    (row.isOwn, row.isMention, row.replyNetworkID) = (message.isOwn, message.isMention, message.replyTo)
    return row
  }

  /// Moves a chat's cursor on, never back.
  func advance(_ chat: Int64, to position: Position) throws(SQLiteError) {
    guard var row = conversations[chat]?.row else { return }
    let cursor = Cursor(position)
    // What comes after joining stands behind it, also if a clock was set back meanwhile.
    if let old = row.cursor, !old.isFirstContact, (old.time, old.sequence) > (cursor.time, cursor.sequence) {
      // A message from the future is no place to wait at until then.
      let present = conversations[chat].flatMap { identities[$0.row.identity] }.map(presentTime) ?? wallClock
      guard old.time > present.adding(milliseconds: Self.overlap), old.time > cursor.time,
        old.sequence <= cursor.sequence
      else { return }
    }
    guard row.cursor != cursor else { return }
    row.cursor = cursor
    try update(row)
  }

  // MARK: - Persons

  /// Asks who has written meanwhile. Until the answer has come, what persons write waits.
  func catchUpWithPersons(_ session: ClientSession, _ identity: Identity) throws(SQLiteError) {
    let canAsk = session.supports(.history)
    for (id, conversation) in conversations(of: identity) where conversation.row.kind != .room {
      let waits = canAsk && conversation.isPerson
      conversations[id]?.sync = waits ? .catchingUp(CatchingUp()) : .live
      changed(chat: id)
    }
    identity.personsAreLive = !canAsk
    identity.failedTargets = 0
    if canAsk {
      askForTargets(session, identity)
    } else {
      identity.hasLeftAt = now.adding(milliseconds: Self.leavingPause)
    }
  }

  func askForTargets(_ session: ClientSession, _ identity: Identity) {
    identity.targetPages = 0
    let isVerifying = needsVerification(session, identity)
    askForTargets(after: isVerifying ? Timestamp(milliseconds: 0) : synced(identity), session, identity)
  }

  private func askForTargets(after time: Timestamp, _ session: ClientSession, _ identity: Identity) {
    // Far in the future: our clock may be slow.
    let end = Timestamp(milliseconds: 4_102_444_800_000)
    session.perform(
      .targets(after: time, before: end, limit: Self.page), tag: tag(.targets, identity), now: now)
  }

  func targets(_ outcome: Outcome, _ identity: Identity) throws(SQLiteError) {
    guard let session = identity.session else { return }
    switch outcome {
    case .targets(let targets, let isComplete):
      let isVerifying = needsVerification(session, identity)
      for target in targets where !session.isRoom(target.name) {
        // Of older ones, only those that are here are looked at.
        if isVerifying, target.time <= synced(identity),
          directory.withLock({ $0.chat(named: target.name, identity: identity.id) }) == nil
        {
          continue
        }
        if !knows(target.name, identity), isFull(identity) { continue }
        let chat = try open(target.name, identity)
        if try isIntact(chat, newest: target, session) {
          identity.personsIntact.insert(chat)
          continue
        }
        guard identity.personsCatchingUp.insert(chat).inserted else { continue }
        try catchUp(chat, session, identity)
      }
      identity.targetPages += 1
      let maximum = isVerifying ? Self.maximumTargetPages : Self.maximumPages
      if !isComplete, let last = targets.last, identity.targetPages < maximum {
        return askForTargets(after: last.time, session, identity)
      }
    case .lost: return
    default:
      identity.failedTargets += 1
      if Self.isTemporary(outcome), identity.failedTargets < Self.maximumFailedTargets {
        identity.catchUpAgainAt = now.adding(milliseconds: Self.targetsPause)
        return
      }
      // It does not say who has written: those we know are asked about one by one.
      for (id, conversation) in conversations(of: identity)
      where conversation.isPerson && conversation.row.cursor != nil {
        guard identity.personsCatchingUp.insert(id).inserted else { continue }
        try catchUp(id, session, identity)
      }
    }
    try hasLeft(identity)
    identity.personsAreLive = true
    try verifyPersons(session, identity)
    if identity.personsCatchingUp.isEmpty { try personsAreVerified(session, identity) }
    for (id, conversation) in conversations(of: identity)
    where conversation.isPerson && !identity.personsCatchingUp.contains(id) {
      if case .catchingUp(let catching) = conversation.sync, catching.hasOverflowed {
        identity.personsCatchingUp.insert(id)
        try catchUp(id, session, identity)
      } else {
        try flush(id)
      }
    }
  }

  /// A person's chat is complete; once all are, so are private conversations up to now.
  private func personIsLive(_ chat: Int64, _ identity: Identity) throws(SQLiteError) {
    guard identity.personsCatchingUp.remove(chat) != nil else { return }
    guard identity.personsCatchingUp.isEmpty, identity.personsAreLive else { return }
    if let session = identity.session { try personsAreVerified(session, identity) }
    var newest = synced(identity)
    for conversation in conversations.values where conversation.row.identity == identity.id && conversation.isPerson {
      if let time = conversation.row.cursor?.time { newest = max(newest, time) }
    }
    try remember(identity, syncedUpTo: newest)
  }

  /// The earlier one of this machine's and the server's time of day. Either clock may be ahead.
  private func presentTime(_ identity: Identity) -> Timestamp {
    min(wallClock, identity.session?.serverClock ?? wallClock)
  }

  private func synced(_ identity: Identity) -> Timestamp {
    let value = identity.state.settings[HiddenKey.synced].flatMap { Int64($0) } ?? 0
    // A server whose clock was ahead for a while has set it far too high.
    return Timestamp(milliseconds: max(0, min(value, presentTime(identity).milliseconds) - Self.overlap))
  }

  private func remember(_ identity: Identity, syncedUpTo time: Timestamp) throws(SQLiteError) {
    guard identity.personsCatchingUp.isEmpty, identity.failedTargets < Self.maximumFailedTargets else { return }
    let known = identity.state.settings[HiddenKey.synced].flatMap { Int64($0) } ?? 0
    // A message from the future must not hide what is said until then.
    let present = presentTime(identity)
    let time = min(time, present)
    guard time.milliseconds > known || known > present.milliseconds else { return }
    let value = String(time.milliseconds)
    try writing().setIdentity(identity.id, key: HiddenKey.synced, value: value)
    identity.state.settings[HiddenKey.synced] = value
  }
}

extension Cursor {
  /// We came into a room for the first time, and what was said before is not here yet.
  init(joinedAt time: Timestamp) {
    self.init(networkID: "", time: time.adding(milliseconds: -1), sequence: -1)
  }

  var isFirstContact: Bool { sequence < 0 }

  /// Before everything.
  static let start = Cursor(networkID: "", time: Timestamp(milliseconds: 0), sequence: 0)

  init(_ position: Position) {
    self.init(networkID: position.networkID, time: position.time, sequence: position.sequence)
  }
}

extension Position {
  init(_ cursor: Cursor) {
    self.init(networkID: cursor.networkID, time: cursor.time, sequence: cursor.sequence)
  }
}
