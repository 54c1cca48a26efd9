internal import SQLite
internal import Synchronization

extension SQLiteStore {
  /// Pages of 4 KiB in the write-ahead log: from here on a checkpoint is worth its sync, or due although commits go on
  /// …
  private static let busyLogPages = 4_000
  /// … or made by the commit itself. It never waits for a reader: the log grows as long as one is open.
  private static let largeLogPages = 50_000

  public func maintain() throws(StoreError) -> Bool {
    guard mode == .serve, !isClosed else { return false }
    let isQuiet = commitsSinceMaintenance == 0
    commitsSinceMaintenance = 0
    if !isRelievedElsewhere, database.logPages >= Self.busyLogPages || (isQuiet && database.logPages > 0) {
      do throws(SQLiteError) {
        try database.checkpoint(.passive)
      } catch {
        throw noting(StoreError(error, during: .writing))
      }
    }
    let isCorrecting = try correctTimes()
    let isExpiring = try expire()
    let isIndexBehind = search?.advance(through: database) ?? false
    try forgetAmendments()
    // One more call after the last commit finds it quiet and copies the log back.
    return isIndexBehind || isExpiring || isCorrecting || !isQuiet
  }

  private func correctTimes() throws(StoreError) -> Bool {
    guard correction.isDue else { return false }
    do throws(SQLiteError) {
      let (corrected, isMore) = try correction.advance(database)
      if corrected > 0 {
        log.forget()
        reporter.report(.timesCorrected(events: corrected))
      }
      return isMore
    } catch {
      return try goOn(after: error)
    }
  }

  private func expire() throws(StoreError) -> Bool {
    guard retention.isDue || guestRemoval.isDue else { return false }
    do throws(SQLiteError) {
      if try retention.advance(database) { return true }
      if try removeGuestData() { return true }
      let end = try EventLog.lastPosition(in: database) + 1
      search?.forget(before: try database.number("SELECT min(position) FROM events") ?? end)
      return false
    } catch {
      return try goOn(after: error)
    }
  }

  /// - Returns: true, if what has failed can be tried again.
  private func goOn(after error: SQLiteError) throws(StoreError) -> Bool {
    do throws(SQLiteError) {
      try repair(after: error)
      return true
    } catch {
      throw noting(StoreError(error, during: .writing))
    }
  }

  /// - Returns: whether there is more to do.
  private func removeGuestData() throws(SQLiteError) -> Bool {
    try guestRemoval.advance(
      database, dropKeys: { (sender) throws(SQLiteError) in try keys.drop(sender) }, forget: { log.forget() })
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
    if pages < Self.largeLogPages {
      reliefDue = Self.largeLogPages
      reportedLogPages = 0
    } else if pages >= max(2 * reportedLogPages, Self.largeLogPages) {
      reportedLogPages = pages
      reporter.report(.logIsLarge(bytes: pages * 4096))
    }
    guard !isRelievedElsewhere, pages >= max(reliefDue, Self.largeLogPages) else { return }
    reliefDue = pages + Self.busyLogPages
    do throws(SQLiteError) {
      try database.checkpoint(.passive)
    } catch {
      // The commit stands. If this was a failed sync, the next one is refused.
      _ = noting(StoreError(error, during: .writing))
    }
  }

}

/// Tells the thread that copies the log back that the store has failed.
final class FailureFlag: Sendable {
  private let flag = Atomic(false)

  var isSet: Bool { flag.load(ordering: .acquiring) }
  func set() { flag.store(true, ordering: .releasing) }
}

extension SQLiteStore: LogRelief {
  public var logRelief: (any LogRelief)? { mode == .serve ? self : nil }
  public var logPages: Int { database.logPages }

  public func makeReliever() throws(StoreError) -> any LogReliever {
    do throws(SQLiteError) {
      let reliever = try Reliever(try Database(path: path, access: .readWrite, vfs: vfs), hasFailed)
      isRelievedElsewhere = true
      return reliever
    } catch {
      throw StoreError(error, during: .opening)
    }
  }

  public func finishRelief() throws(StoreError) {
    do throws(SQLiteError) {
      try database.checkpoint(.passive)
    } catch {
      throw noting(StoreError(error, during: .writing))
    }
  }

  private final class Reliever: LogReliever {
    private let database: Database
    private let hasFailed: FailureFlag

    init(_ database: Database, _ hasFailed: FailureFlag) throws(SQLiteError) {
      self.database = database
      self.hasFailed = hasFailed
      database.setBusyTimeout(milliseconds: 0)
      database.preventCheckpointOnClose()
      // A connection knows of the log only once it has read.
      _ = try database.number("PRAGMA user_version")
    }

    func relieve() throws(StoreError) -> Int {
      // What could not be synced must not be copied into the file.
      if hasFailed.isSet { return .max }
      do throws(SQLiteError) {
        return try database.pagesLeft(after: .passive) ?? .max
      } catch {
        throw StoreError(error, during: .writing)
      }
    }
  }
}

extension SQLiteStore {
  public func backup(to target: String) throws(StoreError) {
    if vfs == nil ? Platform.exists(target) : Database.exists(path: target, vfs: vfs) {
      throw StoreError(.unavailable, "\(target) exists already")
    }
    let temporary = target + ".partial"
    var problems: [String] = []
    if vfs == nil {
      Platform.remove(temporary)
      guard Platform.createPrivateFile(temporary) else {
        throw StoreError(.unavailable, "cannot write \(target): \(Platform.lastError)")
      }
    }
    do throws(SQLiteError) {
      let source = try Database(path: path, access: .query, vfs: vfs)
      let copy = try Database(path: vfs == nil ? temporary : target, access: .create, vfs: vfs)
      try copy.execute("PRAGMA synchronous = FULL")
      try source.copy(into: copy)
      if let logDamage { problems.append(logDamage) }
      do throws(SQLiteError) {
        problems += try ConsistencyCheck(database: copy).damage()
        // Its header says that it has no log: see `LogFile.setForeignAside`.
        try copy.execute("PRAGMA journal_mode = DELETE")
      } catch {
        // So damaged that it cannot be looked through. It is a copy all the same.
        guard error.isDamage else { throw error }
        problems.append("the file is damaged: \(error.description)")
        try? copy.execute("PRAGMA journal_mode = DELETE")
      }
    } catch {
      try? Database.remove(path: vfs == nil ? temporary : target, vfs: vfs)
      if error.isDamage { reporter.report(.damaged(error.description)) }
      var reason = StoreError(error, during: .writing)
      // Whatever happened to the copy, the original goes on.
      if reason.kind == .fatal { reason.kind = .unavailable }
      throw reason
    }
    defer { problems.forEach { reporter.report(.damaged($0)) } }
    if vfs == nil { try publish(temporary, as: target) }
    if let problem = problems.first {
      throw StoreError(.unavailable, "the copy was made, but the database is damaged: \(problem)")
    }
  }

  private func publish(_ temporary: String, as target: String) throws(StoreError) {
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
      let check = ConsistencyCheck(database: database)
      let problems = try check.run()
      // Not all problems are the disk's: an older database may have certificates of several accounts.
      if !problems.isEmpty { for words in try check.damage() { reporter.report(.damaged(words)) } }
      guard let logDamage else { return problems }
      reporter.report(.damaged(logDamage))
      return [logDamage] + problems
    } catch {
      guard error.isDamage else { throw StoreError(error, during: .reading) }
      // Damage is an answer here, not a failure.
      reporter.report(.damaged(error.description))
      return ["the file is damaged: \(error.description)"]
    }
  }
}
