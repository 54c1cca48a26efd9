internal import IRC
internal import SQLite

/// Dates events again whose times are in the future, because they were written while the clock was ahead. It goes over all conversations
/// after each start and whenever the clock has been set back, in slices.
final class TimeCorrectionRun {
  /// Events that are dated again in one slice, and in one append.
  static let eventsPerSlice = 1_000
  private static let conversationsPerSlice = 200

  /// The time that the present sweep goes by; nil: none is due.
  private var limit: Int64?
  private var newest: Int64?
  /// The last conversation that is done.
  private var cursor = Int64.min
  /// A conversation with more events than fit one slice, and by how much its times are moved.
  private var large: (conversation: Int64, shift: Int64)?

  var isDue: Bool { limit != nil }

  func observe(_ now: Timestamp) {
    let time = now.milliseconds
    defer { newest = time }
    guard let newest else { return begin(at: time) }
    if time < newest - TimeCorrection.tolerance { begin(at: time) }
  }

  private func begin(at time: Int64) {
    limit = time
    cursor = .min
    large = nil
  }

  /// - Returns: how many events were dated again, and whether there is more to do.
  func advance(_ database: Database) throws(SQLiteError) -> (corrected: Int, isMore: Bool) {
    guard let limit else { return (0, false) }
    for _ in 0..<Self.conversationsPerSlice {
      let next =
        try database.statement("SELECT min(conversation) FROM events WHERE conversation > ?")
        .first(cursor) { $0.isNull(0) ? nil : $0.int(0) } ?? nil
      guard let conversation = next else {
        self.limit = nil
        return (0, false)
      }
      let corrected = try correct(conversation, limit, database)
      if corrected < Self.eventsPerSlice {
        cursor = conversation
        large = nil
      }
      if corrected > 0 { return (corrected, true) }
    }
    return (0, true)
  }

  private func correct(_ conversation: Int64, _ limit: Int64, _ database: Database) throws(SQLiteError) -> Int {
    let rows = ConversationRows(conversation, database)
    guard let last = try rows.last(),
      last.time > Timestamp(milliseconds: limit).adding(milliseconds: TimeCorrection.tolerance).milliseconds
    else { return 0 }
    let shift = large.flatMap { $0.conversation == conversation ? $0.shift : nil } ?? last.time - limit
    large = (conversation, shift)
    try database.beginImmediate()
    do throws(SQLiteError) {
      let first = try rows.firstSequence { $0.time > limit }
      let ahead = try rows.first(Self.eventsPerSlice, from: first)
      try Self.correct(ahead, of: conversation, by: shift, database)
      try database.commit()
      return ahead.count
    } catch {
      database.rollBack()
      throw error
    }
  }

  /// Dates some successive events again, within the transaction at hand.
  static func correct(
    _ rows: [ConversationRows.Row], of conversation: Int64, by shift: Int64, _ database: Database
  ) throws(SQLiteError) {
    guard let first = rows.first else { return }
    let before = try ConversationRows(conversation, database).last(before: first.sequence)?.time
    let expired = try database.statement("SELECT time FROM expired WHERE conversation = ?").first(conversation) {
      $0.int(0)
    }
    let update = try database.statement(
      text: """
        UPDATE events SET time = ?2, checksum = \(RowChecksum.unlessDamaged(RowChecksum.event(time: "?2")))
        WHERE position = ?1
        """)
    // A time that has expired and is in the future itself does not count: the next one that expires replaces it.
    let floor = before ?? min(expired ?? .min, first.time - shift)
    let times = TimeCorrection.corrected(rows.map(\.time), after: floor, by: shift)
    for (row, time) in zip(rows, times) { try update.run(row.position, time) }
    try ConversationSides.readAgain(conversation, database)
    if let expired, let first = times.first, expired >= first {
      try database.statement(
        text: "UPDATE expired SET time = ? WHERE conversation = ? AND \(RowChecksum.isRight("expired"))"
      ).run(first - 1, conversation)
    }
  }
}
