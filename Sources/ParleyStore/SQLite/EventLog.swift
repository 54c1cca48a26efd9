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
  private let insert: Statement
  private var tails: [Conversation: Tail] = [:]
  private var knownLastPosition: LogPosition?

  init(_ database: Database) throws(SQLiteError) {
    self.database = database
    insert = try database.statement(
      """
      INSERT INTO events(position, conversation, sequence, kind, time, sender, source, account, target, text, tags,
        reference)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
  }

  /// Drops everything remembered, which is then read again.
  func forget() {
    tails.removeAll(keepingCapacity: true)
    knownLastPosition = nil
  }

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
    let position = try lastPosition() + 1
    tail.sequence += 1
    tail.time = max(tail.time, event.time.milliseconds)

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
    _ = try insert.step()

    if tails.count >= Self.rememberedConversations { tails.removeAll(keepingCapacity: true) }
    tails[event.conversation] = tail
    knownLastPosition = position
    return (position, tail.sequence, Timestamp(milliseconds: tail.time))
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
    _ conversation: Conversation, _ messageID: String, _ text: String?, _ ids: MessageIDCodec
  ) throws(SQLiteError) -> Bool {
    guard let position = ids.position(of: messageID), let id = try id(of: conversation) else { return false }
    let found = try database.statement(
      "SELECT text, kind FROM events WHERE position = ? AND conversation = ? AND kind <> 0"
    ).first(position, id) { (text: $0.text(0), kind: $0.int(1)) }
    guard let found else { return false }
    let isSearched = EventKinds.messages.rawValue >> found.kind & 1 == 1
    if let text {
      guard isSearched else { return false }
      try database.statement("UPDATE events SET text = ? WHERE position = ?").run(text, position)
    } else {
      try database.statement("UPDATE events SET kind = 0, text = '', tags = '' WHERE position = ?").run(position)
      // What it said then stands in what changed it.
      try database.statement("UPDATE events SET kind = 0, text = '' WHERE reference = ? AND kind = ?")
        .run(position, Int64(EventKind.edit.rawValue))
    }
    guard isSearched else { return true }
    try database.statement(
      "INSERT INTO amendments(position, conversation, old_text, new_text) VALUES (?, ?, ?, ?)"
    ).run(position, id, found.text, text ?? "")
    return true
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

  func receipt(at position: LogPosition, _ ids: MessageIDCodec) throws(SQLiteError) -> Receipt? {
    try database.statement("SELECT sequence, time FROM events WHERE position = ?").first(position) {
      Receipt(
        position: position, sequence: $0.int(0), messageID: ids.messageID(at: position),
        time: Timestamp(milliseconds: $0.int(1)))
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
    let last = try database.statement(
      "SELECT sequence, time FROM events WHERE conversation = ? ORDER BY sequence DESC LIMIT 1"
    ).first(tail.id) { ($0.int(0), $0.int(1)) }
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
