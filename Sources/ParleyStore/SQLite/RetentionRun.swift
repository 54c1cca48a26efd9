import IRC
import SQLite

/// Removes what need not be kept any more, a few milliseconds' worth at a time; under a heavy load, some tens every two seconds.
///
/// A conversation loses its oldest events, and the last one removed is remembered in `expired`: sequences go on behind it when
/// nothing is left, positions are never given again, and what is missing can be told from what was lost.
final class RetentionRun {
  /// Rows removed in one slice: twice as many as have come since the last one, so that no load outruns it for long.
  private static let rowsPerSlice: ClosedRange<Int64> = 500...10_000
  private static let rowsCountedPerSlice: Int64 = 20_000
  private static let conversationsPerSlice = 200

  /// Where counting the messages of a conversation has come to, from the newest one back.
  private struct Count {
    let conversation: Int64
    /// Its newest event when this began.
    let newest: Int64
    /// As many are looked for.
    let messages: Int
    /// Messages that are yet to be found.
    var left: Int
    /// Nothing below has been looked at.
    var sequence: Int64
  }

  private var order: (policy: RetentionPolicy, now: Timestamp)?
  /// The last conversation that is done.
  private var cursor = Int64.min
  private var count: Count?
  /// Conversations that held no more messages than they may when their newest event was this one.
  private var settled: [Int64: (newest: Int64, messages: Int)] = [:]
  /// The end of the log at the last slice.
  private var end: LogPosition?

  /// To be done from now on. What has been begun goes on from where it is.
  func begin(_ policy: RetentionPolicy, now: Timestamp) {
    if order == nil { end = nil }
    order = (policy, now)
  }

  var isDue: Bool { order != nil }

  /// - Returns: whether there is more to do.
  func advance(_ database: Database) throws(SQLiteError) -> Bool {
    guard let order else { return false }
    // What has expired is to be gone: not only from the table but from the file.
    try database.execute("PRAGMA secure_delete = ON")
    defer { try? database.execute("PRAGMA secure_delete = OFF") }
    try database.beginImmediate()
    do throws(SQLiteError) {
      let (reached, isDone) = try slice(database, order.policy, order.now)
      try database.commit()
      cursor = isDone ? .min : reached
      if isDone { self.order = nil }
      return !isDone
    } catch {
      database.rollBack()
      settled = [:]
      count = nil
      throw error
    }
  }

  private func slice(
    _ database: Database, _ policy: RetentionPolicy, _ now: Timestamp
  ) throws(SQLiteError) -> (reached: Int64, isDone: Bool) {
    var reached = cursor
    let lastPosition = try EventLog.lastPosition(in: database)
    let growth = lastPosition - (end ?? lastPosition)
    end = lastPosition
    var rows = min(max(Self.rowsPerSlice.lowerBound, 2 * growth), Self.rowsPerSlice.upperBound)
    var rowsCounted = Self.rowsCountedPerSlice
    for _ in 0..<Self.conversationsPerSlice {
      let next =
        try database.statement("SELECT min(conversation) FROM events WHERE conversation > ?")
        .first(reached) { $0.isNull(0) ? nil : $0.int(0) } ?? nil
      guard let conversation = next else { return (reached, true) }
      let (first, newest) = try bounds(of: conversation, database)
      var last = newest
      if let room = try roomPolicy(conversation, database) {
        let own = policy.limited(by: room)
        guard let kept = try firstOfNewest(own.messages, of: conversation, first, newest, &rowsCounted, database) else {
          return (reached, false)
        }
        last = try max(kept, firstSince(own.seconds, now, of: conversation, first, newest, database)) - 1
      } else {
        count = nil
        settled[conversation] = nil
      }
      if last >= first {
        let through = min(last, first + rows - 1)
        try remove(conversation, through: through, database)
        rows -= through - first + 1
        if through < last { return (reached, false) }
      }
      if let count, count.conversation == conversation { settled[conversation] = (count.newest, count.messages) }
      count = nil
      reached = conversation
      if rows <= 0 { return (reached, false) }
    }
    return (reached, false)
  }

  /// - Returns: nil if the room has ended: nobody can ask for what was said in it any more.
  private func roomPolicy(_ conversation: Int64, _ database: Database) throws(SQLiteError) -> RetentionPolicy? {
    guard conversation > 0 else { return RetentionPolicy() }
    return try database.statement("SELECT keep_messages, keep_seconds FROM rooms WHERE id = ?").first(conversation) {
      RetentionPolicy(messages: Int($0.int(0)), seconds: Int($0.int(1)))
    }
  }

  private func bounds(
    of conversation: Int64, _ database: Database
  ) throws(SQLiteError) -> (first: Int64, newest: Int64) {
    // Two subqueries: each is one step in the index.
    try database.statement(
      """
      SELECT (SELECT min(sequence) FROM events WHERE conversation = ?1),
        (SELECT max(sequence) FROM events WHERE conversation = ?1)
      """
    ).first(conversation) { ($0.int(0), $0.int(1)) } ?? (0, 0)
  }

  /// The sequence of the oldest of the newest messages; events that are none do not count. `first` if there are not as many.
  /// - Returns: nil if it takes another slice to find out.
  private func firstOfNewest(
    _ messages: Int, of conversation: Int64, _ first: Int64, _ newest: Int64, _ rows: inout Int64,
    _ database: Database
  ) throws(SQLiteError) -> Int64? {
    let isKnown = settled[conversation].map { $0 == (newest, messages) } ?? false
    guard messages > 0, newest - first >= Int64(messages), !isKnown else {
      // One that was begun for another limit tells nothing.
      self.count = nil
      return first
    }
    var count =
      count.flatMap { $0.conversation == conversation && $0.messages == messages ? $0 : nil }
      ?? Count(conversation: conversation, newest: newest, messages: messages, left: messages, sequence: newest + 1)
    if count.left > 0 {
      var found: Int64 = 0
      try database.statement(
        "SELECT sequence, kind FROM events WHERE conversation = ? AND sequence < ? ORDER BY sequence DESC LIMIT ?"
      ).eachRow(conversation, count.sequence, rows) {
        found += 1
        count.sequence = $0.int(0)
        if let kind = EventKind(rawValue: UInt8(clamping: $0.int(1))), EventKinds.messages.contains(kind) {
          count.left -= 1
        }
        return count.left > 0
      }
      let isAtEnd = found < rows
      rows -= found
      self.count = count
      if count.left > 0 { return isAtEnd ? first : nil }
    }
    return count.sequence
  }

  /// The first sequence that is not older than so many seconds.
  private func firstSince(
    _ seconds: Int, _ now: Timestamp, of conversation: Int64, _ first: Int64, _ newest: Int64, _ database: Database
  ) throws(SQLiteError) -> Int64 {
    guard seconds > 0 else { return first }
    let horizon = now.milliseconds - Int64(seconds) * 1_000
    // Times never decrease within a conversation.
    let time = try database.statement("SELECT time FROM events WHERE conversation = ? AND sequence = ?")
    func isOld(_ sequence: Int64) throws(SQLiteError) -> Bool {
      try time.first(conversation, sequence) { $0.int(0) < horizon } ?? false
    }
    guard try isOld(first) else { return first }
    var low = first + 1
    var high = newest + 1
    while low < high {
      let middle = low + (high - low) / 2
      if try isOld(middle) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private func remove(_ conversation: Int64, through sequence: Int64, _ database: Database) throws(SQLiteError) {
    try database.statement(
      """
      INSERT OR REPLACE INTO expired(conversation, sequence, position, time)
      SELECT conversation, sequence, position, time FROM events WHERE conversation = ? AND sequence = ?
      """
    ).run(conversation, sequence)
    // What a message said stands in what changed it, too.
    try database.statement(
      """
      UPDATE events SET kind = 0, text = '', tags = '' WHERE kind = ?3 AND reference > 0 AND reference IN (
        SELECT position FROM events WHERE conversation = ?1 AND sequence <= ?2)
      """
    ).run(conversation, sequence, Int64(EventKind.edit.rawValue))
    try database.statement("DELETE FROM events WHERE conversation = ? AND sequence <= ?").run(conversation, sequence)
  }
}
