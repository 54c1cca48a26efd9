package import Foundation

/// A parleyd in a folder of its own. Killed with its last reference, if it still runs.
package final class ServerProcess {
  package let folder: TemporaryFolder
  package let data: String
  package let arguments: [String]
  private let wrapper: [String]
  private var program: Program?
  package private(set) var plainPort: UInt16 = 0
  package private(set) var securePort: UInt16 = 0

  /// Starts a server.
  /// - Parameters:
  ///   - data: the data folder; nil: one in `folder`.
  ///   - listeners: beside the two that there always are.
  ///   - trust: whether this machine is exempt from limits per address.
  ///   - wrapper: the command that starts the server's command line, which is appended.
  package init(
    in folder: TemporaryFolder, data: String? = nil, settings: [String] = [], listeners: [String] = [],
    trust: Bool = true, wrapper: [String] = []
  ) throws {
    self.folder = folder
    self.data = data ?? folder.file("data")
    self.wrapper = wrapper
    arguments =
      [
        "serve", "--data", self.data, "--listen", "irc://127.0.0.1:0", "--listen", "ircs://127.0.0.1:0",
        "--threads", "2", "--set", "password-iterations=4096",
      ] + (trust ? ["--trust", "127.0.0.0/8"] : []) + listeners.flatMap { ["--listen", $0] }
      + settings.flatMap { ["--set", $0] }
    try start()
  }

  deinit { if let program { kill(program.pid, SIGKILL) } }

  /// Of the accounts that are created without another.
  package static let password = "correct horse"

  /// The executable: PARLEYD, or the one that was built with the tests.
  package static let executable =
    ProcessInfo.processInfo.environment["PARLEYD"] ?? BuildFolder.file("parleyd")

  package var pid: pid_t { program?.pid ?? -1 }

  package var output: ProgramOutput? { program?.output }

  /// Starts the server again, on other ports.
  package func start() throws {
    let program = try Program(wrapper + [Self.executable] + arguments)
    self.program = program
    plainPort = try Self.port(program.output.value(after: "listener=irc://127.0.0.1:"))
    securePort = try Self.port(program.output.value(after: "listener=ircs://127.0.0.1:"))
  }

  /// The port of one of the listeners given.
  package func port(scheme: String) throws -> UInt16 {
    guard let program else { throw LiveError("the server does not run") }
    return try Self.port(program.output.value(after: "listener=\(scheme)://127.0.0.1:"))
  }

  private static func port(_ text: String) throws -> UInt16 {
    guard let port = UInt16(text) else { throw LiveError("`\(text)` is no port") }
    return port
  }

  package func signal(_ number: Int32) { kill(pid, number) }

  /// `kill -9`.
  package func crash() throws {
    signal(SIGKILL)
    _ = try end()
  }

  /// SIGTERM.
  /// - Returns: the exit status.
  package func terminate() throws -> Int32 {
    signal(SIGTERM)
    return try end()
  }

  /// Waits for the end.
  package func end() throws -> Int32 {
    defer { program = nil }
    return try program?.wait() ?? 0
  }

  package var isRunning: Bool { program.map { kill($0.pid, 0) == 0 } ?? false }

  /// Runs another of parleyd's commands on the same data.
  @discardableResult
  package func run(_ command: [String], data: String? = nil) throws -> (status: Int32, output: String) {
    try Program.run([Self.executable] + command + ["--data", data ?? self.data, "--set", "password-iterations=4096"])
  }

  /// Creates an account on the command line; the running server notices a moment later.
  package func createAccount(_ name: String, password: String = ServerProcess.password) throws {
    let file = folder.file("password")
    try password.write(toFile: file, atomically: true, encoding: .utf8)
    let (status, output) = try run(["account", "create", name, "--password-file", file])
    guard status == 0 else { throw LiveError("account create \(name): \(output)") }
  }

  /// Resident memory in bytes; nil where there is no /proc.
  package var residentBytes: Int? {
    guard let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") }),
      let kilobytes = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
    else { return nil }
    return kilobytes * 1024
  }
}
