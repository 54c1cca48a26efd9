internal import IRC
public import SQLite

extension Cache {
  /// Says that messages are missing: a row right behind the gap's older end, or, where that is not known, right before
  /// its newer one.
  ///
  /// - Parameter isClosable: false: nobody can get them.
  /// - Returns: the row's id, which is the gap's.
  public func insertGap(chat: Int64, ends: GapEnds, isClosable: Bool) throws(SQLiteError) -> Int64 {
    try requireTransaction()
    _ = try summary(of: chat)
    var row = MessageRow(chat: chat, kind: MessageRow.gapKind, time: Self.time(of: ends))
    row.id = nextNumber()
    row.state = isClosable ? .sent : .failed
    try write(row, at: place(of: ends, in: chat), arrival: 0)
    try saveEnds(of: row.id, chat, ends)
    return row.id
  }

  /// nil: there is no such gap.
  public func gap(_ id: Int64) throws(SQLiteError) -> (chat: Int64, ends: GapEnds)? {
    try connection.locked { (database) throws(SQLiteError) in
      try database.statement(
        """
        SELECT chat, older_network_id, older_time, older_sequence, newer_network_id, newer_time, newer_sequence
        FROM gaps WHERE id = ?
        """
      ).first(id) {
        (chat: $0.int(0), ends: GapEnds(older: Cursor($0, from: 1), newer: Cursor($0, from: 4)))
      }
    }
  }

  /// A chat's gaps, oldest first.
  public func gaps(chat: Int64) throws(SQLiteError) -> [Int64] {
    try connection.locked { (database) throws(SQLiteError) in
      var ids: [Int64] = []
      try database.statement(
        """
        SELECT g.id FROM gaps g JOIN messages m ON m.id = g.id
        WHERE g.chat = ? ORDER BY m.sort_time, m.tie, m.id
        """
      ).eachRow(chat) {
        ids.append($0.int(0))
        return true
      }
      return ids
    }
  }

  /// Gives a gap other ends, and moves it there. Does nothing if there is no such gap.
  public func updateGap(_ id: Int64, ends: GapEnds) throws(SQLiteError) {
    try requireTransaction()
    guard let chat = try gap(id)?.chat else { return }
    let place = try place(of: ends, in: chat)
    try database.statement("UPDATE messages SET sort_time = ?2, tie = ?3, time = ?4 WHERE id = ?1")
      .run(id, place.time, place.tie, Self.time(of: ends).milliseconds)
    try saveEnds(of: id, chat, ends)
  }

  private func saveEnds(of id: Int64, _ chat: Int64, _ ends: GapEnds) throws(SQLiteError) {
    try database.statement(
      """
      INSERT OR REPLACE INTO gaps(id, chat, older_network_id, older_time, older_sequence, newer_network_id, newer_time,
        newer_sequence)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      """
    ).run(
      id, chat, ends.older?.networkID, ends.older?.time.milliseconds, ends.older?.sequence, ends.newer?.networkID,
      ends.newer?.time.milliseconds, ends.newer?.sequence)
  }

  private static func time(of ends: GapEnds) -> Timestamp {
    ends.older?.time ?? ends.newer?.time ?? Timestamp(milliseconds: 0)
  }

  private func place(of ends: GapEnds, in chat: Int64) throws(SQLiteError) -> Place {
    if let older = ends.older {
      let place = try place(of: older, in: chat) ?? .unknown(older.time, isLast: true)
      return Place(time: place.time, tie: place.tie + 1)
    }
    if let newer = ends.newer {
      let place = try place(of: newer, in: chat) ?? .unknown(newer.time, isLast: false)
      return Place(time: place.time, tie: place.tie - 1)
    }
    return .start
  }
}
