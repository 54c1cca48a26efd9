/// New times for events that were dated by a clock that was ahead.
public enum TimeCorrection {
  /// Milliseconds by which a conversation may be ahead of the clock without being corrected: they pass by themselves.
  public static let tolerance: Int64 = 600_000

  /// Moves times back by as much as the last one is ahead, and keeps them in strict order.
  /// - Parameters:
  ///   - times: milliseconds, in ascending order.
  ///   - floor: the time of the event before them.
  ///   - shift: by how much they are moved.
  public static func corrected(_ times: [Int64], after floor: Int64, by shift: Int64) -> [Int64] {
    var last = floor
    return times.map { time in
      last = max(last + 1, time - shift)
      return last
    }
  }
}
