public import SQLite

/// Reads what a `Cache` keeps. May be called from any thread; of a file, calls do not wait for each other.
///
/// Each call sees one state of the cache: that of the last commit before it.
public final class CacheReader: Sendable {
  private let pool: ReaderPool

  init(_ pool: ReaderPool) { self.pool = pool }

  private func reading<R>(
    _ body: (Database, Connection) throws(SQLiteError) -> R
  ) throws(SQLiteError) -> R {
    try pool.use { (connection) throws(SQLiteError) in
      try connection.reading { (database) throws(SQLiteError) in try body(database, connection) }
    }
  }

  /// Rows of a chat in their order, oldest first, gaps included.
  ///
  /// - Parameters:
  ///   - anchor: a row of the chat, itself part of the answer; 0: the end.
  ///   - before: how many rows before the anchor, at most.
  ///   - after: how many rows behind it, at most.
  /// - Returns: nil if the anchor is not in the chat.
  public func history(chat: Int64, anchor: Int64, before: Int, after: Int) throws(SQLiteError) -> [MessageRow]? {
    try reading { (database, connection) throws(SQLiteError) in
      var place = Place(time: .max, tie: .max)
      if anchor != 0 {
        let found = try database.statement("SELECT sort_time, tie FROM messages WHERE id = ? AND chat = ?")
          .first(anchor, chat) { Place(time: $0.int(0), tie: $0.int(1)) }
        guard let found else { return nil }
        place = found
      }
      let earlier = try connection.messages.rows(.before) { (statement) throws(SQLiteError) in
        try statement.bind(chat, place.time, place.tie, anchor, max(before, 0))
      }
      if anchor == 0 { return earlier.reversed() }
      let later = try connection.messages.rows(.from) { (statement) throws(SQLiteError) in
        try statement.bind(chat, place.time, place.tie, anchor, min(max(after, 0), 1 << 30) + 1)
      }
      return earlier.reversed() + later
    }
  }

  /// Final rows in the order in which they became so: when they came, own ones when they were acknowledged.
  ///
  /// - Parameters:
  ///   - chat: 0: of all chats.
  ///   - after: the message to go on behind, even if it is gone; 0: from the first.
  public func arrivals(chat: Int64, after: Int64, limit: Int) throws(SQLiteError) -> [MessageRow] {
    try reading { (database, connection) throws(SQLiteError) in
      let arrival = try arrival(of: after, database)
      return try connection.messages.rows(.arrivals) { (statement) throws(SQLiteError) in
        try statement.bind(arrival, chat, max(limit, 0))
      }
    }
  }

  /// A row's number among arrivals is its id, unless it was acknowledged later.
  private func arrival(of id: Int64, _ database: Database) throws(SQLiteError) -> Int64 {
    let present = try database.statement("SELECT arrival FROM messages WHERE id = ?").first(id) { $0.int(0) }
    if let present, present > 0 { return present }
    return try database.statement("SELECT arrival FROM departed WHERE id = ?").first(id) { $0.int(0) } ?? id
  }

  /// nil: there is no such message.
  public func message(_ id: Int64) throws(SQLiteError) -> MessageRow? {
    try reading { (_, connection) throws(SQLiteError) in
      try connection.messages.rows(.one) { (statement) throws(SQLiteError) in try statement.bind(id) }.first
    }
  }

  /// A chat's members, in the order in which they were written.
  public func members(chat: Int64) throws(SQLiteError) -> [MemberRow] {
    try reading { (database, connection) throws(SQLiteError) in
      var rows: [MemberRow] = []
      try database.statement(
        "SELECT nick, account, roles, is_away FROM members WHERE chat = ? ORDER BY position"
      ).eachRow(chat) {
        rows.append(
          MemberRow(
            nick: $0.text(0), account: $0.isNull(1) ? nil : $0.text(1), roles: $0.text(2), isAway: $0.int(3) != 0))
        return true
      }
      return rows
    }
  }

  /// What is kept under a key; nil: nothing.
  public func value(_ key: String) throws(SQLiteError) -> String? {
    try reading { (database, connection) throws(SQLiteError) in
      try database.statement("SELECT value FROM host_values WHERE key = ?").first(key) { $0.text(0) }
    }
  }

  /// Messages with all the words, the newest first.
  ///
  /// Words match by their beginnings, without regard to case and accents; "quoted words" match as a phrase; from:nick,
  /// before:2026-01-31 and after:2026-01-31 (that day excluded, by the machine's time zone) restrict, also alone. Of scripts without
  /// spaces, any part of a sentence matches.
  ///
  /// - Parameters:
  ///   - chat: 0: in all chats.
  ///   - query: at most 32 words count.
  ///   - before: the message to go on before; 0: from the newest. If it is gone there is nothing before it.
  /// - Returns: nil if there is neither a word nor a restriction in the query, or a day that is none.
  public func search(chat: Int64, query: String, before: Int64, limit: Int) throws(SQLiteError) -> [MessageRow]? {
    guard let query = SearchQuery(query) else { return nil }
    return try reading { (database, connection) throws(SQLiteError) in
      var end = Int64.max
      if before != 0 {
        guard
          let time = try database.statement("SELECT time FROM messages WHERE id = ?").first(before, make: { $0.int(0) })
        else { return [] }
        end = time
      }
      return try connection.messages.rows(query.match.isEmpty ? .restricted : .found) {
        (statement) throws(SQLiteError) in
        try statement.bind(
          query.match, chat, query.nick, query.from, query.until, end, before == 0 ? Int64.max : before, max(limit, 0))
      }
    }
  }
}
