public import IRC

extension ClientSession {
  /// Asks for a sign of life now, because there is reason to doubt that the connection still stands.
  public func check(now: Timestamp) {
    self.now = now
    guard phase == .ready, !pulse.isAsking else { return }
    pulse.asked(at: now)
    write(Message(command: "PING", parameters: [requests.nextName()]))
  }
}
