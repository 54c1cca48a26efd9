import IRC

/// Whether the connection is alive: a server that says nothing is asked, and given up when it does not answer.
struct Pulse {
  static let silence: Int64 = 60_000
  static let patience: Int64 = 20_000

  private var lastHeard: Timestamp
  private var askedAt: Timestamp?

  init(now: Timestamp) { lastHeard = now }

  /// Anything the server sends is a sign of life.
  mutating func heard(at now: Timestamp) {
    lastHeard = now
    askedAt = nil
  }

  mutating func asked(at now: Timestamp) { askedAt = now }

  var isAsking: Bool { askedAt != nil }

  var deadline: Timestamp {
    askedAt.map { $0.adding(milliseconds: Self.patience) } ?? lastHeard.adding(milliseconds: Self.silence)
  }
}
