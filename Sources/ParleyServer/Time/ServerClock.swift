package import IRC
package import ParleyCore
package import ParleyStore

/// Judges the wall clock by a monotonic one and by what the server knew when it last ran.
///
/// - A clock that is ahead is followed, because servers are switched off and machines sleep. But data is removed for its age by the
///   server's own time until the clock has been steady for a day.
/// - A clock that is behind is followed, too, if the time before was never proven: then that one was wrong. Messages from the future are
///   dated again by the store.
/// - A clock that is behind a proven time is wrong. The server goes on by its own time, until the clock is right again or has been
///   steady for a day.
/// - A clock that shows a time before this program was made is wrong, and stays so.
package struct ServerClock: Sendable {
  /// 2026-11-01, before this version was released. Machines whose clock has no battery begin long before.
  package static let earliest = Timestamp(milliseconds: 1_793_491_200_000)
  /// Milliseconds by which a clock may be behind without being wrong.
  package static let tolerance: Int64 = 600_000
  /// Milliseconds by which it may be ahead without being doubted.
  package static let longestGap: Int64 = 3_600_000
  /// Milliseconds that a clock has to be steady for to be believed.
  package static let probation: Int64 = 86_400_000
  /// Milliseconds of difference that an operator should look at.
  package static let alarming: Int64 = 7 * 86_400_000

  /// What an operator should know of.
  package enum Report: Equatable, Sendable {
    /// Milliseconds by which the clock is ahead of the server's own time.
    case ahead(Int64)
    /// Milliseconds by which the clock is behind; the server goes on by its own time.
    case behind(Int64)
    /// The time before was wrong by so many milliseconds, and is forgotten.
    case setBack(Int64)
    /// The clock has been steady for long enough, or agrees again.
    case settled
  }

  /// The wall clock, as long as it does not agree with the server's own time.
  private struct Dissent {
    var difference: Int64
    /// Milliseconds.
    var steadyFor: Int64
  }

  private var own: Timestamp
  private var instant: MonotonicTime
  private var steadyFor: Int64
  private var proven: Timestamp?
  private var dissent: Dissent?
  private var shown: Timestamp
  /// Milliseconds for which earlier runs have seen a clock that was ahead and only went on; nil after the first reading.
  private var doubtedBefore: Int64?
  private var reports: [Report] = []
  /// Milliseconds by which the clock was set back in this run, because what it had shown before was wrong.
  package private(set) var setBack: Int64 = 0

  /// - Parameter record: as an earlier run kept it; nil: there was none.
  package init(record: ClockRecord?, wall: Timestamp, monotonic: MonotonicTime) {
    own = record?.certain ?? max(wall, Self.earliest)
    instant = monotonic
    steadyFor = record?.steadyFor ?? 0
    proven = record?.proven
    shown = wall
    let hasGoneOn = record?.shown.map { Self.difference(wall, $0) >= -Self.tolerance } ?? false
    doubtedBefore = hasGoneOn ? max(0, min(record?.doubtedFor ?? 0, Self.probation)) : 0
    _ = read(wall: wall, monotonic: monotonic)
  }

  /// To be kept for the next start.
  package var record: ClockRecord {
    ClockRecord(
      certain: own, proven: proven, steadyFor: steadyFor, shown: shown,
      doubtedFor: difference > 0 ? dissent?.steadyFor ?? 0 : 0)
  }

  package mutating func takeReports() -> [Report] {
    defer { reports = [] }
    return reports
  }

  /// Milliseconds by which the clock differs from the server's own time; 0: they agree.
  package var difference: Int64 { dissent?.difference ?? 0 }

  /// The server does not go by the wall clock.
  package var isOnItsOwn: Bool { difference < 0 }

  package mutating func read(wall: Timestamp, monotonic: MonotonicTime) -> Moment {
    let passed = max(0, monotonic.milliseconds - instant.milliseconds)
    instant = monotonic
    shown = wall
    own = own.adding(milliseconds: passed)
    let isFirst = doubtedBefore != nil
    defer { doubtedBefore = nil }
    let difference = Self.difference(wall, own)
    if (-Self.tolerance...Self.longestGap).contains(difference) {
      agree(on: wall, by: difference, after: passed, isFirst: isFirst)
      return Moment(wall: wall, monotonic: monotonic)
    }
    if let dissent, abs(Self.subtract(dissent.difference, difference)) <= Self.tolerance {
      self.dissent?.steadyFor = min(dissent.steadyFor + passed, Self.probation)
      if dissent.steadyFor + passed >= Self.probation, wall >= Self.earliest { return accept(wall, difference) }
    } else {
      let isBehindProven = proven.map { Self.difference(wall, $0) < -Self.tolerance } ?? false
      if difference < 0, !isBehindProven, wall >= Self.earliest {
        return forget(wall, difference)
      }
      reports.append(difference > 0 ? .ahead(difference) : .behind(-difference))
      dissent = Dissent(difference: difference, steadyFor: difference > 0 ? doubtedBefore ?? 0 : 0)
    }
    return Moment(wall: difference > 0 ? wall : own, monotonic: monotonic, certain: own)
  }

  private mutating func agree(on wall: Timestamp, by difference: Int64, after passed: Int64, isFirst: Bool) {
    if dissent != nil {
      dissent = nil
      reports.append(.settled)
    }
    own = wall
    // A server that starts again was away for a while.
    steadyFor = abs(difference) <= Self.tolerance || isFirst ? min(steadyFor + passed, Self.probation) : 0
    if steadyFor >= Self.probation { proven = wall }
  }

  /// The clock has shown the same difference for a day: the server's own time was wrong.
  private mutating func accept(_ wall: Timestamp, _ difference: Int64) -> Moment {
    if difference < 0 {
      setBack = -difference
      reports.append(.setBack(-difference))
    } else {
      reports.append(.settled)
    }
    (own, proven, dissent) = (wall, wall, nil)
    steadyFor = Self.probation
    return Moment(wall: wall, monotonic: instant)
  }

  /// Nothing had proven the time before.
  private mutating func forget(_ wall: Timestamp, _ difference: Int64) -> Moment {
    setBack = -difference
    reports.append(.setBack(-difference))
    (own, dissent) = (wall, nil)
    steadyFor = 0
    return Moment(wall: wall, monotonic: instant)
  }

  private static func difference(_ a: Timestamp, _ b: Timestamp) -> Int64 { subtract(a.milliseconds, b.milliseconds) }

  /// Clocks show anything: the difference stops short of the ends of `Int64`, so that its sign can be changed.
  private static func subtract(_ a: Int64, _ b: Int64) -> Int64 {
    let (result, isOverflowing) = a.subtractingReportingOverflow(b)
    if isOverflowing { return a < b ? -Int64.max : .max }
    return max(result, -Int64.max)
  }
}
