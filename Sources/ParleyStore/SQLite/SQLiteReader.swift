internal import IRC
internal import SQLite

/// Reads the log and the directory through a connection of its own.
public final class SQLiteReader: StoreReader {
  let database: Database
  let ids: MessageIDCodec
  let search: SearchReader
  let pages: PageStatements
  private let reporter: StoreReporter
  /// What a query has met that is not what was written: nothing of its answer is told.
  var damage: String?
  /// Rows that the last query for conversations has looked at.
  public internal(set) var looked = 0
  private var conversationsWithHoles: Set<Int64> = []

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

  public func conversation(of identity: Identity, withNick nick: String) throws(StoreError) -> Conversation? {
    try reading { () throws(SQLiteError) in
      // Several guests may have had one nick: the latest is meant. Ids grow, so old ones are left out first.
      let statement = try database.statement(
        """
        SELECT low, high FROM (
          SELECT id, low, high, low_last AS last FROM direct_conversations WHERE low = ?1 AND high_nick = ?2
          UNION
          SELECT id, low, high, high_last FROM direct_conversations WHERE high = ?1 AND low_nick = ?2
          ORDER BY id DESC LIMIT 1000)
        ORDER BY last DESC, id DESC LIMIT 1
        """)
      return try statement.first(identity.rawValue, nick) {
        .direct(Identity(rawValue: $0.int(0)), Identity(rawValue: $0.int(1)))
      }
    }
  }

  public func account(named name: String) throws(StoreError) -> AccountRecord? {
    let account = try reading { () throws(SQLiteError) in try DirectoryReader(database: database).account(named: name) }
    if let account { reportDamage(in: [account]) }
    return account
  }

  public func accounts() throws(StoreError) -> [AccountRecord] {
    let accounts = try reading { () throws(SQLiteError) in try DirectoryReader(database: database).accounts() }
    reportDamage(in: accounts)
    return accounts
  }

  private func reportDamage(in accounts: [AccountRecord]) {
    for account in accounts where account.isDamaged {
      reporter.report(.damaged(DamagedRow.words("accounts", "\(account.id.rawValue)")))
    }
  }

  // MARK: - Shared by the queries

  /// One view of the file for all of a query's statements.
  func reading<R>(_ body: () throws(SQLiteError) -> R) throws(StoreError) -> R {
    do throws(SQLiteError) {
      try database.beginReading()
      defer { database.rollBack() }
      damage = nil
      let result = try body()
      if let damage { throw SQLiteError(code: SQLiteError.corrupt, message: damage) }
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
    ).first(position) {
      let event = event($0, for: reader)
      return accepts($0.int(14)) ? event : nil
    } ?? nil
  }

  /// Once for a conversation: it is met with every page.
  func reportHole(in conversation: Int64, _ sequences: ClosedRange<Int64>) {
    guard conversationsWithHoles.count < 1_000, conversationsWithHoles.insert(conversation).inserted else { return }
    reporter.report(
      .damaged(
        "conversation \(conversation) lacks an event between the sequences \(sequences.lowerBound) and "
          + "\(sequences.upperBound)"))
  }

  func noteDamage(at position: LogPosition) { damage = "the event at position \(position) is damaged" }

  /// Of a row that begins with position, sequence, kind, time, sender, source, account, target, text, tags, reference, unheard, own_text,
  /// and whether its checksum is right: otherwise the whole query fails, because nothing wrong must be told.
  func event(_ row: borrowing Statement, for reader: Identity?) -> StoredEvent {
    let position = row.int(0)
    if row.int(13) != 1 { noteDamage(at: position) }
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
}
