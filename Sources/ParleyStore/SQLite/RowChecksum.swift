import SQLite

/// Checksums over the columns of each row: a disk that returns other bytes than it was given is noticed.
///
/// `checksum(…)` is a function of this program (see `Database`). The event log, which is written most, sets its column with each
/// statement; the directory's tables have triggers.
enum RowChecksum {
  /// Of an event as it stands in its row.
  static let event = event(
    kind: "kind", time: "time", text: "text", tags: "tags", unheard: "unheard", ownText: "own_text")

  /// Of an event that is being changed: `UPDATE` sees the columns as they were.
  static func event(
    kind: String = "kind", time: String = "time", text: String = "text", tags: String = "tags",
    unheard: String = "unheard", ownText: String = "own_text"
  ) -> String {
    "checksum(position, conversation, sequence, \(kind), \(time), sender, source, account, target, \(text), \(tags), "
      + "reference, \(unheard), \(ownText))"
  }

  /// Of an event whose words have been erased.
  static let erased = event(kind: "0", text: "''", tags: "''", ownText: "NULL")

  /// 1: the row is as it was written, or another program wrote it and left the column empty.
  static let isSound = "(checksum IS NULL OR checksum = \(event))"

  private struct Table {
    let name: String
    let key: [String]
    let others: [String]

    init(_ name: String, key: String, _ others: String = "") {
      (self.name, self.key) = (name, key.split(separator: " ").map(String.init))
      self.others = others.split(separator: " ").map(String.init)
    }

    private var columns: [String] { key + others }
    /// 1 or 0. Every row of these tables has a sum.
    var isRight: String { isRight() }
    func isRight(_ prefix: String = "") -> String { "(\(prefix)checksum IS \(sum(prefix)))" }
    private func sum(_ prefix: String = "") -> String {
      "checksum(\(columns.map { prefix + $0 }.joined(separator: ", ")))"
    }

    /// The rows that are there get their sums, and from then on each that is written.
    var migration: String {
      let row = key.map { "\($0) = new.\($0)" }.joined(separator: " AND ")
      let seal = "BEGIN UPDATE \(name) SET checksum = \(sum("new.")) WHERE \(row); END;"
      return """
        ALTER TABLE \(name) ADD COLUMN checksum INTEGER;
        UPDATE \(name) SET checksum = \(sum());
        CREATE TRIGGER \(name)_inserted AFTER INSERT ON \(name) \(seal)
        CREATE TRIGGER \(name)_updated AFTER UPDATE OF \(columns.joined(separator: ", ")) ON \(name) \(seal)

        """
    }

    var rule: (name: String, sql: String) {
      (
        "a row of \(name) is damaged",
        "SELECT \(key.map { RowNames.value($0, of: name) }.joined(separator: " || ', ' || ")) FROM \(name) "
          + "WHERE NOT \(isRight)"
      )
    }
  }

  /// Everything but the log, the rows of private conversations, whose events tell what is in them, idempotency keys, which each message has,
  /// and the counters in `state`.
  private static let tables = [
    Table("state", key: "id", "secret"),
    Table(
      "accounts", key: "id",
      "name nick realname salt iterations stored_key server_key fingerprints email registered_at suspension is_operator "
        + "revision"),
    Table(
      "rooms", key: "id",
      "name created_at founder topic topic_set_by topic_set_at modes key user_limit slow_seconds flood_lines "
        + "flood_seconds keep_messages keep_seconds"),
    Table("list_entries", key: "room mode mask", "set_by set_at"),
    Table("memberships", key: "room account", "roles joined_at since"),
    Table("room_roles", key: "room account", "roles"),
    Table("devices", key: "account device", "seen last_seen_at"),
    Table("read_markers", key: "account target", "time"),
    Table("metadata", key: "owner key", "value"),
    Table("silences", key: "account mask"),
    Table("account_settings", key: "account", "modes persistence replays_missed"),
    Table("verifications", key: "account", "email code_hash is_registration expires_at"),
    Table("invitations", key: "account room", "inviter source time admits"),
    Table("reserved_names", key: "name", "account until"),
    Table("sender_devices", key: "id", "sender device"),
    Table("expired", key: "conversation", "sequence position time"),
    Table("epochs", key: "first", "base tag key"),
  ]

  private static let clock = Table("clock", key: "id", "certain proven steady_for shown doubted_for")
  static let clockMigration = clock.migration

  static let migration = tables.map(\.migration).joined() + "UPDATE events SET checksum = \(event);"

  /// An SQL expression: 1 where a row of a table of the directory is as it was written, otherwise 0.
  ///
  /// A statement that changes a part of a row has it as a condition, because the row gets a new sum: it must not be called right for that.
  static func isRight(_ table: String) -> String { rightness[table] ?? "0" }

  /// The same in a statement with several tables, where this one is known by a name.
  static func isRight(_ table: String, named name: String) -> String {
    tables.first { $0.name == table }?.isRight("\(name).") ?? "0"
  }

  private static let rightness = Dictionary(uniqueKeysWithValues: (tables + [clock]).map { ($0.name, $0.isRight) })

  /// The new sum of an event that is being changed; one that is damaged stays so.
  static func unlessDamaged(_ sum: String) -> String { "CASE WHEN \(isSound) THEN \(sum) ELSE checksum END" }

  /// Each query's rows are the violations.
  static let rules = (tables + [clock]).map(\.rule)

  /// What is damaged in the tables that are read at a start.
  static func directoryProblems(_ database: Database) throws(SQLiteError) -> [String] {
    var problems: [String] = []
    for (name, sql) in rules {
      try database.prepare(sql).eachRow {
        problems.append("\(name): \($0.text(0))".printable)
        return false
      }
    }
    return problems
  }
}
