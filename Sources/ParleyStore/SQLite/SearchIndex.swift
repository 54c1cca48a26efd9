internal import IRC
internal import SQLite
internal import Synchronization

/// What the index's writer and its readers tell each other: how often it has been made anew, and which one is damaged.
final class SearchGeneration: Sendable {
  private let count = Atomic<Int>(0)
  private let damaged = Atomic<Int>(-1)

  var current: Int { count.load(ordering: .acquiring) }
  func advance() { count.add(1, ordering: .acquiringAndReleasing) }

  func reportDamage(of generation: Int) { damaged.store(generation, ordering: .releasing) }
  var isDamaged: Bool { damaged.load(ordering: .acquiring) == current }
}

/// The full-text index: which words occur at which positions, and nothing of the text itself.
///
/// It consists of parts of 262,144 positions each, so that common words, of which a page is found in the newest part,
/// cost the same however long the log is, and merging is never long.
///
/// It follows the log from a cursor of its own, never syncs, and is made again whenever it may be damaged: it costs
/// commits nothing, and losing it loses nothing. Errors stay in here.
final class SearchIndex {
  /// Events indexed in one slice: a few milliseconds.
  private static let slice: Int64 = 200
  /// Slices in one transaction of the index, while it is behind.
  private static let slicesPerCommit = 20
  /// Pages in its write-ahead log that are worth copying back; without syncs that takes little.
  private static let logPages = 1_000
  private static let version: Int64 = 2
  private static let positionsPerPart: Int64 = 1 << 18

  let generation = SearchGeneration()

  private let path: String
  private let vfs: String?
  private let ids: MessageIDCodec
  /// The end of the log when the server started, then the end of what has been indexed. What an index that was left behind has of
  /// later events has been lost.
  private var last: LogPosition
  private var database: Database?
  private var cursor: LogPosition = 0
  private var openSlices = 0
  /// The amendments up to here are in the index; nil: there were none.
  var amendedThrough: Int64?
  private var insert: (part: Int64, statement: Statement)?
  private var failures = 0
  /// The first parts, as far as their words have been removed in this run.
  private var emptiedParts: Int64 = 0

  init(path: String, vfs: String?, ids: MessageIDCodec, last: LogPosition) {
    self.path = path
    self.vfs = vfs
    self.ids = ids
    self.last = last
  }

  /// Indexes the next few events.
  ///
  /// - Returns: whether there are more.
  func advance(through log: Database) -> Bool {
    do throws(SQLiteError) {
      if generation.isDamaged { try discard() }
      let index = try opened()
      // Before the cursor moves: what it has not come to is read as it is now.
      try amend(index, log)
      let hasMore = try indexSlice(index, log)
      failures = 0
      return hasMore
    } catch {
      failures += 1
      database?.rollBack()
      openSlices = 0
      insert = nil
      let isDamaged = [SQLiteError.corrupt, SQLiteError.notADatabase, SQLiteError.error].contains(error.primary)
      if isDamaged { try? discard() } else { database = nil }
      // Begun again at once, but not for ever: the next commit's maintenance tries again anyway.
      return isDamaged && failures < 4
    }
  }

  /// Events before a position are gone: the words of parts that held nothing else go, too. In the part that is left some stay,
  /// and lead to nothing.
  func forget(before position: LogPosition) {
    guard let database else { return }
    let end = min(Self.part(of: position), Self.part(of: cursor))
    while emptiedParts < end {
      let table = Self.table(emptiedParts)
      do throws(SQLiteError) {
        if try database.prepare("SELECT 1 FROM sqlite_schema WHERE name = '\(table)'").first(make: { _ in true })
          == true
        {
          try database.execute("INSERT INTO \(table)(\(table)) VALUES ('delete-all')")
        }
      } catch {
        return
      }
      emptiedParts += 1
    }
  }

  /// Leaves a file behind that will be trusted.
  func close() {
    guard let database else { return }
    do throws(SQLiteError) {
      if database.isInTransaction { try database.commit() }
      try database.checkpoint(.passive)
      try database.execute("PRAGMA synchronous = FULL")
      try mark(database, "closed")
    } catch {
      database.rollBack()
    }
    insert = nil
    self.database = nil
  }

  /// Ties the file to its database as it was when it had come so far: a database that has lost events since gives other ids.
  private func owner(at position: LogPosition) -> String { ids.messageID(at: max(1, position)) }

  // MARK: -

  private func indexSlice(_ index: Database, _ log: Database) throws(SQLiteError) -> Bool {
    let last = try EventLog.lastPosition(in: log)
    if cursor > last { throw SQLiteError(code: SQLiteError.corrupt, message: "the index is ahead of the log") }
    if cursor < last {
      if !index.isInTransaction { try index.beginImmediate() }
      let part = Self.part(of: cursor + 1)
      let end = min(last, cursor + Self.slice, (part + 1) * Self.positionsPerPart - 1)
      let insert = try inserting(into: part, index)
      let events = try log.statement(
        """
        SELECT position, text, conversation FROM events
        WHERE position > ? AND position <= ? AND kind IN (1, 2) AND text <> '' AND content IS NULL ORDER BY position
        """)
      try events.bind(cursor, end)
      defer { events.reset() }
      while try events.step() {
        try insert.run(events.int(0), Self.words(events.text(1)), Self.scope(ofConversation: events.int(2)))
      }
      try index.statement("UPDATE cursor SET position = ?, owner = ?").run(end, owner(at: end))
      cursor = end
      self.last = max(self.last, end)
      openSlices += 1
    }
    let hasMore = cursor < last
    if index.isInTransaction, !hasMore || openSlices >= Self.slicesPerCommit {
      openSlices = 0
      try index.commit()
      if index.logPages >= Self.logPages { try index.checkpoint(.passive) }
    }
    return hasMore
  }

  /// Forgets and learns what has been changed in the log since it was indexed.
  private func amend(_ index: Database, _ log: Database) throws(SQLiteError) {
    guard try log.number("SELECT EXISTS(SELECT 1 FROM amendments)") == 1 else { return }
    if !index.isInTransaction { try index.beginImmediate() }
    let done = try index.number("SELECT amendment FROM cursor") ?? 0
    let rows = try log.statement(
      """
      SELECT amendments.id, position, amendments.conversation, old_text, new_text, events.sequence
      FROM amendments LEFT JOIN events USING (position) WHERE amendments.id > ? ORDER BY amendments.id
      """)
    var last = done
    try rows.bind(done)
    defer { rows.reset() }
    while try rows.step() {
      last = rows.int(0)
      let position = rows.int(1)
      // What has expired leads to nothing, and its words may be gone with their part.
      guard position <= cursor, !rows.isNull(5) else { continue }
      let (scope, old, new) = (
        Self.scope(ofConversation: rows.int(2)), Self.words(rows.text(3)), Self.words(rows.text(4))
      )
      let part = Self.part(of: position)
      let table = Self.table(part)
      // A contentless table is told what it had been told.
      if !old.isEmpty {
        try index.prepare("INSERT INTO \(table)(\(table), rowid, text, scope) VALUES ('delete', ?, ?, ?)")
          .run(position, old, scope)
      }
      if !new.isEmpty { try inserting(into: part, index).run(position, new, scope) }
    }
    try index.statement("UPDATE cursor SET amendment = ?").run(last)
    try index.commit()
    openSlices = 0
    amendedThrough = last
  }

  private func inserting(into part: Int64, _ index: Database) throws(SQLiteError) -> Statement {
    if let insert, insert.part == part { return insert.statement }
    try index.execute(
      """
      CREATE VIRTUAL TABLE IF NOT EXISTS \(Self.table(part)) USING fts5(
        text, scope, content = '', tokenize = "unicode61 remove_diacritics 2")
      """)
    let statement = try index.prepare("INSERT INTO \(Self.table(part))(rowid, text, scope) VALUES (?, ?, ?)")
    insert = (part, statement)
    return statement
  }

  private func opened() throws(SQLiteError) -> Database {
    if let database { return database }
    do throws(SQLiteError) {
      if let trusted = try openTrusted() { return trusted }
    } catch {
      // Only what can be nothing but damage; a full disk, say, is no reason to begin again.
      guard [SQLiteError.corrupt, SQLiteError.notADatabase, SQLiteError.error].contains(error.primary) else {
        throw error
      }
    }
    try discard()
    return try create()
  }

  /// The existing file, if no power failure can have damaged it.
  private func openTrusted() throws(SQLiteError) -> Database? {
    guard Database.exists(path: path, vfs: vfs) else { return nil }
    let database = try Database(path: path, access: .readWrite, vfs: vfs)
    guard try database.number("PRAGMA user_version") == Self.version else { return nil }
    let found = try database.prepare("SELECT position, owner, session FROM cursor").first {
      (position: $0.int(0), owner: $0.text(1), session: $0.text(2))
    }
    guard let found, found.position <= last, found.owner == owner(at: found.position) else { return nil }
    guard found.session == "closed" || found.session == currentSession else { return nil }
    try configure(database)
    cursor = found.position
    self.database = database
    return database
  }

  private func create() throws(SQLiteError) -> Database {
    if vfs == nil { _ = Platform.createPrivateFile(path) }
    let database = try Database(path: path, access: .create, vfs: vfs)
    try database.execute("PRAGMA journal_mode = WAL")
    try database.beginImmediate()
    do throws(SQLiteError) {
      try database.execute(
        """
        CREATE TABLE cursor(
          position INTEGER NOT NULL, owner TEXT NOT NULL, session TEXT NOT NULL, amendment INTEGER NOT NULL DEFAULT 0);
        PRAGMA user_version = \(Self.version);
        """)
      try database.statement("INSERT INTO cursor(position, owner, session) VALUES (0, ?, '')").run(owner(at: 0))
      try database.commit()
    } catch {
      database.rollBack()
      throw error
    }
    try configure(database)
    cursor = 0
    self.database = database
    generation.advance()
    return database
  }

  private func configure(_ database: Database) throws(SQLiteError) {
    database.setBusyTimeout(milliseconds: 1_000)
    try database.execute("PRAGMA secure_delete = OFF")
    try database.execute("PRAGMA cache_size = -8192")
    // The mark itself must be on the disk before anything unsynced follows it.
    try database.execute("PRAGMA synchronous = FULL")
    try mark(database, currentSession)
    try database.execute("PRAGMA synchronous = OFF")
  }

  private func mark(_ database: Database, _ session: String) throws(SQLiteError) {
    try database.statement("UPDATE cursor SET session = ?").run(session)
    try database.checkpoint(.truncate)
  }

  private func discard() throws(SQLiteError) {
    insert = nil
    database = nil
    openSlices = 0
    emptiedParts = 0
    for suffix in ["", "-wal", "-shm", "-journal"] { try Database.remove(path: path + suffix, vfs: vfs) }
    generation.advance()
  }

  /// What an interrupted file is marked with. If it is still the same, the machine has not lost power since.
  private lazy var currentSession: String = vfs == nil ? Platform.bootID() ?? "unknown" : "simulated"

  // MARK: - Names inside the index

  /// A text of several lines is kept with marks for its joints, which may stand within words (draft/multiline-concat).
  private static func words(_ text: String) -> String {
    text.containsByte(where: { $0 == 13 }) ? String(text.filter { $0 != "\r" }) : text
  }

  static func part(of position: LogPosition) -> Int64 { position / positionsPerPart }

  static func table(_ part: Int64) -> String { "words_\(part)" }

  /// One word for the index's second column, so that it finds a conversation's messages by itself.
  static func scope(ofConversation id: Int64) -> String { id < 0 ? "d\(-id)" : "r\(id)" }
}
