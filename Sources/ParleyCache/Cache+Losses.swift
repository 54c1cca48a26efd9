public import SQLite

extension Cache {
  /// Marks messages that the server does not have any more. They stay as they are.
  ///
  /// - Parameters:
  ///   - sequences: those for which the server's answer speaks.
  ///   - present: the ids that are in the answer.
  ///   - number: `highestMessage` when the server's epoch was met: only what was here can be lost.
  /// - Returns: the messages that have been marked.
  public func markLost(
    chat: Int64, in sequences: ClosedRange<Int64>, except present: Set<String>, upTo number: Int64
  ) throws(SQLiteError) -> [Int64] {
    try requireTransaction()
    var lost: [Int64] = []
    try database.statement(
      """
      SELECT id, network_id FROM messages INDEXED BY messages_by_number
      WHERE chat = ? AND sequence > 0 AND sequence BETWEEN ? AND ? AND state = 0 AND is_lost = 0
        AND max(id, arrival) <= ?
      ORDER BY sequence
      """
    ).eachRow(chat, sequences.lowerBound, sequences.upperBound, number) {
      if !present.contains($0.text(1)) { lost.append($0.int(0)) }
      return true
    }
    let mark = try database.statement("UPDATE messages SET is_lost = 1 WHERE id = ?")
    for id in lost { try mark.run(id) }
    return lost
  }

  /// Whether there are messages of the server's with higher sequences.
  public func hasMessages(chat: Int64, after sequence: Int64) throws(SQLiteError) -> Bool {
    try connection.locked { (database) throws(SQLiteError) in
      try database.statement(
        """
        SELECT 1 FROM messages INDEXED BY messages_by_number
        WHERE chat = ? AND sequence > 0 AND sequence > ? AND state = 0 LIMIT 1
        """
      ).first(chat, sequence) { _ in true } ?? false
    }
  }

  /// Whether a message was here when `highestMessage` was this, and has not been marked as lost since.
  public func wasHere(networkID: String, in chat: Int64, upTo number: Int64) throws(SQLiteError) -> Bool {
    guard !networkID.isEmpty else { return false }
    return try connection.locked { (database) throws(SQLiteError) in
      try database.statement(
        "SELECT max(id, arrival) <= ? AND is_lost = 0 FROM messages WHERE chat = ? AND network_id = ? AND network_id <> ''"
      ).first(number, chat, networkID) { $0.int(0) == 1 } ?? false
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
