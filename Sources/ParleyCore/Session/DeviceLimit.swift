import IRC

/// The limit on devices of an account (`sessions-per-account`).
extension Core {
  /// Ends a connection of the user if it has one too many, because a new device must get in also when dead connections take all places.
  /// A connection of the same device name is replaced first, otherwise the one that has been silent for the longest time.
  func replaceDevice(of user: User, by session: Session) {
    while user.sessions.count > max(1, configuration.sessionsPerAccount) {
      let others = user.sessions.filter { $0 !== session }
      let sameDevice = others.filter { !$0.device.isEmpty && $0.device == session.device }
      let oldest = (sameDevice.isEmpty ? others : sameDevice).min { a, b in
        (a.lastHeardAt, a.connectedAt, a.id) < (b.lastHeardAt, b.connectedAt, b.id)
      }
      guard let oldest else { return }
      let device = oldest.device.isEmpty ? "" : " (\(oldest.device))"
      close(
        oldest,
        "Replaced\(device): another device of your account has connected, and \(configuration.sessionsPerAccount) is the limit"
      )
    }
  }
}
