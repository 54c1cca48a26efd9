/// A moment in UTC, exact to the millisecond (IRCv3 server-time).
@frozen
public struct Timestamp: Hashable, Comparable, Sendable {
  /// Milliseconds since 1970-01-01T00:00:00Z without leap seconds; negative before.
  public var milliseconds: Int64

  /// - Parameter milliseconds: since 1970-01-01T00:00:00Z; any value.
  @inlinable
  public init(milliseconds: Int64) { self.milliseconds = milliseconds }

  /// Whole seconds since 1970, rounded down.
  public var seconds: Int64 { Self.divide(milliseconds, by: 1000).quotient }

  /// In the order of time.
  @inlinable
  public static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

  /// The moment so much later, or earlier; stops at the ends of `Int64`.
  public func adding(milliseconds difference: Int64) -> Timestamp {
    let (sum, isOverflowing) = milliseconds.addingReportingOverflow(difference)
    return Timestamp(milliseconds: isOverflowing ? (difference < 0 ? .min : .max) : sum)
  }

  /// Rounded down, with a remainder that is never negative.
  static func divide(_ value: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
