import IRC
import ParleyCore
import ParleyTesting
import Testing

/// IRCv3 "webirc".
@Suite("webirc")
struct WebIRCTests {
  private static let gateway = "203.0.113.5"

  private func world(_ configure: (inout Configuration) -> Void = { _ in }) throws -> World {
    try World {
      $0.webircGateways = [
        WebIRCGateway(networks: ["203.0.113.0/24", "2001:db8::/32"].compactMap { Network($0) }, password: "hunter2"),
        WebIRCGateway(networks: [Network("198.51.100.1")].compactMap { $0 }, password: "other"),
      ]
      configure(&$0)
    }
  }

  private func gateway(_ world: World, secure: Bool = true) -> Client {
    world.connect(
      secure: secure, address: Self.gateway, trusted: false, certificate: String(repeating: "ab", count: 32))
  }

  private func register(_ client: Client, _ nick: String) {
    client.send("NICK \(nick)", "USER \(nick) 0 * :\(nick)")
  }

  /// The address that WHOIS shows to oneself.
  private func address(_ client: Client, _ nick: String) -> String? {
    client.clear()
    client.send("WHOIS \(nick)")
    return client.lines.first { $0.command == "338" }?.parameters[3]
  }

  @Test(
    "Format: the user is who the gateway says",
    arguments: [
      ("198.51.100.3", "198.51.100.3"), ("0::1", "0::1"), ("2001:0DB8:0::7", "2001:db8::7"),
      ("0::ffff:1.2.3.4", "1.2.3.4"),
    ])
  func format(given: String, shown: String) throws {
    let world = try world()
    let client = gateway(world)
    client.send("WEBIRC hunter2 ExampleGateway host.example \(given)")
    register(client, "alice")
    #expect(client.commands().first == "001")
    #expect(address(client, "alice") == shown)
  }

  @Test("Options: secure only if it is said, and the gateway's own connection is")
  func secure() throws {
    let world = try world()
    for (number, (isSecure, options, expected)) in [
      (true, " secure", true), (true, " :local-port=6697 secure=examplevalue123 x=y", true), (true, "", false),
      (true, " :insecure secured", false), (false, " secure", false),
    ].enumerated() {
      let client = gateway(world, secure: isSecure)
      client.send("WEBIRC hunter2 ExampleGateway 192.0.2.7 192.0.2.7\(options)", "CAP LS 302")
      #expect(client.lines.contains { $0.wire.contains("PLAIN") } == expected)
      register(client, "u\(number)")
      client.send("CAP END")
      client.clear()
      client.send("WHOIS u\(number)")
      #expect(client.commands().contains("671") == expected)
      client.send("QUIT")
    }
  }

  @Test("Options: the gateway's certificate is not the user's, nor is one that it tells of")
  func certificates() throws {
    let world = try world()
    let client = gateway(world)
    client.send(
      "WEBIRC hunter2 g 192.0.2.7 192.0.2.7 :secure certfp-sha-256=\(String(repeating: "cd", count: 32))", "CAP LS 302")
    #expect(!client.lines.contains { $0.wire.contains("EXTERNAL") })
    let direct = gateway(world)
    direct.send("CAP LS 302")
    #expect(direct.lines.contains { $0.wire.contains("EXTERNAL") })
  }

  @Test(
    "Security considerations: any other place, password or time ends the connection with ERROR",
    arguments: [
      ("192.0.2.1", "WEBIRC hunter2 g 192.0.2.7 192.0.2.7", "Your address is no WebIRC gateway"),
      ("203.0.113.5", "WEBIRC hunter3 g 192.0.2.7 192.0.2.7", "Invalid WebIRC password"),
      ("203.0.113.5", "WEBIRC other g 192.0.2.7 192.0.2.7", "Invalid WebIRC password"),
      ("203.0.113.5", "WEBIRC hunter2 g host localhost", "Invalid WebIRC address"),
      ("203.0.113.5", "WEBIRC hunter2 g 192.0.2.7", "WEBIRC needs password, gateway, hostname and ip"),
      ("203.0.113.5", "WEBIRC", "WEBIRC needs password, gateway, hostname and ip"),
    ])
  func refused(address: String, line: String, reason: String) throws {
    let world = try world()
    let client = world.connect(address: address, trusted: false)
    client.send(line, "NICK x", "USER x 0 * :x")
    #expect(client.isClosed)
    #expect(client.read() == ["ERROR :Closing link: \(reason)"])
  }

  @Test("Format: it must be the first command, and comes once")
  func first() throws {
    let world = try world()
    for before in ["CAP LS 302", "NICK a", "NONSENSE", "WEBIRC hunter2 g 192.0.2.8 192.0.2.8"] {
      let client = gateway(world)
      client.send(before, "WEBIRC hunter2 g 192.0.2.7 192.0.2.7")
      #expect(client.isClosed)
      #expect(client.read().last == "ERROR :Closing link: WEBIRC must be the first command")
    }
    let late = gateway(world)
    register(late, "late")
    late.clear()
    late.send("WEBIRC hunter2 g 192.0.2.7 192.0.2.7")
    #expect(late.commands() == ["462"] && !late.isClosed)
  }

  @Test("limits per address count for the users, not for the gateway")
  func limits() throws {
    let world = try world { $0.connectionsPerAddress = 2 }
    var clients: [Client] = []
    for number in 1...5 {
      let client = gateway(world)
      client.send("WEBIRC hunter2 g 192.0.2.\(number) 192.0.2.\(number)")
      clients.append(client)
    }
    #expect(clients.allSatisfy { !$0.isClosed })
    let second = gateway(world)
    second.send("WEBIRC hunter2 g 192.0.2.1 192.0.2.1")
    #expect(!second.isClosed)
    let third = gateway(world)
    third.send("WEBIRC hunter2 g 192.0.2.1 192.0.2.1")
    #expect(third.isClosed)
    #expect(third.read() == ["ERROR :Closing link: Too many connections from your address"])
    clients[0].close()
    let fourth = gateway(world)
    fourth.send("WEBIRC hunter2 g 192.0.2.1 192.0.2.1")
    #expect(!fourth.isClosed)
  }

  @Test("a connection that counted before its address became a gateway's counts once")
  func reload() throws {
    let world = try World { $0.connectionsPerAddress = 1 }
    var configuration = Configuration()
    configuration.connectionsPerAddress = 1
    configuration.webircGateways = [
      WebIRCGateway(networks: [Network("203.0.113.0/24")].compactMap { $0 }, password: "hunter2")
    ]
    let early = gateway(world)
    world.post(.reconfigured(configuration))
    world.run()
    early.send("WEBIRC hunter2 g 192.0.2.7 192.0.2.7")
    #expect(!early.isClosed)
    let other = gateway(world)
    register(other, "other")
    #expect(!other.isClosed)
    early.close()
    let again = gateway(world)
    again.send("WEBIRC hunter2 g 192.0.2.7 192.0.2.7")
    #expect(!again.isClosed)
  }

  @Test("whoever comes from a gateway's address, but does not say WEBIRC, counts for that address")
  func without() throws {
    let world = try world { $0.connectionsPerAddress = 2 }
    let clients = (1...3).map { number in
      let client = gateway(world)
      register(client, "u\(number)")
      return client
    }
    #expect(clients.map(\.isClosed) == [false, false, true])
    #expect(clients[2].read() == ["ERROR :Closing link: Too many connections from your address"])
    clients[0].close()
    let fourth = gateway(world)
    register(fourth, "u4")
    #expect(!fourth.isClosed)
  }

  @Test("what is refused is logged without the password")
  func log() throws {
    let world = try world()
    gateway(world).send("WEBIRC secret g 192.0.2.7 192.0.2.7")
    let note = try #require(world.notes.last { $0.event == "webirc.refused" })
    #expect(note.fields.map { "\($0)=\($1)" } == ["reason=Invalid WebIRC password", "address=203.0.113.5"])
  }
}
