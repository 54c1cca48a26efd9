internal import CSQLite

/// A prepared statement. Used by one thread at a time, like its database.
public final class Statement {
  private let handle: OpaquePointer
  private let database: OpaquePointer

  /// - Parameter isPersistent: kept and run many times; SQLite then allocates it apart from its scratch memory.
  init(_ sql: UnsafePointer<CChar>, database: OpaquePointer, isPersistent: Bool) throws(SQLiteError) {
    var statement: OpaquePointer?
    let code = sqlite3_prepare_v3(
      database, sql, -1, isPersistent ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0, &statement, nil)
    guard code == SQLITE_OK else { throw SQLiteError.last(of: database) }
    guard let statement else { throw SQLiteError(code: SQLITE_MISUSE, message: "a statement without SQL") }
    handle = statement
    self.database = database
  }

  deinit { sqlite3_finalize(handle) }

  // MARK: - Running

  /// Moves on to the next row; false at the end, where the statement is also reset.
  public func step() throws(SQLiteError) -> Bool {
    switch sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE:
      sqlite3_reset(handle)
      return false
    default:
      let error = SQLiteError.last(of: database)
      sqlite3_reset(handle)
      throw error
    }
  }

  /// Ends the current run. Bound values stay.
  public func reset() { sqlite3_reset(handle) }

  /// Binds the values from the first parameter on and runs the statement, which returns no rows that matter.
  public func run<each V: Bindable>(_ values: repeat each V) throws(SQLiteError) {
    try bind(repeat each values)
    defer { reset() }
    while try step() {}
  }

  /// Binds the values and calls `body` for each row until it returns false.
  public func eachRow<each V: Bindable>(
    _ values: repeat each V, body: (borrowing Statement) -> Bool
  ) throws(SQLiteError) {
    try bind(repeat each values)
    defer { reset() }
    while try step() { if !body(self) { return } }
  }

  /// Binds the values and makes something of the first row; nil if there is none.
  public func first<each V: Bindable, R>(
    _ values: repeat each V, make: (borrowing Statement) -> R
  ) throws(SQLiteError) -> R? {
    try bind(repeat each values)
    defer { reset() }
    return try step() ? make(self) : nil
  }

  // MARK: - Parameters, counted from 1

  public func bind<each V: Bindable>(_ values: repeat each V) throws(SQLiteError) {
    var index: Int32 = 0
    for value in repeat each values {
      index += 1
      try value.bind(to: self, at: index)
    }
  }

  public func bind(_ value: Int64, at index: Int32) throws(SQLiteError) {
    try check(sqlite3_bind_int64(handle, index, value))
  }

  public func bind(_ value: String, at index: Int32) throws(SQLiteError) {
    var value = value
    let code = value.withUTF8 { bytes in
      guard let base = bytes.baseAddress else { return parley_sqlite_bind_text(handle, index, "", 0) }
      return base.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
        parley_sqlite_bind_text(handle, index, $0, Int32(bytes.count))
      }
    }
    try check(code)
  }

  public func bind(_ value: [UInt8], at index: Int32) throws(SQLiteError) {
    let code = value.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress, !bytes.isEmpty else { return sqlite3_bind_zeroblob(handle, index, 0) }
      return parley_sqlite_bind_blob(handle, index, base, Int32(bytes.count))
    }
    try check(code)
  }

  public func bindNull(at index: Int32) throws(SQLiteError) { try check(sqlite3_bind_null(handle, index)) }

  private func check(_ code: Int32) throws(SQLiteError) {
    if code != SQLITE_OK { throw SQLiteError.last(of: database) }
  }

  // MARK: - Columns of the current row, counted from 0

  public borrowing func int(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

  public borrowing func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

  public borrowing func text(_ column: Int32) -> String {
    guard let bytes = sqlite3_column_text(handle, column) else { return "" }
    let count = Int(sqlite3_column_bytes(handle, column))
    return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
  }

  public borrowing func bytes(_ column: Int32) -> [UInt8] {
    guard let bytes = sqlite3_column_blob(handle, column) else { return [] }
    return [UInt8](UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(handle, column))))
  }
}

extension SQLiteError {
  static func last(of database: OpaquePointer) -> SQLiteError {
    SQLiteError(code: sqlite3_extended_errcode(database), message: String(cString: sqlite3_errmsg(database)))
  }
}
