import IRC
import SQLite

/// The rows of one chat or all, read in different ways but always whole: with the message each answers, and reactions.
final class MessageQueries {
  /// Which rows, and in which order.
  enum Selection: String {
    /// Parameter: id.
    case one = "FROM messages m WHERE m.id = ?"
    /// Up to a place: chat, sort_time, tie, id, limit. The newest first.
    case before = """
      FROM messages m INDEXED BY messages_by_place
      WHERE m.chat = ? AND (m.sort_time, m.tie, m.id) < (?, ?, ?)
      ORDER BY m.sort_time DESC, m.tie DESC, m.id DESC LIMIT ?
      """
    /// From a place on, that included: chat, sort_time, tie, id, limit.
    case from = """
      FROM messages m INDEXED BY messages_by_place
      WHERE m.chat = ? AND (m.sort_time, m.tie, m.id) >= (?, ?, ?)
      ORDER BY m.sort_time, m.tie, m.id LIMIT ?
      """
    /// arrival, chat or 0, limit. Two lists, each in order: those whose arrival is their id, and the others.
    case arrivals = """
      FROM (
        SELECT * FROM (
          SELECT id, arrival FROM messages NOT INDEXED
          WHERE id > ?1 AND arrival = id AND (?2 = 0 OR chat = ?2) ORDER BY id LIMIT ?3)
        UNION ALL
        SELECT * FROM (
          SELECT id, arrival FROM messages INDEXED BY acknowledged_by_arrival
          WHERE arrival > ?1 AND arrival > 0 AND arrival <> id AND (?2 = 0 OR chat = ?2) ORDER BY arrival LIMIT ?3)
        ORDER BY arrival LIMIT ?3) found
      CROSS JOIN messages m ON m.id = found.id
      ORDER BY found.arrival
      """
    /// match, chat or 0, nick or "", from time, until time, time and id of what to go on before, limit.
    case found = """
      FROM (
        SELECT f.id AS id FROM words CROSS JOIN messages f ON f.id = words.rowid
        WHERE words MATCH ?1 AND (?2 = 0 OR f.chat = ?2) AND (?3 = '' OR f.nick = ?3 COLLATE NOCASE)
          AND f.time >= ?4 AND f.time < ?5 AND (f.time, f.id) < (?6, ?7)
        ORDER BY f.time DESC, f.id DESC LIMIT ?8) hits
      CROSS JOIN messages m ON m.id = hits.id
      ORDER BY m.time DESC, m.id DESC
      """
    /// The same without words: all that was said.
    case restricted = """
      FROM (
        SELECT f.id AS id FROM messages f
        WHERE f.kind < 4 AND ?1 = '' AND (?2 = 0 OR f.chat = ?2) AND (?3 = '' OR f.nick = ?3 COLLATE NOCASE)
          AND f.time >= ?4 AND f.time < ?5 AND (f.time, f.id) < (?6, ?7)
        ORDER BY f.time DESC, f.id DESC LIMIT ?8) hits
      CROSS JOIN messages m ON m.id = hits.id
      ORDER BY m.time DESC, m.id DESC
      """
  }

  private static let columns = """
    SELECT m.id, m.chat, m.kind, m.state, m.result, m.is_own, m.is_mention, m.time, m.sequence, m.network_id, m.text,
      m.nick, m.account, m.target, m.reason, m.reply_network_id,
      CASE WHEN m.reply_network_id = '' THEN 0 ELSE (
        SELECT a.id FROM messages a
        WHERE a.chat = m.chat AND a.network_id = m.reply_network_id AND a.network_id <> '') END,
      m.network_id <> '' AND EXISTS (
        SELECT 1 FROM reactions r WHERE r.chat = m.chat AND r.network_id = m.network_id AND r.is_removed = 0), m.edited,
      m.is_lost

    """

  private let database: Database
  private var statements: [Selection: Statement] = [:]

  init(database: Database) { self.database = database }

  /// The rows of a selection.
  func rows(
    _ selection: Selection, _ bind: (Statement) throws(SQLiteError) -> Void
  ) throws(SQLiteError) -> [MessageRow] {
    let statement = try prepared(selection)
    try bind(statement)
    var rows: [MessageRow] = []
    // Indices of those with reactions: most have none.
    var reacted: [Int] = []
    do {
      defer { statement.reset() }
      while try statement.step() {
        if statement.int(17) != 0 { reacted.append(rows.count) }
        rows.append(MessageRow(statement))
      }
    }
    for index in reacted { rows[index].reactions = try reactions(to: rows[index]) }
    return rows
  }

  private func prepared(_ selection: Selection) throws(SQLiteError) -> Statement {
    if let statement = statements[selection] { return statement }
    let statement = try database.prepare(Self.columns + selection.rawValue)
    statements[selection] = statement
    return statement
  }

  private func reactions(to row: MessageRow) throws(SQLiteError) -> [ReactionRow] {
    var reactions: [ReactionRow] = []
    try database.statement(
      """
      SELECT text, count(*), max(is_own) FROM reactions
      WHERE chat = ? AND network_id = ? AND is_removed = 0 GROUP BY text ORDER BY min(number)
      """
    ).eachRow(row.chat, row.networkID) {
      reactions.append(ReactionRow(text: $0.text(0), people: $0.int(1), isOwn: $0.int(2) != 0))
      return true
    }
    return reactions
  }
}

extension MessageRow {
  fileprivate init(_ columns: borrowing Statement) {
    self.init(chat: columns.int(1), kind: columns.int(2), time: Timestamp(milliseconds: columns.int(7)))
    id = columns.int(0)
    state = State(rawValue: columns.int(3)) ?? .sent
    result = columns.int(4)
    isOwn = columns.int(5) != 0
    isMention = columns.int(6) != 0
    sequence = columns.int(8)
    networkID = columns.text(9)
    text = columns.text(10)
    nick = columns.text(11)
    account = columns.isNull(12) ? nil : columns.text(12)
    target = columns.text(13)
    reason = columns.text(14)
    replyNetworkID = columns.text(15)
    replyTo = columns.int(16)
    isEdited = columns.int(18) != 0
    isLost = columns.int(19) != 0
  }
}
