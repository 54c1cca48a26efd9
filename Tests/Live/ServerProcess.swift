import Foundation
import IRC

/// A parleyd in a folder of its own. Killed with its last reference, if it still runs.
final class ServerProcess {
  let folder: TemporaryFolder
  let data: String
  let arguments: [String]
  private let wrapper: [String]
  private var program: Program?
  private(set) var plainPort: UInt16 = 0
  private(set) var securePort: UInt16 = 0

  /// Starts a server.
  /// - Parameters:
  ///   - data: the data folder; nil: one in `folder`.
  ///   - wrapper: the command that starts the server's command line, which is appended.
  init(
    in folder: TemporaryFolder, data: String? = nil, settings: [String] = [], wrapper: [String] = []
  ) throws {
    self.folder = folder
    self.data = data ?? folder.file("data")
    self.wrapper = wrapper
    arguments =
      [
        "serve", "--data", self.data, "--listen", "irc://127.0.0.1:0", "--listen", "ircs://127.0.0.1:0",
        "--trust", "127.0.0.0/8", "--threads", "2", "--set", "password-iterations=4096",
      ] + settings.flatMap { ["--set", $0] }
    try start()
  }

  deinit { if let program { kill(program.pid, SIGKILL) } }

  /// The executable: PARLEYD, or beside the test bundle.
  static let executable: String = {
    if let path = ProcessInfo.processInfo.environment["PARLEYD"] { return path }
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
    for place in [bundle, CommandLine.arguments[0]] {
      let path = URL(fileURLWithPath: place).deletingLastPathComponent().appendingPathComponent("parleyd").path
      if FileManager.default.isExecutableFile(atPath: path) { return path }
    }
    return ".build/release/parleyd"
  }()

  var pid: pid_t { program?.pid ?? -1 }

  var output: ProgramOutput? { program?.output }

  /// Starts the server again, on other ports.
  func start() throws {
    let program = try Program(wrapper + [Self.executable] + arguments)
    self.program = program
    plainPort = try Self.port(program.output.value(after: "listener=irc://127.0.0.1:"))
    securePort = try Self.port(program.output.value(after: "listener=ircs://127.0.0.1:"))
  }

  private static func port(_ text: String) throws -> UInt16 {
    guard let port = UInt16(text) else { throw LiveError("`\(text)` is no port") }
    return port
  }

  func signal(_ number: Int32) { kill(pid, number) }

  /// `kill -9`.
  func crash() throws {
    signal(SIGKILL)
    _ = try end()
  }

  /// SIGTERM.
  /// - Returns: the exit status.
  func terminate() throws -> Int32 {
    signal(SIGTERM)
    return try end()
  }

  /// Waits for the end.
  func end() throws -> Int32 {
    defer { program = nil }
    return try program?.wait() ?? 0
  }

  var isRunning: Bool { program.map { kill($0.pid, 0) == 0 } ?? false }

  /// Runs another of parleyd's commands on the same data.
  @discardableResult
  func run(_ command: [String], data: String? = nil) throws -> (status: Int32, output: String) {
    try Program.run([Self.executable] + command + ["--data", data ?? self.data, "--set", "password-iterations=4096"])
  }

  /// Creates an account on the command line; the running server notices a moment later.
  func createAccount(_ name: String, password: String = Client.password) throws {
    let file = folder.file("password")
    try password.write(toFile: file, atomically: true, encoding: .utf8)
    let (status, output) = try run(["account", "create", name, "--password-file", file])
    guard status == 0 else { throw LiveError("account create \(name): \(output)") }
  }

  /// Creates an account as people do.
  func register(_ name: String) throws {
    let client = try connect(name)
    try client.request(["draft/account-registration"])
    try client.send("NICK \(name)")
    try client.send("REGISTER * * :\(Client.password)")
    try client.wait(for: "REGISTER SUCCESS") { $0.command == "REGISTER" && $0.parameters[0] == "SUCCESS" }
    try client.send("QUIT")
    _ = try client.readToEnd()
  }

  /// Resident memory in bytes; nil where there is no /proc.
  var residentBytes: Int? {
    guard let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") }),
      let kilobytes = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
    else { return nil }
    return kilobytes * 1024
  }

  // MARK: - Clients

  func connect(_ name: String, secure: Bool = false) throws -> Client {
    try Client(name, port: secure ? securePort : plainPort, secure: secure)
  }

  /// A client that has signed in and has been welcomed.
  func signIn(
    _ name: String, device: String = "", secure: Bool = false, capabilities: [String] = Client.modern,
    password: String = Client.password, with mechanism: Mechanism = .plain
  ) throws -> Client {
    let client = try connect(name, secure: secure)
    try client.request(capabilities + ["sasl"])
    try client.authenticate(device.isEmpty ? name : "\(name)@\(device)", password: password, with: mechanism)
    try client.register()
    return client
  }

  /// A client without an account, welcomed.
  func guest(_ name: String, secure: Bool = false, capabilities: [String] = []) throws -> Client {
    let client = try connect(name, secure: secure)
    if !capabilities.isEmpty { try client.request(capabilities) }
    try client.register()
    return client
  }
}
