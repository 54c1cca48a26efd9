public import IRC

/// Whether the connection is alive: a server that says nothing is asked, and given up when it does not answer.
struct Pulse {
  static let silence: Int64 = 60_000
  static let patience: Int64 = 20_000
  /// The same while a command waits for its answer: a dead network is noticed within 20 seconds.
  static let busySilence: Int64 = 8_000
  static let busyPatience: Int64 = 10_000
  /// How long the answer may take after the host has said that the network has changed.
  static let probePatience: Int64 = 5_000

  private var lastHeard: Timestamp
  private var askedAt: Timestamp?
  private(set) var isProbing = false

  init(now: Timestamp) { lastHeard = now }

  /// Anything the server sends is a sign of life.
  mutating func heard(at now: Timestamp) {
    lastHeard = now
    askedAt = nil
    isProbing = false
  }

  mutating func asked(at now: Timestamp, isProbing: Bool = false) {
    askedAt = now
    self.isProbing = isProbing
  }

  var isAsking: Bool { askedAt != nil }

  /// - Parameter waiting: since when a command waits for its answer; nil: none does.
  func deadline(waiting: Timestamp?) -> Timestamp {
    if let askedAt {
      let patience = isProbing ? Self.probePatience : waiting == nil ? Self.patience : Self.busyPatience
      return askedAt.adding(milliseconds: patience)
    }
    let idle = lastHeard.adding(milliseconds: Self.silence)
    guard let waiting else { return idle }
    return min(idle, max(waiting, lastHeard).adding(milliseconds: Self.busySilence))
  }
}

extension ClientSession {
  var pulseDeadline: Timestamp { pulse.deadline(waiting: requests.waitingSince) }

  /// The network may have changed: asks the server for a sign of life at once, and gives it little time.
  public func probe(now: Timestamp) {
    self.now = now
    guard phase == .ready, !isQuitting, !pulse.isProbing else { return }
    pulse.asked(at: now, isProbing: true)
    write(Message(command: "PING", parameters: [requests.nextName()]))
  }
}
