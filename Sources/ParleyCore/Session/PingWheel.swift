import IRC

/// When each session is to be looked at next: one bucket a second, so that a tick touches only those that are due.
struct PingWheel {
  private static let size: Int64 = 1024
  private var buckets: [[ConnectionID]] = Array(repeating: [], count: Int(PingWheel.size))
  private var position: Int64?

  /// - Parameter delay: seconds from now, at least 1; longer ones than the wheel come early and are put in again.
  mutating func schedule(_ id: ConnectionID, in delay: Int64, at now: MonotonicTime) {
    let second = now.seconds + min(max(delay, 1), Self.size - 1)
    buckets[Self.index(second)].append(id)
  }

  /// Everybody due since the last call.
  mutating func due(at now: MonotonicTime) -> [ConnectionID] {
    let current = now.seconds
    guard let last = position, current > last - 5, current - last < Self.size else {
      // The first call, or the first one for a long time: everybody is looked at once.
      let isFirst = position == nil
      position = current
      guard !isFirst else { return take(current) }
      return (0..<Self.size).flatMap { take($0) }
    }
    guard current > last else { return [] }
    position = current
    return (last + 1...current).flatMap { take($0) }
  }

  private mutating func take(_ second: Int64) -> [ConnectionID] {
    let index = Self.index(second)
    defer { buckets[index] = [] }
    return buckets[index]
  }

  private static func index(_ second: Int64) -> Int { Int(((second % size) + size) % size) }
}
