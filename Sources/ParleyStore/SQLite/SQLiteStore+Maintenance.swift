internal import SQLite

extension SQLiteStore {
  /// Pages of 4 KiB in the write-ahead log: from here on a checkpoint is worth its sync, or due although commits go on
  /// …
  private static let busyLogPages = 4_000
  /// … or made by the commit itself …
  private static let largeLogPages = 50_000
  /// … which from here on waits for readers, too.
  private static let hugeLogPages = 200_000

  public func maintain() throws(StoreError) -> Bool {
    guard mode == .serve, !isClosed else { return false }
    let isQuiet = commitsSinceMaintenance == 0
    commitsSinceMaintenance = 0
    if database.logPages >= Self.busyLogPages || (isQuiet && database.logPages > 0) {
      do throws(SQLiteError) {
        try database.checkpoint(.passive)
      } catch {
        throw noting(StoreError(error, during: .writing))
      }
    }
    let isExpiring = try expire()
    let isIndexBehind = search?.advance(through: database) ?? false
    try forgetAmendments()
    // One more call after the last commit finds it quiet and copies the log back.
    return isIndexBehind || isExpiring || !isQuiet
  }

  private func expire() throws(StoreError) -> Bool {
    guard retention.isDue else { return false }
    do throws(SQLiteError) {
      if try retention.advance(database) { return true }
      let end = try EventLog.lastPosition(in: database) + 1
      search?.forget(before: try database.number("SELECT min(position) FROM events") ?? end)
      return false
    } catch {
      throw noting(StoreError(error, during: .writing))
    }
  }

  /// The index has taken back what was redacted: nothing needs it any more.
  private func forgetAmendments() throws(StoreError) {
    guard let last = search?.amendedThrough else { return }
    search?.amendedThrough = nil
    do throws(SQLiteError) {
      try database.statement("DELETE FROM amendments WHERE id <= ?").run(last)
    } catch {
      let reason = noting(StoreError(error, during: .committing))
      // Otherwise it is tried again when the index comes by.
      if reason.kind == .fatal { throw reason }
    }
  }

  /// Called after each commit: maintenance may not have come to it for long.
  func relieveLog() {
    let pages = database.logPages
    if pages < Self.largeLogPages { reliefDue = Self.largeLogPages }
    guard pages >= max(reliefDue, Self.largeLogPages) else { return }
    reliefDue = pages + Self.busyLogPages
    do throws(SQLiteError) {
      try database.checkpoint(pages >= Self.hugeLogPages ? .restart : .passive)
    } catch {
      // The commit stands. If this was a failed sync, the next one is refused.
      _ = noting(StoreError(error, during: .writing))
    }
  }

  public func backup(to target: String) throws(StoreError) {
    if vfs == nil ? Platform.exists(target) : Database.exists(path: target, vfs: vfs) {
      throw StoreError(.unavailable, "\(target) exists already")
    }
    let temporary = target + ".partial"
    do throws(SQLiteError) {
      try Database.remove(path: temporary, vfs: vfs)
      if vfs == nil { _ = Platform.createPrivateFile(temporary) }
      let source = try Database(path: path, access: .query, vfs: vfs)
      let copy = try Database(path: vfs == nil ? temporary : target, access: .create, vfs: vfs)
      try copy.execute("PRAGMA synchronous = FULL")
      try source.copy(into: copy)
    } catch {
      try? Database.remove(path: vfs == nil ? temporary : target, vfs: vfs)
      var reason = StoreError(error, during: .writing)
      // Whatever happened to the copy, the original goes on.
      if reason.kind == .fatal { reason.kind = .unavailable }
      throw reason
    }
    if vfs != nil { return }
    guard Platform.sync(temporary), Platform.publish(temporary, as: target) else {
      let reason = Platform.lastError
      Platform.remove(temporary)
      throw StoreError(.unavailable, "cannot write \(target): \(reason)")
    }
  }

  public func check() throws(StoreError) -> [String] {
    do throws(SQLiteError) {
      try database.beginReading()
      defer { database.rollBack() }
      return try ConsistencyCheck(database: database).run()
    } catch {
      // Damage is an answer here, not a failure.
      if error.primary == SQLiteError.corrupt || error.primary == SQLiteError.notADatabase {
        return ["the file is damaged: \(error.description)"]
      }
      throw StoreError(error, during: .reading)
    }
  }
}
