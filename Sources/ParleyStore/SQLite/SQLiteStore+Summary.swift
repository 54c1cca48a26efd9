internal import IRC
internal import SQLite

extension SQLiteStore {
  /// Why a file is no database of this program, in words; nil: it is one, and perhaps an older version's.
  public static func denialReason(of path: String) throws(StoreError) -> String? {
    do throws(SQLiteError) {
      let database = try Database(path: path, access: .query)
      if case .unusable(let reason) = try Schema.judge(database) { return reason }
      let application = try database.number("PRAGMA application_id")
      return application == Schema.applicationID ? nil : "there is nothing in it"
    } catch {
      throw StoreError(error, during: .opening)
    }
  }

  public func summary() throws(StoreError) -> StoreSummary {
    do throws(SQLiteError) {
      try database.beginReading()
      defer { database.rollBack() }
      var summary = StoreSummary()
      summary.accounts = Int(try database.number("SELECT count(*) FROM accounts") ?? 0)
      summary.rooms = Int(try database.number("SELECT count(*) FROM rooms") ?? 0)
      summary.messages = Int(try database.number("SELECT count(*) FROM events WHERE kind IN (1, 2)") ?? 0)
      summary.newest = try database.number("SELECT max(time) FROM events").map { Timestamp(milliseconds: $0) }
      return summary
    } catch {
      throw StoreError(error, during: .reading)
    }
  }

  /// Copies the write-ahead log into the file, durably, and deletes it: the file alone is the database then. Nobody else may have it
  /// open. Closes the store.
  public func consolidate() throws(StoreError) {
    do throws(SQLiteError) {
      guard try database.checkpoint(.truncate) else {
        throw SQLiteError(code: SQLiteError.busy, message: "another program has \(path) open")
      }
      // Leaves the mode in which there is a log, which deletes the log.
      try database.execute("PRAGMA journal_mode = DELETE")
    } catch {
      throw StoreError(error, during: .writing)
    }
    close()
  }
}
