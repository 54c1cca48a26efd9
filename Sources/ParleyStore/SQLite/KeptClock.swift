internal import IRC
internal import SQLite

/// What the server knows of its clock, on its way into the file: with a commit about once a minute, so that it costs no sync of its own.
struct KeptClock {
  /// Milliseconds between two records.
  private static let interval: Int64 = 60_000

  var record: ClockRecord?
  private var written: ClockRecord?

  /// - Parameter atOnce: as soon as there is something new.
  func isDue(atOnce: Bool = false) -> Bool {
    guard let record, record != written else { return false }
    guard let written, !atOnce, record.proven == written.proven || record.steadyFor > 0 else { return true }
    return record.certain >= written.certain.adding(milliseconds: Self.interval) || record.certain < written.certain
  }

  func write(to database: Database) throws(SQLiteError) {
    guard let record else { return }
    try database.statement(
      "INSERT OR REPLACE INTO clock(id, certain, proven, steady_for, shown, doubted_for) VALUES (1, ?, ?, ?, ?, ?)"
    ).run(
      record.certain.milliseconds, record.proven?.milliseconds, record.steadyFor, record.shown?.milliseconds,
      record.doubtedFor)
  }

  /// What `write(to:)` has written is durable.
  mutating func isWritten() { written = record }

  /// A file that no run has kept its clock in, or whose record is damaged, tells by its newest event when the last one was. That one is proven if the events before
  /// it have come over more than a day.
  static func read(from database: Database) throws(SQLiteError) -> ClockRecord? {
    let kept = try database.statement(
      text: "SELECT certain, proven, steady_for, shown, doubted_for FROM clock WHERE \(RowChecksum.isRight("clock"))"
    ).first {
      ClockRecord(
        certain: Timestamp(milliseconds: $0.int(0)), proven: $0.isNull(1) ? nil : Timestamp(milliseconds: $0.int(1)),
        steadyFor: $0.int(2), shown: $0.isNull(3) ? nil : Timestamp(milliseconds: $0.int(3)), doubtedFor: $0.int(4))
    }
    if let kept { return kept }
    guard let newest = try database.number("SELECT time FROM events ORDER BY position DESC LIMIT 1") else { return nil }
    // A clock that has jumped leaves a hole of more than a week, or not a day's events behind it.
    let earlier = try database.statement(
      "SELECT min(time) FROM (SELECT time FROM events ORDER BY position DESC LIMIT 100000) WHERE time > ?"
    ).first(Timestamp(milliseconds: newest).adding(milliseconds: -7 * Self.day).milliseconds) { $0.int(0) }
    let time = Timestamp(milliseconds: newest)
    let isProven = earlier.map { Timestamp(milliseconds: $0) < time.adding(milliseconds: -Self.day) } ?? false
    return ClockRecord(certain: time, proven: isProven ? time : nil)
  }

  /// Milliseconds.
  private static let day: Int64 = 86_400_000
}
