internal import SQLite

/// Edits and redactions of messages that are not here under their ids: they may be our own, which the server has and has not
/// acknowledged yet. The acknowledgement of a repeated attempt has the text of the attempt, whatever has become of the message since.
extension Cache {
  /// For one chat.
  private static let mostEarlyChanges = 1_000

  enum EarlyChange {
    case redaction(by: String, reason: String)
    case edit(text: String, place: Int64)
  }

  /// Keeps a change while a message of the chat waits for its acknowledgement.
  func remember(_ change: EarlyChange, chat: Int64, networkID: String) throws(SQLiteError) {
    guard !networkID.isEmpty, try awaitsAcknowledgement(in: chat) else { return }
    let count =
      try database.statement("SELECT count(*) FROM early_changes WHERE chat = ?").first(chat) { $0.int(0) } ?? 0
    guard count < Self.mostEarlyChanges else { return }
    let insert = try database.statement(
      """
      INSERT INTO early_changes(chat, network_id, is_redaction, who, text, place) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (chat, network_id, is_redaction) DO UPDATE SET text = excluded.text, place = excluded.place
      WHERE excluded.place >= place AND is_redaction = 0
      """)
    switch change {
    case .redaction(let by, let reason): try insert.run(chat, networkID, 1, by, reason, 0)
    case .edit(let text, let place): try insert.run(chat, networkID, 0, "", text, place)
    }
  }

  /// A message is known under its id now: what has become of it before happens to it.
  func applyEarlyChanges(chat: Int64, networkID: String) throws(SQLiteError) {
    guard !networkID.isEmpty else { return }
    var changes: [EarlyChange] = []
    try database.statement(
      "SELECT is_redaction, who, text, place FROM early_changes WHERE chat = ? AND network_id = ? ORDER BY is_redaction"
    ).eachRow(chat, networkID) {
      changes.append(
        $0.int(0) == 1
          ? .redaction(by: $0.text(1), reason: $0.text(2)) : .edit(text: $0.text(2), place: $0.int(3)))
      return true
    }
    for change in changes {
      switch change {
      case .redaction(let by, let reason): try redact(chat: chat, networkID: networkID, by: by, reason: reason)
      case .edit(let text, let place): try edit(chat: chat, networkID: networkID, text: text, place: place)
      }
    }
  }

  /// Nothing is kept once nothing waits.
  func forgetEarlyChanges(chat: Int64) throws(SQLiteError) {
    guard try !awaitsAcknowledgement(in: chat) else { return }
    try database.statement("DELETE FROM early_changes WHERE chat = ?").run(chat)
  }

  private func awaitsAcknowledgement(in chat: Int64) throws(SQLiteError) -> Bool {
    try database.statement(
      "SELECT 1 FROM outbox o JOIN messages m ON m.id = o.message WHERE m.chat = ? AND o.was_attempted = 1 LIMIT 1"
    ).first(chat) { _ in true } ?? false
  }
}
