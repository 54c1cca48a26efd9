public import SQLite

extension Cache {
  /// All identities, by id.
  public func identities() throws(SQLiteError) -> [IdentityRow] {
    try connection.locked { (database) throws(SQLiteError) in
      var settings: [Int64: [String: String]] = [:]
      try database.statement("SELECT identity, key, value FROM identity_settings").eachRow {
        settings[$0.int(0), default: [:]][$0.text(1)] = $0.text(2)
        return true
      }
      var rows: [IdentityRow] = []
      try database.statement("SELECT id FROM identities ORDER BY id").eachRow {
        rows.append(IdentityRow(id: $0.int(0), settings: settings[$0.int(0)] ?? [:]))
        return true
      }
      return rows
    }
  }

  /// - Parameter row: its id is higher than `highestIdentity`.
  public func insertIdentity(_ row: IdentityRow) throws(SQLiteError) {
    try requireTransaction()
    try database.statement("INSERT INTO identities(id) VALUES (?)").run(row.id)
    highestIdentity = max(highestIdentity, row.id)
    for (key, value) in row.settings { try setIdentity(row.id, key: key, value: value) }
  }

  /// Sets one of an identity's settings; nil removes it.
  public func setIdentity(_ id: Int64, key: String, value: String?) throws(SQLiteError) {
    try requireTransaction()
    if let value {
      try database.statement("INSERT OR REPLACE INTO identity_settings(identity, key, value) VALUES (?, ?, ?)")
        .run(id, key, value)
    } else {
      try database.statement("DELETE FROM identity_settings WHERE identity = ? AND key = ?").run(id, key)
    }
  }

  /// Forgets an identity with its chats, their messages, and its outbox.
  public func deleteIdentity(_ id: Int64) throws(SQLiteError) {
    try requireTransaction()
    var chats: [Int64] = []
    try database.statement("SELECT id FROM chats WHERE identity = ?").eachRow(id) {
      chats.append($0.int(0))
      return true
    }
    for chat in chats { try deleteChat(chat) }
    try database.statement("DELETE FROM identity_settings WHERE identity = ?").run(id)
    try database.statement("DELETE FROM identities WHERE id = ?").run(id)
  }
}
