/// How fast one client may send: a bucket of lines that fills with time.
package struct LineRate {
  /// The client is trusted: it has no limit.
  package var isTrusted = false
  /// Thousandths of a line.
  private var credit = 0
  private var filledAt: Int64 = 0

  package init() {}

  /// By the limits of the moment: a reload changes them for connections that there are.
  package func isUnlimited(_ limits: ConnectionLimits) -> Bool {
    isTrusted || limits.lineBurst == 0 || limits.linesPerSecond == 0
  }

  /// A new client may send a burst.
  package mutating func fill(_ limits: ConnectionLimits) {
    credit = limits.lineBurst * 1000
    filledAt = MonotonicClock.milliseconds()
  }

  /// Lines it may send now.
  package mutating func available(_ limits: ConnectionLimits) -> Int {
    let now = MonotonicClock.milliseconds()
    credit = min(limits.lineBurst * 1000, credit + Int(now - filledAt) * limits.linesPerSecond)
    filledAt = now
    return credit / 1000
  }

  package mutating func spend(_ lines: Int) { credit -= lines * 1000 }

  /// 1 or more.
  package func millisecondsToNext(_ limits: ConnectionLimits) -> Int64 {
    Int64(max(0, 1000 - credit) / max(1, limits.linesPerSecond)) + 1
  }
}
