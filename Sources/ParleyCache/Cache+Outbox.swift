public import IRC
public import SQLite

extension Cache {
  /// Puts an own message at the end of its chat and of its identity's outbox, with the identity's next counter.
  ///
  /// - Parameters:
  ///   - row: without a network id.
  ///   - request: the one that sends it, for as long as the process lives.
  public func enqueue(_ row: MessageRow, identity: Int64, request: Int64) throws(SQLiteError) -> OutboxRow {
    var row = row
    row.networkID = ""
    row.isOwn = true
    guard case .inserted(let id) = try insert(row, pending: true) else {
      throw SQLiteError(code: SQLiteError.constraint, message: "a new message is a duplicate")
    }
    row.id = id
    return try queue(row, identity: identity, request: request)
  }

  private func queue(_ row: MessageRow, identity: Int64, request: Int64) throws(SQLiteError) -> OutboxRow {
    let counter = try database.statement("UPDATE identities SET counter = counter + 1 WHERE id = ? RETURNING counter")
      .first(identity) { $0.int(0) }
    guard let counter else {
      throw SQLiteError(code: SQLiteError.constraint, message: "there is no identity \(identity)")
    }
    try database.statement("INSERT INTO outbox(message, identity, counter, was_attempted) VALUES (?, ?, ?, 0)")
      .run(row.id, identity, counter)
    if request != 0 { setRequest(request, of: row.id) }
    return OutboxRow(
      message: row.id, chat: row.chat, identity: identity, counter: UInt64(clamping: counter), wasAttempted: false,
      request: request, kind: row.kind, text: row.text, replyNetworkID: row.replyNetworkID)
  }

  /// What waits for its acknowledgement, in the order of counters.
  public func outbox(identity: Int64) throws(SQLiteError) -> [OutboxRow] {
    try connection.locked { (database) throws(SQLiteError) in
      var rows: [OutboxRow] = []
      try database.statement(
        """
        SELECT o.message, m.chat, o.counter, o.was_attempted, m.kind, m.text, m.reply_network_id
        FROM outbox o INDEXED BY outbox_by_counter JOIN messages m ON m.id = o.message
        WHERE o.identity = ? ORDER BY o.counter
        """
      ).eachRow(identity) {
        rows.append(
          OutboxRow(
            message: $0.int(0), chat: $0.int(1), identity: identity, counter: UInt64(clamping: $0.int(2)),
            wasAttempted: $0.int(3) != 0, request: requests[$0.int(0)] ?? 0, kind: $0.int(4), text: $0.text(5),
            replyNetworkID: $0.text(6)))
        return true
      }
      return rows
    }
  }

  /// How many messages of an identity wait for their acknowledgement.
  public func pendingCount(identity: Int64) throws(SQLiteError) -> Int64 {
    try connection.locked { (database) throws(SQLiteError) in
      try database.statement("SELECT count(*) FROM outbox WHERE identity = ?").first(identity) { $0.int(0) } ?? 0
    }
  }

  /// Messages are about to be written to a connection: from now on nobody knows what becomes of them.
  public func markAttempted(_ messages: [Int64]) throws(SQLiteError) {
    try requireTransaction()
    let mark = try database.statement("UPDATE outbox SET was_attempted = 1 WHERE message = ?")
    for message in messages { try mark.run(message) }
  }

  /// The server has a message: it leaves the outbox and takes its place in the chat. One that was given up before is
  /// acknowledged, too; does nothing for one that is sent.
  ///
  /// - Parameters:
  ///   - networkID: empty where the server gives none.
  ///   - sequence: 0 where the server gives none.
  /// - Returns: a row that is gone now, because history had brought the same message before; nil: none.
  @discardableResult
  public func acknowledge(
    message: Int64, networkID: String, time: Timestamp, sequence: Int64
  ) throws(SQLiteError) -> Int64? {
    try requireTransaction()
    guard let own = try placed(message), own.place.isWaiting else { return nil }
    try leaveOutbox(message)
    let other =
      if let id = try self.message(networkID: networkID, in: own.row.chat) { try placed(id) } else { nil as Placed? }
    if let other { try erase(other) }

    // Whoever has seen the other row has seen the message: it does not arrive twice.
    let arrival = if let other, other.arrival > 0 { other.arrival } else { nextNumber() }
    var place = Place(time: time, sequence: sequence, kind: own.row.kind, number: arrival)
    var row = own.row
    row.state = .sent
    row.time = time
    row.sequence = sequence
    if sequence <= 0, let other, other.row.time == time {
      place = other.place
    } else if other == nil {
      place = try self.place(place, of: row, .last)
    }
    try database.statement(
      """
      UPDATE messages SET state = 0, result = 0, reason = '', time = ?2, sequence = ?3, network_id = ?4, sort_time = ?5,
        tie = ?6, arrival = ?7
      WHERE id = ?1
      """
    ).run(message, time.milliseconds, sequence, networkID, place.time, place.tie, arrival)
    try renewLast(of: row.chat)
    try note(row, at: place)
    if let other, other.row.state == .removed {
      try redact(chat: row.chat, networkID: networkID, by: other.row.target, reason: other.row.reason)
    }
    if let other, other.row.isEdited {
      try edit(chat: row.chat, networkID: networkID, text: other.row.text, place: other.edited)
    }
    try applyEarlyChanges(chat: row.chat, networkID: networkID)
    try forgetEarlyChanges(chat: row.chat)
    return other?.row.id
  }

  /// A message will not be sent: it leaves the outbox and stays, failed, at the end of its chat.
  ///
  /// - Parameters:
  ///   - result: a PARLEY_E_… number.
  ///   - reason: for people.
  public func fail(message: Int64, result: Int64, reason: String) throws(SQLiteError) {
    try requireTransaction()
    guard let own = try placed(message), own.row.state == .pending else { return }
    try leaveOutbox(message)
    try database.statement("UPDATE messages SET state = 2, result = ?2, reason = ?3 WHERE id = ?1")
      .run(message, result, reason)
    if try summary(of: own.row.chat).last == message { try renewLast(of: own.row.chat) }
    try forgetEarlyChanges(chat: own.row.chat)
  }

  /// Sends a failed message once more: it goes to the end of chat and outbox, with a new counter.
  ///
  /// - Returns: nil unless it failed.
  public func requeue(message: Int64, request: Int64) throws(SQLiteError) -> OutboxRow? {
    try requireTransaction()
    guard let own = try placed(message), own.row.state == .failed else { return nil }
    let identity = try database.statement("SELECT identity FROM chats WHERE id = ?").first(own.row.chat) { $0.int(0) }
    guard let identity else { return nil }
    let place = Place.waiting(number: nextNumber())
    try database.statement(
      "UPDATE messages SET state = 1, result = 0, reason = '', sort_time = ?2, tie = ?3 WHERE id = ?1"
    ).run(message, place.time, place.tie)
    var row = own.row
    row.state = .pending
    try note(row, at: place)
    return try queue(row, identity: identity, request: request)
  }

  /// Deletes a message that failed, or waits and was never written to a connection.
  ///
  /// - Returns: whether it was one of those.
  public func discard(message: Int64) throws(SQLiteError) -> Bool {
    try requireTransaction()
    guard let own = try placed(message), own.place.isWaiting else { return false }
    let wasAttempted = try database.statement("SELECT was_attempted FROM outbox WHERE message = ?")
      .first(message) { $0.int(0) != 0 }
    if wasAttempted == true { return false }
    try erase(own)
    return true
  }

  private func leaveOutbox(_ message: Int64) throws(SQLiteError) {
    try database.statement("DELETE FROM outbox WHERE message = ?").run(message)
    setRequest(nil, of: message)
  }
}
