import ParleyCore
import ParleyServer
import Testing

@Suite("Invitation")
struct InvitationTests {
  private let certificate = CertificateDescription(
    fingerprint: String(repeating: "0f", count: 32), isSelfSigned: true, daysLeft: 100)
  private var pin: String { certificate.fingerprint }

  private func invitation(
    name: String = "chat.example.org", lobby: String = "#lobby",
    listeners: [String] = ["ircs://[::]", "irc://127.0.0.1"],
    isSelfSigned: Bool = true, proxies: [Network] = [], requiresProxyHeader: Bool = true
  ) throws -> Invitation {
    var setup = Setup(dataFolder: "", machine: .sample(hostName: name))
    setup.server.core.lobby = lobby
    setup.server.proxies = proxies
    setup.server.requiresProxyHeader = requiresProxyHeader
    var certificate = certificate
    certificate.isSelfSigned = isSelfSigned
    let parsed = try listeners.map { try Listener(url: $0) }
    return try #require(Invitation(settings: setup.server, listeners: parsed, certificate: certificate))
  }

  @Test("names host, port, room and fingerprint")
  func complete() throws {
    #expect(try invitation().description == "ircs://chat.example.org:6697/#lobby?fp=sha256:\(pin)")
  }

  @Test("has no fingerprint when clients can verify the certificate")
  func verified() throws {
    let invitation = try invitation(isSelfSigned: false)
    #expect(invitation.description == "ircs://chat.example.org:6697/#lobby")
    #expect(invitation.instructions.contains("irssi:      /connect -tls -tls_verify chat.example.org 6697"))
  }

  @Test("leads to a place that can be reached")
  func host() throws {
    #expect(try invitation(name: "tower").host == "localhost")
    #expect(try invitation(name: "tower").instructions.last?.contains("--name") == true)
    #expect(try invitation(listeners: ["ircs://[::1]:7000"]).description.hasPrefix("ircs://[::1]:7000/"))
    #expect(try invitation(listeners: ["irc://127.0.0.1:7001"]).description == "irc://127.0.0.1:7001/#lobby")
    #expect(
      try invitation(listeners: ["ircs://127.0.0.1:1", "ircs://[::]:2"]).description.hasPrefix(
        "ircs://chat.example.org:2/"))
  }

  @Test("escapes what a URL cannot hold, and needs no room")
  func rooms() throws {
    #expect(
      try invitation(lobby: "#a?b/é%").description.hasPrefix("ircs://chat.example.org:6697/#a%3Fb%2F%C3%A9%25?fp="))
    #expect(try invitation(lobby: "").description == "ircs://chat.example.org:6697/?fp=sha256:\(pin)")
  }

  @Test("tells what to type, each client in its own spelling of the fingerprint")
  func instructions() throws {
    let colons = Array(repeating: "0F", count: 32).joined(separator: ":")
    #expect(
      try invitation().instructions == [
        "Invitation: ircs://chat.example.org:6697/#lobby?fp=sha256:\(pin)",
        "irssi:      /connect -tls -notls_verify -tls_pinned_cert \(colons) chat.example.org 6697",
        "WeeChat 4:  /server add parley chat.example.org/6697 -tls -tls_fingerprint=\(pin)",
        "WeeChat 3:  /server add parley chat.example.org/6697 -ssl -ssl_fingerprint=\(pin)",
        "            /connect parley",
        "HexChat:    /server -ssl-noverify chat.example.org 6697",
        "Any client on this machine, without TLS: 127.0.0.1, port 6667",
      ])
  }

  @Test("names no way without TLS where a proxy's header is expected")
  func behindProxy() throws {
    let proxy = try #require(Network("127.0.0.1"))
    #expect(try invitation(proxies: [proxy]).plaintext == nil)
    #expect(try invitation(proxies: [proxy], requiresProxyHeader: false).plaintext != nil)
    #expect(try invitation(proxies: [try #require(Network("127.0.0.2"))]).plaintext != nil)
  }

  @Test("is nothing without listeners")
  func nothing() {
    let setup = Setup(dataFolder: "", machine: .sample())
    #expect(Invitation(settings: setup.server, listeners: [], certificate: nil) == nil)
  }
}
