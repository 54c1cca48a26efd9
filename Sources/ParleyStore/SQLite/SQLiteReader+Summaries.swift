public import IRC
internal import SQLite

// Which conversations somebody has, and what is the last of each.
extension SQLiteReader {
  /// Somebody with so many conversations has seldom news in all.
  private static let manyConversations: Int64 = 1_000

  private struct Side {
    var conversation: Conversation
    var id: Int64
    var peerNick: String
  }

  private struct Last {
    var time: Timestamp
    var position: LogPosition
    var sequence: Int64
  }

  public func summaries(
    of identity: Identity, rooms: [RoomID], after: Timestamp, before: Timestamp, kinds: EventKinds, limit: Int
  ) throws(StoreError) -> [ConversationSummary] {
    try reading { () throws(SQLiteError) in
      var found: [ConversationSummary] = []
      func add(_ side: Side) throws(SQLiteError) {
        guard let last = try lastEvent(of: side.id, kinds, for: identity), last.time > after, last.time < before else {
          return
        }
        found.append(summary(of: side, last))
      }
      for room in rooms { try add(Side(conversation: .room(room), id: room.rawValue, peerNick: "")) }
      for side in try directConversations(of: identity) { try add(side) }
      found.sort { $0.last < $1.last }
      return Array(found.prefix(max(0, limit)))
    }
  }

  public func missed(
    by identity: Identity, after: LogPosition, kinds: EventKinds
  ) throws(StoreError) -> [ConversationSummary] {
    try reading { () throws(SQLiteError) in
      if try news(after: after, areLessThanConversationsOf: identity) {
        return try news(for: identity, after: after, kinds)
      }
      var found: [ConversationSummary] = []
      for side in try directConversations(of: identity) {
        guard let last = try lastEvent(of: side.id, kinds, for: identity), last.position > after else { continue }
        var summary = summary(of: side, last)
        summary.isAnswered = try hasSpoken(identity, in: side.id)
        found.append(summary)
      }
      return found.sorted { $0.position < $1.position }
    }
  }

  private func summary(of side: Side, _ last: Last) -> ConversationSummary {
    ConversationSummary(
      conversation: side.conversation, last: last.time, position: last.position,
      sequence: ids.number(of: last.sequence, at: last.position), peerNick: side.peerNick)
  }

  /// To look at each event since is then less than to look at each conversation.
  private func news(
    after position: LogPosition, areLessThanConversationsOf identity: Identity
  ) throws(SQLiteError) -> Bool {
    let count =
      try database.statement("SELECT count(*) FROM direct_conversations WHERE low = ?1 OR high = ?1")
      .first(identity.rawValue) { $0.int(0) } ?? 0
    guard count >= Self.manyConversations else { return false }
    let newest = try database.number("SELECT max(position) FROM events") ?? 0
    // An event that is gone over costs a tenth of what a conversation does.
    return (newest - position) / 10 < count
  }

  /// The private conversations in which something has happened since a position, oldest first.
  private func news(
    for identity: Identity, after position: LogPosition, _ kinds: EventKinds
  ) throws(SQLiteError) -> [ConversationSummary] {
    var found: [ConversationSummary] = []
    // The signs keep SQLite from going over all private events by their index. Columns besides max() are those of its row.
    try database.statement(
      text: """
        SELECT id, low, high, low_nick, high_nick, time, last, sequence, is_sound,
          CASE sequence WHEN 1 THEN sender = ?2 ELSE \(Self.hasSpoken("-id", "?2")) END
        FROM (
          SELECT conversation, max(position) AS last, time, sequence, sender, \(RowChecksum.isSound) AS is_sound FROM events
          WHERE position > ?1 AND +conversation < 0 AND \(EventClass.isSeen(kinds: "?3", reader: "?2"))
          GROUP BY +conversation)
          CROSS JOIN direct_conversations ON id = -conversation
        WHERE low = ?2 OR high = ?2
        ORDER BY last
        """
    ).eachRow(position, identity.rawValue, kinds.rawValue & ~1) {
      if $0.int(8) != 1 { noteDamage(at: $0.int(6)) }
      let side = Side(
        conversation: .direct(Identity(rawValue: $0.int(1)), Identity(rawValue: $0.int(2))), id: -$0.int(0),
        peerNick: $0.int(1) == identity.rawValue ? $0.text(4) : $0.text(3))
      var summary = summary(
        of: side, Last(time: Timestamp(milliseconds: $0.int(5)), position: $0.int(6), sequence: $0.int(7)))
      summary.isAnswered = $0.int(9) == 1
      found.append(summary)
      return true
    }
    return found
  }

  private func hasSpoken(_ identity: Identity, in conversation: Int64) throws(SQLiteError) -> Bool {
    try database.statement(text: "SELECT \(Self.hasSpoken("?1", "?2"))").first(conversation, identity.rawValue) {
      $0.int(0) == 1
    } ?? false
  }

  /// Whether somebody has said something in the last thousand messages of a conversation.
  private static func hasSpoken(_ conversation: String, _ identity: String) -> String {
    """
    EXISTS (
      SELECT 1 FROM (
        SELECT sender FROM events WHERE conversation = \(conversation) AND class = 0 ORDER BY sequence DESC LIMIT 1000)
      WHERE sender = \(identity))
    """
  }

  private func lastEvent(
    of conversation: Int64, _ kinds: EventKinds, for reader: Identity
  ) throws(SQLiteError) -> Last? {
    try database.statement(text: Self.lastEvent).first(
      conversation, kinds.rawValue & ~1, EventClass.bits(for: kinds), reader.rawValue
    ) {
      if $0.int(3) != 1 { noteDamage(at: $0.int(1)) }
      return Last(time: Timestamp(milliseconds: $0.int(0)), position: $0.int(1), sequence: $0.int(2))
    }
  }

  private static let lastEvent = EventClass.newestQuery(
    columns: "time, position, sequence, \(RowChecksum.isSound)")

  private func directConversations(of identity: Identity) throws(SQLiteError) -> [Side] {
    var sides: [Side] = []
    try database.statement(
      """
      SELECT id, low, high, high_nick FROM direct_conversations WHERE low = ?1
      UNION ALL
      SELECT id, low, high, low_nick FROM direct_conversations WHERE high = ?1 AND low <> ?1
      """
    ).eachRow(identity.rawValue) {
      sides.append(
        Side(
          conversation: .direct(Identity(rawValue: $0.int(1)), Identity(rawValue: $0.int(2))), id: -$0.int(0),
          peerNick: $0.text(3)))
      return true
    }
    return sides
  }
}
