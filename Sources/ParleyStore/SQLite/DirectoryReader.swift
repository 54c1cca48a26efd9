import IRC
import SQLite

/// The reading side of the directory. Every row that has a checksum is asked whether it is as it was written; `DamagedRow` says what stands
/// for one that is not. Nothing stands for the secret: a server does not start without it. The counters in `state` have no checksum.
struct DirectoryReader {
  private static let accountColumns = [
    "id", "name", "nick", "realname", "salt", "iterations", "stored_key", "server_key", "fingerprints", "email",
    "registered_at", "suspension", "is_operator", "revision",
  ]

  let database: Database

  /// Everything but the positions, in one view of the file.
  func snapshot() throws(SQLiteError) -> Snapshot {
    var snapshot = Snapshot()
    snapshot.accounts = try accounts()
    try readRooms(into: &snapshot)
    try readBelongings(into: &snapshot)
    try database.statement("SELECT released, next_account, next_room, secret FROM state").eachRow {
      snapshot.releasedPosition = $0.int(0)
      snapshot.nextAccount = $0.int(1)
      snapshot.nextRoom = $0.int(2)
      snapshot.secret = $0.bytes(3)
      return false
    }
    return snapshot
  }

  /// Calls `body` for each row of a table, and says whether the row is as it was written.
  func eachRow(
    of table: String, _ columns: [String], where condition: String = "true",
    _ body: (_ row: borrowing Statement, _ isRight: Bool) -> Void
  ) throws(SQLiteError) {
    let last = Int32(columns.count)
    try database.statement(text: Self.query(table, columns, where: condition)).eachRow {
      body($0, $0.int(last) == 1)
      return true
    }
  }

  private static func query(_ table: String, _ columns: [String], where condition: String) -> String {
    "SELECT \(columns.joined(separator: ", ")), \(RowChecksum.isRight(table)) FROM \(table) WHERE \(condition)"
  }

  // MARK: - Accounts

  func accounts() throws(SQLiteError) -> [AccountRecord] {
    var accounts: [AccountRecord] = []
    var damaged: [Int64] = []
    try eachRow(of: "accounts", Self.accountColumns) { row, isRight in
      if isRight { accounts.append(Self.account(of: row)) } else { damaged.append(row.int(0)) }
    }
    for id in damaged { accounts.append(try damagedAccount(id)) }
    return accounts
  }

  func account(named name: String) throws(SQLiteError) -> AccountRecord? {
    let found = try database.statement(text: Self.query("accounts", Self.accountColumns, where: "name = ?")).first(name)
    {
      (account: Self.account(of: $0), isRight: $0.int(Int32(Self.accountColumns.count)) == 1)
    }
    guard let found, !found.isRight else { return found?.account }
    return try damagedAccount(found.account.id.rawValue)
  }

  private func damagedAccount(_ id: Int64) throws(SQLiteError) -> AccountRecord {
    DamagedRow.account(AccountID(id), name: try DamagedRow.name(in: "accounts", id, database))
  }

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

  // MARK: - Rooms

  private func readRooms(into snapshot: inout Snapshot) throws(SQLiteError) {
    var rooms: [RoomRecord] = []
    var damaged: [Int64] = []
    try eachRow(
      of: "rooms",
      [
        "id", "name", "created_at", "founder", "topic", "topic_set_by", "topic_set_at", "modes", "key", "user_limit",
        "slow_seconds", "flood_lines", "flood_seconds", "keep_messages", "keep_seconds",
      ]
    ) { row, isRight in
      guard isRight else { return damaged.append(row.int(0)) }
      var room = RoomRecord(
        id: RoomID(row.int(0)), name: row.text(1), createdAt: Timestamp(milliseconds: row.int(2)),
        founder: row.isNull(3) ? nil : AccountID(row.int(3)), topic: row.text(4), topicSetBy: row.text(5),
        topicSetAt: row.isNull(6) ? nil : Timestamp(milliseconds: row.int(6)), modes: row.text(7), key: row.text(8),
        limit: Int(row.int(9)))
      room.slowSeconds = Int(row.int(10))
      room.floodLines = Int(row.int(11))
      room.floodSeconds = Int(row.int(12))
      room.retention = RetentionPolicy(messages: Int(row.int(13)), seconds: Int(row.int(14)))
      rooms.append(room)
    }
    snapshot.damagedRooms.formUnion(damaged.map { RoomID($0) })
    for id in damaged {
      rooms.append(DamagedRow.room(RoomID(id), name: try DamagedRow.name(in: "rooms", id, database)))
    }
    let closed = try readLists(into: &snapshot)
    for index in rooms.indices where closed.contains(rooms[index].id) {
      rooms[index].modes = DamagedRow.closed(rooms[index].modes)
    }
    snapshot.rooms = rooms
  }

  /// - Returns: the rooms that have lost a ban.
  private func readLists(into snapshot: inout Snapshot) throws(SQLiteError) -> Set<RoomID> {
    var closed: Set<RoomID> = []
    var isDamaged = false
    try eachRow(
      of: "list_entries", ["room", "mode", "mask", "set_by", "set_at"],
      where: "room IN (SELECT id FROM rooms) OR NOT \(RowChecksum.isRight("list_entries"))"
    ) { row, isRight in
      let entry = RoomListEntry(
        room: RoomID(row.int(0)), mode: row.text(1).first ?? "b", mask: row.text(2), setBy: row.text(3),
        setAt: Timestamp(milliseconds: row.int(4)))
      if isRight { return snapshot.listEntries.append(entry) }
      isDamaged = true
      snapshot.damagedRooms.insert(entry.room)
      if DamagedRow.isBan(entry.mode) { closed.insert(entry.room) }
    }
    if isDamaged {
      let missing = try DamagedRow.missingRooms("list_entries", "list_entries_by_mask", "room, mode, mask", database)
      // What else the entry said may be damaged, too.
      closed.formUnion(missing)
      snapshot.damagedRooms.formUnion(missing)
    }
    return closed
  }
}
