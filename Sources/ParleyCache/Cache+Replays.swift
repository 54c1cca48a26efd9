internal import IRC
public import SQLite

/// Where a new row without the server's number stands.
public enum Standing: Sendable {
  /// By its time.
  case byTime
  /// At the end, whatever its time: it has come live. Clocks of servers and bridges differ, and what comes last must be seen, and counted
  /// as unread, behind what was there.
  case last
  /// By its time, but behind this place: what is missing behind a cursor.
  case behind(Cursor)
}

extension Cache {
  /// Others' messages keep the time that the server has told; bouncers cut it to seconds.
  private static let mostDifference: Int64 = 1_500
  /// Own messages may have the time of our own clock.
  private static let mostOwnDifference: Int64 = 5_000
  /// How far behind its time a row may stand.
  private static let mostDelay: Int64 = 60_000

  /// The row of a message that a server plays back and that came without an id, then or now: it has the same nick, kind and text, and
  /// was said in the same second. The nearest one in time.
  ///
  /// - Parameter matched: rows that stand for other messages of the playback: equal words that were said twice are two rows.
  /// - Returns: nil: it is not here.
  public func replayed(_ row: MessageRow, except matched: Set<Int64>) throws(SQLiteError) -> Int64? {
    let time = row.time.milliseconds
    guard time.magnitude < 1 << 60 else { return nil }
    let nick = CaseMapping.ascii.fold(row.nick)
    return try connection.locked { (database) throws(SQLiteError) in
      var found: (id: Int64, difference: Int64)?
      // Two messages with ids are two messages.
      let statement =
        row.networkID.isEmpty
        ? try database.statement(
          """
          SELECT id, time, is_own, nick FROM messages INDEXED BY messages_by_place
          WHERE chat = ? AND sort_time BETWEEN ? AND ? AND kind = ? AND state = 0 AND text = ?
          """)
        : try database.statement(
          """
          SELECT id, time, is_own, nick FROM messages INDEXED BY unnamed_by_time
          WHERE chat = ? AND sort_time BETWEEN ? AND ? AND kind = ? AND kind < 4 AND network_id = '' AND state = 0 AND text = ?
          """)
      try statement.eachRow(row.chat, time - Self.mostOwnDifference, time + Self.mostDelay, row.kind, row.text) {
        let difference = abs($0.int(1) - time)
        let isNear = difference <= ($0.int(2) != 0 && row.isOwn ? Self.mostOwnDifference : Self.mostDifference)
        let isSame = CaseMapping.ascii.fold($0.text(3)) == nick
        if isNear, isSame, !matched.contains($0.int(0)), difference < found?.difference ?? .max {
          found = ($0.int(0), difference)
        }
        return true
      }
      return found?.id
    }
  }

  /// A message that came without an id has one now.
  public func name(_ message: Int64, networkID: String) throws(SQLiteError) {
    try requireTransaction()
    guard !networkID.isEmpty, let found = try placed(message), found.row.networkID.isEmpty,
      try self.message(networkID: networkID, in: found.row.chat) == nil
    else { return }
    try database.statement("UPDATE messages SET network_id = ?2 WHERE id = ?1").run(message, networkID)
  }

  /// The place of a row that stands elsewhere than its time says.
  func place(_ place: Place, of row: MessageRow, _ standing: Standing) throws(SQLiteError) -> Place {
    guard row.sequence <= 0 else { return place }
    let end: Place?
    switch standing {
    case .byTime: return place
    case .last: end = try lastRow(in: row.chat, upTo: Place(time: .max, tie: .max))?.place
    case .behind(let cursor): end = try self.place(of: cursor, in: row.chat)
    }
    guard let end, place <= end else { return place }
    return Place(time: end.time, tie: min(end.tie, .max - 1) + 1)
  }
}
