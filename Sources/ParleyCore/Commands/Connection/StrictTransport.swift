import IRC

/// The capability `sts` (IRCv3 "sts"): clients are told to use TLS. It is listed, with a value, and never requested.
enum StrictTransport {
  /// What a connection is told; nil: nothing.
  ///
  /// Nothing on loopback, where there is nobody to hide from and no certificate that fits the name, and nothing to web clients, whose
  /// pages decide how they connect.
  static func text(_ configuration: Configuration, _ session: Session) -> String? {
    let duration = configuration.stsDuration
    guard duration != 0, session.capVersion >= 302, !session.info.isLoopback, !session.info.isWebSocket else {
      return nil
    }
    if session.info.isSecure {
      return "sts=duration=\(max(0, duration))" + (configuration.stsPreload && duration > 0 ? ",preload" : "")
    }
    return duration > 0 && configuration.stsPort > 0 ? "sts=port=\(configuration.stsPort)" : nil
  }
}

extension Core {
  /// New settings count from now on.
  ///
  /// "A server updates an sts policy by sending a CAP NEW notification." There is no CAP DEL for it.
  func reconfigure(_ configuration: Configuration) {
    let before = self.configuration
    self.configuration = configuration
    expiredAt = nil
    applyRestrictions(since: before)
    for session in sessions.values.sorted(by: { $0.id < $1.id }) where session.has(.capNotify) {
      guard let text = StrictTransport.text(configuration, session), text != StrictTransport.text(before, session)
      else {
        continue
      }
      send(
        Message(source: configuration.serverName, command: "CAP", parameters: [session.addressee, "NEW", text]),
        to: session)
    }
  }
}
