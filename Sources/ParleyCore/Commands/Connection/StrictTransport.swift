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
