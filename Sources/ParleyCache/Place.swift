import IRC

/// Where a row stands in its chat. Rows are in the order of `time`, then of `tie`, then of their ids.
///
/// Messages with a sequence stand by it, since their time never decreases with it. Others stand by the server's time,
/// and within one millisecond by arrival, unless `insert` was told better. What happened comes behind what was said
/// in the same millisecond. What waits in the outbox, or failed, is at the very end, in the order of sending.
struct Place: Equatable, Comparable, Sendable {
  var time: Int64
  var tie: Int64

  /// Before everything.
  static let start = Place(time: .min, tie: .min)

  /// Places from here on belong to rows that the server does not have. Their number is added.
  static let firstWaitingTime: Int64 = 1 << 61
  private static let latestTime: Int64 = 1 << 60

  /// The distance between neighbours in one millisecond: room for what turns up between them.
  private static let spacing: Int64 = 1 << 28
  private static let pageRoom: Int64 = 1 << 16
  /// From here on stands what happened.
  private static let firstEventTie: Int64 = 1 << 62

  static func < (left: Place, right: Place) -> Bool {
    left.time != right.time ? left.time < right.time : left.tie < right.tie
  }

  init(time: Int64, tie: Int64) {
    self.time = time
    self.tie = tie
  }

  /// The place of a row the server has.
  ///
  /// - Parameter number: rises with every row that comes.
  init(time: Timestamp, sequence: Int64, kind: Int64, number: Int64) {
    self.time = Self.bounded(time)
    if sequence > 0 {
      tie = Self.spaced(sequence)
    } else if MessageRow.isSaid(kind) {
      tie = Self.spaced(number)
    } else {
      tie = Self.firstEventTie + min(number, 1 << 56) << 4
    }
  }

  /// The place of a row the server does not have (yet).
  static func waiting(number: Int64) -> Place { Place(time: firstWaitingTime + min(number, 1 << 60), tie: 0) }

  /// Behind everything of a moment.
  static func end(of time: Timestamp) -> Place { Place(time: bounded(time), tie: .max) }

  /// Of what is no longer here: behind, or before, all that was said in that millisecond.
  static func unknown(_ time: Timestamp, isLast: Bool) -> Place {
    Place(time: bounded(time), tie: isLast ? firstEventTie - 2 : -firstEventTie)
  }

  /// A tie behind a neighbour, if there is one, and before an end that is higher: right behind the row that came just
  /// before, which is of the same page; otherwise so that there is room for the page. Gaps are filled from their newer
  /// end: there is room for 4,096 pages in each millisecond. Beyond that it is the neighbour's, and ids decide.
  static func tie(between neighbour: (tie: Int64, id: Int64)?, _ id: Int64, and end: Int64) -> Int64 {
    guard let neighbour else { return end - pageRoom }
    let room = end - neighbour.tie
    if room > 1, neighbour.id == id - 1 { return neighbour.tie + 1 }
    return room > 2 * pageRoom ? end - pageRoom : neighbour.tie + room / 2
  }

  var isWaiting: Bool { time >= Self.firstWaitingTime }

  private static func bounded(_ time: Timestamp) -> Int64 { min(max(time.milliseconds, -latestTime), latestTime) }

  /// Servers with epochs number from far above; there every number has a place of its own, too, and nothing needs room between them.
  private static func spaced(_ number: Int64) -> Int64 {
    number <= lastSpaced ? number * spacing : lastSpaced * spacing + min(number, 1 << 53)
  }

  private static let lastSpaced: Int64 = 1 << 33
}
