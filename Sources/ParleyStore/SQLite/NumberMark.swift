import SQLite

/// How far numbers of messages may have been given out, in a file of its own beside the database.
///
/// No backup contains it, so it knows of what a restored database has lost. It is written before the numbers that it
/// allows are used, for a million of them at once.
final class NumberMark {
  /// Numbers that one write allows.
  static let step: Int64 = 1 << 20

  private let path: String
  private let vfs: String?
  /// As found, then as raised.
  private(set) var limit: Int64 = 0

  /// A file that is missing or damaged allows nothing.
  init(path: String, vfs: String?) {
    self.path = path
    self.vfs = vfs
    limit = (try? found()) ?? 0
  }

  private func found() throws(SQLiteError) -> Int64 {
    guard Database.exists(path: path, vfs: vfs) else { return 0 }
    return try Database(path: path, access: .readWrite, vfs: vfs).number("SELECT max(number) FROM mark") ?? 0
  }

  /// Allows numbers up to a new limit, durably.
  func raise(to limit: Int64) throws(SQLiteError) {
    do throws(SQLiteError) {
      try write(limit)
    } catch {
      guard [SQLiteError.corrupt, SQLiteError.notADatabase, SQLiteError.error].contains(error.primary) else {
        throw error
      }
      // It holds one number, which is known.
      for suffix in ["", "-journal"] { try Database.remove(path: path + suffix, vfs: vfs) }
      try write(limit)
    }
    self.limit = limit
  }

  /// Takes back what was allowed and not used: a server that ends in order starts again with the clock's numbers. A file that cannot be
  /// written allows more, which does no harm.
  func settle(at number: Int64) {
    guard number < limit else { return }
    try? write(number)
    limit = number
  }

  private func write(_ limit: Int64) throws(SQLiteError) {
    if vfs == nil, !Platform.createPrivateFile(path) {
      throw SQLiteError(code: SQLiteError.cannotOpen, message: "cannot open \(path): \(Platform.lastError)")
    }
    let database = try Database(path: path, access: .create, vfs: vfs)
    try database.execute("PRAGMA synchronous = FULL")
    try database.execute(
      "CREATE TABLE IF NOT EXISTS mark(id INTEGER PRIMARY KEY CHECK (id = 1), number INTEGER NOT NULL)")
    try database.prepare("INSERT OR REPLACE INTO mark(id, number) VALUES (1, ?)").run(limit)
  }
}
