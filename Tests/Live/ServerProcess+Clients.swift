import IRC
import Processes

extension ServerProcess {
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
