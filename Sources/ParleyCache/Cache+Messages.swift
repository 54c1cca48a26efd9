internal import IRC
public import SQLite

/// What became of a row that was to be inserted. The number is the id of the row that is there now.
public enum Insertion: Sendable, Equatable {
  case inserted(Int64)
  /// The chat had a message of that network id already; nothing has changed.
  case duplicate(Int64)
  /// The same, of one that was marked as lost: the server has it again.
  case returned(Int64)
}

extension Cache {
  /// Puts a row into its chat, and counts it.
  ///
  /// - Parameters:
  ///   - row: its id is not looked at. Its chat must be there.
  ///   - pending: it waits for its acknowledgement, at the end of the chat.
  ///   - isOld: it was said before anybody here listened: it does not count as having arrived.
  ///   - newer: for rows of a page of history, which are inserted oldest first: what the page ends before. Where the
  ///     server gives no sequences, it decides between messages of one millisecond.
  ///   - standing: where it stands if the server gives no sequences.
  @discardableResult
  public func insert(
    _ row: MessageRow, pending: Bool = false, isOld: Bool = false, before newer: Cursor? = nil,
    standing: Standing = .byTime
  ) throws(SQLiteError) -> Insertion {
    try requireTransaction()
    if let known = try message(networkID: row.networkID, in: row.chat) {
      let isBack = try database.statement("UPDATE messages SET is_lost = 0 WHERE id = ? AND is_lost = 1 RETURNING 1")
        .first(known) { _ in true }
      return isBack == nil ? .duplicate(known) : .returned(known)
    }
    _ = try summary(of: row.chat)
    var row = row
    row.id = nextNumber()
    if pending { row.state = .pending }
    let isWaiting = row.state == .pending || row.state == .failed
    var place =
      isWaiting
      ? .waiting(number: row.id)
      : Place(time: row.time, sequence: row.sequence, kind: row.kind, number: row.id)
    if !isWaiting, let newer { place = try squeeze(row, at: place, before: newer) }
    if !isWaiting { place = try self.place(place, of: row, standing) }
    try write(row, at: place, arrival: isWaiting || isOld || row.kind == MessageRow.gapKind ? 0 : row.id)
    try note(row, at: place)
    return .inserted(row.id)
  }

  /// A message as it is now, the open transaction included; nil: there is none.
  public func message(_ id: Int64) throws(SQLiteError) -> MessageRow? {
    connection.lock()
    defer { connection.unlock() }
    return try connection.messages.rows(.one) { (statement) throws(SQLiteError) in try statement.bind(id) }.first
  }

  /// A message of a chat by its msgid; nil: there is none.
  public func message(networkID: String, in chat: Int64) throws(SQLiteError) -> Int64? {
    if networkID.isEmpty { return nil }
    return try connection.locked { (database) throws(SQLiteError) in
      try database.statement("SELECT id FROM messages WHERE chat = ? AND network_id = ? AND network_id <> ''")
        .first(chat, networkID) { $0.int(0) }
    }
  }

  /// The oldest message of a chat that the server has a name for: where its earlier history is asked from.
  public func oldest(chat: Int64) throws(SQLiteError) -> Cursor? {
    try connection.locked { (database) throws(SQLiteError) in
      try database.statement(
        """
        SELECT network_id, time, sequence FROM messages INDEXED BY messages_by_place
        WHERE chat = ? AND sort_time < ? AND (network_id <> '' OR sequence > 0)
        ORDER BY sort_time, tie, id LIMIT 1
        """
      ).first(chat, Place.firstWaitingTime) { Cursor($0, from: 0) } ?? nil
    }
  }

  /// Deletes a row of any kind: a message, a gap. Does nothing if there is none.
  public func deleteMessage(_ id: Int64) throws(SQLiteError) {
    try requireTransaction()
    guard let gone = try placed(id) else { return }
    try database.statement("DELETE FROM reactions WHERE chat = ? AND network_id = ? AND network_id <> ''")
      .run(gone.row.chat, gone.row.networkID)
    try erase(gone)
  }

  /// Deletes the oldest rows of a chat beyond a number. Rows of messages that are not sent stay.
  public func trim(chat: Int64, to most: Int) throws(SQLiteError) {
    try requireTransaction()
    var old: [Int64] = []
    try database.statement(
      """
      SELECT id FROM messages INDEXED BY messages_by_place WHERE chat = ? AND sort_time < ?
      ORDER BY sort_time DESC, tie DESC, id DESC LIMIT 1000 OFFSET ?
      """
    ).eachRow(chat, Place.firstWaitingTime, most) {
      old.append($0.int(0))
      return true
    }
    for id in old { try deleteMessage(id) }
  }

  /// Removes what a message said: the row stays, in the state `removed`.
  ///
  /// - Parameter by: who removed it; becomes the row's target.
  /// - Returns: the message's id; nil if it is not here, or was removed before.
  @discardableResult
  public func redact(
    chat: Int64, networkID: String, by: String, reason: String
  ) throws(SQLiteError) -> Int64? {
    try requireTransaction()
    guard let id = try message(networkID: networkID, in: chat), let found = try placed(id) else {
      try remember(.redaction(by: by, reason: reason), chat: chat, networkID: networkID)
      return nil
    }
    guard found.row.state != .removed else { return nil }
    try removeWords(of: found.row)
    try database.statement(
      "UPDATE messages SET state = 3, is_lost = 0, text = '', target = ?2, reason = ?3 WHERE id = ?1"
    )
    .run(id, by, reason)
    if try summary(of: chat).last == id { try renewLast(of: chat) }
    return id
  }

  /// Gives a message another text, unless a later edit has done so.
  ///
  /// - Parameter place: where the edit stands in the conversation, as edits of one message are compared; 0: in no history, only here.
  /// - Returns: the message's id; nil if it is not here, was removed, or said this already.
  @discardableResult
  public func edit(
    chat: Int64, networkID: String, text: String, place: Int64
  ) throws(SQLiteError) -> Int64? {
    try requireTransaction()
    guard let id = try message(networkID: networkID, in: chat), let found = try placed(id) else {
      try remember(.edit(text: text, place: place), chat: chat, networkID: networkID)
      return nil
    }
    guard MessageRow.isSaid(found.row.kind), found.row.state == .sent else { return nil }
    let known = try database.statement("SELECT edited FROM messages WHERE id = ?").first(id) { $0.int(0) } ?? 0
    guard place > known || place == 0 else { return nil }
    // 0 is what has not been edited.
    let place = max(place, known, 1)
    if found.row.text == text, found.row.isEdited {
      try database.statement("UPDATE messages SET edited = ?2 WHERE id = ?1").run(id, place)
      return nil
    }
    try removeWords(of: found.row)
    try database.statement("UPDATE messages SET text = ?2, edited = ?3 WHERE id = ?1").run(id, text, place)
    var row = found.row
    row.text = text
    if row.isIndexed {
      try database.statement("INSERT INTO words(rowid, text) VALUES (?, ?)").run(id, SearchText.indexed(text))
    }
    if try summary(of: chat).last == id { try renewLast(of: chat) }
    return id
  }

  /// History gives a message another text than we have: it was edited, and we were not told where.
  ///
  /// - Returns: the message's id; nil if it is not here, was removed, or says this already.
  @discardableResult
  public func refresh(chat: Int64, networkID: String, text: String) throws(SQLiteError) -> Int64? {
    guard let id = try message(networkID: networkID, in: chat), let found = try placed(id), found.row.text != text
    else {
      return nil
    }
    guard found.edited < .max else { return nil }
    return try edit(chat: chat, networkID: networkID, text: text, place: found.edited + 1)
  }

  /// A message came with the text that an edit gave it.
  public func noteEdit(chat: Int64, networkID: String, place: Int64) throws(SQLiteError) {
    try requireTransaction()
    try database.statement(
      "UPDATE messages SET edited = max(edited, ?3) WHERE chat = ?1 AND network_id = ?2 AND network_id <> ''"
    ).run(chat, networkID, place)
  }

  // MARK: - Rows and places

  /// What has to be known of a row to move or delete it.
  struct Placed {
    var row: MessageRow
    var place: Place
    var arrival: Int64
    /// The place of the last edit.
    var edited: Int64
  }

  func placed(_ id: Int64) throws(SQLiteError) -> Placed? {
    try database.statement(
      """
      SELECT chat, kind, state, is_own, is_mention, time, sequence, network_id, text, nick, target, reason,
        reply_network_id, sort_time, tie, arrival, edited
      FROM messages WHERE id = ?
      """
    ).first(id) {
      var row = MessageRow(chat: $0.int(0), kind: $0.int(1), time: Timestamp(milliseconds: $0.int(5)))
      row.id = id
      row.state = MessageRow.State(rawValue: $0.int(2)) ?? .sent
      row.isOwn = $0.int(3) != 0
      row.isMention = $0.int(4) != 0
      row.sequence = $0.int(6)
      row.networkID = $0.text(7)
      row.text = $0.text(8)
      row.nick = $0.text(9)
      row.target = $0.text(10)
      row.reason = $0.text(11)
      row.replyNetworkID = $0.text(12)
      row.isEdited = $0.int(16) != 0
      return Placed(row: row, place: Place(time: $0.int(13), tie: $0.int(14)), arrival: $0.int(15), edited: $0.int(16))
    }
  }

  func write(_ row: MessageRow, at place: Place, arrival: Int64) throws(SQLiteError) {
    try database.statement(
      """
      INSERT INTO messages(id, chat, sort_time, tie, time, kind, state, is_own, is_mention, arrival, sequence, result,
        network_id, nick, text, account, target, reason, reply_network_id)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """
    ).run(
      row.id, row.chat, place.time, place.tie, row.time.milliseconds, row.kind, row.state.rawValue, row.isOwn,
      row.isMention, arrival, row.sequence, row.result, row.networkID, row.nick, row.text, row.account, row.target,
      row.reason, row.replyNetworkID)
    if row.isIndexed {
      try database.statement("INSERT INTO words(rowid, text) VALUES (?, ?)").run(row.id, SearchText.indexed(row.text))
    }
  }

  /// Deletes a row with everything that hangs on its id.
  func erase(_ gone: Placed) throws(SQLiteError) {
    let row = gone.row
    try removeWords(of: row)
    try database.statement("DELETE FROM messages WHERE id = ?").run(row.id)
    try database.statement("DELETE FROM outbox WHERE message = ?").run(row.id)
    setRequest(nil, of: row.id)
    if row.kind == MessageRow.gapKind { try database.statement("DELETE FROM gaps WHERE id = ?").run(row.id) }
    if gone.arrival != 0, gone.arrival != row.id {
      try database.statement("INSERT OR IGNORE INTO departed(id, arrival) VALUES (?, ?)").run(row.id, gone.arrival)
    }
    var summary = try summary(of: row.chat)
    if MessageRow.isSaid(row.kind), !row.isOwn, gone.place > summary.markerPlace {
      summary.unread -= 1
      if row.isMention { summary.mentions -= 1 }
    }
    if summary.marker == row.id { summary.marker = try lastRow(in: row.chat, upTo: summary.markerPlace)?.id ?? 0 }
    setSummary(summary, of: row.chat)
    if summary.last == row.id { try renewLast(of: row.chat) }
  }

  private func removeWords(of row: MessageRow) throws(SQLiteError) {
    guard row.isIndexed else { return }
    try database.statement("INSERT INTO words(words, rowid, text) VALUES ('delete', ?, ?)")
      .run(row.id, SearchText.indexed(row.text))
  }

  /// A message of a page that ends before another one of the same millisecond stands right before that one, behind what
  /// is there already, such as the earlier rows of its page.
  private func squeeze(_ row: MessageRow, at place: Place, before newer: Cursor) throws(SQLiteError) -> Place {
    guard row.sequence <= 0, MessageRow.isSaid(row.kind), newer.time == row.time else { return place }
    guard let end = try self.place(of: newer, in: row.chat), end.time == place.time, end.tie < place.tie else {
      return place
    }
    let neighbour = try database.statement(
      """
      SELECT tie, id FROM messages INDEXED BY messages_by_place
      WHERE chat = ? AND sort_time = ? AND tie < ? AND kind <> 32 ORDER BY tie DESC LIMIT 1
      """
    ).first(row.chat, end.time, end.tie) { (tie: $0.int(0), id: $0.int(1)) }
    return Place(time: end.time, tie: Place.tie(between: neighbour, row.id, and: end.tie))
  }

  /// Where a cursor points; nil: nothing is known of it but its time.
  func place(of cursor: Cursor, in chat: Int64) throws(SQLiteError) -> Place? {
    if cursor.sequence > 0 { return Place(time: cursor.time, sequence: cursor.sequence, kind: 1, number: 0) }
    guard let id = try message(networkID: cursor.networkID, in: chat), let found = try placed(id) else { return nil }
    return found.place
  }
}
