import IRC
import SQLite

/// The reading side of the directory.
struct DirectoryReader {
  let database: Database

  /// Everything but the positions, in one view of the file.
  func snapshot() throws(SQLiteError) -> Snapshot {
    var snapshot = Snapshot()
    snapshot.accounts = try accounts()
    try database.statement(
      """
      SELECT id, name, created_at, founder, topic, topic_set_by, topic_set_at, modes, key, user_limit, slow_seconds,
        flood_lines, flood_seconds, keep_messages, keep_seconds
      FROM rooms
      """
    ).eachRow {
      var room = RoomRecord(
        id: RoomID($0.int(0)), name: $0.text(1), createdAt: Timestamp(milliseconds: $0.int(2)),
        founder: $0.isNull(3) ? nil : AccountID($0.int(3)), topic: $0.text(4), topicSetBy: $0.text(5),
        topicSetAt: $0.isNull(6) ? nil : Timestamp(milliseconds: $0.int(6)), modes: $0.text(7), key: $0.text(8),
        limit: Int($0.int(9)))
      room.slowSeconds = Int($0.int(10))
      room.floodLines = Int($0.int(11))
      room.floodSeconds = Int($0.int(12))
      room.retention = RetentionPolicy(messages: Int($0.int(13)), seconds: Int($0.int(14)))
      snapshot.rooms.append(room)
      return true
    }
    // What another process deleted meanwhile may have left something behind; nobody should meet it.
    try database.statement(
      "SELECT room, mode, mask, set_by, set_at FROM list_entries WHERE room IN (SELECT id FROM rooms)"
    ).eachRow {
      snapshot.listEntries.append(
        RoomListEntry(
          room: RoomID($0.int(0)), mode: $0.text(1).first ?? "b", mask: $0.text(2), setBy: $0.text(3),
          setAt: Timestamp(milliseconds: $0.int(4))))
      return true
    }
    try database.statement(
      """
      SELECT room, account, roles, joined_at, since FROM memberships
      WHERE room IN (SELECT id FROM rooms) AND account IN (SELECT id FROM accounts)
      """
    ).eachRow {
      var membership = MembershipRecord(
        room: RoomID($0.int(0)), account: AccountID($0.int(1)), roles: UInt8(truncatingIfNeeded: $0.int(2)),
        joinedAt: Timestamp(milliseconds: $0.int(3)))
      membership.since = $0.int(4)
      snapshot.memberships.append(membership)
      return true
    }
    try readBelongings(into: &snapshot)
    try database.statement(
      """
      SELECT owner, key, value FROM metadata
      WHERE owner IN (SELECT id FROM accounts) OR -owner IN (SELECT id FROM rooms)
      """
    ).eachRow {
      snapshot.metadata.append(
        MetadataRecord(owner: MetadataOwner(number: $0.int(0)), key: $0.text(1), value: $0.text(2)))
      return true
    }
    try database.statement("SELECT released, next_account, next_room, secret FROM state").eachRow {
      snapshot.releasedPosition = $0.int(0)
      snapshot.nextAccount = $0.int(1)
      snapshot.nextRoom = $0.int(2)
      snapshot.secret = $0.bytes(3)
      return false
    }
    return snapshot
  }

  func accounts() throws(SQLiteError) -> [AccountRecord] {
    var accounts: [AccountRecord] = []
    try database.statement(
      """
      SELECT id, name, nick, realname, salt, iterations, stored_key, server_key, fingerprints, email, registered_at,
        suspension, is_operator, revision
      FROM accounts
      """
    ).eachRow { row in
      accounts.append(Self.account(of: row))
      return true
    }
    return accounts
  }

  func account(named name: String) throws(SQLiteError) -> AccountRecord? {
    try database.statement(
      """
      SELECT id, name, nick, realname, salt, iterations, stored_key, server_key, fingerprints, email, registered_at,
        suspension, is_operator, revision
      FROM accounts WHERE name = ?
      """
    ).first(name) { Self.account(of: $0) }
  }

  /// The columns in the order of both queries.
  private static func account(of row: borrowing Statement) -> AccountRecord {
    var verifier: PasswordVerifier?
    if !row.isNull(4) {
      verifier = PasswordVerifier(
        salt: row.bytes(4), iterations: Int(row.int(5)), storedKey: row.bytes(6), serverKey: row.bytes(7))
    }
    return AccountRecord(
      id: AccountID(row.int(0)), name: row.text(1), nick: row.text(2), realname: row.text(3), verifier: verifier,
      fingerprints: row.text(8).split(separator: " ").map(String.init), email: row.text(9),
      registeredAt: Timestamp(milliseconds: row.int(10)), suspension: row.text(11),
      isOperator: row.int(12) != 0, revision: row.int(13))
  }
}
