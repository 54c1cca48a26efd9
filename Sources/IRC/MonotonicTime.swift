/// A moment on a clock that never jumps. Timers, pauses and limits use it, because the wall clock may be set at any time. Its zero has
/// no meaning, and it must not be stored.
@frozen
public struct MonotonicTime: Hashable, Comparable, Sendable {
  /// Milliseconds since an unknown moment.
  public var milliseconds: Int64

  /// - Parameter milliseconds: as a monotonic clock counts them; any value.
  @inlinable
  public init(milliseconds: Int64) { self.milliseconds = milliseconds }

  /// Whole seconds, rounded down.
  public var seconds: Int64 { Timestamp.divide(milliseconds, by: 1000).quotient }

  /// In the order of time.
  @inlinable
  public static func < (left: MonotonicTime, right: MonotonicTime) -> Bool { left.milliseconds < right.milliseconds }

  /// The moment so much later, or earlier; stops at the ends of `Int64`.
  public func adding(milliseconds difference: Int64) -> MonotonicTime {
    MonotonicTime(milliseconds: Timestamp(milliseconds: milliseconds).adding(milliseconds: difference).milliseconds)
  }
}
