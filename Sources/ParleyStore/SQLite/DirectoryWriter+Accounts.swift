import IRC
import SQLite

/// What belongs to an account.
extension DirectoryWriter {
  func delete(_ account: AccountID) throws(SQLiteError) {
    let id = account.rawValue
    // SQLite removes the index entry of the name that the row says, which may be another account's.
    if try isDamaged("accounts", id) { try IndexRepair(database: database).restoreNames("accounts") }
    try database.statement("INSERT OR IGNORE INTO retired_accounts SELECT id FROM accounts WHERE id = ?").run(id)
    // Who has the name next has not been let in anywhere.
    try database.statement(
      """
      DELETE FROM list_entries WHERE mode IN ('e', 'I') AND lower(mask) IN (
        SELECT prefix || lower(name) FROM accounts, (SELECT 'a:' AS prefix UNION SELECT 'm:a:') WHERE id = ?)
      """
    ).run(id)
    try database.statement("DELETE FROM accounts WHERE id = ?").run(id)
    try removeCertificates(of: account)
    try database.statement("DELETE FROM memberships WHERE account = ?").run(id)
    try database.statement("DELETE FROM devices WHERE account = ?").run(id)
    try database.statement("DELETE FROM read_markers WHERE account = ?").run(id)
    try database.statement("DELETE FROM metadata WHERE owner = ?").run(id)
    try database.statement("DELETE FROM verifications WHERE account = ?").run(id)
    try database.statement("DELETE FROM silences WHERE account = ?").run(id)
    try database.statement("DELETE FROM account_settings WHERE account = ?").run(id)
    try database.statement("DELETE FROM room_roles WHERE account = ?").run(id)
    try database.statement("DELETE FROM invitations WHERE account = ?").run(id)
    for (table, change, column) in [
      ("reserved_names", "account = 0", "account"), ("rooms", "founder = NULL", "founder"),
    ] {
      try database.statement(
        text: "UPDATE \(table) SET \(change) WHERE \(column) = ? AND \(RowChecksum.isRight(table))"
      ).run(id)
    }
  }

  func put(_ marker: ReadMarkerRecord) throws(SQLiteError) {
    try database.statement("INSERT OR REPLACE INTO read_markers(account, target, time) VALUES (?, ?, ?)")
      .run(marker.account.rawValue, marker.target, marker.time.milliseconds)
  }

  func removeReadMarker(_ account: AccountID, _ target: String) throws(SQLiteError) {
    try database.statement("DELETE FROM read_markers WHERE account = ? AND target = ?").run(account.rawValue, target)
  }

  func moveReadMarkers(of room: RoomID, from old: String, to new: String) throws(SQLiteError) {
    try database.statement(
      text: """
        UPDATE OR REPLACE read_markers SET target = ?3
        WHERE target = ?2 AND account IN (SELECT account FROM memberships WHERE room = ?1)
          AND \(RowChecksum.isRight("read_markers"))
        """
    ).run(room.rawValue, old, new)
  }

  func put(_ device: DeviceRecord) throws(SQLiteError) {
    try database.statement(
      """
      INSERT INTO devices(account, device, seen, last_seen_at) VALUES (?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET seen = excluded.seen, last_seen_at = excluded.last_seen_at
      """
    ).run(device.account.rawValue, device.device, device.seen, device.lastSeenAt.milliseconds)
  }

  func removeDevice(_ account: AccountID, _ device: String) throws(SQLiteError) {
    try database.statement("DELETE FROM devices WHERE account = ? AND device = ?").run(account.rawValue, device)
  }

  /// - Returns: a refusal to replace a damaged one: it would then end, and the account with it.
  func put(_ verification: VerificationRecord) throws(SQLiteError) -> Refusal? {
    if try isDamaged("verifications", verification.account.rawValue, by: "account") { return .damaged }
    try database.statement(
      """
      INSERT OR REPLACE INTO verifications(account, email, code_hash, is_registration, expires_at)
      VALUES (?, ?, ?, ?, ?)
      """
    ).run(
      verification.account.rawValue, verification.email, verification.codeHash, verification.isRegistration,
      verification.expiresAt.milliseconds)
    return nil
  }

  func removeVerification(_ account: AccountID) throws(SQLiteError) {
    try database.statement("DELETE FROM verifications WHERE account = ?").run(account.rawValue)
  }

  func put(_ silence: SilenceRecord) throws(SQLiteError) {
    try database.statement("INSERT OR REPLACE INTO silences(account, mask) VALUES (?, ?)")
      .run(silence.account.rawValue, silence.mask)
  }

  func removeSilence(_ account: AccountID, _ mask: String) throws(SQLiteError) {
    try database.statement("DELETE FROM silences WHERE account = ? AND mask = ?").run(account.rawValue, mask)
  }

  func put(_ settings: AccountSettings) throws(SQLiteError) {
    try database.statement(
      "INSERT OR REPLACE INTO account_settings(account, modes, persistence, replays_missed) VALUES (?, ?, ?, ?)"
    ).run(
      settings.account.rawValue, settings.modes, Int(settings.persistence.rawValue), settings.replaysMissed ? 1 : 0)
  }

  func put(_ invitation: InvitationRecord) throws(SQLiteError) {
    try database.statement(
      """
      INSERT OR REPLACE INTO invitations(account, room, inviter, source, time, admits) VALUES (?, ?, ?, ?, ?, ?)
      """
    ).run(
      invitation.account.rawValue, invitation.room.rawValue, invitation.inviter.rawValue, invitation.source,
      invitation.time.milliseconds, invitation.admits ? 1 : 0)
  }

  func removeInvitation(_ account: AccountID, _ room: RoomID) throws(SQLiteError) {
    try database.statement("DELETE FROM invitations WHERE account = ? AND room = ?")
      .run(account.rawValue, room.rawValue)
  }

  /// - Returns: a refusal to replace a damaged one: the name would then be free after a time.
  func put(_ reservation: NameReservation) throws(SQLiteError) -> Refusal? {
    if try isDamaged("reserved_names", reservation.name, by: "name") { return .damaged }
    try database.statement("INSERT OR REPLACE INTO reserved_names(name, account, until) VALUES (?, ?, ?)")
      .run(reservation.name, reservation.account?.rawValue ?? 0, reservation.until.milliseconds)
    return nil
  }

  func removeReservation(_ name: String) throws(SQLiteError) {
    // The index has another account than a damaged row, and SQLite would not find the entry that goes with it.
    if try isDamaged("reserved_names", name, by: "name") { try database.execute("REINDEX reserved_names_by_account") }
    try database.statement("DELETE FROM reserved_names WHERE name = ?").run(name)
  }

  func put(_ roles: RoomRolesRecord) throws(SQLiteError) {
    try database.statement("INSERT OR REPLACE INTO room_roles(room, account, roles) VALUES (?, ?, ?)")
      .run(roles.room.rawValue, roles.account.rawValue, Int(roles.roles))
  }

  func removeRoomRoles(_ room: RoomID, _ account: AccountID) throws(SQLiteError) {
    try database.statement("DELETE FROM room_roles WHERE room = ? AND account = ?")
      .run(room.rawValue, account.rawValue)
  }
}
