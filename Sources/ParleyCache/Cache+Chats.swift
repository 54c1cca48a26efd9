internal import IRC
public import SQLite

extension Cache {
  /// All chats of all identities, by id.
  public func chats() throws(SQLiteError) -> [ChatRow] {
    try connection.locked { (database) throws(SQLiteError) in
      try saveSummaries()
      var settings: [Int64: [String: String]] = [:]
      try database.statement("SELECT chat, key, value FROM chat_settings").eachRow {
        settings[$0.int(0), default: [:]][$0.text(1)] = $0.text(2)
        return true
      }
      var rows: [ChatRow] = []
      try database.statement(
        """
        SELECT id, identity, kind, name, folded_name, topic, is_wanted, key, member_count, cursor_network_id, cursor_time,
          cursor_sequence, unread, mentions, marker, last, last_time, last_nick, last_text
        FROM chats ORDER BY id
        """
      ).eachRow { columns in
        var row = ChatRow(columns)
        row.settings = settings[row.id] ?? [:]
        rows.append(row)
        return true
      }
      return rows
    }
  }

  /// A chat as it is now, the open transaction included; nil: there is none.
  public func chat(_ id: Int64) throws(SQLiteError) -> ChatRow? {
    try connection.locked { (database) throws(SQLiteError) in
      try saveSummaries()
      let row = try database.statement(
        """
        SELECT id, identity, kind, name, folded_name, topic, is_wanted, key, member_count, cursor_network_id, cursor_time,
          cursor_sequence, unread, mentions, marker, last, last_time, last_nick, last_text
        FROM chats WHERE id = ?
        """
      ).first(id) { ChatRow($0) }
      guard var row else { return nil }
      try database.statement("SELECT key, value FROM chat_settings WHERE chat = ?").eachRow(id) {
        row.settings[$0.text(0)] = $0.text(1)
        return true
      }
      return row
    }
  }

  /// A new chat without messages: counts, marker and last message of the row are not looked at.
  ///
  /// - Parameter row: its id is higher than `highestChat`, its folded name new for its identity.
  public func insertChat(_ row: ChatRow) throws(SQLiteError) {
    try requireTransaction()
    try database.statement(
      """
      INSERT INTO chats(id, identity, kind, name, folded_name, topic, is_wanted, key, member_count, cursor_network_id,
        cursor_time, cursor_sequence, unread, mentions, marker, marker_time, marker_tie, last, last_sort_time, last_tie,
        last_time, last_nick, last_text)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, ?13, ?14, 0, ?13, ?14, 0, '', '')
      """
    ).run(
      row.id, row.identity, row.kind.rawValue, row.name, row.foldedName, row.topic, row.isWanted, row.key,
      row.memberCount, row.cursor?.networkID, row.cursor?.time.milliseconds, row.cursor?.sequence, Place.start.time,
      Place.start.tie)
    highestChat = max(highestChat, row.id)
    for (key, value) in row.settings { try setChat(row.id, key: key, value: value) }
  }

  /// Writes a chat's names, topic, key, cursor, number of members, and whether it is wanted. What follows from its
  /// messages, and its settings, stay as they are.
  public func updateChat(_ row: ChatRow) throws(SQLiteError) {
    try requireTransaction()
    try database.statement(
      """
      UPDATE chats SET name = ?2, folded_name = ?3, topic = ?4, is_wanted = ?5, key = ?6, member_count = ?7,
        cursor_network_id = ?8, cursor_time = ?9, cursor_sequence = ?10
      WHERE id = ?1
      """
    ).run(
      row.id, row.name, row.foldedName, row.topic, row.isWanted, row.key, row.memberCount, row.cursor?.networkID,
      row.cursor?.time.milliseconds, row.cursor?.sequence)
  }

  /// Sets one of a chat's settings; nil removes it.
  public func setChat(_ id: Int64, key: String, value: String?) throws(SQLiteError) {
    try requireTransaction()
    if let value {
      try database.statement("INSERT OR REPLACE INTO chat_settings(chat, key, value) VALUES (?, ?, ?)")
        .run(id, key, value)
    } else {
      try database.statement("DELETE FROM chat_settings WHERE chat = ? AND key = ?").run(id, key)
    }
  }

  /// Forgets a chat with all its messages, also those in the outbox.
  public func deleteChat(_ id: Int64) throws(SQLiteError) {
    try requireTransaction()
    summaries[id] = nil
    try database.statement("SELECT message FROM outbox JOIN messages ON id = message WHERE chat = ?").eachRow(id) {
      setRequest(nil, of: $0.int(0))
      return true
    }
    try database.statement("DELETE FROM outbox WHERE message IN (SELECT id FROM messages WHERE chat = ? AND state = 1)")
      .run(id)
    let forget = try database.statement("INSERT INTO words(words, rowid, text) VALUES ('delete', ?, ?)")
    var failure: SQLiteError?
    try database.statement("SELECT id, text FROM messages WHERE chat = ? AND kind < 4 AND text <> '' ORDER BY id")
      .eachRow(id) {
        do throws(SQLiteError) { try forget.run($0.int(0), SearchText.indexed($0.text(1))) } catch { failure = error }
        return failure == nil
      }
    if let failure { throw failure }
    try database.statement(
      """
      INSERT OR IGNORE INTO departed(id, arrival)
      SELECT id, arrival FROM messages WHERE chat = ? AND arrival > 0 AND arrival <> id
      """
    ).run(id)
    try database.statement("DELETE FROM messages WHERE chat = ?").run(id)
    try database.statement("DELETE FROM reactions WHERE chat = ?").run(id)
    try database.statement("DELETE FROM early_changes WHERE chat = ?").run(id)
    try database.statement("DELETE FROM gaps WHERE chat = ?").run(id)
    try database.statement("DELETE FROM members WHERE chat = ?").run(id)
    try database.statement("DELETE FROM chat_settings WHERE chat = ?").run(id)
    try database.statement("DELETE FROM chats WHERE id = ?").run(id)
  }

  /// Writes a chat's members anew, in their order.
  public func replaceMembers(chat: Int64, _ members: [MemberRow]) throws(SQLiteError) {
    try requireTransaction()
    try database.statement("DELETE FROM members WHERE chat = ?").run(chat)
    let insert = try database.statement(
      "INSERT INTO members(chat, position, nick, account, roles, is_away) VALUES (?, ?, ?, ?, ?, ?)")
    for (position, member) in members.enumerated() {
      try insert.run(chat, position, member.nick, member.account, member.roles, member.isAway)
    }
  }
}

extension ChatRow {
  init(_ columns: borrowing Statement) {
    self.init(
      id: columns.int(0), identity: columns.int(1), kind: Kind(rawValue: columns.int(2)) ?? .server,
      name: columns.text(3), foldedName: columns.text(4))
    topic = columns.text(5)
    isWanted = columns.int(6) != 0
    key = columns.text(7)
    memberCount = columns.int(8)
    cursor = Cursor(columns, from: 9)
    unread = columns.int(12)
    mentions = columns.int(13)
    marker = columns.int(14)
    last = columns.int(15)
    lastTime = Timestamp(milliseconds: columns.int(16))
    lastNick = columns.text(17)
    lastText = columns.text(18)
  }
}

extension Cursor {
  /// From three columns: network id, time, sequence. nil without a time.
  init?(_ columns: borrowing Statement, from first: Int32) {
    guard !columns.isNull(first + 1) else { return nil }
    self.init(
      networkID: columns.text(first), time: Timestamp(milliseconds: columns.int(first + 1)),
      sequence: columns.int(first + 2))
  }
}
