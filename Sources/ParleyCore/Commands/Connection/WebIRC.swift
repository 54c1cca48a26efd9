import IRC

/// WEBIRC: a web gateway says whom it speaks for (IRCv3 "webirc"). Whatever is wrong with it ends the connection.
///
/// The host name is not used: people are shown by cloaks. Nor is a certificate's fingerprint: whoever has a gateway's password could
/// sign in as anybody with one.
enum WebIRCCommand {
  static let command = Command(name: "WEBIRC", minimumParameters: 0, handler: .registration(run))

  private static func run(_ call: RegistrationCall) -> Bool {
    let (core, session, parameters) = (call.core, call.session, call.message.parameters)
    func refuse(_ reason: String, isFalse: Bool = false) -> Bool {
      core.log(isFalse ? .webircRefused(reason: reason) : .connectionRefused(reason: reason), of: session)
      core.close(session, reason, reply: call.reply)
      return false
    }
    guard session.commandCount == 1 else { return refuse("WEBIRC must be the first command") }
    guard parameters.count >= 4 else { return refuse("WEBIRC needs password, gateway, hostname and ip") }
    let gateways = core.configuration.gateways(at: session.info.address)
    guard !gateways.isEmpty else { return refuse("Your address is no WebIRC gateway", isFalse: true) }
    // All are compared: how long it takes says nothing.
    let matching = gateways.filter { SecretComparison.equal(parameters[0], $0.password) }
    guard !matching.isEmpty else { return refuse("Invalid WebIRC password", isFalse: true) }
    guard let address = NetworkAddress(parameters[3]) else { return refuse("Invalid WebIRC address") }

    // "MUST ONLY treat the connection as secure if this flag is sent and the connection from the gateway to the server is also
    // secure with TLS."
    let options = parameters.count > 4 ? parameters[4].split(separator: " ") : []
    let isSecureThere = options.contains { $0 == "secure" || $0.hasPrefix("secure=") }
    // It may have been no gateway's when it came.
    core.discount(session)
    session.info = ConnectionInfo(
      address: address.text, isSecure: session.info.isSecure && isSecureThere, isLoopback: false,
      isWebSocket: session.info.isWebSocket, isTrusted: false)
    if let obstacle = core.admit(session) { return refuse(obstacle) }
    return true
  }
}

/// Programs that bring people from the web, by where they run and what they know.
public struct WebIRCGateway: Hashable, Sendable {
  public var networks: [Network]
  public var password: String

  public init(networks: [Network], password: String) {
    self.networks = networks
    self.password = password
  }
}

extension Configuration {
  func gateways(at address: String) -> [WebIRCGateway] {
    guard !webircGateways.isEmpty, let address = NetworkAddress(address) else { return [] }
    return webircGateways.filter { gateway in gateway.networks.contains { $0.contains(address) } }
  }
}
