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
    try database.statement("INSERT OR REPLACE INTO clock(id, certain, proven, steady_for) VALUES (1, ?, ?, ?)")
      .run(record.certain.milliseconds, record.proven?.milliseconds, record.steadyFor)
  }

  /// What `write(to:)` has written is durable.
  mutating func isWritten() { written = record }

  /// A file that no run has kept its clock in tells by its newest event when the last one was.
  static func read(from database: Database) throws(SQLiteError) -> ClockRecord? {
    let kept = try database.statement("SELECT certain, proven, steady_for FROM clock").first {
      ClockRecord(
        certain: Timestamp(milliseconds: $0.int(0)),
        proven: $0.isNull(1) ? nil : Timestamp(milliseconds: $0.int(1)), steadyFor: $0.int(2))
    }
    if let kept { return kept }
    return try database.number("SELECT time FROM events ORDER BY position DESC LIMIT 1").map {
      ClockRecord(certain: Timestamp(milliseconds: $0))
    }
  }
}
