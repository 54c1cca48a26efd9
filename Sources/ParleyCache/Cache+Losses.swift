internal import IRC
public import SQLite

extension Cache {
  /// Marks messages that the server does not have any more. They stay as they are.
  ///
  /// - Parameters:
  ///   - cursor: where the server's answer begins: messages behind it are looked at.
  ///   - number: the last sequence for which the answer speaks.
  ///   - present: the ids that are in the answer.
  /// - Returns: the messages that have been marked.
  public func markLost(
    chat: Int64, after cursor: Cursor, through number: Int64, except present: Set<String>
  ) throws(SQLiteError) -> [Int64] {
    try requireTransaction()
    var lost: [Int64] = []
    try database.statement(
      """
      SELECT id, network_id FROM messages INDEXED BY messages_by_place
      WHERE chat = ? AND sort_time >= ? AND sort_time < ? AND sequence > ? AND sequence <= ? AND state = 0 AND is_lost = 0
      ORDER BY sort_time, tie, id
      """
    ).eachRow(chat, cursor.time.milliseconds, Place.firstWaitingTime, max(0, cursor.sequence), number) {
      if !present.contains($0.text(1)) { lost.append($0.int(0)) }
      return true
    }
    let mark = try database.statement("UPDATE messages SET is_lost = 1 WHERE id = ?")
    for id in lost { try mark.run(id) }
    return lost
  }

  /// Whether there are messages of the server's behind a place.
  public func hasMessages(chat: Int64, after cursor: Cursor) throws(SQLiteError) -> Bool {
    try connection.locked { (database) throws(SQLiteError) in
      try database.statement(
        """
        SELECT 1 FROM messages INDEXED BY messages_by_place
        WHERE chat = ? AND sort_time >= ? AND sort_time < ? AND sequence > ? AND state = 0 LIMIT 1
        """
      ).first(chat, cursor.time.milliseconds, Place.firstWaitingTime, cursor.sequence) { _ in true } ?? false
    }
  }

  /// Whether somebody without an account has said something in a chat.
  public func hasMessagesOfGuests(chat: Int64) throws(SQLiteError) -> Bool {
    try connection.locked { (database) throws(SQLiteError) in
      try database.statement(
        "SELECT 1 FROM messages WHERE chat = ? AND kind IN (1, 2, 3) AND is_own = 0 AND coalesce(account, '') = '' LIMIT 1"
      ).first(chat) { _ in true } ?? false
    }
  }
}
