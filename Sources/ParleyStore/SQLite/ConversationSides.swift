import IRC
import SQLite

/// The newest event that each of the two people of a private conversation may see, and whether they have said something in it, kept in
/// the row of the conversation: a person's conversations are listed without a look at the log for each.
///
/// A commit writes each row once, however many events it adds: `write` comes before the end of the transaction, and before anything that
/// reads the rows.
struct ConversationSides {
  private struct Side {
    var last: (position: LogPosition, time: Int64, kind: EventKind)?
    var hasSpoken = false
  }

  /// By the number of the conversation; what the transaction has added to each side.
  private var added: [Int64: (low: Side, high: Side)] = [:]

  /// Records a stored event as the newest one for both people, an unheard one only for its sender.
  mutating func add(
    _ event: NewEvent, _ low: Identity, _ high: Identity, of conversation: Int64, at position: LogPosition, time: Int64
  ) {
    guard event.kind != .erased else { return }
    let (isLow, isHigh) = (event.sender == low, event.sender == high)
    let isSaid = EventKinds.messages.contains(event.kind)
    var sides = added[conversation] ?? (Side(), Side())
    if !event.isUnheard || isLow { sides.low.last = (position, time, event.kind) }
    if !event.isUnheard || isHigh { sides.high.last = (position, time, event.kind) }
    if isSaid && isLow { sides.low.hasSpoken = true }
    if isSaid && isHigh { sides.high.hasSpoken = true }
    added[conversation] = sides
  }

  /// Writes what was added since the last call.
  mutating func write(to database: Database) throws(SQLiteError) {
    guard !added.isEmpty else { return }
    let update = try database.statement(
      """
      UPDATE direct_conversations SET
        low_last = coalesce(?2, low_last), low_time = coalesce(?3, low_time), low_kind = coalesce(?4, low_kind),
        high_last = coalesce(?6, high_last), high_time = coalesce(?7, high_time), high_kind = coalesce(?8, high_kind),
        low_spoke = low_spoke OR ?5, high_spoke = high_spoke OR ?9
      WHERE id = -?1
      """)
    // In order, so that the same commit always writes the same pages in the same order.
    for (conversation, sides) in added.sorted(by: { $0.key < $1.key }) {
      try update.bind(conversation, at: 1)
      try Self.bind(sides.low, from: 2, to: update)
      try Self.bind(sides.high, from: 6, to: update)
      _ = try update.step()
    }
    added.removeAll(keepingCapacity: true)
  }

  private static func bind(_ side: Side, from index: Int32, to statement: Statement) throws(SQLiteError) {
    if let last = side.last {
      try statement.bind(last.position, at: index)
      try statement.bind(last.time, at: index + 1)
      try statement.bind(Int64(last.kind.rawValue), at: index + 2)
    } else {
      for offset in Int32(0)..<3 { try statement.bindNull(at: index + offset) }
    }
    try statement.bind(Int64(side.hasSpoken ? 1 : 0), at: index + 3)
  }

  /// Drops what was added, because the transaction has been rolled back.
  mutating func forget() { added.removeAll(keepingCapacity: true) }

  /// Events of a conversation have been erased, removed or dated again.
  static func readAgain(_ conversation: Int64, _ database: Database) throws(SQLiteError) {
    guard conversation < 0 else { return }
    try database.statement(text: update).run(conversation)
  }

  /// The oldest events of a conversation have been removed, and edits of them erased.
  static func removed(_ conversation: Int64, through position: LogPosition, _ database: Database) throws(SQLiteError) {
    guard conversation < 0 else { return }
    let isOutdated = try database.statement(
      """
      SELECT low_last <= ?2 OR high_last <= ?2 OR low_kind = ?3 OR high_kind = ?3 FROM direct_conversations WHERE id = -?1
      """
    ).first(conversation, position, Int64(EventKind.edit.rawValue)) { $0.int(0) == 1 }
    if isOutdated ?? false { try readAgain(conversation, database) }
  }

  private static let update = """
    UPDATE direct_conversations SET
      (low_last, low_time, low_kind) = (\(newest("?1", "low"))), (high_last, high_time, high_kind) = (\(newest("?1", "high")))
    WHERE id = -?1
    """

  private static func newest(_ conversation: String, _ reader: String) -> String {
    EventClass.newestQuery(
      columns: "position, time, kind", conversation: conversation, reader: reader,
      kinds: "\(EventKinds.everything.rawValue)", classes: "\(EventClass.bits(for: .everything))")
  }

  /// Each query's rows are the violations. That nothing of somebody is left who is said to have spoken is none: retention removes what they
  /// said.
  static let rules = [
    (
      "the newest event of a private conversation is not the one that is kept",
      """
      SELECT 'conversation ' || -id FROM direct_conversations
      WHERE (low_last, low_time, low_kind) IS NOT (\(newest("-id", "low")))
        OR (high_last, high_time, high_kind) IS NOT (\(newest("-id", "high")))
      """
    ),
    (
      "somebody has said something in a private conversation, and it is not known",
      """
      SELECT 'conversation ' || conversation FROM events JOIN direct_conversations ON id = -conversation
      WHERE kind IN (1, 2) AND (sender = low AND low_spoke = 0 OR sender = high AND high_spoke = 0) GROUP BY conversation
      """
    ),
  ]
}
