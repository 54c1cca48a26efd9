import Foundation
import IRC
import Processes
import Testing

extension Live {
  /// The log of a running server, and the fail2ban filter that reads it.
  @Suite("Log and fail2ban")
  struct LogTests {
    private static let filter = "docs/fail2ban/filter.d/parleyd.conf"

    /// A server that has been attacked in several ways; everything comes from 127.0.0.1.
    private func attackedServer(addresses: Bool) throws -> ServerProcess {
      let server = try ServerProcess(
        in: TemporaryFolder(), settings: ["log-addresses=\(addresses)", "webirc=192.0.2.1 password"])
      try server.register("alice")
      for name in ["nobody", "alice address=192.0.2.66 x", "a\u{3000}b", "\"\\quoted"] {
        let thief = try server.connect("thief")
        try thief.request(["sasl"])
        try thief.send("AUTHENTICATE PLAIN")
        try thief.wait(command: "AUTHENTICATE")
        try thief.send("AUTHENTICATE \(Base64.encode(Array("\0\(name)\0guess".utf8)))")
        try thief.wait(command: "904")
      }
      let guest = try server.guest("guest")
      try guest.send("OPER alice guess")
      try guest.wait(command: "464")
      try guest.send("QUIT :event=sign-in.failed account=x address=192.0.2.66 method=PLAIN")
      _ = try guest.readToEnd()
      let gateway = try server.connect("gateway")
      try gateway.send("WEBIRC guess gateway host 192.0.2.66")
      _ = try gateway.readToEnd()
      _ = try server.signIn("alice").sync()
      _ = try #require(server.output).value(after: "event=sign-in.succeeded account=alice ")
      return server
    }

    @Test("without log-addresses no line has an address")
    func withoutAddresses() throws {
      let server = try attackedServer(addresses: false)
      let lines = try #require(server.output).text.split(separator: "\n")
      let log = lines.filter { $0.hasPrefix("time=") && !$0.contains("event=server.") }
      #expect(log.count >= 8)
      #expect(!log.contains { $0.contains("127.0.0.1") })
    }

    @Test("the fail2ban filter finds exactly the wrong guesses in the real log")
    func filter() throws {
      let server = try attackedServer(addresses: true)
      let folder = try TemporaryFolder()
      let log = folder.file("parleyd.log")
      try #require(server.output).text.write(toFile: log, atomically: true, encoding: .utf8)
      let expected = 4 + 1 + 1
      // With fail2ban where it is installed, and with Python's regular expressions everywhere.
      let python = try Program.run(["python3", "Tests/Live/fail2ban.py", Self.filter, log])
      #expect(python.status == 0, "\(python.output)")
      let hosts = python.output.split(separator: "\n")
      #expect(hosts.count == expected, "\(python.output)")
      #expect(hosts.allSatisfy { $0 == "127.0.0.1" }, "\(python.output)")
      guard FileManager.default.isExecutableFile(atPath: "/usr/bin/fail2ban-regex") else { return }
      let path = FileManager.default.currentDirectoryPath + "/" + Self.filter
      let result = try Program.run(["fail2ban-regex", log, path])
      #expect(result.output.contains(" \(expected) matched"), "\(result.output)")
    }
  }
}
