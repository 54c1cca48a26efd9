internal import CSQLite

/// One connection to a SQLite file, opened without SQLite's own locks: one thread at a time may use it and what
/// belongs to it.
///
/// It never makes a checkpoint by itself: see `logPages` and `checkpoint(_:)`. `PRAGMA wal_autocheckpoint` would end
/// the counting.
public final class Database {
  public enum Access {
    case create
    case readWrite
    /// Refuses every change, but may take part in the write-ahead log.
    case query
  }

  public enum CheckpointMode {
    /// Copies what it can without waiting for anybody.
    case passive
    /// Waits for readers, so that the next writer starts the log again from its beginning.
    case restart
    /// Also cuts the log to nothing.
    case truncate
  }

  private let handle: OpaquePointer
  private var statements: [UInt: Statement] = [:]
  private var composedStatements: [String: Statement] = [:]

  /// Pages in the write-ahead log after this connection's last commit or checkpoint.
  public var logPages: Int { logPagesCell.pointee }
  private let logPagesCell: UnsafeMutablePointer<Int>

  /// - Parameter vfs: the name of a registered virtual file system; nil for the platform's own.
  public init(path: String, access: Access, vfs: String? = nil) throws(SQLiteError) {
    var flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE
    if case .create = access { flags |= SQLITE_OPEN_CREATE }
    var opened: OpaquePointer?
    let code = sqlite3_open_v2(path, &opened, flags, vfs)
    guard let opened else { throw SQLiteError(code: code, message: "no memory for a connection") }
    guard code == SQLITE_OK else {
      let error = SQLiteError(
        code: sqlite3_extended_errcode(opened), message: "\(String(cString: sqlite3_errmsg(opened))): \(path)")
      sqlite3_close_v2(opened)
      throw error
    }
    handle = opened
    sqlite3_extended_result_codes(opened, 1)
    _ = parley_sqlite_harden(opened)
    _ = parley_sqlite_add_checksum(opened)
    logPagesCell = .allocate(capacity: 1)
    logPagesCell.initialize(to: 0)
    sqlite3_wal_hook(
      opened,
      { cell, _, _, pages in
        cell?.assumingMemoryBound(to: Int.self).pointee = Int(pages)
        return SQLITE_OK
      }, logPagesCell)
    if case .query = access {
      _ = parley_sqlite_no_checkpoint_on_close(opened)
      try execute("PRAGMA query_only = ON")
    }
  }

  deinit {
    statements = [:]
    composedStatements = [:]
    sqlite3_close_v2(handle)
    logPagesCell.deallocate()
  }

  /// For a program that reads with several threads: each allocation takes a lock for the statistics, and nothing here asks for them. To be
  /// called before anything in the process uses SQLite; later it does nothing.
  public static func disableMemoryStatistics() { _ = parley_sqlite_disable_memory_statistics() }

  /// By default the last connection to be closed copies the write-ahead log back into the file.
  public func preventCheckpointOnClose() { _ = parley_sqlite_no_checkpoint_on_close(handle) }

  /// How long a statement waits for another connection's lock before it fails with `busy`.
  public func setBusyTimeout(milliseconds: Int32) { sqlite3_busy_timeout(handle, milliseconds) }

  /// Runs SQL of any number of statements and ignores their rows.
  public func execute(_ sql: String) throws(SQLiteError) {
    guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw SQLiteError.last(of: handle) }
  }

  /// A statement for one use.
  public func prepare(_ sql: String) throws(SQLiteError) -> Statement {
    try Statement(sql, database: handle, isPersistent: false)
  }

  /// A statement that stays prepared as long as the connection. Two nested runs of one text disturb each other.
  public func statement(_ sql: StaticString) throws(SQLiteError) -> Statement {
    let key = UInt(bitPattern: sql.utf8Start)
    if let statement = statements[key] { return statement }
    let text = UnsafeRawPointer(sql.utf8Start).assumingMemoryBound(to: CChar.self)
    let statement = try Statement(text, database: handle, isPersistent: true)
    statements[key] = statement
    return statement
  }

  /// The same for SQL that is put together. There must be few different ones, because all stay.
  public func statement(text: String) throws(SQLiteError) -> Statement {
    if let statement = composedStatements[text] { return statement }
    let statement = try Statement(text, database: handle, isPersistent: true)
    composedStatements[text] = statement
    return statement
  }

  /// The first column of the first row as a number; nil if there is none, or NULL.
  public func number(_ sql: StaticString) throws(SQLiteError) -> Int64? {
    try statement(sql).first { $0.isNull(0) ? nil : $0.int(0) } ?? nil
  }

  // MARK: - Transactions

  public var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

  /// Takes the write lock at once.
  public func beginImmediate() throws(SQLiteError) { try statement("BEGIN IMMEDIATE").run() }

  /// One view of the file for several statements.
  public func beginReading() throws(SQLiteError) { try statement("BEGIN").run() }

  public func commit() throws(SQLiteError) { try statement("COMMIT").run() }

  /// Ends a transaction without its changes. Does nothing if SQLite has already done so itself.
  public func rollBack() {
    guard isInTransaction else { return }
    try? statement("ROLLBACK").run()
  }

  // MARK: - The write-ahead log

  /// Copies pages from the write-ahead log into the database file.
  ///
  /// - Returns: whether everything in the log has been copied.
  @discardableResult
  public func checkpoint(_ mode: CheckpointMode) throws(SQLiteError) -> Bool { try pagesLeft(after: mode) == 0 }

  /// The same.
  /// - Returns: how many pages in the log have not been copied; nil: somebody else is at it, or a reader is in the way of another mode
  ///   than `passive`.
  public func pagesLeft(after mode: CheckpointMode) throws(SQLiteError) -> Int? {
    let modeNumber =
      switch mode {
      case .passive: SQLITE_CHECKPOINT_PASSIVE
      case .restart: SQLITE_CHECKPOINT_RESTART
      case .truncate: SQLITE_CHECKPOINT_TRUNCATE
      }
    var pages: Int32 = 0
    var copied: Int32 = 0
    let code = sqlite3_wal_checkpoint_v2(handle, nil, modeNumber, &pages, &copied)
    // Somebody else is at it, or a reader is in the way: not a failure.
    if code & 0xff == SQLITE_BUSY { return nil }
    guard code == SQLITE_OK else { throw SQLiteError.last(of: handle) }
    if copied == pages { logPagesCell.pointee = 0 }
    return max(0, Int(pages) - Int(copied))
  }

  /// Writes the write-ahead log's bytes once more, and syncs them. After a sync that failed the log can show what will never be on the
  /// disk: copied into the file, and lost by a power failure in the middle, it would leave the file half of what it was.
  ///
  /// To be called before anything is copied from the log. If it fails, closing the connection copies nothing.
  public func secureLog() throws(SQLiteError) {
    do throws(SQLiteError) {
      // Nobody appends to the log, or starts it again, meanwhile.
      try beginImmediate()
      defer { rollBack() }
      try rewriteLog()
    } catch {
      preventCheckpointOnClose()
      throw error
    }
  }

  private func rewriteLog() throws(SQLiteError) {
    var found: UnsafeMutablePointer<sqlite3_file>?
    guard sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &found) == SQLITE_OK, let log = found,
      let methods = log.pointee.pMethods?.pointee, let read = methods.xRead, let write = methods.xWrite,
      let sync = methods.xSync, let fileSize = methods.xFileSize
    else { return }
    func check(_ code: Int32) throws(SQLiteError) {
      if code != SQLITE_OK { throw SQLiteError(code: code, message: "cannot write the log again") }
    }
    var size: sqlite3_int64 = 0
    try check(fileSize(log, &size))
    if size == 0 { return }
    let buffer = UnsafeMutableRawPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { buffer.deallocate() }
    var offset: sqlite3_int64 = 0
    while offset < size {
      let count = Int32(min(size - offset, 1 << 16))
      try check(read(log, buffer, count, offset))
      try check(write(log, buffer, count, offset))
      offset += sqlite3_int64(count)
    }
    try check(sync(log, SQLITE_SYNC_FULL))
  }

  // MARK: - Files

  /// Deletes a file through a virtual file system, if it is there.
  public static func remove(path: String, vfs: String? = nil) throws(SQLiteError) {
    guard let system = sqlite3_vfs_find(vfs) else { throw SQLiteError(code: SQLITE_ERROR, message: "no such VFS") }
    let code = system.pointee.xDelete(system, path, 0)
    // SQLITE_IOERR_DELETE_NOENT
    guard code == SQLITE_OK || code == SQLITE_IOERR | (23 << 8) else {
      throw SQLiteError(code: code, message: "cannot delete \(path)")
    }
  }

  /// Whether a virtual file system has a file of that name.
  public static func exists(path: String, vfs: String? = nil) -> Bool {
    guard let system = sqlite3_vfs_find(vfs) else { return false }
    var found: Int32 = 0
    return system.pointee.xAccess(system, path, SQLITE_ACCESS_EXISTS, &found) == SQLITE_OK && found != 0
  }

  /// Copies the whole database into another one in one step: a consistent state of it.
  public func copy(into target: Database) throws(SQLiteError) {
    guard let backup = sqlite3_backup_init(target.handle, "main", handle, "main") else {
      throw SQLiteError.last(of: target.handle)
    }
    let stepped = sqlite3_backup_step(backup, -1)
    let finished = sqlite3_backup_finish(backup)
    if stepped != SQLITE_DONE { throw SQLiteError(code: stepped, message: String(cString: sqlite3_errstr(stepped))) }
    if finished != SQLITE_OK { throw SQLiteError.last(of: target.handle) }
  }
}
