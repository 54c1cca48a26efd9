import Foundation
import Processes

/// An IRC server of another project, in a folder of its own. It listens at the same port whenever it is started.
final class PeerServer {
  enum Kind: String {
    case inspircd, ngircd
  }

  /// Where the distribution's packages are unpacked; nil: they are installed.
  private static let root = ProcessInfo.processInfo.environment["PARLEY_PEERS"]

  /// The executable; nil: there is none.
  static func path(of kind: Kind) -> String? {
    let search = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let installed = search.components(separatedBy: ":") + ["/usr/sbin"]
    let folders = root.map { [$0 + "/usr/sbin", $0 + "/usr/bin", $0] } ?? installed
    return folders.map { $0 + "/" + kind.rawValue }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  let kind: Kind
  let port: UInt16
  private let folder = try? TemporaryFolder()
  private var program: Program?

  init(_ kind: Kind) throws {
    self.kind = kind
    port = try Self.freePort()
    guard let folder else { throw LiveError("no folder") }
    let configuration = kind == .inspircd ? inspircd(folder) : ngircd(folder)
    try configuration.write(toFile: folder.file("configuration"), atomically: true, encoding: .utf8)
    try start()
  }

  deinit { if let program { kill(program.pid, SIGKILL) } }

  private static func freePort() throws -> UInt16 {
    let proxy = try FaultProxy(to: 1)
    proxy.stop()
    return proxy.port
  }

  func start() throws {
    guard let folder, let path = Self.path(of: kind) else { throw LiveError("there is no \(kind)") }
    let file = folder.file("configuration")
    let options = kind == .inspircd ? ["--nofork", "--runasroot", "--config", file] : ["-n", "-f", file]
    let libraries = Self.root.map { ["LD_LIBRARY_PATH": $0 + "/usr/lib/x86_64-linux-gnu"] } ?? [:]
    let program = try Program([path] + options, environment: libraries)
    self.program = program
    let deadline = Deadline(seconds: 20)
    // When it listens, none of them says in words that one can rely on.
    while (try? Socket(port: port)) == nil {
      guard !deadline.hasPassed, kill(program.pid, 0) == 0 else {
        throw LiveError("\(kind) does not listen:\n\(program.output.text)")
      }
      poll(nil, 0, 10)
    }
  }

  /// `kill -9`.
  func crash() throws {
    guard let program else { return }
    kill(program.pid, SIGKILL)
    _ = try program.wait()
    self.program = nil
  }

  // MARK: - Configurations

  private func inspircd(_ folder: TemporaryFolder) -> String {
    let modules = [
      "cap", "ircv3", "ircv3_batch", "ircv3_ctctags", "ircv3_echomessage", "ircv3_labeledresponse", "ircv3_servertime",
    ]
    let path = Self.root.map { "moduledir=\"\($0)/usr/lib/inspircd/modules\"" } ?? ""
    return """
      <server name="peer.test" description="A peer" network="Peers">
      <admin name="Nobody" nick="nobody" email="nobody@peer.test">
      <bind address="127.0.0.1" port="\(port)" type="clients">
      <path \(path) configdir="\(folder.path)" datadir="\(folder.path)" logdir="\(folder.path)" runtimedir="\(folder.path)">
      <pid file="\(folder.file("pid"))">
      <connect name="everybody" allow="*" resolvehostnames="no" useident="no" localmax="100" globalmax="100" fakelag="no"
        commandrate="10000">

      """ + modules.map { "<module name=\"\($0)\">" }.joined(separator: "\n") + "\n"
  }

  private func ngircd(_ folder: TemporaryFolder) -> String {
    """
    [Global]
    Name = peer.test
    Info = A peer
    Network = Peers
    Listen = 127.0.0.1
    Ports = \(port)
    MotdPhrase = "Hello"
    PidFile = \(folder.file("pid"))
    [Limits]
    MaxConnectionsIP = 0
    [Options]
    DNS = no
    Ident = no
    PAM = no

    """
  }
}
