public import IRC
internal import SQLite

/// Reads the log and the directory through a connection of its own.
public final class SQLiteReader: StoreReader {
  let database: Database
  let ids: MessageIDCodec
  let search: SearchReader
  let pages: PageStatements
  private let reporter: StoreReporter
  /// A row that has been read and is not what was written.
  var damagedPosition: LogPosition?

  init(
    path: String, vfs: String?, ids: MessageIDCodec, searchGeneration: SearchGeneration?, reporter: StoreReporter
  ) throws(SQLiteError) {
    self.reporter = reporter
    database = try Database(path: path, access: .query, vfs: vfs)
    database.setBusyTimeout(milliseconds: 2_000)
    try database.execute("PRAGMA cache_size = -8192")
    try database.execute("PRAGMA temp_store = MEMORY")
    self.ids = ids
    pages = try PageStatements(database)
    search = SearchReader(path: path + "-search", vfs: vfs, generation: searchGeneration)
  }

  public func find(messageID: String, in conversation: Conversation) throws(StoreError) -> StoredEvent? {
    try reading { () throws(SQLiteError) in
      guard let id = try conversationID(conversation), let position = ids.position(of: messageID) else {
        return nil
      }
      return try event(at: position, in: { $0 == id }, for: nil)
    }
  }

  public func summaries(
    of identity: Identity, rooms: [RoomID], after: Timestamp, before: Timestamp, kinds: EventKinds, limit: Int
  ) throws(StoreError) -> [ConversationSummary] {
    try reading { () throws(SQLiteError) in
      var found: [ConversationSummary] = []
      func add(_ conversation: Conversation, _ id: Int64, _ nick: String) throws(SQLiteError) {
        guard let (last, position) = try lastEvent(of: id, kinds, for: identity), last > after, last < before else {
          return
        }
        found.append(ConversationSummary(conversation: conversation, last: last, position: position, peerNick: nick))
      }
      for room in rooms { try add(.room(room), room.rawValue, "") }
      for side in try directConversations(of: identity) { try add(side.conversation, side.id, side.peerNick) }
      found.sort { $0.last < $1.last }
      return Array(found.prefix(max(0, limit)))
    }
  }

  public func missed(
    by identity: Identity, after: LogPosition, kinds: EventKinds
  ) throws(StoreError) -> [ConversationSummary] {
    try reading { () throws(SQLiteError) in
      var found: [ConversationSummary] = []
      for side in try directConversations(of: identity, withNewsAfter: after) {
        guard let (last, position) = try lastEvent(of: side.id, kinds, for: identity), position > after else {
          continue
        }
        var summary = ConversationSummary(
          conversation: side.conversation, last: last, position: position, peerNick: side.peerNick)
        summary.isAnswered = try hasSpoken(identity, in: side.id)
        found.append(summary)
      }
      return found.sorted { $0.position < $1.position }
    }
  }

  /// Whether somebody has said something in the last thousand messages of a conversation.
  private func hasSpoken(_ identity: Identity, in conversation: Int64) throws(SQLiteError) -> Bool {
    try database.statement(
      """
      SELECT 1 FROM (
        SELECT sender FROM events WHERE conversation = ? AND class = 0 ORDER BY sequence DESC LIMIT 1000)
      WHERE sender = ? LIMIT 1
      """
    ).first(conversation, identity.rawValue) { _ in true } ?? false
  }

  /// Somebody with many conversations has seldom news in all: what has happened since is looked at instead, if that is less.
  private func directConversations(
    of identity: Identity, withNewsAfter position: LogPosition
  ) throws(SQLiteError) -> [Side] {
    let newest = try database.number("SELECT max(position) FROM events") ?? 0
    let count = try database.statement(
      "SELECT count(*) FROM (SELECT 1 FROM direct_conversations WHERE low = ?1 OR high = ?1 LIMIT 1000)"
    ).first(identity.rawValue) { $0.int(0) }
    guard count == 1000, newest - position < 100_000 else { return try directConversations(of: identity) }
    var sides: [Side] = []
    // The sign keeps SQLite from going over all private events by their index.
    try database.statement(
      """
      SELECT id, low, high, low_nick, high_nick FROM direct_conversations
      WHERE id IN (SELECT DISTINCT -conversation FROM events WHERE position > ?1 AND +conversation < 0)
        AND (low = ?2 OR high = ?2)
      """
    ).eachRow(position, identity.rawValue) {
      sides.append(
        Side(
          conversation: .direct(Identity(rawValue: $0.int(1)), Identity(rawValue: $0.int(2))), id: -$0.int(0),
          peerNick: $0.int(1) == identity.rawValue ? $0.text(4) : $0.text(3)))
      return true
    }
    return sides
  }

  public func conversation(of identity: Identity, withNick nick: String) throws(StoreError) -> Conversation? {
    try reading { () throws(SQLiteError) in
      // Several guests may have had one nick: the latest is meant. Ids grow, so old ones are left out first.
      let statement = try database.statement(
        """
        SELECT low, high, (
          SELECT max(position) FROM (VALUES (0), (1), (2), (3), (4), (5)) AS classes JOIN events ON position = (
            SELECT position FROM events WHERE conversation = -id AND class = classes.column1
            ORDER BY sequence DESC LIMIT 1)) AS last
        FROM (
          SELECT id, low, high FROM direct_conversations WHERE low = ?1 AND high_nick = ?2
          UNION
          SELECT id, low, high FROM direct_conversations WHERE high = ?1 AND low_nick = ?2
          ORDER BY id DESC LIMIT 1000)
        ORDER BY last DESC LIMIT 1
        """)
      return try statement.first(identity.rawValue, nick) {
        .direct(Identity(rawValue: $0.int(0)), Identity(rawValue: $0.int(1)))
      }
    }
  }

  public func account(named name: String) throws(StoreError) -> AccountRecord? {
    try reading { () throws(SQLiteError) in try DirectoryReader(database: database).account(named: name) }
  }

  public func accounts() throws(StoreError) -> [AccountRecord] {
    try reading { () throws(SQLiteError) in try DirectoryReader(database: database).accounts() }
  }

  // MARK: - Shared by the queries

  /// One view of the file for all of a query's statements.
  func reading<R>(_ body: () throws(SQLiteError) -> R) throws(StoreError) -> R {
    do throws(SQLiteError) {
      try database.beginReading()
      defer { database.rollBack() }
      damagedPosition = nil
      let result = try body()
      if let damagedPosition {
        throw SQLiteError(code: SQLiteError.corrupt, message: "the event at position \(damagedPosition) is damaged")
      }
      return result
    } catch {
      if error.isDamage { reporter.report(.damaged(error.description)) }
      throw StoreError(error, during: .reading)
    }
  }

  func conversationID(_ conversation: Conversation) throws(SQLiteError) -> Int64? {
    switch conversation {
    case .room(let room): return room.rawValue
    case .direct(let low, let high):
      return try database.statement("SELECT -id FROM direct_conversations WHERE low = ? AND high = ?")
        .first(low.rawValue, high.rawValue) { $0.int(0) }
    }
  }

  func event(
    at position: LogPosition, in accepts: (Int64) -> Bool, for reader: Identity?
  ) throws(SQLiteError) -> StoredEvent? {
    try database.statement(
      text: """
        SELECT position, sequence, kind, time, sender, source, account, target, text, tags, reference, unheard, own_text,
          \(RowChecksum.isSound),
          conversation
        FROM events WHERE position = ?
        """
    ).first(position) { accepts($0.int(14)) ? event($0, for: reader) : nil } ?? nil
  }

  /// Of a row that begins with position, sequence, kind, time, sender, source, account, target, text, tags, reference, unheard, own_text,
  /// and whether its checksum is right: otherwise the whole query fails, because nothing wrong must be told.
  func event(_ row: borrowing Statement, for reader: Identity?) -> StoredEvent {
    let position = row.int(0)
    if row.int(13) != 1 { damagedPosition = position }
    let reference = row.int(10)
    let isOwn = reader?.rawValue == row.int(4)
    var event = StoredEvent(
      receipt: Receipt(
        position: position, sequence: ids.number(of: row.int(1), at: position),
        messageID: ids.messageID(at: position), time: Timestamp(milliseconds: row.int(3))),
      kind: EventKind(rawValue: UInt8(truncatingIfNeeded: row.int(2))) ?? .erased,
      sender: Identity(rawValue: row.int(4)), source: row.text(5), account: row.text(6), target: row.text(7),
      text: isOwn && !row.isNull(12) ? row.text(12) : row.text(8), clientTags: row.text(9),
      reference: reference > 0 ? ids.messageID(at: reference) : "")
    event.isUnheard = row.int(11) != 0
    return event
  }

  private func lastEvent(
    of conversation: Int64, _ kinds: EventKinds, for reader: Identity
  ) throws(SQLiteError) -> (Timestamp, LogPosition)? {
    try database.statement(
      """
      SELECT time, position FROM (VALUES (0), (1), (2), (3), (4)) AS classes JOIN events ON position = (
        SELECT position FROM events WHERE conversation = ?1 AND class = classes.column1 AND (?2 >> kind) & 1 = 1
          AND (unheard = 0 OR sender = ?4)
        ORDER BY sequence DESC LIMIT 1)
      WHERE (?3 >> classes.column1) & 1 = 1 ORDER BY sequence DESC LIMIT 1
      """
    ).first(conversation, kinds.rawValue & ~1, EventClass.bits(for: kinds), reader.rawValue) {
      (Timestamp(milliseconds: $0.int(0)), $0.int(1))
    }
  }

  private struct Side {
    var conversation: Conversation
    var id: Int64
    var peerNick: String
  }

  private func directConversations(of identity: Identity) throws(SQLiteError) -> [Side] {
    var sides: [Side] = []
    try database.statement(
      """
      SELECT id, low, high, high_nick FROM direct_conversations WHERE low = ?1
      UNION ALL
      SELECT id, low, high, low_nick FROM direct_conversations WHERE high = ?1 AND low <> ?1
      """
    ).eachRow(identity.rawValue) {
      sides.append(
        Side(
          conversation: .direct(Identity(rawValue: $0.int(1)), Identity(rawValue: $0.int(2))), id: -$0.int(0),
          peerNick: $0.text(3)))
      return true
    }
    return sides
  }
}
