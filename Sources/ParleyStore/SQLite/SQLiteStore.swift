public import IRC
internal import SQLite

/// The event log and the directory in one SQLite file (with `-wal` and `-shm` beside it), and the search index in a
/// second one, `-search`, which can be made again from the first at any time.
///
/// Everything is called on one thread at a time. Readers have connections of their own and belong to other threads.
public final class SQLiteStore: Store {
  public enum Mode: Sendable {
    /// For a server: nobody else may serve the same file.
    case serve
    /// For a command beside a running server: short changes, backups and checks. Leaves the search index alone.
    case administer
  }

  public enum Durability: Sendable {
    /// Every commit is on the disk when it returns.
    case full
    /// Nothing is ever synced. Only so that tests can show that they would notice.
    case unsafeForTests
  }

  /// The version of the file that this program writes.
  package static var schemaVersion: Int { Schema.migrations.count }

  let path: String
  let vfs: String?
  let mode: Mode
  let database: Database
  let ids: MessageIDCodec
  /// nil: this connection begins no epoch.
  private let mark: NumberMark?
  let search: SearchIndex?
  public let reporter = StoreReporter()
  let hasFailed = FailureFlag()
  /// What was found in the write-ahead log before SQLite opened it, in words; nil: no damage.
  let logDamage: String?

  private var lock: ServeLock?
  let log: EventLog
  let keys: IdempotencyKeys
  private let directory: DirectoryWriter
  let retention = RetentionRun()
  let guestRemoval = GuestRemoval()
  let correction = TimeCorrectionRun()
  private var clock = KeptClock()
  private let dataVersion: Statement
  private var knownDataVersion: Int64 = 0
  private var isChangedElsewhere = false
  /// The mark has been written in this run: what it allowed before is not this run's.
  private var isMarked = false
  private static let mostRepairs = 4
  /// How often the indexes have been made again in this run.
  private var repairs = 0
  /// After a fatal error: what every further commit is answered with.
  private var fatalError: StoreError?

  // What `maintain()` decides by.
  var commitsSinceMaintenance = 0
  var reliefDue = 0
  /// Another thread copies the log back.
  var isRelievedElsewhere = false
  var reportedLogPages = 0
  var isClosed = false

  /// Opens the file, makes it if it is not there, and brings it up to date if it is older.
  ///
  /// - Parameters:
  ///   - path: of the main file; its folder must exist.
  ///   - vfs: a registered SQLite VFS to keep all files in; nil for the real file system. There is no lock file then.
  ///   - epoch: what a server that starts draws its epoch from; nil: what is stored belongs to the newest epoch there is.
  ///   - makeSecret: called once, for a new file: 32 random bytes.
  public init(
    path: String, mode: Mode = .serve, durability: Durability = .full, vfs: String? = nil, epoch: EpochSeed? = nil,
    makeSecret: () -> [UInt8]
  ) throws(StoreError) {
    self.path = path
    self.mode = mode
    self.vfs = vfs
    lock = if vfs == nil, mode == .serve { try ServeLock(path: path + ".lock") } else { nil }
    // SQLite would throw away what follows the damage.
    let logFile = LogFile(ofDatabase: path)
    logDamage = vfs == nil ? try logFile.setForeignAside() ?? logFile.takeDamage() : nil
    if vfs == nil {
      let isNew = !Platform.exists(path)
      guard Platform.createPrivateFile(path) else {
        throw StoreError(.unusable, "cannot open \(path): \(Platform.lastError)")
      }
      if isNew, !Platform.sync(Platform.folder(of: path)) {
        throw StoreError(.unusable, "cannot sync the folder of \(path): \(Platform.lastError)")
      }
    }
    do throws(SQLiteError) {
      database = try Database(path: path, access: .create, vfs: vfs)
      database.setBusyTimeout(milliseconds: mode == .serve ? 2_000 : 10_000)
      let verdict = try Schema.judge(database)
      if case .unusable(let reason) = verdict { throw SQLiteError(code: SQLiteError.notADatabase, message: reason) }
      if mode == .serve { try database.secureLog() } else { database.preventCheckpointOnClose() }
      try Self.configure(database, durability)
      if case .outdated = verdict { try Schema.migrate(database, makeSecret: makeSecret) }
      // After a failed sync the log can show what never reached the disk. Copying it writes and syncs all of it again.
      if mode == .serve { try Self.copyLogBack(database) }

      let secret = try database.statement("SELECT secret FROM state").first { $0.bytes(0) } ?? []
      guard secret.count == 32 else { throw SQLiteError(code: SQLiteError.corrupt, message: "the secret is missing") }
      if mode == .serve { try Self.verifyKeys(database) }
      var ids = MessageIDCodec(secret: secret, epochs: try EventLog.epochs(in: database))
      let last = try epoch == nil ? LogPosition.max : EventLog.lastPosition(in: database)
      mark = epoch.map { NumberMark(path: $0.markPath, vfs: vfs) }
      if let epoch {
        let known = max(ids.epochs.newest.base, mark?.limit ?? 0)
        ids.begin(.draw(epoch, first: last + 1, known: known) { [epochs = ids.epochs] in epochs.index(tag: $0) != nil })
      }
      self.ids = ids
      search = mode == .serve ? SearchIndex(path: path + "-search", vfs: vfs, ids: ids, last: last) : nil
      log = try EventLog(database, reporter, epoch: epoch == nil ? nil : ids.epochs.newest)
      keys = try IdempotencyKeys(database)
      directory = DirectoryWriter(database: database, reporter: reporter)
      dataVersion = try database.statement("PRAGMA data_version")
      knownDataVersion = try dataVersion.first { $0.int(0) } ?? 0
      if mode == .serve { try guestRemoval.readLeftovers(database) }
    } catch {
      throw StoreError(error, during: .opening)
    }
  }

  private static func configure(_ database: Database, _ durability: Durability) throws(SQLiteError) {
    try database.execute("PRAGMA journal_mode = WAL")
    // With FULL, every commit is synced before the next transaction begins: LogScan relies on it.
    try database.execute("PRAGMA synchronous = \(durability == .full ? "FULL" : "OFF")")
    // Debian's default overwrites deleted rows with zeros.
    try database.execute("PRAGMA secure_delete = OFF")
    try database.execute("PRAGMA journal_size_limit = 67108864")
    try database.execute("PRAGMA cache_size = -32768")
    try database.execute("PRAGMA temp_store = MEMORY")
  }

  /// The ids of all messages, and the addresses that bans name, are made from these rows: with others, the server would know none of them.
  private static func verifyKeys(_ database: Database) throws(SQLiteError) {
    for (table, key) in [("state", "id"), ("epochs", "first")] {
      let damaged = try database.prepare("SELECT \(key) FROM \(table) WHERE NOT \(RowChecksum.isRight(table)) LIMIT 1")
        .first { $0.int(0) }
      guard let damaged else { continue }
      throw SQLiteError(
        code: SQLiteError.corrupt,
        message: DamagedRow.words(table, "\(damaged)") + ", and without it no message can be told from another; "
          + "only a backup has what it was, see `parleyd restore`")
    }
  }

  private static func copyLogBack(_ database: Database) throws(SQLiteError) {
    do throws(SQLiteError) {
      try database.checkpoint(.truncate)
    } catch {
      // Reading works on a full disk.
      if error.primary != SQLiteError.full { throw error }
    }
  }

  /// For a program that is nothing but the server, before it opens a store: SQLite's memory statistics, which its threads would wait for
  /// each other to update, are turned off.
  public static func prepareProcess() { Database.disableMemoryStatistics() }

  public func close() {
    guard !isClosed else { return }
    isClosed = true
    search?.close()
    if fatalError == nil, mode == .serve {
      if clock.isDue(atOnce: true) { try? clock.write(to: database) }
      if isMarked, let last = try? log.lastPosition() { mark?.settle(at: ids.epochs.newest.base + last) }
      _ = try? database.checkpoint(.truncate)
    }
    lock = nil
  }

  public func load() throws(StoreError) -> Snapshot {
    do throws(SQLiteError) {
      try database.beginReading()
      defer { database.rollBack() }
      if let logDamage { reporter.report(.damaged(logDamage)) }
      for problem in try RowChecksum.directoryProblems(database) { reporter.report(.damaged(problem)) }
      var snapshot = try DirectoryReader(database: database).snapshot()
      log.forget()
      snapshot.lastPosition = try log.lastPosition()
      snapshot.clock = try KeptClock.read(from: database)
      snapshot.epoch = ids.epochs.name
      return snapshot
    } catch {
      throw StoreError(error, during: .reading)
    }
  }

  public func reader() throws(StoreError) -> any StoreReader {
    do throws(SQLiteError) {
      return try SQLiteReader(
        path: path, vfs: vfs, ids: ids, searchGeneration: search?.generation, reporter: reporter)
    } catch {
      throw StoreError(error, during: .reading)
    }
  }

  public func changedElsewhere() throws(StoreError) -> Bool {
    do throws(SQLiteError) {
      try lookForForeignChanges()
    } catch {
      throw StoreError(error, during: .reading)
    }
    defer { isChangedElsewhere = false }
    return isChangedElsewhere
  }

  public func keep(_ clock: ClockRecord, now: Timestamp) {
    self.clock.record = clock
    guard mode == .serve else { return }
    log.correctsTimes = true
    correction.observe(now)
  }

  // MARK: - Commit

  public func commit(_ batch: [Transaction]) throws(StoreError) -> [Outcome] {
    if let fatalError { throw fatalError }
    if isClosed { throw StoreError(.unavailable, "the store is closed") }
    if batch.isEmpty { return [] }
    var operation = Operation.writing
    try allowNumbers(for: batch)
    do throws(SQLiteError) {
      while true {
        do throws(SQLiteError) {
          return try write(batch, &operation)
        } catch {
          try repair(after: error)
        }
      }
    } catch {
      throw abandon(error, operation)
    }
  }

  private func write(_ batch: [Transaction], _ operation: inout Operation) throws(SQLiteError) -> [Outcome] {
    operation = .writing
    try database.beginImmediate()
    try lookForForeignChanges()
    var outcomes: [Outcome] = []
    outcomes.reserveCapacity(batch.count)
    for transaction in batch { outcomes.append(try apply(transaction)) }
    let keepsClock = clock.isDue()
    if keepsClock { try clock.write(to: database) }
    try log.finish()
    operation = .committing
    try database.commit()
    if keepsClock { clock.isWritten() }
    commitsSinceMaintenance += 1
    relieveLog()
    return outcomes
  }

  /// Makes the indexes again if one of them was the reason; then the same can be tried once more. The first time in a run those of the log,
  /// which take longer, are left as they are.
  ///
  /// - Throws: the error, if there is nothing to repair, if it did not help, or if the disk damages them again and again.
  func repair(after error: SQLiteError) throws(SQLiteError) {
    guard error.code == SQLiteError.corruptIndex, repairs < Self.mostRepairs else { throw error }
    database.rollBack()
    log.forget()
    keys.forget()
    if database.isInTransaction { throw error }
    do throws(SQLiteError) {
      try IndexRepair(database: database).run(events: repairs > 0)
    } catch let reason {
      let passing = [SQLiteError.full, SQLiteError.busy, SQLiteError.locked, SQLiteError.inputOutput]
      throw passing.contains(reason.primary) ? reason : error
    }
    repairs += 1
    reporter.report(.damaged("an index was damaged, and has been made again: \(error.description)"))
  }

  /// Before any number is given that the mark does not allow yet. No sequence is higher than its position.
  private func allowNumbers(for batch: [Transaction]) throws(StoreError) {
    guard let mark else { return }
    let count = batch.reduce(0) { $0 + $1.changes.count { if case .append = $0 { true } else { false } } }
    if count == 0 { return }
    do throws(SQLiteError) {
      let highest = ids.epochs.newest.base + (try log.lastPosition()) + Int64(count)
      if !isMarked || highest > mark.limit {
        try mark.raise(to: max(mark.limit, highest + NumberMark.step))
        isMarked = true
      }
    } catch {
      var reason = StoreError(error, during: .writing)
      // The database itself is as it was.
      if reason.kind == .fatal { reason.kind = .unavailable }
      throw reason
    }
  }

  /// Makes the connection usable again, if it can be, and tells what the error means.
  private func abandon(_ error: SQLiteError, _ operation: Operation) -> StoreError {
    database.rollBack()
    log.forget()
    keys.forget()
    var reason = StoreError(error, during: operation)
    if database.isInTransaction, reason.kind != .fatal {
      reason = StoreError(.fatal, "cannot roll back after: \(reason.description)")
    }
    return noting(reason)
  }

  /// After a fatal error nothing is written any more.
  func noting(_ error: StoreError) -> StoreError {
    if error.kind == .fatal {
      if fatalError == nil { reporter.report(.damaged(error.description)) }
      fatalError = error
      hasFailed.set()
      // What could not be synced must not be copied into the file by the way.
      database.preventCheckpointOnClose()
    }
    return error
  }

  /// What is remembered of the file is true only as long as nobody else writes to it.
  private func lookForForeignChanges() throws(SQLiteError) {
    let version = try dataVersion.first { $0.int(0) } ?? 0
    guard version != knownDataVersion else { return }
    knownDataVersion = version
    isChangedElsewhere = true
    log.forget()
    keys.forget()
  }

  private func apply(_ transaction: Transaction) throws(SQLiteError) -> Outcome {
    if case .append(let event)? = transaction.changes.first {
      if let known = try outcome(ofKey: event) { return known }
      guard try log.meetsCondition(event) else { return .refused(.conditionNotMet) }
      guard try log.hasRoom(for: event, ids) else { return .refused(.tooManyReferences) }
    }
    // Only where something may be refused after something else has been written.
    let needsSavepoint = transaction.changes.dropFirst().contains { $0.mayBeRefused }
    if needsSavepoint {
      try log.finish()
      try database.statement("SAVEPOINT one_transaction").run()
    }
    var receipts: [Receipt] = []
    for change in transaction.changes {
      if let refusal = try apply(change, &receipts) {
        if needsSavepoint {
          try database.statement("ROLLBACK TO one_transaction").run()
          try database.statement("RELEASE one_transaction").run()
          log.forget()
          keys.forget()
        }
        return .refused(refusal)
      }
    }
    if needsSavepoint { try database.statement("RELEASE one_transaction").run() }
    return .committed(receipts)
  }

  /// What its key says of an event; nil: it is new.
  private func outcome(ofKey event: NewEvent) throws(SQLiteError) -> Outcome? {
    guard let key = event.key else { return nil }
    switch try keys.judge(key, of: event.sender) {
    case .new: return nil
    case .refused(let refusal): return .refused(refusal)
    case .seen(let position, let sequence, let time):
      // Its time may have been corrected since.
      if let receipt = try log.receipt(at: position, ids) { return .duplicate(receipt) }
      if sequence > 0 {
        return .duplicate(
          Receipt(
            position: position, sequence: ids.number(of: sequence, at: position),
            messageID: ids.messageID(at: position), time: time))
      }
      if try log.mayHaveExpired(position) { return .refused(.keyTooOld) }
      throw SQLiteError(code: SQLiteError.corrupt, message: "an idempotency key without its event")
    }
  }

  private func apply(_ change: Change, _ receipts: inout [Receipt]) throws(SQLiteError) -> Refusal? {
    switch change {
    case .append(let event):
      let (position, sequence, time) = try log.append(event, ids)
      if let key = event.key { try keys.record(key, of: event.sender, at: (position, sequence, time)) }
      receipts.append(
        Receipt(
          position: position, sequence: ids.number(of: sequence, at: position),
          messageID: ids.messageID(at: position), time: time))
      return nil
    case .amend(let conversation, let messageID, let text, let isUnheard):
      return try log.amend(conversation, messageID, text, isUnheard: isUnheard, ids) ? nil : .changedMeanwhile
    case .createAccount(let account): return try directory.create(account)
    case .updateAccount(let account): return try directory.update(account)
    case .setProfile(let account, let nick, let realname):
      try directory.setProfile(account, nick: nick, realname: realname)
    case .deleteAccount(let account):
      try directory.delete(account)
      try keys.drop(Identity(account))
    case .putRoom(let room): return try directory.put(room)
    case .deleteRoom(let room): try directory.delete(room)
    case .putListEntry(let entry): try directory.put(entry)
    case .removeListEntry(let room, let mode, let mask): try directory.removeEntry(room, mode, mask)
    case .putMembership(let membership): try directory.put(membership, at: log.lastPosition())
    case .removeMembership(let room, let account): try directory.removeMembership(room, account)
    case .putDevice(let device): try directory.put(device)
    case .removeDevice(let account, let device): try directory.removeDevice(account, device)
    case .putReadMarker(let marker): try directory.put(marker)
    case .removeReadMarker(let account, let target): try directory.removeReadMarker(account, target)
    case .moveReadMarkers(let room, let old, let new): try directory.moveReadMarkers(of: room, from: old, to: new)
    case .putMetadata(let record): try directory.put(record)
    case .removeMetadata(let owner, let key): try directory.removeMetadata(owner, key)
    case .putVerification(let verification): return try directory.put(verification)
    case .removeVerification(let account): try directory.removeVerification(account)
    case .putSilence(let silence): try directory.put(silence)
    case .removeSilence(let account, let mask): try directory.removeSilence(account, mask)
    case .putSettings(let settings): try directory.put(settings)
    case .putInvitation(let invitation): try directory.put(invitation)
    case .removeInvitation(let account, let room): try directory.removeInvitation(account, room)
    case .putReservation(let reservation): return try directory.put(reservation)
    case .removeReservation(let name): try directory.removeReservation(name)
    case .putRoomRoles(let roles): try directory.put(roles)
    case .removeRoomRoles(let room, let account): try directory.removeRoomRoles(room, account)
    case .forgetGuest(let guest): try keys.drop(guest)
    case .expire(let policy, let now):
      retention.begin(policy, now: now)
      guestRemoval.begin(policy.guests, now: now)
    case .released(let position):
      try database.statement("UPDATE state SET released = ?1 WHERE released < ?1").run(position)
    }
    return nil
  }
}

extension Change {
  fileprivate var mayBeRefused: Bool {
    switch self {
    case .amend, .createAccount, .updateAccount, .putRoom, .putVerification, .putReservation: true
    default: false
    }
  }
}
