import IRC
import ParleyStore

/// Old messages go: the settings `retention-days` and `retention-messages`, and room mode `H`.
extension Core {
  /// Seconds between two rounds.
  private static let expiryInterval: Int64 = 600

  /// The store does it when it has nothing better to do; the clock is ours. Ages are told by the time that is certain, because a
  /// clock that is ahead by mistake would remove everything.
  func orderExpiry() {
    guard !isShuttingDown else { return }
    if let expiredAt, instant.seconds - expiredAt.seconds < Self.expiryInterval { return }
    expiredAt = instant
    var policy = RetentionPolicy(
      messages: configuration.retentionMessages, seconds: configuration.retentionDays * 86_400)
    let seconds = configuration.guestRetentionDays * 86_400
    let staying = guests.values.filter { certainTime.seconds - $0.signedOnAt.seconds >= seconds }.map(\.identity)
    policy.guests = GuestRetention(seconds: seconds, staying: Set(staying))
    // Also if nothing is limited: rooms may have ended.
    transact(Transaction(.expire(policy, now: certainTime)))
  }
}
