import IRC
import SQLite

/// Removes what need not be kept any more, a few milliseconds' worth at a time.
///
/// A conversation loses its oldest events, and the last one removed is remembered in `expired`: sequences go on behind it when
/// nothing is left, positions are never given again, and what is missing can be told from what was lost.
final class RetentionRun {
  /// Rows removed in one slice, and conversations looked at.
  private static let rowsPerSlice: Int64 = 500
  private static let conversationsPerSlice = 200

  private var order: (policy: RetentionPolicy, now: Timestamp)?
  /// The last conversation that is done.
  private var cursor = Int64.min

  /// To be done from now on. What has been begun goes on from where it is.
  func begin(_ policy: RetentionPolicy, now: Timestamp) { order = (policy, now) }

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
      throw error
    }
  }

  private func slice(
    _ database: Database, _ policy: RetentionPolicy, _ now: Timestamp
  ) throws(SQLiteError) -> (reached: Int64, isDone: Bool) {
    var reached = cursor
    var rows = Self.rowsPerSlice
    for _ in 0..<Self.conversationsPerSlice {
      let next =
        try database.statement("SELECT min(conversation) FROM events WHERE conversation > ?")
        .first(reached) { $0.isNull(0) ? nil : $0.int(0) } ?? nil
      guard let conversation = next else { return (reached, true) }
      let own = try policy.limited(by: roomPolicy(conversation, database))
      if let (first, last) = try surplus(of: conversation, own, now, database) {
        let end = min(last, first + rows - 1)
        try remove(conversation, through: end, database)
        rows -= end - first + 1
        if end < last || rows <= 0 { return (end < last ? reached : conversation, false) }
      }
      reached = conversation
    }
    return (reached, false)
  }

  private func roomPolicy(_ conversation: Int64, _ database: Database) throws(SQLiteError) -> RetentionPolicy {
    guard conversation > 0 else { return RetentionPolicy() }
    return try database.statement("SELECT keep_messages, keep_seconds FROM rooms WHERE id = ?").first(conversation) {
      RetentionPolicy(messages: Int($0.int(0)), seconds: Int($0.int(1)))
    } ?? RetentionPolicy()
  }

  /// The first and the last sequence that go; nil: none.
  private func surplus(
    of conversation: Int64, _ policy: RetentionPolicy, _ now: Timestamp, _ database: Database
  ) throws(SQLiteError) -> (first: Int64, last: Int64)? {
    if policy.isUnlimited { return nil }
    let oldest = try database.statement(
      "SELECT sequence, time FROM events WHERE conversation = ? ORDER BY sequence LIMIT 1"
    ).first(conversation) { ($0.int(0), $0.int(1)) }
    let newest = try database.statement(
      "SELECT sequence FROM events WHERE conversation = ? ORDER BY sequence DESC LIMIT 1"
    ).first(conversation) { $0.int(0) }
    guard let (first, firstTime) = oldest, let newest else { return nil }
    var last = policy.messages > 0 ? newest - Int64(policy.messages) : 0
    let horizon = now.milliseconds - Int64(policy.seconds) * 1_000
    if policy.seconds > 0, firstTime < horizon {
      // Times never decrease within a conversation.
      let time = try database.statement("SELECT time FROM events WHERE conversation = ? AND sequence = ?")
      var low = first + 1
      var high = newest + 1
      while low < high {
        let middle = low + (high - low) / 2
        let isOld = try time.first(conversation, middle) { $0.int(0) < horizon } ?? false
        if isOld { low = middle + 1 } else { high = middle }
      }
      last = max(last, low - 1)
    }
    return last >= first ? (first, last) : nil
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
