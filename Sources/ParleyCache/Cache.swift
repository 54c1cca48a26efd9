internal import IRC
public import SQLite

/// What an engine keeps on disk: identities, chats, messages, the outbox.
///
/// Used by one thread at a time. Everything that changes something is called between `begin()` and `commit()`, and
/// is on the disk when `commit()` returns. After an error the transaction is good for nothing but `rollBack()`.
/// `CacheReader` reads beside it on other threads.
public final class Cache {
  /// Pages of 4 KiB in the write-ahead log that are worth copying back when there is time …
  private static let idleLogPages = 64
  /// … and from here on the next commit does it.
  private static let busyLogPages = 4_000

  let connection: Connection
  var database: Database { connection.database }
  private let path: String?
  private let vfs: String?

  /// The highest id an identity ever had in this file; 0: none.
  public internal(set) var highestIdentity: Int64 = 0
  /// The highest id a chat ever had; 0: none.
  public internal(set) var highestChat: Int64 = 0
  /// No message ever had a higher id. Arrivals and reactions take numbers from the same counter.
  public private(set) var highestMessage: Int64 = 0
  private var savedNumber: Int64 = 0

  var isWriting = false
  /// Counts of chats that were touched; some are newer than the table until the commit.
  var summaries: [Int64: ChatSummary] = [:]
  /// Requests of messages in the outbox. They end with the process.
  private(set) var requests: [Int64: Int64] = [:]
  /// Entries of `requests` that the open transaction has changed, as they were before. Not a copy of all of them, because that
  /// would make each transaction cost more when more messages wait.
  private var requestsBefore: [Int64: Int64?] = [:]
  private var failure: SQLiteError?
  private var reliefDue = busyLogPages

  /// Opens the file, makes it if it is not there (readable by its owner only), and brings it up to date if it is older.
  ///
  /// - Parameters:
  ///   - path: nil: memory only, gone with the object. Its folder must exist.
  ///   - vfs: a registered SQLite VFS to keep the file in; nil: the real file system.
  /// - Throws: also for files that are damaged, not ours, or of a newer version.
  public init(path: String?, vfs: String?) throws(SQLiteError) {
    self.path = path
    self.vfs = vfs
    if let path, vfs == nil { Connection.createPrivateFile(path) }
    let database = try Database(path: path ?? ":memory:", access: .create, vfs: path == nil ? nil : vfs)
    database.setBusyTimeout(milliseconds: 2_000)
    try Schema.prepare(database)
    if path != nil { try Self.copyLogBack(database) }
    let sequence = try database.prepare("SELECT seq FROM sqlite_sequence WHERE name = ?")
    highestIdentity = try sequence.first("identities") { $0.int(0) } ?? 0
    highestChat = try sequence.first("chats") { $0.int(0) } ?? 0
    guard let number = try database.number("SELECT number FROM state") else {
      throw SQLiteError(code: SQLiteError.corrupt, message: "the counter is missing")
    }
    highestMessage = number
    savedNumber = number
    connection = Connection(database)
  }

  deinit { if failure != nil { database.preventCheckpointOnClose() } }

  /// After a failed sync the log can show what never reached the disk. Copying it writes and syncs all of it again.
  private static func copyLogBack(_ database: Database) throws(SQLiteError) {
    do throws(SQLiteError) {
      try database.checkpoint(.truncate)
    } catch {
      // Reading works on a full disk.
      if error.primary != SQLiteError.full { throw error }
    }
  }

  /// A reader for any thread. Of a file it has connections of its own, and sees what is committed; of a cache in
  /// memory it waits for the end of a transaction.
  public func makeReader() throws(SQLiteError) -> CacheReader {
    guard let path else { return CacheReader(ReaderPool(connection, file: nil)) }
    return CacheReader(ReaderPool(try ReaderPool.connect(path: path, vfs: vfs), file: (path, vfs)))
  }

  // MARK: - Transactions

  /// Starts a transaction.
  ///
  /// - Throws: also, from a failed sync on, always: what is on the disk is then known only after opening it again.
  public func begin() throws(SQLiteError) {
    if let failure { throw failure }
    connection.lock()
    do throws(SQLiteError) {
      try database.beginImmediate()
    } catch {
      connection.unlock()
      throw error
    }
    isWriting = true
    requestsBefore = [:]
  }

  /// Ends a transaction: all of it is on the disk. If it fails nothing of it has happened.
  public func commit() throws(SQLiteError) {
    try requireTransaction()
    do throws(SQLiteError) {
      try saveSummaries()
      if highestMessage != savedNumber {
        try database.statement("UPDATE state SET number = ?").run(highestMessage)
      }
      try database.commit()
    } catch {
      if error.primary == SQLiteError.inputOutput { failure = error }
      rollBack()
      throw error
    }
    savedNumber = highestMessage
    requestsBefore = [:]
    isWriting = false
    relieveLog()
    connection.unlock()
  }

  /// Ends a transaction as if it had never begun. Does nothing if there is none.
  public func rollBack() {
    guard isWriting else { return }
    database.rollBack()
    isWriting = false
    summaries = [:]
    for (message, request) in requestsBefore { requests[message] = request }
    requestsBefore = [:]
    // `highestMessage` stays: numbers that were given once are not given again.
    connection.unlock()
  }

  /// SQLite ends a transaction by itself after some errors. Nothing may be written outside of one.
  func requireTransaction() throws(SQLiteError) {
    guard isWriting, database.isInTransaction else {
      throw SQLiteError(code: SQLiteError.misuse, message: "not in a transaction")
    }
  }

  /// Remembers which request a message in the outbox belongs to; nil: none.
  func setRequest(_ request: Int64?, of message: Int64) {
    if requestsBefore[message] == nil { requestsBefore.updateValue(requests[message], forKey: message) }
    requests[message] = request
  }

  func nextNumber() -> Int64 {
    highestMessage += 1
    return highestMessage
  }

  /// Called when there is nothing else to do: copies the write-ahead log back, if that is worth it.
  public func idle() throws(SQLiteError) {
    guard !isWriting, failure == nil, database.logPages >= Self.idleLogPages else { return }
    try connection.locked { (database) throws(SQLiteError) in
      do throws(SQLiteError) {
        try database.checkpoint(.passive)
      } catch {
        if error.primary == SQLiteError.inputOutput { failure = error }
        if error.primary != SQLiteError.full { throw error }
      }
    }
  }

  private func relieveLog() {
    if database.logPages < Self.busyLogPages { reliefDue = Self.busyLogPages }
    guard database.logPages >= reliefDue else { return }
    reliefDue = database.logPages + Self.busyLogPages
    do throws(SQLiteError) {
      try database.checkpoint(.passive)
    } catch {
      // The commit stands. If this was a failed sync, the next one is refused.
      if error.primary == SQLiteError.inputOutput { failure = error }
    }
  }

  // MARK: - Host values

  /// What the host, or the engine, keeps under a key; nil: nothing.
  public func value(_ key: String) throws(SQLiteError) -> String? {
    try connection.locked { (database) throws(SQLiteError) in
      try database.statement("SELECT value FROM host_values WHERE key = ?").first(key) { $0.text(0) }
    }
  }

  /// nil removes it.
  public func setValue(_ key: String, _ value: String?) throws(SQLiteError) {
    try requireTransaction()
    if let value {
      try database.statement("INSERT OR REPLACE INTO host_values(key, value) VALUES (?, ?)").run(key, value)
    } else {
      try database.statement("DELETE FROM host_values WHERE key = ?").run(key)
    }
  }
}
