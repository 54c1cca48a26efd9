import IRC
import SQLite

/// Makes indexes again that do not agree with their tables.
///
/// A flipped bit in a row or in an index is enough for SQLite to refuse each change of the row: it does not find the index entry that it has
/// to remove. The tables of the directory have checksums, so nobody believes a damaged row for its new index entry. What an index knows
/// better than a table is put back first: names, and the two people of a private conversation.
struct IndexRepair {
  private struct Named {
    var id: Int64
    var name: String
    var checksum: Int64?
  }

  /// Indexes whose tables say the same.
  private static let derived = [
    "memberships_by_account", "room_roles_by_account", "invitations_by_room", "certificates_by_account",
    "list_entries_by_mask", "reserved_names_by_account",
  ]
  /// Tables whose indexes are asked what was there: the numbers in a damaged row must not get into them.
  private static let counting = ["sender_devices", "expired"]

  let database: Database

  /// In a transaction of its own.
  ///
  /// - Parameter events: also the indexes of the log, which takes seconds for millions of messages.
  func run(events: Bool) throws(SQLiteError) {
    try database.beginImmediate()
    do throws(SQLiteError) {
      for table in ["accounts", "rooms"] { try restoreNames(table) }
      for index in Self.derived { try database.execute("REINDEX \(index)") }
      for table in Self.counting where try isSound(table) { try database.execute("REINDEX \(table)") }
      if events { try database.execute("REINDEX events") }
      try restoreConversations()
      try database.commit()
    } catch {
      database.rollBack()
      throw error
    }
  }

  private func isSound(_ table: String) throws(SQLiteError) -> Bool {
    try database.prepare("SELECT 1 FROM \(table) WHERE NOT \(RowChecksum.isRight(table)) LIMIT 1").first { _ in true }
      == nil
  }

  // MARK: - Names

  /// Gives damaged rows the names that the index has, within the transaction at hand. They keep their checksums: a row of which only the name
  /// was damaged is right again.
  func restoreNames(_ table: String) throws(SQLiteError) {
    var named: [Named] = []
    var wrong: [(id: Int64, name: String)] = []
    try database.prepare(
      """
      SELECT \(table).id, \(table).name, known.name, checksum
      FROM (SELECT id AS number, name FROM \(table) INDEXED BY sqlite_autoindex_\(table)_1) AS known
        CROSS JOIN \(table) NOT INDEXED ON \(table).id = number
      WHERE \(table).name IS NOT known.name COLLATE BINARY AND NOT \(RowChecksum.isRight(table, named: table))
      """
    ).eachRow {
      wrong.append(($0.int(0), $0.text(1)))
      named.append(Named(id: $0.int(0), name: $0.text(2), checksum: $0.isNull(3) ? nil : $0.int(3)))
      return true
    }
    // A damaged row may have the name of another one, which must make way until the index is right.
    for (id, name) in wrong {
      let holder = try database.prepare("SELECT id, name, checksum FROM \(table) WHERE name = ? AND id <> ?")
        .first(name, id) { Named(id: $0.int(0), name: $0.text(1), checksum: $0.isNull(2) ? nil : $0.int(2)) }
      guard let holder else { continue }
      named.append(holder)
      try database.prepare("UPDATE \(table) SET name = char(1) || id WHERE id = ?").run(holder.id)
    }
    try database.execute("REINDEX \(table)")
    for row in named {
      try database.prepare("UPDATE \(table) SET name = ? WHERE id = ?").run(row.name, row.id)
      // The trigger has called it right.
      try database.prepare("UPDATE \(table) SET checksum = ? WHERE id = ?").run(row.checksum, row.id)
    }
  }

  // MARK: - Private conversations

  /// These rows have no checksum. Each number in them stands in three indexes as well; of the four, three must agree. Whether a person has
  /// spoken stands in the row only.
  private func restoreConversations() throws(SQLiteError) {
    let people = try differing("id, low, high", "direct_by_pair")
    let sides = try differing("id, low_last, low_time, low_kind", "direct_by_low_last")
      .union(differing("id, high_last, high_time, high_kind", "direct_by_high_last"))
    var restored: [(id: Int64, low: Int64, high: Int64)] = []
    for id in people.sorted() {
      restored.append(
        (
          id, try agreed("low", ["direct_by_pair", "direct_by_low", "direct_by_low_last"], id),
          try agreed("high", ["direct_by_pair", "direct_by_high", "direct_by_high_last"], id)
        ))
    }
    var indexes: [(name: String, sql: String)] = []
    try database.prepare(
      "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'direct_conversations'"
    ).eachRow {
      indexes.append(($0.text(0), $0.text(1)))
      return true
    }
    // With an index that is wrong, or forbids the pair of a damaged row, the row could not be changed.
    for index in indexes { try database.execute("DROP INDEX \(index.name)") }
    for row in restored {
      try database.prepare("UPDATE direct_conversations SET low = ?, high = ? WHERE id = ?")
        .run(row.low, row.high, row.id)
    }
    for index in indexes { try database.execute(index.sql) }
    for id in sides.sorted() { try ConversationSides.readAgain(-id, database) }
  }

  /// The rows that an index has with other values, or does not have.
  private func differing(_ columns: String, _ index: String) throws(SQLiteError) -> Set<Int64> {
    var ids: Set<Int64> = []
    try database.prepare(
      "SELECT \(columns) FROM direct_conversations NOT INDEXED "
        + "EXCEPT SELECT \(columns) FROM direct_conversations INDEXED BY \(index)"
    ).eachRow {
      ids.insert($0.int(0))
      return true
    }
    return ids
  }

  /// What most copies of a number say.
  private func agreed(_ column: String, _ indexes: [String], _ id: Int64) throws(SQLiteError) -> Int64 {
    var counts: [Int64: Int] = [:]
    for source in ["NOT INDEXED"] + indexes.map({ "INDEXED BY \($0)" }) {
      let value = try database.prepare("SELECT \(column) FROM direct_conversations \(source) WHERE id = ?")
        .first(id) { $0.int(0) }
      if let value { counts[value, default: 0] += 1 }
    }
    guard let value = counts.first(where: { $0.value >= 3 })?.key else {
      throw SQLiteError(code: SQLiteError.corrupt, message: "nothing tells whose private conversation \(-id) is")
    }
    return value
  }
}
