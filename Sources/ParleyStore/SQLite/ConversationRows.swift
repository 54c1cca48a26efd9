internal import IRC
internal import SQLite

/// The events of a conversation in their order, whatever their classes. Sequences may have gaps.
struct ConversationRows {
  struct Row {
    var sequence: Int64
    var position: LogPosition
    var time: Int64
    /// It is as it was written.
    var isSound: Bool
  }

  let database: Database
  let conversation: Int64

  init(_ conversation: Int64, _ database: Database) {
    self.database = database
    self.conversation = conversation
  }

  func first(from sequence: Int64 = .min) throws(SQLiteError) -> Row? { try first(1, from: sequence).first }

  func last(before sequence: Int64 = .max) throws(SQLiteError) -> Row? { try last(1, before: sequence).first }

  func first(_ count: Int, from sequence: Int64) throws(SQLiteError) -> [Row] {
    try rows(database.statement(text: Self.ascending), from: sequence, before: .max, count)
  }

  /// The newest one first.
  func last(_ count: Int, before sequence: Int64 = .max) throws(SQLiteError) -> [Row] {
    try rows(database.statement(text: Self.descending), from: .min, before: sequence, count)
  }

  /// The first sequence whose event fulfils a condition that no earlier ones do. Times and positions grow with sequences, so that some
  /// twenty steps find it. One more than the last sequence if none does.
  func firstSequence(where isReached: (Row) -> Bool) throws(SQLiteError) -> Int64 {
    guard let first = try first(), let last = try last() else { return 1 }
    // Everything below `low` is too early; the answer is at most `high`.
    var low = first.sequence
    var high = last.sequence + 1
    while low < high {
      let middle = low + (high - low) / 2
      var found = try exactly(middle)
      if found == nil { found = try self.first(from: middle) }
      if let row = found, !isReached(row) { low = row.sequence + 1 } else { high = middle }
    }
    return low
  }

  /// Cheaper than `first(from:)`: most events are messages, whose class is looked at first.
  private func exactly(_ sequence: Int64) throws(SQLiteError) -> Row? {
    try database.statement(
      text: """
        SELECT position, time, \(RowChecksum.isSound) FROM events
        WHERE conversation = ? AND class IN (\(EventClass.list)) AND sequence = ? LIMIT 1
        """
    ).first(conversation, sequence) {
      Row(sequence: sequence, position: $0.int(0), time: $0.int(1), isSound: $0.int(2) == 1)
    }
  }

  /// Whether each sequence of a range has an event.
  func areComplete(_ sequences: ClosedRange<Int64>) throws(SQLiteError) -> Bool {
    let count = try database.statement(
      text: """
        SELECT count(*) FROM events
        WHERE conversation = ? AND class IN (\(EventClass.list)) AND sequence BETWEEN ? AND ?
        """
    ).first(conversation, sequences.lowerBound, sequences.upperBound) { $0.int(0) }
    return count == Int64(sequences.count)
  }

  private func rows(
    _ statement: Statement, from first: Int64, before end: Int64, _ count: Int
  ) throws(SQLiteError) -> [Row] {
    var rows: [Row] = []
    try statement.eachRow(conversation, first, end, count) {
      rows.append(Row(sequence: $0.int(0), position: $0.int(1), time: $0.int(2), isSound: $0.int(3) == 1))
      return true
    }
    return rows
  }

  private static let ascending = query(order: "ASC")
  private static let descending = query(order: "DESC")

  /// The inner query reads the index only, and no further than the limit.
  private static func query(order: String) -> String {
    let ranges = EventClass.all.map {
      """
      SELECT sequence AS number, position AS place FROM events
      WHERE conversation = ?1 AND class = \($0) AND sequence >= ?2 AND sequence < ?3
      """
    }
    return """
      SELECT number, place, time, \(RowChecksum.isSound)
      FROM (\(ranges.joined(separator: " UNION ALL ")) ORDER BY number \(order) LIMIT ?4)
        CROSS JOIN events ON position = place
      ORDER BY number \(order)
      """
  }
}
