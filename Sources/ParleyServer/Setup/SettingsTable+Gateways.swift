import ParleyCore

extension SettingsTable {
  /// What stands between people and this server, and what they are told to use.
  static let gateways: [Setting] = [
    .list(
      "proxy-networks", \.server.proxies, unit: "ADDRESS/LENGTH",
      "Networks of proxies that say whom they speak for: in a header of the PROXY protocol, version 1 or 2, or on ws and wss listeners in X-Forwarded-For or Forwarded.",
      parse: network, render: \.description),
    .flag(
      "proxy-required", \.server.requiresProxyHeader,
      "Connections from proxy-networks that do not say whom they speak for are refused."),
    .list(
      "webirc", \.server.core.webircGateways, unit: "ADDRESS/LENGTH[,ADDRESS/LENGTH...] PASSWORD",
      "Web gateways that may say whom they speak for (WEBIRC): where they run, and their password.", isSecret: true,
      parse: { (text) throws(BadValue) in
        let words = text.split(separator: " ")
        guard words.count == 2, !words[1].hasPrefix(":") else {
          throw BadValue("it takes networks with commas between them, a space, and a password of one word")
        }
        let networks = try words[0].split(separator: ",", omittingEmptySubsequences: false)
          .map { (part) throws(BadValue) in try network(String(part)) }
        return WebIRCGateway(networks: networks, password: String(words[1]))
      }, render: { "\($0.networks.map(\.description).joined(separator: ",")) \($0.password)" }),
    .number(
      "sts-duration", \.server.core.stsDuration, -1...315_360_000, unit: "seconds",
      "How long clients that have connected with TLS must go on using it (STS). 0: no such policy; -1: clients are to forget theirs."
    ),
    .number(
      "sts-port", \.server.core.stsPort, 0...65_535, unit: "port",
      "Where STS sends clients that connect without TLS; 0: to the first ircs listener that is not on loopback."),
    .flag(
      "sts-preload", \.server.core.stsPreload, "Agree to be in lists of servers that clients never use without TLS."),
  ]

  @Sendable static func network(_ text: String) throws(BadValue) -> Network {
    guard let network = Network(text) else {
      throw BadValue("`\(text)` is no network such as 10.0.0.0/8 or 2001:db8::/32")
    }
    return network
  }
}
