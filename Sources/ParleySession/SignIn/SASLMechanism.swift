import IRC

/// The ways to sign in that this client knows (IRCv3 sasl-3.1, sasl-3.2).
enum SASLMechanism: String {
  case external = "EXTERNAL"
  case scramSHA256 = "SCRAM-SHA-256"
  case plain = "PLAIN"

  var needsSecret: Bool { self != .external }

  /// What to try, in this order. PLAIN shows the password to whoever reads the connection.
  static func candidates(_ settings: SessionSettings) -> [SASLMechanism] {
    let list: [SASLMechanism] =
      switch settings.signIn {
      case .none: []
      case .automatic: settings.hasCertificate ? [.external, .scramSHA256, .plain] : [.scramSHA256, .plain]
      case .plain: [.plain]
      case .scram: [.scramSHA256]
      case .external: [.external]
      }
    return settings.isPrivate && !settings.refusesPlain ? list : list.filter { $0 != .plain }
  }

  /// Those of a `sasl` capability's value or of RPL_SASLMECHS; an empty value says nothing.
  static func offered(_ list: String, among candidates: [SASLMechanism]) -> [SASLMechanism] {
    if list.isEmpty { return candidates }
    let names = list.split(separator: ",").map { $0.uppercased() }
    return candidates.filter { names.contains($0.rawValue) }
  }
}
