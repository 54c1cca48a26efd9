import IRC
import SQLite

/// Removes what guests have left besides messages: private conversations in which nothing was said for long and whose messages
/// `RetentionRun` has removed, idempotency keys of earlier runs, and the tombstones of conversations that nobody can ask for. It works
/// in slices, between commits.
///
/// The tombstones of all forgotten conversations are added up in one row of `expired`, for conversation 0. So positions are still never
/// given out again, and the number of events that ever were is still known.
final class GuestRemoval {
  private static let sendersPerSlice = 20

  private enum Stage { case keys, rooms, conversations }

  private var order: (retention: GuestRetention, now: Timestamp)?
  private var stage = Stage.keys
  /// Where the stage has come to.
  private var cursor: Int64 = 0
  /// Guests of earlier runs who had keys; nil: not read yet. Nobody of this run is among them, because guests' identities are random.
  private var leftovers: [Int64]?

  func begin(_ retention: GuestRetention, now: Timestamp) { order = (retention, now) }

  var isDue: Bool { order != nil }

  /// Called before the first transaction of this run.
  func readLeftovers(_ database: Database) throws(SQLiteError) {
    var senders: [Int64] = []
    try database.statement("SELECT DISTINCT sender FROM sender_devices WHERE sender < 0").eachRow {
      senders.append($0.int(0))
      return true
    }
    leftovers = senders
  }

  /// - Parameters:
  ///   - dropKeys: drops a sender's keys.
  ///   - forget: called after a conversation has gone, before anything else is written.
  /// - Returns: whether there is more to do.
  func advance(
    _ database: Database, dropKeys: (Identity) throws(SQLiteError) -> Void, forget: () -> Void
  ) throws(SQLiteError) -> Bool {
    guard let order else { return false }
    try database.execute("PRAGMA secure_delete = ON")
    defer { try? database.execute("PRAGMA secure_delete = OFF") }
    try database.beginImmediate()
    let before = (stage, cursor, leftovers)
    do throws(SQLiteError) {
      let isDone: Bool
      switch stage {
      case .keys:
        try dropLeftovers(dropKeys)
        if leftovers?.isEmpty ?? true { (stage, cursor) = (.rooms, 0) }
        isDone = false
      case .rooms:
        if try !forgetRooms(database) { (stage, cursor) = (.conversations, 0) }
        isDone = false
      case .conversations:
        isDone = try !forgetConversations(database, order.retention, order.now)
        if isDone { (stage, cursor) = (.keys, 0) }
      }
      try database.commit()
      forget()
      if isDone { self.order = nil }
      return !isDone
    } catch {
      database.rollBack()
      (stage, cursor, leftovers) = before
      throw error
    }
  }

  private func dropLeftovers(_ dropKeys: (Identity) throws(SQLiteError) -> Void) throws(SQLiteError) {
    var left = leftovers ?? []
    for sender in left.suffix(Self.sendersPerSlice) { try dropKeys(Identity(rawValue: sender)) }
    left.removeLast(min(left.count, Self.sendersPerSlice))
    leftovers = left
  }

  /// Rooms that have ended: `RetentionRun` has removed what was said in them.
  /// - Returns: whether there may be more.
  private func forgetRooms(_ database: Database) throws(SQLiteError) -> Bool {
    var found: [(conversation: Int64, isOver: Bool)] = []
    try database.statement(
      """
      SELECT conversation, NOT EXISTS (SELECT 1 FROM rooms WHERE id = conversation)
        AND NOT EXISTS (SELECT 1 FROM events WHERE events.conversation = expired.conversation)
      FROM expired WHERE conversation > ? ORDER BY conversation LIMIT 200
      """
    ).eachRow(cursor) {
      found.append(($0.int(0), $0.int(1) != 0))
      return true
    }
    for (conversation, isOver) in found where isOver { try forgetTombstone(conversation, database) }
    cursor = found.last?.conversation ?? cursor
    return found.count == 200
  }

  /// Conversations of which `RetentionRun` has removed what was said.
  /// - Returns: whether there may be more.
  private func forgetConversations(
    _ database: Database, _ retention: GuestRetention, _ now: Timestamp
  ) throws(SQLiteError) -> Bool {
    guard retention.seconds > 0 else { return false }
    var found: [(id: Int64, low: Int64, high: Int64, time: Int64)] = []
    var reached: Int64?
    try database.statement(
      """
      SELECT id, low, high, EXISTS (SELECT 1 FROM events WHERE conversation = -id),
        coalesce((SELECT time FROM expired WHERE conversation = -id), 0)
      FROM direct_conversations WHERE id > ? ORDER BY id LIMIT 200
      """
    ).eachRow(cursor) {
      reached = $0.int(0)
      if $0.int(1) < 0, $0.int(3) == 0 { found.append(($0.int(0), $0.int(1), $0.int(2), $0.int(4))) }
      return true
    }
    guard let reached else { return false }
    // The highest number stays taken, so that it is not given out again.
    let highest = try database.number("SELECT max(id) FROM direct_conversations") ?? 0
    for (id, low, high, time) in found where id != highest && retention.isOver(time, now: now) {
      if retention.keeps(low, high) { continue }
      try forgetTombstone(-id, database)
      try database.statement("DELETE FROM direct_conversations WHERE id = ?").run(id)
    }
    cursor = reached
    return true
  }

  private func forgetTombstone(_ conversation: Int64, _ database: Database) throws(SQLiteError) {
    try database.statement(
      """
      INSERT INTO expired(conversation, sequence, position, time)
      SELECT 0, sequence, position, time FROM expired WHERE conversation = ?
      ON CONFLICT(conversation) DO UPDATE SET sequence = expired.sequence + excluded.sequence,
        position = max(expired.position, excluded.position), time = max(expired.time, excluded.time)
      """
    ).run(conversation)
    try database.statement("DELETE FROM expired WHERE conversation = ?").run(conversation)
  }
}
