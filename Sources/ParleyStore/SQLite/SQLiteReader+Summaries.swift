public import IRC
internal import SQLite

// Which conversations somebody has, and what is the last of each.
extension SQLiteReader {
  /// What looking for the last event of a conversation in the log costs, in rows that are only read.
  private static let lookup = 10

  /// Somebody's place in a private conversation.
  private struct Side {
    var conversation: Conversation
    var id: Int64
    var peerNick: String
    var hasSpoken: Bool
    var newest: Newest
  }

  /// The newest event of a private conversation, whatever its kind.
  private struct Newest {
    var position: LogPosition
    /// A bit.
    var kind: Int64
  }

  private struct Last {
    var time: Timestamp
    var position: LogPosition
    var sequence: Int64
  }

  public func summaries(
    of identity: Identity, rooms: [RoomID], after: Timestamp, before: Timestamp, kinds: EventKinds, limit: Int
  ) throws(StoreError) -> [ConversationSummary] {
    looked = 0
    return try reading { () throws(SQLiteError) in
      var found: [ConversationSummary] = []
      func add(_ conversation: Conversation, _ peerNick: String, _ last: Last?) {
        guard let last, last.time > after, last.time < before else { return }
        found.append(summary(of: conversation, peerNick, last))
      }
      for room in rooms { add(.room(room), "", try lastEvent(of: room.rawValue, kinds, for: identity)) }
      for id in try candidates(of: identity, after, before, kinds, limit) {
        guard let side = try side(of: identity, id) else { continue }
        add(side.conversation, side.peerNick, try lastEvent(of: side, kinds, for: identity))
      }
      found.sort { $0.last < $1.last }
      return Array(found.prefix(max(0, limit)))
    }
  }

  public func missed(
    by identity: Identity, after: LogPosition, kinds: EventKinds
  ) throws(StoreError) -> [ConversationSummary] {
    looked = 0
    return try reading { () throws(SQLiteError) in
      var found: [ConversationSummary] = []
      for side in try sides(of: identity, after: after) {
        // A damaged one is a reason to say that something was missed; its page tells the rest.
        guard let last = try lastEvent(of: side, kinds, for: identity, refusesDamage: false), last.position > after
        else { continue }
        var summary = summary(of: side.conversation, side.peerNick, last)
        summary.isAnswered = side.hasSpoken
        found.append(summary)
      }
      return found.sorted { $0.position < $1.position }
    }
  }

  private func summary(of conversation: Conversation, _ peerNick: String, _ last: Last) -> ConversationSummary {
    ConversationSummary(
      conversation: conversation, last: last.time, position: last.position,
      sequence: ids.number(of: last.sequence, at: last.position), peerNick: peerNick)
  }

  /// Private conversations (their ids in `direct_conversations`) whose last events of some kinds may be the oldest ones between two times.
  ///
  /// Most are known by the newest event, which is of those kinds. Of the others it tells only that nothing is newer.
  private func candidates(
    of identity: Identity, _ after: Timestamp, _ before: Timestamp, _ kinds: EventKinds, _ limit: Int
  ) throws(SQLiteError) -> [Int64] {
    var known: [(time: Int64, id: Int64)] = []
    var others: [Int64] = []
    var count = 0
    try database.statement(
      """
      SELECT id, low_time, low_kind FROM direct_conversations INDEXED BY direct_by_low_last WHERE low = ?1
      UNION ALL
      SELECT id, high_time, high_kind FROM direct_conversations INDEXED BY direct_by_high_last WHERE high = ?1
        AND id <> coalesce((SELECT id FROM direct_conversations WHERE low = ?1 AND high = ?1), 0)
      """
    ).eachRow(identity.rawValue) {
      count += 1
      let time = $0.int(1)
      guard !$0.isNull(1), time > after.milliseconds else { return true }
      if kinds.rawValue >> $0.int(2) & 1 == 0 {
        others.append($0.int(0))
      } else if time < before.milliseconds {
        known.append((time, $0.int(0)))
      }
      return true
    }
    looked += count / Self.lookup
    known.sort { $0 < $1 }
    return known.prefix(max(0, limit)).map(\.id) + others
  }

  private func side(of identity: Identity, _ id: Int64) throws(SQLiteError) -> Side? {
    try database.statement(
      """
      SELECT id, low, high, high_nick, low_spoke, low_last, low_kind FROM direct_conversations
      WHERE id = ?2 AND low = ?1
      UNION ALL
      SELECT id, low, high, low_nick, high_spoke, high_last, high_kind FROM direct_conversations
      WHERE id = ?2 AND high = ?1 AND low <> ?1
      """
    ).first(identity.rawValue, id) { side($0) }
  }

  /// The private conversations in which something has happened since a position.
  private func sides(of identity: Identity, after position: LogPosition) throws(SQLiteError) -> [Side] {
    var sides: [Side] = []
    try database.statement(
      """
      SELECT id, low, high, high_nick, low_spoke, low_last, low_kind FROM direct_conversations
      WHERE low = ?1 AND low_last > ?2
      UNION ALL
      SELECT id, low, high, low_nick, high_spoke, high_last, high_kind FROM direct_conversations
      WHERE high = ?1 AND high_last > ?2 AND low <> ?1
      """
    ).eachRow(identity.rawValue, position) {
      sides.append(side($0))
      return true
    }
    return sides
  }

  private func side(_ row: borrowing Statement) -> Side {
    Side(
      conversation: .direct(Identity(rawValue: row.int(1)), Identity(rawValue: row.int(2))), id: -row.int(0),
      peerNick: row.text(3), hasSpoken: row.int(4) != 0,
      newest: Newest(position: row.int(5), kind: 1 << row.int(6)))
  }

  /// What the row of the conversation says of its newest event is only where to look: the event itself tells.
  /// - Parameter refusesDamage: false: only the position counts, which is right.
  private func lastEvent(
    of side: Side, _ kinds: EventKinds, for reader: Identity, refusesDamage: Bool = true
  ) throws(SQLiteError) -> Last? {
    guard side.newest.kind & kinds.rawValue != 0 else {
      return try lastEvent(of: side.id, kinds, for: reader, refusesDamage: refusesDamage)
    }
    looked += 1
    let found =
      try database.statement(
        text: """
          SELECT time, position, sequence, \(RowChecksum.isSound), conversation = ?2 AND 1 << kind = ?3 FROM events
          WHERE position = ?1
          """
      ).first(side.newest.position, side.id, side.newest.kind) {
        if $0.int(3) != 1, refusesDamage { noteDamage(at: $0.int(1)) }
        return $0.int(4) == 1 ? last($0) : nil
      } ?? nil
    if let found { return found }
    return try lastEvent(of: side.id, kinds, for: reader, refusesDamage: refusesDamage)
  }

  private func lastEvent(
    of conversation: Int64, _ kinds: EventKinds, for reader: Identity, refusesDamage: Bool = true
  ) throws(SQLiteError) -> Last? {
    looked += Self.lookup
    return try database.statement(text: Self.lastEvent).first(
      conversation, kinds.rawValue & ~1, EventClass.bits(for: kinds), reader.rawValue
    ) {
      if $0.int(3) != 1, refusesDamage { noteDamage(at: $0.int(1)) }
      return last($0)
    }
  }

  private func last(_ row: borrowing Statement) -> Last {
    Last(time: Timestamp(milliseconds: row.int(0)), position: row.int(1), sequence: row.int(2))
  }

  private static let lastEvent = EventClass.newestQuery(
    columns: "time, position, sequence, \(RowChecksum.isSound)", conversation: "?1", reader: "?4", kinds: "?2",
    classes: "?3")
}
