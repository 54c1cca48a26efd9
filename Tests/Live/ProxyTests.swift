import IRC
import Processes
import Testing

extension Live {
  /// Connections that come through somebody else.
  @Suite("Proxies and gateways")
  struct ProxyTests {
    /// What WHOIS shows to oneself.
    private func address(_ client: Client) throws -> String {
      try client.send("WHOIS \(client.name)")
      return try client.wait(command: "338").parameters[3]
    }

    @Test("a header in front of everything, also of TLS and WebSocket, says who connects; without one nobody does")
    func required() throws {
      let server = try ServerProcess(
        in: TemporaryFolder(), settings: ["proxy-networks=127.0.0.0/8"], listeners: ["wss://127.0.0.1:0"])
      let plain = try server.connect("plain")
      try plain.send("PROXY TCP4 192.0.2.1 127.0.0.1 65533 6667")
      try plain.register()
      #expect(try address(plain) == "192.0.2.1")

      let header: [UInt8] =
        [
          13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10, 0x21, 0x11, 0, 12, 192, 0, 2, 2, 127, 0, 0, 1, 1, 1, 2,
          2,
        ]
      let secure = try Client("secure", port: server.securePort, secure: true, preamble: header)
      try secure.register()
      #expect(try address(secure) == "192.0.2.2")
      try secure.send("WHOIS secure")
      try secure.wait(command: "671")

      let web = try WebSocketClient(port: server.port(scheme: "wss"), secure: true, preamble: header)
      try web.register("web")
      try web.send("WHOIS web")
      #expect(try web.wait { $0.contains(" 338 ") }.contains(" 192.0.2.2 "))

      let bare = try server.connect("bare")
      try bare.send("NICK bare")
      #expect(try bare.readToEnd().isEmpty)
      let wrong = try server.connect("wrong")
      try wrong.send("PROXY TCP4 nobody 127.0.0.1 65533 6667")
      #expect(try wrong.readToEnd().isEmpty)
      #expect(server.isRunning)
    }

    @Test("a proxy that speaks HTTP names its client in a header; a client's own header is not believed")
    func forwarded() throws {
      let server = try ServerProcess(
        in: TemporaryFolder(), settings: ["proxy-networks=127.0.0.1/32", "connections-per-address=2"],
        listeners: ["ws://127.0.0.1:0", "wss://127.0.0.1:0"])
      func shown(_ scheme: String, _ headers: [String], source: UInt16? = nil) throws -> (WebSocketClient, String) {
        let web = try WebSocketClient(
          port: server.port(scheme: scheme), secure: scheme == "wss", headers: headers, source: source)
        let nick = "n\(UInt32.random(in: 0...UInt32.max))"
        try web.register(nick)
        try web.send("WHOIS \(nick)")
        return (web, try web.wait { $0.contains(" 338 ") })
      }
      for scheme in ["ws", "wss"] {
        let (_, address) = try shown(
          scheme, ["X-Forwarded-For: 198.51.100.1, 203.0.113.9", "X-Forwarded-Proto: https"])
        #expect(address.contains(" 203.0.113.9 "))
        #expect(try shown(scheme, ["Forwarded: for=\"[2001:db8::7]:443\";proto=https"]).1.contains("2001:db8::7"))
        // 127.0.0.2 is no proxy.
        #expect(try shown(scheme, ["X-Forwarded-For: 203.0.113.9"], source: 2).1.contains(" 127.0.0.2 "))
        #expect(throws: LiveError.self) {
          try WebSocketClient(port: server.port(scheme: scheme), secure: scheme == "wss")
        }
      }
      let raw = try WebSocketClient.Raw(port: server.port(scheme: "ws"))
      let request = [
        "GET / HTTP/1.1", "Host: x", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "X-Forwarded-For: 192.0.2.8", "", "",
      ]
      let held = try (0..<2).map { _ in
        try WebSocketClient(port: server.port(scheme: "ws"), headers: ["X-Forwarded-For: 192.0.2.8"])
      }
      try raw.send(Array(request.joined(separator: "\r\n").utf8))
      #expect(try raw.readToEnd().hasPrefix("HTTP/1.1 429 "))
      withExtendedLifetime(held) {}
    }

    @Test("a header from elsewhere is refused, and WEBIRC names its users")
    func unlisted() throws {
      let server = try ServerProcess(
        in: TemporaryFolder(), settings: ["proxy-networks=192.0.2.0/24", "webirc=127.0.0.1/32,::1/128 hunter2"])
      let liar = try server.connect("liar")
      try liar.send("PROXY TCP4 192.0.2.1 127.0.0.1 65533 6667")
      #expect(try liar.readToEnd().map(\.command) == ["ERROR"])
      let web = try server.connect("web", secure: true)
      try web.send("WEBIRC hunter2 gateway host.example 2001:db8::9 :secure")
      try web.register()
      #expect(try address(web) == "2001:db8::9")
      let guess = try server.connect("guess", secure: true)
      try guess.send("WEBIRC hunter3 gateway host.example 2001:db8::9")
      #expect(try guess.readToEnd().last?.parameters.last == "Closing link: Invalid WebIRC password")
    }
  }
}
