import Foundation
import IRC
import Processes
import Testing

extension Live {
  /// All devices come back at once, as after a restart of the server: all get in. `make storm` runs it with 2,000 devices.
  @Suite("Sign-in storm")
  struct SignInStormTests {
    private static let devices = setting("PARLEY_STORM", default: 200)
    private static let devicesPerAccount = 20

    @Test("every device gets in, whatever its mechanism", arguments: [Mechanism.plain, .scram])
    func storm(mechanism: Mechanism) throws {
      Self.raiseFileLimit()
      // Full price: as many iterations as a server has by default.
      let server = try ServerProcess(in: TemporaryFolder(), settings: ["password-iterations=15000"])
      let accounts = (0..<((Self.devices - 1) / Self.devicesPerAccount + 1)).map { "u\($0)" }
      for account in accounts { try server.register(account) }
      #expect(try server.terminate() == 0)
      try server.start()

      let before = server.processorSeconds ?? 0
      let start = ContinuousClock.now
      let clients = try (0..<Self.devices).map { number in
        try Client(accounts[number / Self.devicesPerAccount], port: server.plainPort)
      }
      switch mechanism {
      case .plain: try signInPlain(clients)
      case .scram: try signInScram(clients)
      }
      for client in clients { try client.wait(for: "the welcome", seconds: 120) { $0.command == "001" } }
      let seconds = (ContinuousClock.now - start).inMilliseconds / 1_000
      let cost = (server.processorSeconds ?? 0) - before
      print(
        "storm: \(clients.count) devices by \(mechanism.rawValue) in \(String(format: "%.1f", seconds)) s; the server "
          + "took \(String(format: "%.1f", cost)) s of processor time, \(String(format: "%.1f", cost * 1_000 / Double(clients.count))) ms each"
      )
      // Nobody was thrown out to let another in.
      for client in clients {
        _ = try client.sync(seconds: 60)
        #expect(!client.hasEnded)
      }
    }

    @Test("an account made on the command line, and a password changed there, work at once")
    func commandLine() throws {
      let server = try ServerProcess(in: TemporaryFolder())
      for (name, mechanism) in [("alice", Mechanism.plain), ("bob", .scram)] {
        try server.createAccount(name)
        _ = try server.signIn(name, with: mechanism).sync()
      }
      try server.register("carol")
      let carol = try server.signIn("carol")
      let file = server.folder.file("new-password")
      try "another word".write(toFile: file, atomically: true, encoding: .utf8)
      let result = try server.run(["account", "password", "carol", "--password-file", file])
      #expect(result.status == 0, "\(result.output)")
      _ = try server.signIn("carol", device: "new", password: "another word").sync()
      // Whoever signed in with the old one is out.
      let end = try carol.readToEnd().last
      #expect(end?.command == "ERROR", "\(end?.text ?? "")")
    }

    private func begin(_ client: Client, _ number: Int) -> String {
      "CAP REQ :sasl draft/chathistory batch\r\nNICK d\(number)\r\nUSER d 0 * :d\r\n"
    }

    /// Everything in one packet: no device waits for an answer.
    private func signInPlain(_ clients: [Client]) throws {
      for (number, client) in clients.enumerated() {
        let secret = Base64.encode(Array("\0\(client.name)@d\(number)\0\(Client.password)".utf8))
        try client.send(begin(client, number) + "AUTHENTICATE PLAIN\r\nAUTHENTICATE \(secret)\r\nCAP END")
      }
    }

    private func signInScram(_ clients: [Client]) throws {
      var exchanges: [ScramClient] = []
      for (number, client) in clients.enumerated() {
        let exchange = ScramClient(name: "\(client.name)@d\(number)", password: Client.password)
        let first = Base64.encode(Array(exchange.first.utf8))
        try client.send(begin(client, number) + "AUTHENTICATE SCRAM-SHA-256\r\nAUTHENTICATE \(first)")
        exchanges.append(exchange)
      }
      // A client's own work, the same for all devices of an account, is done once.
      var salted: [String: SaltedPassword] = [:]
      for (client, exchange) in zip(clients, exchanges) {
        let challenge = try client.wait(for: "a challenge", seconds: 120) {
          $0.command == "AUTHENTICATE" && $0.parameters[0] != "+"
        }
        let text = String(decoding: Base64.decode(challenge.parameters[0]) ?? [], as: UTF8.self)
        let key = try salted[client.name] ?? exchange.salted(text)
        salted[client.name] = key
        let final = try exchange.final(text, salted: key).message
        try client.send("AUTHENTICATE \(Base64.encode(Array(final.utf8)))\r\nAUTHENTICATE +\r\nCAP END")
      }
    }

    private static func raiseFileLimit() {
      #if canImport(Glibc)
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
      #else
        let resource = RLIMIT_NOFILE
      #endif
      var limit = rlimit()
      getrlimit(resource, &limit)
      limit.rlim_cur = limit.rlim_max
      setrlimit(resource, &limit)
    }
  }
}

extension ServerProcess {
  /// User and system time since its start; nil where there is no /proc.
  fileprivate var processorSeconds: Double? {
    guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
      let end = text.lastIndex(of: ")")
    else { return nil }
    let fields = text[text.index(after: end)...].split(separator: " ")
    guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return nil }
    return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }
}
