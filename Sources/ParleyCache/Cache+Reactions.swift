public import SQLite

extension Cache {
  /// Of one message.
  private static let mostTexts: Int64 = 64
  private static let mostPeople: Int64 = 1_000

  /// Somebody reacts to a message, or takes it back. Kept even if the message is not here (yet).
  ///
  /// What exceeds 64 different texts, or 1,000 reactions to one message, is dropped.
  ///
  /// - Parameters:
  ///   - isOwn: it is ours, under whatever nick.
  ///   - place: where in the conversation this was said, if that is known: of what comes in another order the last word counts. 0: now.
  /// - Returns: the message's id; nil if it is not here, or nothing has changed.
  @discardableResult
  public func setReaction(
    chat: Int64, networkID: String, nick: String, text: String, isAdded: Bool, isOwn: Bool, place: Int64 = 0
  ) throws(SQLiteError) -> Int64? {
    try requireTransaction()
    guard !networkID.isEmpty else { return nil }
    let known = try database.statement(
      """
      SELECT nick, place, is_removed FROM reactions
      WHERE chat = ?1 AND network_id = ?2 AND text = ?3 AND (nick = ?4 OR is_own AND ?5)
      ORDER BY place DESC, is_removed LIMIT 1
      """
    ).first(chat, networkID, text, nick, isOwn) { (nick: $0.text(0), place: $0.int(1), isRemoved: $0.int(2) != 0) }
    if let known, place > 0, known.place >= place { return nil }
    let wasThere = known.map { !$0.isRemoved } ?? false
    if let known {
      try database.statement(
        """
        UPDATE reactions SET place = max(place, ?5), is_removed = ?6
        WHERE chat = ?1 AND network_id = ?2 AND text = ?3 AND nick = ?4
        """
      ).run(chat, networkID, text, known.nick, place, !isAdded)
    } else if isAdded || place > 0 {
      guard try hasRoom(chat, networkID, text) else { return nil }
      try database.statement(
        """
        INSERT INTO reactions(chat, network_id, text, nick, is_own, number, place, is_removed)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """
      ).run(chat, networkID, text, nick, isOwn, nextNumber(), place, !isAdded)
    }
    return wasThere == isAdded ? nil : try message(networkID: networkID, in: chat)
  }

  private func hasRoom(_ chat: Int64, _ networkID: String, _ text: String) throws(SQLiteError) -> Bool {
    try database.statement(
      "SELECT count(*), count(DISTINCT text), sum(text = ?3) FROM reactions WHERE chat = ?1 AND network_id = ?2"
    ).first(chat, networkID, text) {
      $0.int(0) < Self.mostPeople && ($0.int(1) < Self.mostTexts || $0.int(2) > 0)
    } ?? true
  }
}
