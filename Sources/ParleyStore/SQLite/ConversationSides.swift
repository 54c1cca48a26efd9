import IRC
import SQLite

/// The newest event that each of the two people of a private conversation may see, and whether they have said something in it, kept in
/// the row of the conversation: somebody's conversations are listed without a look at the log for each.
enum ConversationSides {
  /// An event that has been stored is the newest one for both people; an unheard one for its sender.
  static func add(
    _ event: NewEvent, _ low: Identity, _ high: Identity, of conversation: Int64, at position: LogPosition, time: Int64,
    _ database: Database
  ) throws(SQLiteError) {
    guard event.kind != .erased else { return }
    let (isLow, isHigh) = (event.sender == low, event.sender == high)
    let isSaid = EventKinds.messages.contains(event.kind)
    let (lowSpeaks, highSpeaks) = (Int64(isSaid && isLow ? 1 : 0), Int64(isSaid && isHigh ? 1 : 0))
    let kind = Int64(event.kind.rawValue)
    switch (!event.isUnheard || isLow, !event.isUnheard || isHigh) {
    case (true, true):
      try database.statement(
        """
        UPDATE direct_conversations SET low_last = ?2, low_time = ?3, low_kind = ?4, high_last = ?2, high_time = ?3,
          high_kind = ?4, low_spoke = low_spoke OR ?5, high_spoke = high_spoke OR ?6
        WHERE id = -?1
        """
      ).run(conversation, position, time, kind, lowSpeaks, highSpeaks)
    case (true, false):
      try database.statement(
        """
        UPDATE direct_conversations SET low_last = ?2, low_time = ?3, low_kind = ?4, low_spoke = low_spoke OR ?5
        WHERE id = -?1
        """
      ).run(conversation, position, time, kind, lowSpeaks)
    case (false, true):
      try database.statement(
        """
        UPDATE direct_conversations SET high_last = ?2, high_time = ?3, high_kind = ?4, high_spoke = high_spoke OR ?5
        WHERE id = -?1
        """
      ).run(conversation, position, time, kind, highSpeaks)
    case (false, false): break
    }
  }

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

  /// Each query's rows are the violations.
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
