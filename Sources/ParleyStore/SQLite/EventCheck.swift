internal import IRC
internal import SQLite

/// One pass over the log in the order of positions: every event is what was written, and stands behind the one before it.
struct EventCheck {
  private static let mostProblems = 10

  let database: Database

  private struct Tail {
    var sequence: Int64
    var time: Int64
  }

  func run() throws(SQLiteError) -> [String] {
    var tails = try expiredTails()
    var problems: [String] = []
    var count = 0
    func complain(_ problem: String) {
      count += 1
      if count <= Self.mostProblems { problems.append(problem) }
    }
    try database.prepare(
      """
      SELECT position, conversation, sequence, time, CASE WHEN \(RowChecksum.isSound) THEN '' ELSE \(RowNames.event) END
      FROM events ORDER BY position
      """
    ).eachRow { row in
      let (conversation, sequence, time) = (row.int(1), row.int(2), row.int(3))
      let damaged = row.text(4)
      if !damaged.isEmpty { complain("an event is damaged: \(damaged)".printable) }
      if let tail = tails[conversation] {
        if sequence <= tail.sequence || time < tail.time {
          complain("order or time runs backwards: conversation \(conversation), sequence \(sequence)")
        }
      }
      tails[conversation] = Tail(sequence: sequence, time: time)
      return true
    }
    if count > Self.mostProblems { problems.append("events: \(count - Self.mostProblems) more problems") }
    return problems
  }

  private func expiredTails() throws(SQLiteError) -> [Int64: Tail] {
    var tails: [Int64: Tail] = [:]
    try database.prepare("SELECT conversation, sequence, time FROM expired").eachRow {
      tails[$0.int(0)] = Tail(sequence: $0.int(1), time: $0.int(2))
      return true
    }
    return tails
  }
}
