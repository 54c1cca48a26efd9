import IRC

/// Strict transport security (IRCv3 sts): a network says that it is to be reached by TLS only.
extension ClientSession {
  /// Reads the policy in the server's list of capabilities. Without TLS the session ends, and nothing more is said.
  func obeyStrictTransport() {
    guard capabilities.offered.contains(.sts) else { return }
    var words: [Substring: Substring] = [:]
    for word in capabilities.value(of: .sts).split(separator: ",") {
      let parts = word.split(separator: "=", maxSplits: 1)
      if parts.count == 2 { words[parts[0]] = parts[1] }
    }
    if settings.isSecure {
      // "Clients MUST ignore" a port here, and a duration without TLS.
      guard let duration = words["duration"].flatMap({ Int64($0) }), duration >= 0 else { return }
      events.append(.strictTransport(seconds: min(duration, 31_536_000)))
    } else if let port = words["port"].flatMap({ UInt16($0) }), port > 0 {
      tellEnd(.secureConnectionNeeded(port: port))
      close()
    }
  }
}
