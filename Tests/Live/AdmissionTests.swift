import Foundation
import IRC
import Processes
import Testing

extension Live {
  /// Connections that the server does not want, or that want something else of it.
  @Suite("Admission and wrong doors")
  struct AdmissionTests {
    private func files(of server: ServerProcess) throws -> Int {
      try FileManager.default.contentsOfDirectory(atPath: "/proc/\(server.pid)/fd").count
    }

    /// Waits until the server has few descriptors open.
    private func waitForFiles(below limit: Int, of server: ServerProcess, seconds: Double) throws -> Int {
      let deadline = Deadline(seconds: seconds)
      var count = try files(of: server)
      while count >= limit, !deadline.hasPassed {
        usleep(20_000)
        count = try files(of: server)
      }
      return count
    }

    @Test("refused connections are closed at once, also if their peers keep them", arguments: [false, true])
    func refused(isSecure: Bool) throws {
      let server = try ServerProcess(
        in: TemporaryFolder(), settings: ["connections-per-address=20", "connections-per-minute=100000"],
        trust: false)
      let before = try files(of: server)
      let port = isSecure ? server.securePort : server.plainPort
      let held = try (0..<400).map { _ in try Socket(port: port, source: 9) }
      // Some more than the 20 connections: the server opens files of its own meanwhile.
      #expect(try waitForFiles(below: before + 40, of: server, seconds: 5) < before + 40)
      let other = try Client("other", port: port, secure: isSecure, source: 8)
      try other.register()
      if !isSecure {
        let refusal = try Client("late", port: port, source: 9)
        #expect(try refusal.readToEnd().last?.parameters == ["Too many connections from your address"])
      }
      #expect(try server.run(["status"]).status == 0)
      withExtendedLifetime(held) {}
    }

    @Test(
      "silent connections of one address keep nobody out, whatever they are silent in",
      arguments: ["", "NICK half\r\n", "\u{16}\u{03}\u{01}\u{02}\0\u{01}", "GET / HTTP/1.1\r\nHost:"])
    func silent(first: String) throws {
      let server = try ServerProcess(
        in: TemporaryFolder(), settings: ["max-connections=30"], listeners: ["ws://127.0.0.1:0", "wss://127.0.0.1:0"],
        trust: false)
      for port in try [server.plainPort, server.securePort, server.port(scheme: "ws"), server.port(scheme: "wss")] {
        let held = try (0..<60).map { _ in
          let socket = try Socket(port: port, source: 9)
          _ = socket.write(Array(first.utf8)[...])
          return socket
        }
        for isSecure in [false, true] {
          let client = try Client(
            "honest\(port)\(isSecure ? 1 : 0)", port: isSecure ? server.securePort : server.plainPort, secure: isSecure,
            source: 8)
          try client.register()
          try client.send("QUIT")
          _ = try client.readToEnd()
        }
        withExtendedLifetime(held) {}
      }
      #expect(server.isRunning)
    }

    @Test("guests of one address who have registered and say nothing keep nobody out either")
    func silentGuests() throws {
      let server = try ServerProcess(in: TemporaryFolder(), settings: ["max-connections=30"], trust: false)
      var guests: [Client] = []
      while guests.count < 40 {
        let guest = try Client("silent\(guests.count)", port: server.plainPort, source: 9)
        do { try guest.register() } catch { break }
        guests.append(guest)
      }
      #expect(guests.count == 7, "a quarter of the places")
      for number in 0..<3 {
        let honest = try Client("honest\(number)", port: server.plainPort, source: 10 + UInt16(number))
        try honest.register()
      }
    }

    @Test("with few descriptors the server serves whom it can, answers `status`, and does not spin")
    func fewDescriptors() throws {
      let server = try ServerProcess(
        in: TemporaryFolder(), trust: false, wrapper: ["sh", "-c", "ulimit -n 220; exec \"$@\"", "sh"])
      let alice = try Client("alice", port: server.plainPort, source: 7)
      try alice.register()
      var held: [Socket] = []
      for number in 0..<400 {
        if let socket = try? Socket(port: server.plainPort, source: 100 + UInt16(number % 50)) { held.append(socket) }
      }
      #expect(try server.run(["status"]).status == 0)
      _ = try alice.sync()
      let before = try processorTicks(server)
      try alice.join("#a")
      usleep(1_500_000)
      #expect(try processorTicks(server) - before < 60)
      held = []
      let bob = try Client("bob", port: server.plainPort, source: 6)
      try bob.register()
    }

    private func processorTicks(_ server: ServerProcess) throws -> Int {
      let text = try String(contentsOfFile: "/proc/\(server.pid)/stat", encoding: .utf8)
      let words = text.split(separator: ")").last?.split(separator: " ") ?? []
      return words[11...12].reduce(0) { $0 + (Int($1) ?? 0) }
    }

    @Test(
      "an HTTP request at an IRC port gets an HTTP answer, and nothing of it is carried out", arguments: [false, true])
    func http(isSecure: Bool) throws {
      let server = try ServerProcess(in: TemporaryFolder())
      let bob = try server.guest("bob")
      try bob.join("#lobby")
      let body = "NICK xss\r\nUSER a 0 * :a\r\nJOIN #lobby\r\nPRIVMSG #lobby :sent by a browser\r\n"
      for method in ["GET", "POST", "PUT", "OPTIONS", "PROPFIND", "M-SEARCH", "HEAD"] {
        for isCut in [false, true] {
          let raw = try WebSocketClient.Raw(
            port: isSecure ? server.securePort : server.plainPort, secure: isSecure)
          let request = Array("\(method) / HTTP/1.1\r\nHost: irc.test\r\n\r\n\(body)".utf8)
          if isCut {
            for byte in request.prefix(20) { try raw.send([byte]) }
            try? raw.send(Array(request.dropFirst(20)))
          } else {
            try raw.send(request)
          }
          #expect(try raw.readToEnd().hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
        }
      }
      let modern = try WebSocketClient.Raw(port: isSecure ? server.securePort : server.plainPort, secure: isSecure)
      try modern.send(Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8))
      #expect(try modern.readToEnd().hasPrefix("HTTP/1.1 505 "))
      #expect(try !bob.sync().contains { $0.command == "PRIVMSG" || $0.command == "JOIN" })
    }

    @Test(
      "a client without TLS is told so at a port with TLS, one with TLS at a port without, each in its own protocol")
    func wrongPort() throws {
      let server = try ServerProcess(in: TemporaryFolder(), listeners: ["wss://127.0.0.1:0"])
      for port in try [server.securePort, server.port(scheme: "wss")] {
        let plain = try Client("plain", port: port)
        try plain.send("CAP LS 302")
        #expect(try plain.readToEnd().map(\.command) == ["ERROR"])
        let browser = try WebSocketClient.Raw(port: port)
        try browser.send(Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
        #expect(try browser.readToEnd().hasPrefix("HTTP/1.1 400 "))
      }
      let socket = try Socket(port: server.plainPort)
      _ = socket.write([0x16, 3, 1, 0, 5, 1, 0, 0, 1, 3])
      #expect(socket.waitReadable(Deadline(seconds: 10)))
      #expect(socket.read() == [0x15, 3, 3, 0, 2, 2, 40])
      let log = try #require(server.output)
      for reason in ["not-tls", "not-irc"] {
        #expect(try log.value(after: "event=connection.refused reason=\(reason)").isEmpty)
      }
    }

    @Test(
      "lines that came ahead of the end of a connection are carried out, at the rate that is allowed",
      arguments: [false, true])
    func lastLines(isSecure: Bool) throws {
      let server = try ServerProcess(
        in: TemporaryFolder(),
        settings: ["line-burst=20", "lines-per-second=50", "guest-messages-per-minute=0"], trust: false)
      let bob = try Client("bob", port: server.plainPort, source: 2)
      try bob.register()
      try bob.join("#a")
      for (number, end) in ["close", "half", "quit"].enumerated() {
        let client = try Client(
          end, port: isSecure ? server.securePort : server.plainPort, secure: isSecure,
          source: UInt16(10 + number + (isSecure ? 5 : 0)))
        try client.register()
        try client.join("#a")
        var bytes: [UInt8] = []
        for number in 0..<60 { bytes += Array("PRIVMSG #a :\(end) \(number)\r\n".utf8) }
        if end == "quit" { bytes += Array("QUIT\r\n".utf8) }
        try client.send(bytes: bytes)
        switch end {
        case "close": client.socket.close()
        case "half": try client.endOutput()
        default: break
        }
        for number in 0..<60 { try bob.wait(text: "\(end) \(number)") }
        try bob.wait(for: "QUIT") { $0.command == "QUIT" && $0.nick == end }
        if end == "half", !isSecure {
          #expect(try client.readToEnd().count { $0.command == "ERROR" } <= 1)
        }
      }
    }

    @Test("0.0.0.0 and [::] share a port")
    func sharedPort() throws {
      // A port that was free a moment ago.
      let port = try ServerProcess(in: TemporaryFolder()).plainPort
      let server = try ServerProcess(
        in: TemporaryFolder(), settings: ["insecure-plaintext=true"],
        listeners: ["irc://0.0.0.0:\(port)", "irc://[::]:\(port)"])
      _ = try #require(server.output).value(after: "listener=irc://[::]:")
      let client = try Client("four", port: port)
      try client.register()
      #expect(server.isRunning)
    }
  }
}
