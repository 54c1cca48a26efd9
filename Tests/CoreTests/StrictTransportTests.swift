import IRC
import ParleyCore
import ParleyTesting
import Testing

/// IRCv3 "sts".
@Suite("sts")
struct StrictTransportTests {
  private func world(_ configure: (inout Configuration) -> Void = { _ in }) throws -> World {
    try World {
      $0.stsDuration = 2_592_000
      $0.stsPort = 6697
      configure(&$0)
    }
  }

  /// The policy in an answer.
  private func policy(
    _ world: World, secure: Bool = true, loopback: Bool = false, webSocket: Bool = false,
    _ request: String = "CAP LS 302"
  ) -> String? {
    let client = world.connect(secure: secure, loopback: loopback, webSocket: webSocket)
    client.send(request)
    return client.lines.flatMap { ($0.parameters.last ?? "").split(separator: " ") }.first { $0.hasPrefix("sts") }
      .map(String.init)
  }

  @Test("The port key: an upgrade policy on an insecure connection")
  func port() throws {
    let world = try world()
    #expect(policy(world, secure: false) == "sts=port=6697")
    world.post(
      .reconfigured(
        {
          var c = Configuration(); c.stsDuration = 60; return c
        }()))
    world.run()
    #expect(policy(world, secure: false) == nil, "without a listener with TLS")
  }

  @Test("The duration key: a persistence policy on a secure connection")
  func duration() throws {
    #expect(policy(try world()) == "sts=duration=2592000")
    #expect(policy(try world { $0.stsDuration = -1 }) == "sts=duration=0", "revoked")
    #expect(policy(try world { $0.stsDuration = -1 }, secure: false) == nil)
  }

  @Test("The preload key: on secure connections, if the operator agrees")
  func preload() throws {
    let world = try world { $0.stsPreload = true }
    #expect(policy(world) == "sts=duration=2592000,preload")
    #expect(policy(world, secure: false) == "sts=port=6697")
    #expect(
      policy(
        try self.world {
          $0.stsPreload = true; $0.stsDuration = -1
        }) == "sts=duration=0")
  }

  @Test("Description: an optional setting, off by default")
  func off() throws {
    for isSecure in [true, false] {
      #expect(
        policy(
          try World {
            $0.stsPort = 6697; $0.stsPreload = true
          }, secure: isSecure) == nil)
    }
  }

  @Test("Details: the value is required, so clients that know no values are not told")
  func values() throws {
    for request in ["CAP LS", "CAP LS 301"] { #expect(policy(try world(), request) == nil) }
  }

  @Test("Mechanism: clients must not request it, and it is never enabled")
  func request() throws {
    let world = try world()
    let client = world.connect()
    client.send("CAP LS 302")
    client.clear()
    client.send("CAP REQ :sts", "CAP REQ :echo-message sts", "CAP REQ :-sts", "CAP LIST")
    #expect(client.lines.prefix(3).allSatisfy { $0.parameters[1] == "NAK" })
    #expect(client.lines.count == 4 && client.lines.last?.parameters.last == "cap-notify")
  }

  @Test("loopback and web clients are not told: neither could follow")
  func exempt() throws {
    let world = try world()
    for isSecure in [true, false] {
      #expect(policy(world, secure: isSecure, loopback: true) == nil)
      #expect(policy(world, secure: isSecure, webSocket: true) == nil)
    }
  }

  @Test("Updating and removing a policy with CAP NEW; never CAP DEL")
  func update() throws {
    let world = try world()
    let (plain, secure) = (world.connect(secure: false), world.connect(secure: true))
    let old = world.connect()
    old.send("CAP LS 301")
    for client in [plain, secure] { client.send("CAP LS 302") }
    func reconfigure(_ duration: Int) -> [[String]] {
      for client in [plain, secure, old] { client.clear() }
      var configuration = Configuration()
      configuration.serverName = "irc.example.org"
      configuration.stsDuration = duration
      configuration.stsPort = 6697
      world.post(.reconfigured(configuration))
      world.run()
      return [plain.read(), secure.read(), old.read()]
    }
    #expect(reconfigure(31_536_000) == [[], [":irc.example.org CAP * NEW sts=duration=31536000"], []])
    #expect(reconfigure(-1) == [[], [":irc.example.org CAP * NEW sts=duration=0"], []])
    #expect(reconfigure(0) == [[], [], []])
    #expect(
      reconfigure(60)
        == [[":irc.example.org CAP * NEW sts=port=6697"], [":irc.example.org CAP * NEW sts=duration=60"], []])
  }
}
