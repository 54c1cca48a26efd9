public import IRC

/// What a server keeps of its clock, to tell at its next start whether the clock can be right.
public struct ClockRecord: Hashable, Sendable {
  /// The time that had come for certain when the record was made.
  public var certain: Timestamp
  /// A time that the clock showed after it had run steadily for so long that it counts as right; nil: it never did.
  public var proven: Timestamp?
  /// Milliseconds for which the clock has been steady, over restarts.
  public var steadyFor: Int64

  /// What the clock showed when the record was made; nil: not known.
  public var shown: Timestamp?
  /// Milliseconds for which the clock has been ahead of `certain`, and only went on, over restarts.
  public var doubtedFor: Int64

  public init(
    certain: Timestamp, proven: Timestamp? = nil, steadyFor: Int64 = 0, shown: Timestamp? = nil, doubtedFor: Int64 = 0
  ) {
    self.certain = certain
    self.proven = proven
    self.steadyFor = steadyFor
    self.shown = shown
    self.doubtedFor = doubtedFor
  }
}
