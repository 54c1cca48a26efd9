public import IRC
public import ParleyStore

/// Puts a backup into the place of a data folder's database, beside no server. What was there is moved aside.
///
/// The backup is first copied into the folder, brought up to date and checked under a name of its own; nothing else has changed
/// until then. Giving the copy the name of a decided restore is one step of the file system. What is left to do after it is
/// done again by every command and every start until it is complete, so a restore that is interrupted has either happened
/// or not.
public struct Restore {
  public struct Report: Sendable {
    public var contents: StoreSummary
    /// The folder with what was there; nil: there was nothing.
    public var replaced: String?
  }

  private let file: String
  private let folder: DataFolder
  private let now: Timestamp

  public init(file: String, folder: DataFolder, now: Timestamp = Timestamp(milliseconds: WallClock.milliseconds())) {
    self.file = file
    self.folder = folder
    self.now = now
  }

  /// - Throws: with nothing changed but, perhaps, a copy that the next restore removes.
  public func run() throws -> Report {
    guard Files.exists(file) else { throw Files.failure("read", file) }
    guard !Files.isSame(file, folder.database) else {
      throw SetupError("\(file) is the database itself: name the backup")
    }
    let lock = try folder.lock()
    defer { withExtendedLifetime(lock) {} }
    // One that was interrupted comes first.
    try folder.completeRestore()
    _ = try stage()
    let name = try decide()
    let replaced = try folder.completeRestore()
    return Report(contents: try inspect(folder.database, as: name), replaced: replaced)
  }

  /// Copies the backup into the folder and checks it there.
  package func stage() throws -> StoreSummary {
    let copy = folder.stagedRestore
    folder.removeStagedRestore()
    do {
      // A log lies beside the database itself, not beside a link to it.
      let file = try Files.resolved(file)
      try Files.copy(file, to: copy)
      // A copy of a data folder has a part of its database in there.
      if let size = try Files.size(of: file + "-wal"), size > 0 { try Files.copy(file + "-wal", to: copy + "-wal") }
      return try inspect(copy, as: file)
    } catch {
      folder.removeStagedRestore()
      throw error
    }
  }

  /// From here on the backup is the folder's database.
  package func decide() throws -> String {
    let name = folder.decidedRestore(at: now)
    try folder.giveToOwner(folder.stagedRestore)
    try Files.move(folder.stagedRestore, to: name)
    try Files.sync(folder.path)
    return name
  }

  /// Checks a database that nobody uses, and makes one file of it.
  private func inspect(_ path: String, as name: String) throws -> StoreSummary {
    let store: SQLiteStore
    do {
      if let reason = try SQLiteStore.denialReason(of: path) { throw StoreError(.unusable, reason) }
      // Nothing is made anew: there is a secret.
      store = try SQLiteStore(path: path, mode: .administer) { AccountAdministration.systemRandomBytes(32) }
    } catch {
      throw SetupError("\(name) cannot be restored: \(error)")
    }
    defer { store.close() }
    let findings = try store.check()
    guard findings.isEmpty else {
      throw SetupError("\(name) is damaged: \(findings.prefix(3).joined(separator: "; "))")
    }
    let summary = try store.summary()
    try store.consolidate()
    // The log is empty now. Nobody else has the file open.
    for suffix in ["-wal", "-shm"] { Files.remove(path + suffix) }
    return summary
  }
}

extension DataFolder {
  private static let decidedPrefix = "parley.db.restored-"
  /// Everything that belongs to a database.
  private static let suffixes = [
    "-wal", "-wal.damaged", "-wal.other", "-shm", "-journal", "-search", "-search-wal", "-search-shm",
    "-search-journal", "",
  ]

  var stagedRestore: String { database + ".restoring" }

  /// What a server that starts draws its epoch from.
  public func epochSeed() -> EpochSeed {
    EpochSeed(
      now: Timestamp(milliseconds: WallClock.milliseconds()),
      random: AccountAdministration.systemRandomBytes(EpochSeed.randomBytes), markPath: epochMark)
  }

  /// Keeps servers away. No file in the folder becomes somebody else's.
  fileprivate func lock() throws -> ServeLock {
    let lock: ServeLock
    do {
      lock = try ServeLock(path: database + ".lock")
    } catch {
      throw SetupError("Stop the server first: \(error)")
    }
    try giveToOwner(database + ".lock")
    return lock
  }

  func removeStagedRestore() {
    for suffix in ["", "-wal", "-wal.damaged", "-wal.other", "-shm", "-journal"] {
      Files.remove(stagedRestore + suffix)
    }
  }

  /// Names of one second are told apart.
  fileprivate func decidedRestore(at now: Timestamp) -> String {
    let stamp = now.iso8601.prefix(19).filter { $0 != ":" }
    var name = String(stamp)
    var count = 1
    while Files.exists(path + "/replaced-" + name) {
      count += 1
      name = "\(stamp)-\(count)"
    }
    return path + "/" + Self.decidedPrefix + name
  }

  /// Ends a restore that was decided and then interrupted. To be called before the database is opened.
  public func finishRestore() throws {
    guard try !Files.names(in: path, prefix: Self.decidedPrefix).isEmpty else { return }
    let lock = try lock()
    try completeRestore()
    withExtendedLifetime(lock) {}
  }

  /// - Returns: the folder with what was there; nil: there was nothing, or nothing was to be done.
  @discardableResult
  fileprivate func completeRestore() throws -> String? {
    guard let name = try Files.names(in: path, prefix: Self.decidedPrefix).sorted().last else { return nil }
    let aside = path + "/replaced-" + name.dropFirst(Self.decidedPrefix.count)
    for suffix in Self.suffixes where Files.exists(database + suffix) {
      if !Files.exists(aside) {
        try Files.createFolder(aside)
        try giveToOwner(aside)
      }
      try Files.moveAside(database + suffix, to: aside + "/parley.db" + suffix)
    }
    if Files.exists(aside) { try Files.sync(aside) }
    try Files.sync(path)
    try Files.move(path + "/" + name, to: database)
    try Files.sync(path)
    return Files.exists(aside) ? aside : nil
  }

}
