import IRC

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The folder that holds everything the server keeps.
public struct DataFolder: Sendable {
  public var path: String
  public init(path: String) { self.path = path }

  public var database: String { path + "/parley.db" }
  /// How far numbers of messages may have been given out (`EpochSeed.markPath`).
  public var epochMark: String { path + "/parley.epoch" }
  public var configuration: String { path + "/parleyd.conf" }
  /// Where a running server tells how it is.
  var statusSocket: String { path + "/status.sock" }
  var certificate: String { path + "/certificate.pem" }
  var key: String { path + "/key.pem" }

  /// Creates the folder if needed, for its owner alone.
  ///
  /// - Throws: also if somebody else could change what is in it.
  public func prepare() throws(SetupError) {
    if !Files.exists(path) { try Files.createFolder(path) }
    guard let status = Files.status(of: path) else { throw Files.failure("use", path) }
    guard status.isFolder else { throw SetupError("\(path) is not a folder") }
    guard status.permissions & 0o022 == 0 else {
      throw SetupError("Others may write to \(path), and so to the messages: run `chmod go-w \(path)` first")
    }
    guard access(path, R_OK | W_OK | X_OK) == 0 else { throw Files.failure("write to", path) }
  }

  /// - Throws: if there is no database although there was one. A new one would hide that, for instance where a disk is not mounted.
  public func requireDatabase() throws(SetupError) {
    guard !Files.exists(database), Files.exists(epochMark) else { return }
    throw SetupError(
      "\(database) is missing, but \(epochMark) shows that there was one. Run `parleyd restore` with a backup, or delete "
        + "\(epochMark) to begin anew")
  }

  // MARK: - Root at work for another user

  private var owner: Files.Owner? { (try? Files.resolved(path)).flatMap { Files.owner(of: $0) } }

  /// nil: this program does not run as root, or the folder is root's.
  private var ownerForRoot: Files.Owner? { geteuid() == 0 ? owner.flatMap { $0.user == 0 ? nil : $0 } : nil }

  /// Files of the database that root has made become the folder's owner's.
  public func giveDatabaseToOwner() throws(SetupError) {
    guard ownerForRoot != nil else { return }
    for name in try Files.names(in: path, prefix: "parley.") where Files.owner(of: path + "/" + name)?.user == 0 {
      try giveToOwner(path + "/" + name)
    }
  }

  func giveToOwner(_ file: String) throws(SetupError) {
    guard let owner, let now = Files.owner(of: file), now != owner else { return }
    try Files.give(file, to: owner)
  }

  // MARK: - The server that runs

  /// Tells the server that runs on this folder, if there is one, of damage that another program has found in its database: the server
  /// logs and counts it as if it had met it.
  public func tellServer(ofDamage damage: [String]) {
    guard !damage.isEmpty else { return }
    // The first ones are enough to look for the others with `check`.
    let lines = damage.prefix(20).map { TextLimit.truncate($0, toBytes: 500).filter { !$0.isNewline } + "\n" }
    _ = StatusSocket.post(lines.joined(), as: "/damage", to: statusSocket)
  }
}
