import SQLite

/// Ways for an engine to be wrong that the checker has to notice. Nothing in the engine knows of them: they change what passes
/// between it and its host or its disk, so that both see what a broken build would show them.
enum EngineDefect: Sendable, CaseIterable {
  /// Says that a message is safe before it is.
  case tellsEarly
  /// A message leaves the outbox when it is sent, not when it is acknowledged.
  case forgetsSent
  /// The cursor is moved before the message is stored: a crash between both loses it.
  case movesCursorFirst
  /// A message that is here already is stored once more.
  case storesTwice

  /// What a crash finds on the disk of a broken build.
  func spoil(_ disk: Disk) {
    let statements: [String] =
      switch self {
      case .tellsEarly: []
      case .forgetsSent: ["DELETE FROM outbox"]
      case .movesCursorFirst:
        [
          """
          DELETE FROM messages WHERE id = (
            SELECT m.id FROM messages m JOIN chats c ON c.id = m.chat
            WHERE m.network_id <> '' AND m.network_id = c.cursor_network_id AND m.is_own = 0 ORDER BY m.id DESC LIMIT 1)
          """
        ]
      case .storesTwice:
        [
          "DROP INDEX messages_by_network_id",
          """
          INSERT INTO messages(id, chat, sort_time, tie, time, kind, state, is_own, is_mention, arrival, sequence, result,
            network_id, nick, text, account, target, reason, reply_network_id)
          SELECT id + 1000000, chat, sort_time, tie, time, kind, state, is_own, is_mention, arrival,
            sequence, result, network_id, nick, text, account, target, reason, reply_network_id
          FROM messages WHERE kind = 1 AND state = 0 AND id < 1000000 ORDER BY id DESC LIMIT 1
          """,
        ]
      }
    do throws(SQLiteError) {
      if statements.isEmpty { return }
      let file = try disk.openFile()
      for statement in statements { try file.execute(statement) }
    } catch {
      // The disk is out of order: this time nothing is spoilt.
    }
  }
}
