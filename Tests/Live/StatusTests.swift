import Foundation
import Processes
import Testing

extension Live {
  /// What an operator and a monitoring system see of a running server.
  @Suite("Status and metrics")
  struct StatusTests {
    @Test("`parleyd status` tells how the server is, and says so with its exit status")
    func status() throws {
      let server = try ServerProcess(in: TemporaryFolder())
      try server.register("alice")
      let alice = try server.signIn("alice", secure: true)
      try alice.join("#garden")
      try alice.send("PRIVMSG #garden :hello")
      _ = try alice.sync()
      var result = (status: Int32(-1), output: "")
      let deadline = Deadline(seconds: 10)
      // Figures of the core are a second old at most.
      repeat {
        result = try server.run(["status"])
      } while !result.output.contains("1 registered") && !deadline.hasPassed
      #expect(result.status == 0, "\(result.output)")
      #expect(result.output.hasPrefix("The server is healthy.\n"))
      #expect(result.output.contains("Connections   1 (1 ircs), 1 registered\n"), "\(result.output)")
      #expect(!result.output.contains("alice") && !result.output.contains("garden"))
      let permissions = try FileManager.default.attributesOfItem(atPath: server.data + "/status.sock")[
        .posixPermissions]
      #expect(permissions as? Int == 0o600)

      try server.crash()
      let gone = try server.run(["status"])
      #expect(gone.status == 1)
      #expect(gone.output.contains("No server answers in"), "\(gone.output)")
      try server.start()
      #expect(try server.run(["status"]).status <= 1)
      #expect(try server.terminate() == 0)
      #expect(!FileManager.default.fileExists(atPath: server.data + "/status.sock"))
    }

    @Test("metrics are served on loopback only, in answer to short requests, and to nothing else")
    func metrics() throws {
      let server = try ServerProcess(in: TemporaryFolder(), settings: ["metrics=127.0.0.1:0"])
      let text = try #require(server.output).value(after: "event=server.metrics url=http://127.0.0.1:")
      let port = try #require(UInt16(text.prefix { $0.isNumber }))
      func get(_ request: String) throws -> String {
        let socket = try WebSocketClient.Raw(port: port)
        try socket.send(Array(request.utf8))
        return try socket.readToEnd()
      }
      let metrics = try get("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(metrics.hasPrefix("HTTP/1.1 200 OK\r\n"))
      #expect(metrics.contains("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"))
      #expect(metrics.contains("\n# TYPE parley_commit_seconds histogram\n"))
      #expect(metrics.contains("\nprocess_resident_memory_bytes "))
      let deadline = Deadline(seconds: 10)
      var health = ""
      repeat {
        health = try get("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
      } while !health.hasSuffix("\r\n\r\nok\n") && !deadline.hasPassed
      #expect(health.hasPrefix("HTTP/1.1 200 OK\r\n"))
      #expect(try get("HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n").hasSuffix("\r\n\r\n"))
      #expect(try get("GET /secrets HTTP/1.1\r\nHost: x\r\n\r\n").hasPrefix("HTTP/1.1 404 "))
      #expect(try get("POST /metrics HTTP/1.1\r\nHost: x\r\n\r\n").hasPrefix("HTTP/1.1 405 "))
      #expect(try get("NICK alice\r\n\r\n").hasPrefix("HTTP/1.1 400 "))
      #expect(
        try get("GET /metrics HTTP/1.1\r\nX: \(String(repeating: "x", count: 20_000))\r\n\r\n").hasPrefix(
          "HTTP/1.1 400 "))
      // Silence ends by itself.
      #expect(try get("GET /met") == "")

      let refused = try server.run(["config", "--set", "metrics=0.0.0.0:9469"])
      #expect(refused.status == 64)
      #expect(refused.output.contains("not on loopback"), "\(refused.output)")
    }
  }
}
