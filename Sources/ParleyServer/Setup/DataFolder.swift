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
}
