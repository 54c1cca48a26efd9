import IRC

/// "A client MUST NOT send more than one typing notification every 3 seconds" (typing): of those who do, the others do not hear.
struct TypingThrottle {
  static let interval: Int64 = 3_000
  /// Conversations of one connection; beyond, the oldest is forgotten.
  private static let limit = 16

  private var last: [(target: String, state: String, at: MonotonicTime)] = []

  /// A change passes at once, the same again only after the interval.
  mutating func passes(_ state: String, _ target: String, at now: MonotonicTime) -> Bool {
    if let index = last.firstIndex(where: { $0.target == target }) {
      let known = last[index]
      let age = now.milliseconds - known.at.milliseconds
      if known.state == state, (0..<Self.interval).contains(age) { return false }
      last.remove(at: index)
    } else if last.count >= Self.limit {
      last.removeFirst()
    }
    last.append((target, String(state.prefix(16)), now))
    return true
  }
}
