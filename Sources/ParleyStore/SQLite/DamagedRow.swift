import IRC
import SQLite

/// What stands for a row of the directory that is not as it was written. Nothing in it can be believed, so nothing of it is told, and it
/// gives no right. Where nothing would give a right, something stands for the row:
///
/// - An account keeps its name, which the index on names has as well, and nobody can sign in to it.
/// - A room keeps its name. Its members stay, nobody else gets in, and it has no founder, topic or key.
/// - A ban that is lost closes its room, because nobody knows whom it kept out.
/// - A room that is damaged, or has lost a list entry or a membership, does not end, because nobody knows who is to come back.
/// - A reserved name is reserved for nobody.
/// - An account with a verification is not verified, and no code is right. It is not removed for that.
/// - Settings are the strictest ones.
///
/// Other rows are left out: exemptions, memberships, roles, invitations, devices, read markers, metadata and silences.
enum DamagedRow {
  private static let never = Timestamp(milliseconds: .max)

  static func account(_ id: AccountID, name: String?) -> AccountRecord {
    let name = name ?? "damaged-\(id.rawValue)"
    var account = AccountRecord(
      id: id, name: name, nick: name, verifier: nil, registeredAt: Timestamp(milliseconds: 0),
      suspension: "its data on the disk are damaged")
    account.isDamaged = true
    return account
  }

  static func room(_ id: RoomID, name: String?) -> RoomRecord {
    var room = RoomRecord(
      id: id, name: name ?? "#damaged-\(id.rawValue)", createdAt: Timestamp(milliseconds: 0), modes: closed("nst"))
    room.isDamaged = true
    return room
  }

  /// The modes of a room into which nobody gets without an invitation.
  static func closed(_ modes: String) -> String { modes.contains("i") ? modes : String((modes + "i").sorted()) }

  /// Whether an entry of a room's lists may have kept somebody out. One flipped bit makes no other letter of these two.
  static func isBan(_ mode: Character) -> Bool { mode != "e" && mode != "I" }

  static func reservation(_ name: String) -> NameReservation {
    var reservation = NameReservation(name: name, account: nil, until: never)
    reservation.isDamaged = true
    return reservation
  }

  static func verification(_ account: AccountID) -> VerificationRecord {
    var verification = VerificationRecord(
      account: account, email: "", codeHash: [], isRegistration: true, expiresAt: never)
    verification.isDamaged = true
    return verification
  }

  static func settings(_ account: AccountID) -> AccountSettings { AccountSettings(account: account, modes: "R") }

  static func words(_ table: String, _ key: String) -> String { "a row of \(table) is damaged: \(key)" }

  /// The name of a row in the index that keeps names unique.
  static func name(in table: String, _ id: Int64, _ database: Database) throws(SQLiteError) -> String? {
    try database.prepare("SELECT name FROM \(table) INDEXED BY sqlite_autoindex_\(table)_1 WHERE id = ?")
      .first(id) { $0.text(0) }
  }

  /// The rooms of rows that an index has and the table does not: the room of a row is damaged.
  ///
  /// - Parameter columns: the key of the table, which has no row ids; the room first.
  static func missingRooms(
    _ table: String, _ index: String, _ columns: String, _ database: Database
  ) throws(SQLiteError) -> Set<RoomID> {
    var rooms: Set<RoomID> = []
    try database.prepare(
      "SELECT \(columns) FROM \(table) INDEXED BY \(index) "
        + "EXCEPT SELECT \(columns) FROM \(table) INDEXED BY sqlite_autoindex_\(table)_1"
    ).eachRow {
      rooms.insert(RoomID($0.int(0)))
      return true
    }
    return rooms
  }

  /// Whether there is such a row, and it is damaged.
  static func isThere(
    _ table: String, _ key: some Bindable, by column: String = "id", _ database: Database
  ) throws(SQLiteError) -> Bool {
    try database.statement(text: "SELECT 1 FROM \(table) WHERE \(column) = ? AND NOT \(RowChecksum.isRight(table))")
      .first(key) { _ in true } ?? false
  }
}
