import IRC
import SQLite

/// Removes what need not be kept any more, a few milliseconds' worth at a time; under a heavy load, some tens every two seconds.
///
/// It first finds out how much of each conversation goes, then removes the events of many conversations together, in the order of their
/// positions: a page of the file holds events of many conversations, and is then written once and not once for each.
final class RetentionRun {
  private static let rowsCountedPerSlice: Int64 = 20_000
  private static let conversationsPerSlice = 200
  /// Conversations whose events are removed together.
  private static let conversationsAtOnce = 2_000

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
  /// The last conversation that has been looked at.
  private var cursor = Int64.min
  private var isLookingDone = false
  private var count: Count?
  /// Conversations that held no more messages than they may when their newest event was this one.
  private var settled: [Int64: (newest: Int64, messages: Int)] = [:]
  private var removal = ExpiredRows()
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
    do throws(SQLiteError) {
      if removal.isEmpty || (!isLookingDone && removal.count < Self.conversationsAtOnce) {
        if !isLookingDone { try look(database, order.policy, order.now) }
      } else {
        try remove(database)
      }
      guard isLookingDone, removal.isEmpty else { return true }
      (self.order, cursor, isLookingDone) = (nil, .min, false)
      return false
    } catch {
      // What is remembered of the file may not be so.
      settled = [:]
      count = nil
      removal = ExpiredRows()
      cursor = .min
      isLookingDone = false
      throw error
    }
  }

  private func remove(_ database: Database) throws(SQLiteError) {
    let lastPosition = try EventLog.lastPosition(in: database)
    let growth = lastPosition - (end ?? lastPosition)
    end = lastPosition
    // What has expired is to be gone: not only from the table but from the file.
    try database.execute("PRAGMA secure_delete = ON")
    defer { try? database.execute("PRAGMA secure_delete = OFF") }
    try database.beginImmediate()
    do throws(SQLiteError) {
      try removal.removeSome(keepingUpWith: growth, database)
      try database.commit()
    } catch {
      database.rollBack()
      throw error
    }
  }

  private func look(
    _ database: Database, _ policy: RetentionPolicy, _ now: Timestamp
  ) throws(SQLiteError) {
    var rowsCounted = Self.rowsCountedPerSlice
    for _ in 0..<Self.conversationsPerSlice {
      let next =
        try database.statement("SELECT min(conversation) FROM events WHERE conversation > ?")
        .first(cursor) { $0.isNull(0) ? nil : $0.int(0) } ?? nil
      guard let conversation = next else {
        isLookingDone = true
        return
      }
      let rows = ConversationRows(conversation, database)
      if let first = try rows.first(), let newest = try rows.last() {
        var last = newest.sequence
        if try !isForgotten(conversation, newest.time, policy.guests, now, database),
          let room = try roomPolicy(conversation, database)
        {
          let own = policy.limited(by: room)
          guard
            let kept = try firstOfNewest(
              own.messages, of: conversation, first.sequence, newest.sequence, &rowsCounted, database)
          else { return }
          last = try max(kept, firstSince(own.seconds, now, first, rows)) - 1
        } else {
          count = nil
          settled[conversation] = nil
        }
        if last >= first.sequence { removal.add(conversation, first, through: last) }
      }
      if let count, count.conversation == conversation { settled[conversation] = (count.newest, count.messages) }
      count = nil
      cursor = conversation
    }
  }

  /// A private conversation with a guest in which nothing has been said for long. `GuestRemoval` removes what is left of it.
  private func isForgotten(
    _ conversation: Int64, _ lastTime: Int64, _ retention: GuestRetention, _ now: Timestamp, _ database: Database
  ) throws(SQLiteError) -> Bool {
    guard conversation < 0, retention.isOver(lastTime, now: now) else { return false }
    let parties = try database.statement("SELECT low, high FROM direct_conversations WHERE id = ?")
      .first(-conversation) { ($0.int(0), $0.int(1)) }
    guard let (low, high) = parties, low < 0 else { return false }
    return !retention.keeps(low, high)
  }

  /// - Returns: nil if the room has ended: nobody can ask for what was said in it any more.
  private func roomPolicy(_ conversation: Int64, _ database: Database) throws(SQLiteError) -> RetentionPolicy? {
    guard conversation > 0 else { return RetentionPolicy() }
    let policy = try database.statement(
      text: "SELECT keep_messages, keep_seconds, \(RowChecksum.isRight("rooms")) FROM rooms WHERE id = ?"
    ).first(conversation) {
      // A damaged row does not shorten what is kept.
      $0.int(2) == 1 ? RetentionPolicy(messages: Int($0.int(0)), seconds: Int($0.int(1))) : RetentionPolicy()
    }
    if let policy { return policy }
    // The index has a room whose row has lost its number.
    return try DamagedRow.name(in: "rooms", conversation, database) == nil ? nil : RetentionPolicy()
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
      let wanted = min(rows, Int64(count.left))
      var found: Int64 = 0
      // Class 8: messages that only their senders see.
      try database.statement(
        """
        SELECT sequence FROM events WHERE conversation = ?1 AND class = 0 AND sequence < ?2
        UNION ALL
        SELECT sequence FROM events WHERE conversation = ?1 AND class = 8 AND sequence < ?2
        ORDER BY sequence DESC LIMIT ?3
        """
      ).eachRow(conversation, count.sequence, wanted) {
        found += 1
        count.sequence = $0.int(0)
        return true
      }
      let isAtEnd = found < wanted
      rows -= found
      count.left -= Int(found)
      self.count = count
      if count.left > 0 { return isAtEnd ? first : nil }
    }
    return count.sequence
  }

  /// The first sequence that is not older than so many seconds.
  private func firstSince(
    _ seconds: Int, _ now: Timestamp, _ first: ConversationRows.Row, _ rows: ConversationRows
  ) throws(SQLiteError) -> Int64 {
    guard seconds > 0 else { return first.sequence }
    let horizon = now.adding(milliseconds: -Int64(seconds) * 1_000).milliseconds
    guard first.time < horizon else { return first.sequence }
    return try rows.firstSequence { $0.time >= horizon }
  }
}
