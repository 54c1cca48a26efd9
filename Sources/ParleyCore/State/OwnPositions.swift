import ParleyStore

/// Where in the log the last messages stand that a connection has sent itself.
///
/// It has had their echo, or wanted none: what is replayed to it because it was too slow leaves them out. A connection
/// that has not read what it was sent is given nothing more to do, so the last few are enough.
struct OwnPositions {
  private static let capacity = 256
  private var positions: [LogPosition] = []
  private var next = 0

  mutating func append(_ position: LogPosition) {
    if positions.count < Self.capacity {
      positions.append(position)
    } else {
      positions[next] = position
      next = (next + 1) % Self.capacity
    }
  }

  func contains(_ position: LogPosition) -> Bool { positions.contains(position) }
}
