public import IRC

/// The time at which something happens to the core, on each of its clocks.
public struct Moment: Sendable {
  /// The time of day. Messages and records get it.
  public var wall: Timestamp
  /// Timers, pauses and limits are measured with it.
  public var monotonic: MonotonicTime
  /// The time that has come for certain. Data is removed for its age by it: a wall clock that jumps ahead, perhaps by mistake, must
  /// not make everything old.
  public var certain: Timestamp

  /// - Parameter certain: nil: `wall` is.
  public init(wall: Timestamp, monotonic: MonotonicTime, certain: Timestamp? = nil) {
    self.wall = wall
    self.monotonic = monotonic
    self.certain = certain ?? wall
  }
}
