public import IRC

/// The time of a turn, by two clocks.
public struct EngineTime: Sendable {
  /// By a clock that nobody sets, and that runs while the machine sleeps. Everything that is waited for is measured by it. Its
  /// beginning does not matter.
  public var monotonic: Timestamp
  /// The time of day, for people and for messages without a time of the server's.
  public var wall: Timestamp

  public init(monotonic: Timestamp, wall: Timestamp) {
    self.monotonic = monotonic
    self.wall = wall
  }
}
