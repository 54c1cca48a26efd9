import IRC
import SQLite

/// The writing side of the event log: assigns positions, sequences and times.
///
/// What it remembers of conversations is true for the transaction at hand; after any rollback `forget()` must be
/// called.
final class EventLog {
  private struct Tail {
    var id: Int64
    var sequence: Int64
    var time: Int64
    /// The nicks last used in a private conversation.
    var lowNick = ""
    var highNick = ""
  }

  private static let rememberedConversations = 65_536

  private let database: Database
  private let reporter: StoreReporter
  private let insert: Statement
  private var tails: [Conversation: Tail] = [:]
  private var sides = ConversationSides()
  private var knownLastPosition: LogPosition?
  /// The server has judged its clock: times that are ahead of it are wrong.
  var correctsTimes = false
  /// What is appended belongs to it; nil: to the newest one that the database has.
  private let epoch: Epoch?
  private var isEpochStored = false

  init(_ database: Database, _ reporter: StoreReporter, epoch: Epoch? = nil) throws(SQLiteError) {
    self.database = database
    self.reporter = reporter
    self.epoch = epoch
    insert = try database.statement(
      """
      INSERT INTO events(position, conversation, sequence, kind, time, sender, source, account, target, text, tags,
        reference, unheard, own_text, checksum)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,
        checksum(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14))
      """)
  }

  /// Drops everything remembered, which is then read again.
  func forget() {
    tails.removeAll(keepingCapacity: true)
    sides.forget()
    knownLastPosition = nil
    isEpochStored = false
  }

  /// Writes what a transaction has left to its end. It must be called before the transaction is committed and before a savepoint is set.
  func finish() throws(SQLiteError) { try sides.write(to: database) }

  func lastPosition() throws(SQLiteError) -> LogPosition {
    if let knownLastPosition { return knownLastPosition }
    let position = try Self.lastPosition(in: database)
    knownLastPosition = position
    return position
  }

  /// Of an event that is there, or of one that was.
  static func lastPosition(in database: Database) throws(SQLiteError) -> LogPosition {
    max(
      try database.number("SELECT max(position) FROM events") ?? 0,
      try database.number("SELECT max(position) FROM expired") ?? 0)
  }

  /// An event that is not there may have been.
  func mayHaveExpired(_ position: LogPosition) throws(SQLiteError) -> Bool {
    position <= (try database.number("SELECT max(position) FROM expired") ?? 0)
  }

  func append(_ event: NewEvent, _ ids: MessageIDCodec) throws(SQLiteError) -> (
    position: LogPosition, sequence: Int64, time: Timestamp
  ) {
    var tail: Tail
    if let known = tails[event.conversation] { tail = known } else { tail = try readTail(of: event) }
    try keepNicks(of: event, in: &tail)
    try storeEpoch()
    let position = try lastPosition() + 1
    try correctTime(of: &tail, event.time)
    tail.sequence += 1
    // Strictly: a reader that stopped at a time goes on behind it, and must not skip what has the same.
    tail.time = max(tail.time + 1, event.time.milliseconds)

    try insert.bind(position, at: 1)
    try insert.bind(tail.id, at: 2)
    try insert.bind(tail.sequence, at: 3)
    try insert.bind(Int64(event.kind.rawValue), at: 4)
    try insert.bind(tail.time, at: 5)
    try insert.bind(event.sender.rawValue, at: 6)
    try insert.bind(event.source, at: 7)
    try insert.bind(event.account, at: 8)
    try insert.bind(event.target, at: 9)
    try insert.bind(event.text, at: 10)
    try insert.bind(event.clientTags, at: 11)
    try insert.bind(try reference(of: event, tail.id, ids), at: 12)
    try insert.bind(Int64(event.isUnheard ? 1 : 0), at: 13)
    if let text = event.ownText { try insert.bind(text, at: 14) } else { try insert.bindNull(at: 14) }
    _ = try insert.step()
    if case .direct(let low, let high) = event.conversation {
      sides.add(event, low, high, of: tail.id, at: position, time: tail.time)
    }

    if tails.count >= Self.rememberedConversations { tails.removeAll(keepingCapacity: true) }
    tails[event.conversation] = tail
    knownLastPosition = position
    return (position, tail.sequence, Timestamp(milliseconds: tail.time))
  }

  /// With the first event of the epoch, in its transaction: an epoch without events has given no names.
  private func storeEpoch() throws(SQLiteError) {
    guard let epoch, !isEpochStored else { return }
    try database.statement("INSERT OR IGNORE INTO epochs(first, base, tag, key) VALUES (?, ?, ?, ?)")
      .run(epoch.first, epoch.base, Int64(epoch.tag), epoch.keyBytes)
    isEpochStored = true
  }

  static func epochs(in database: Database) throws(SQLiteError) -> EpochTable {
    var epochs: [Epoch] = []
    try database.statement("SELECT first, base, tag, key FROM epochs ORDER BY first").eachRow {
      epochs.append(
        Epoch(first: $0.int(0), base: $0.int(1), tag: UInt64(bitPattern: $0.int(2)), keyBytes: $0.bytes(3)))
      return true
    }
    return EpochTable(epochs)
  }

  /// The position of what it is about, if that is in the same conversation.
  private func reference(of event: NewEvent, _ conversation: Int64, _ ids: MessageIDCodec) throws(SQLiteError) -> Int64
  {
    guard !event.reference.isEmpty, let position = ids.position(of: event.reference) else { return 0 }
    return try database.statement("SELECT position FROM events WHERE position = ? AND conversation = ?")
      .first(position, conversation) { $0.int(0) } ?? 0
  }

  /// - Returns: false if there is nothing to change.
  func amend(
    _ conversation: Conversation, _ messageID: String, _ text: String?, isUnheard: Bool, _ ids: MessageIDCodec
  ) throws(SQLiteError) -> Bool {
    guard let position = ids.position(of: messageID), let id = try id(of: conversation) else { return false }
    let found = try database.statement(
      text: """
        SELECT text, kind, \(RowChecksum.isSound)
        FROM events WHERE position = ? AND conversation = ? AND kind <> 0
        """
    ).first(position, id) { (text: $0.text(0), kind: $0.int(1), isSound: $0.int(2) == 1) }
    guard let found else { return false }
    let isSearched = EventKinds.messages.rawValue >> found.kind & 1 == 1
    if let text {
      guard isSearched else { return false }
      if isUnheard {
        try database.statement("UPDATE events SET own_text = ? WHERE position = ?").run(text, position)
        if found.isSound { try seal(position) }
        return true
      }
      try database.statement("UPDATE events SET text = ?, own_text = NULL WHERE position = ?").run(text, position)
      if found.isSound { try seal(position) }
    } else {
      try database.statement("UPDATE events SET kind = 0, text = '', tags = '', own_text = NULL WHERE position = ?")
        .run(position)
      if found.isSound { try seal(position) }
      // What it said then stands in what changed it.
      try database.statement(
        text: """
          UPDATE events SET kind = 0, text = '', tags = '', own_text = NULL,
            checksum = \(RowChecksum.unlessDamaged(RowChecksum.erased))
          WHERE reference = ? AND reference > 0 AND kind = ?
          """
      ).run(position, Int64(EventKind.edit.rawValue))
      try finish()
      try ConversationSides.readAgain(id, database)
    }
    guard isSearched else { return true }
    try database.statement(
      "INSERT INTO amendments(position, conversation, old_text, new_text) VALUES (?, ?, ?, ?)"
    ).run(position, id, found.text, text ?? "")
    return true
  }

  /// Computes the checksum of an event that has been changed.
  private func seal(_ position: LogPosition) throws(SQLiteError) {
    try database.statement(
      text: "UPDATE events SET checksum = \(RowChecksum.event) WHERE position = ?"
    ).run(position)
  }

  /// Events dated by a clock that was ahead get times that have come, before another one follows them. More of them than fit a commit
  /// are left to `TimeCorrectionRun`.
  private func correctTime(of tail: inout Tail, _ now: Timestamp) throws(SQLiteError) {
    let limit = now.milliseconds
    guard correctsTimes, tail.sequence > 0, tail.time > now.adding(milliseconds: TimeCorrection.tolerance).milliseconds
    else { return }
    let rows = ConversationRows(tail.id, database)
    let ahead = try rows.last(TimeCorrectionRun.eventsPerSlice).prefix { $0.time > limit }
    if ahead.count == TimeCorrectionRun.eventsPerSlice { return }
    if ahead.isEmpty {
      // Nothing is left but the time of what has expired.
      try database.statement(
        text: "UPDATE expired SET time = ? WHERE conversation = ? AND \(RowChecksum.isRight("expired"))"
      ).run(limit, tail.id)
    } else {
      try finish()
      try TimeCorrectionRun.correct(ahead.reversed(), of: tail.id, by: tail.time - limit, database)
      reporter.report(.timesCorrected(events: ahead.count))
    }
    tail.time = try rows.last()?.time ?? limit
  }

  private func id(of conversation: Conversation) throws(SQLiteError) -> Int64? {
    switch conversation {
    case .room(let room): return room.rawValue
    case .direct(let low, let high):
      return try database.statement("SELECT -id FROM direct_conversations WHERE low = ? AND high = ?")
        .first(low.rawValue, high.rawValue) { $0.int(0) }
    }
  }

  func meetsCondition(_ event: NewEvent) throws(SQLiteError) -> Bool {
    switch (event.condition, event.conversation) {
    case (.always, _): return true
    case (.never, _): return false
    case (.knownConversation, .room): return true
    case (.knownConversation, .direct(let low, let high)):
      if tails[event.conversation] != nil { return true }
      return try database.statement("SELECT 1 FROM direct_conversations WHERE low = ? AND high = ?")
        .first(low.rawValue, high.rawValue) { _ in true } ?? false
    }
  }

  /// Whether one more may refer to what it refers to.
  func hasRoom(for event: NewEvent, _ ids: MessageIDCodec) throws(SQLiteError) -> Bool {
    guard let limit = event.referenceLimit, let position = ids.position(of: event.reference)
    else { return true }
    var (all, own, ownBytes) = (1, 1, event.clientTags.utf8.count)
    try database.statement(
      "SELECT sender, length(CAST(tags AS BLOB)) FROM events WHERE reference = ? AND reference > 0 AND kind = ? LIMIT ?"
    ).eachRow(position, Int64(event.kind.rawValue), limit.all) {
      all += 1
      if $0.int(0) == event.sender.rawValue {
        own += 1
        ownBytes += Int($0.int(1))
      }
      return true
    }
    return limit.admits(all: all, own: own, ownBytes: ownBytes)
  }

  func receipt(at position: LogPosition, _ ids: MessageIDCodec) throws(SQLiteError) -> Receipt? {
    try database.statement("SELECT sequence, time FROM events WHERE position = ?").first(position) {
      Receipt(
        position: position, sequence: ids.number(of: $0.int(0), at: position),
        messageID: ids.messageID(at: position), time: Timestamp(milliseconds: $0.int(1)))
    }
  }

  // MARK: - Conversations

  private func readTail(of event: NewEvent) throws(SQLiteError) -> Tail {
    var tail: Tail
    switch event.conversation {
    case .room(let room):
      tail = Tail(id: room.rawValue, sequence: 0, time: .min)
    case .direct(let low, let high):
      tail = try directConversation(low, high, event)
    }
    let last = try ConversationRows(tail.id, database).last().map { ($0.sequence, $0.time) }
    let expired = try database.statement("SELECT sequence, time FROM expired WHERE conversation = ?")
      .first(tail.id) { ($0.int(0), $0.int(1)) }
    if let last = last ?? expired { (tail.sequence, tail.time) = last }
    return tail
  }

  private func directConversation(_ low: Identity, _ high: Identity, _ event: NewEvent) throws(SQLiteError) -> Tail {
    let known = try database.statement(
      "SELECT id, low_nick, high_nick FROM direct_conversations WHERE low = ? AND high = ?"
    ).first(low.rawValue, high.rawValue) {
      Tail(id: -$0.int(0), sequence: 0, time: .min, lowNick: $0.text(1), highNick: $0.text(2))
    }
    if let known { return known }
    let id = try database.statement(
      "INSERT INTO direct_conversations(low, high, low_nick, high_nick) VALUES (?, ?, '', '') RETURNING id"
    ).first(low.rawValue, high.rawValue) { $0.int(0) }
    return Tail(id: -(id ?? 0), sequence: 0, time: .min)
  }

  /// The event's source and target are the nicks of its two sides.
  private func keepNicks(of event: NewEvent, in tail: inout Tail) throws(SQLiteError) {
    guard case .direct(let low, let high) = event.conversation else { return }
    let source = String(event.source.prefix { $0 != "!" })
    let before = (tail.lowNick, tail.highNick)
    if low == high {
      (tail.lowNick, tail.highNick) = (source, source)
    } else if event.sender == low {
      (tail.lowNick, tail.highNick) = (source, event.target)
    } else if event.sender == high {
      (tail.lowNick, tail.highNick) = (event.target, source)
    }
    if before == (tail.lowNick, tail.highNick) { return }
    try database.statement("UPDATE direct_conversations SET low_nick = ?, high_nick = ? WHERE id = ?")
      .run(tail.lowNick, tail.highNick, -tail.id)
  }
}
