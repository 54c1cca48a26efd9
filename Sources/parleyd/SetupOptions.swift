import ArgumentParser
import ParleyServer
import ParleyStore
import Synchronization

/// The options that say whose data and settings a command is about.
struct SetupOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Data folder (default: $XDG_DATA_HOME/parleyd or ~/.local/share/parleyd; /var/lib/parleyd for root).",
      valueName: "folder"))
  var data: String?

  @Option(
    help: ArgumentHelp(
      "Configuration file (default: parleyd.conf in the data folder, if it is there).", valueName: "file"))
  var config: String?

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp("Set one setting; `parleyd config` shows them all. May be repeated.", valueName: "key=value"))
  var assignments: [String] = []

  var sources: SetupSources {
    var sources = SetupSources()
    sources.dataFolder = data
    sources.configurationFile = config
    sources.assignments = assignments
    return sources
  }

  func load() throws -> Setup { try sources.load() }

  /// Opens the database beside a server that may be running.
  ///
  /// - Parameter isCheck: the command is `parleyd check` itself.
  func withStore<Result>(isCheck: Bool = false, _ body: (any Store, Setup) throws -> Result) throws -> Result {
    let setup = try load()
    guard Files.exists(setup.folder.database) else {
      throw SetupError(
        "There is no database in \(setup.folder.path): start the server once, or say with --data where it is")
    }
    return try Self.withStore(setup, isCheck: isCheck) { try body($0, setup) }
  }

  static func withStore<Result>(
    _ setup: Setup, isCheck: Bool = false, _ body: (any Store) throws -> Result
  ) throws -> Result {
    try setup.folder.prepare()
    let store = try openStore(setup, .administer, isCheck: isCheck)
    let damage = Mutex<[String]>([])
    store.reporter.report { report in
      if case .damaged(let words) = report { damage.withLock { $0.append(words) } }
    }
    defer {
      store.close()
      setup.folder.tellServer(ofDamage: damage.withLock { $0 })
    }
    try setup.folder.giveDatabaseToOwner()
    return try body(store)
  }
}

extension SetupOptions {
  /// - Throws: an error that names the file, and what to do if the file is damaged or missing.
  static func openStore(_ setup: Setup, _ mode: SQLiteStore.Mode, isCheck: Bool = false) throws -> SQLiteStore {
    let folder = setup.folder
    try folder.finishRestore()
    try folder.requireDatabase()
    let epoch = mode == .serve ? folder.epochSeed() : nil
    do throws(StoreError) {
      return try SQLiteStore(path: folder.database, mode: mode, epoch: epoch, makeSecret: Secret.make)
    } catch {
      guard error.kind == .fatal else { throw error }
      let hint =
        isCheck
        ? "The database is too damaged to be looked through: `parleyd restore` puts a backup in its place"
        : "Run `parleyd check` to see the damage, `parleyd restore` to put a backup in its place"
      throw SetupError("\(folder.database): \(error.description). \(hint)")
    }
  }
}

enum Secret {
  /// What `Snapshot.secret` is made of: 32 bytes.
  @Sendable static func make() -> [UInt8] { AccountAdministration.systemRandomBytes(32) }
}
