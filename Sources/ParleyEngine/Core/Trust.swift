import IRC
import ParleySession
import SQLite

// What a server has to be before it is told a password, and how the network wants to be reached.
extension EngineCore {
  /// Whether the next session would send, or prove, a password.
  func sendsPassword(_ identity: Identity) -> Bool {
    if identity.serverPassword != nil { return true }
    let mechanism = identity.state.settings["sasl"] ?? "auto"
    return mechanism != "none" && mechanism != "external" && !accountWanted(identity).isEmpty
  }

  // MARK: - Strict transport security

  /// The port of TLS that a network without TLS in its link wants; nil: it wants none.
  func strictPort(_ identity: Identity) -> UInt16? {
    let words = (identity.state.settings[HiddenKey.strict] ?? "").split(separator: " ")
    guard words.count == 2, let port = UInt16(words[0]), let end = Int64(words[1]), end > wallClock.milliseconds else {
      return nil
    }
    return port
  }

  /// The network has said, without TLS, that it wants TLS. Until it says there for how long, that holds for this attempt.
  func secureConnectionNeeded(_ port: UInt16, _ identity: Identity) throws(SQLiteError) {
    try set(identity, HiddenKey.strict, "\(port) \(wallClock.milliseconds + 300_000)")
    identity.failures = 0
    if identity.isWanted {
      scheduleRetry(identity, result: .lost, reason: "The network wants an encrypted connection.")
      identity.retryAt = now
    }
  }

  /// What it says with TLS.
  func strictTransport(_ seconds: Int64, _ identity: Identity) throws(SQLiteError) {
    guard identity.isUpgraded, let port = strictPort(identity) else { return }
    try set(
      identity, HiddenKey.strict, seconds > 0 ? "\(port) \(wallClock.milliseconds + seconds * 1_000)" : nil)
  }

  // MARK: - Flood control

  /// A network that ends a connection because of too many messages is sent fewer at once from then on.
  func learnCaution(_ reason: String, _ identity: Identity) throws(SQLiteError) {
    guard identity.onlineSince != nil, ClientSession.isAboutFlood(reason) else { return }
    let caution = identity.state.settings[HiddenKey.caution].flatMap { Int($0) } ?? 0
    if caution < 3 { try set(identity, HiddenKey.caution, String(caution + 1)) }
  }
}
