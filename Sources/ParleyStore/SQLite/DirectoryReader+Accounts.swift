import IRC
import SQLite

/// What belongs to accounts. What another process deleted meanwhile may have left something behind; nobody should meet it.
extension DirectoryReader {
  func readBelongings(into snapshot: inout Snapshot) throws(SQLiteError) {
    try database.statement(
      "SELECT account, device, seen, last_seen_at FROM devices WHERE account IN (SELECT id FROM accounts)"
    ).eachRow {
      snapshot.devices.append(
        DeviceRecord(
          account: AccountID($0.int(0)), device: $0.text(1), seen: $0.int(2),
          lastSeenAt: Timestamp(milliseconds: $0.int(3))))
      return true
    }
    try database.statement(
      "SELECT account, target, time FROM read_markers WHERE account IN (SELECT id FROM accounts)"
    ).eachRow {
      snapshot.readMarkers.append(
        ReadMarkerRecord(
          account: AccountID($0.int(0)), target: $0.text(1), time: Timestamp(milliseconds: $0.int(2))))
      return true
    }
    try database.statement(
      """
      SELECT account, email, code_hash, is_registration, expires_at FROM verifications
      WHERE account IN (SELECT id FROM accounts)
      """
    ).eachRow {
      snapshot.verifications.append(
        VerificationRecord(
          account: AccountID($0.int(0)), email: $0.text(1), codeHash: $0.bytes(2), isRegistration: $0.int(3) != 0,
          expiresAt: Timestamp(milliseconds: $0.int(4))))
      return true
    }
    try database.statement("SELECT account, mask FROM silences WHERE account IN (SELECT id FROM accounts)").eachRow {
      snapshot.silences.append(SilenceRecord(account: AccountID($0.int(0)), mask: $0.text(1)))
      return true
    }
    try database.statement(
      """
      SELECT account, modes, persistence, replays_missed FROM account_settings
      WHERE account IN (SELECT id FROM accounts)
      """
    ).eachRow {
      snapshot.settings.append(
        AccountSettings(
          account: AccountID($0.int(0)), modes: $0.text(1),
          persistence: AccountSettings.Persistence(rawValue: UInt8(truncatingIfNeeded: $0.int(2))) ?? .byDefault,
          replaysMissed: $0.int(3) != 0))
      return true
    }
    try database.statement(
      """
      SELECT room, account, roles FROM room_roles
      WHERE room IN (SELECT id FROM rooms) AND account IN (SELECT id FROM accounts)
      """
    ).eachRow {
      snapshot.roomRoles.append(
        RoomRolesRecord(
          room: RoomID($0.int(0)), account: AccountID($0.int(1)), roles: UInt8(truncatingIfNeeded: $0.int(2))))
      return true
    }
    try database.statement(
      """
      SELECT account, room, inviter, source, time, admits FROM invitations
      WHERE room IN (SELECT id FROM rooms) AND account IN (SELECT id FROM accounts)
      """
    ).eachRow {
      snapshot.invitations.append(
        InvitationRecord(
          account: AccountID($0.int(0)), room: RoomID($0.int(1)), inviter: Identity(rawValue: $0.int(2)),
          source: $0.text(3), time: Timestamp(milliseconds: $0.int(4)), admits: $0.int(5) != 0))
      return true
    }
    try database.statement("SELECT name, account, until FROM reserved_names").eachRow {
      snapshot.reservations.append(
        NameReservation(
          name: $0.text(0), account: $0.int(1) > 0 ? AccountID($0.int(1)) : nil,
          until: Timestamp(milliseconds: $0.int(2))))
      return true
    }
  }
}
