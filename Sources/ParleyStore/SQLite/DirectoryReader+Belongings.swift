import IRC
import SQLite

/// What belongs to accounts and rooms. What another process deleted meanwhile may have left something behind; nobody should meet it.
extension DirectoryReader {
  private static let hasAccount = "account IN (SELECT id FROM accounts)"
  private static let hasBoth = "room IN (SELECT id FROM rooms) AND \(hasAccount)"

  func readBelongings(into snapshot: inout Snapshot) throws(SQLiteError) {
    var isDamaged = false
    try eachRow(
      of: "memberships", ["room", "account", "roles", "joined_at", "since"],
      where: "\(Self.hasBoth) OR NOT \(RowChecksum.isRight("memberships"))"
    ) {
      guard $1 else {
        isDamaged = true
        snapshot.damagedRooms.insert(RoomID($0.int(0)))
        return
      }
      var membership = MembershipRecord(
        room: RoomID($0.int(0)), account: AccountID($0.int(1)), roles: UInt8(truncatingIfNeeded: $0.int(2)),
        joinedAt: Timestamp(milliseconds: $0.int(3)))
      membership.since = $0.int(4)
      snapshot.memberships.append(membership)
    }
    if isDamaged {
      snapshot.damagedRooms.formUnion(
        try DamagedRow.missingRooms("memberships", "memberships_by_account", "room, account", database))
    }
    try eachRow(of: "room_roles", ["room", "account", "roles"], where: Self.hasBoth) {
      guard $1 else { return }
      snapshot.roomRoles.append(
        RoomRolesRecord(
          room: RoomID($0.int(0)), account: AccountID($0.int(1)), roles: UInt8(truncatingIfNeeded: $0.int(2))))
    }
    try eachRow(
      of: "invitations", ["account", "room", "inviter", "source", "time", "admits"], where: Self.hasBoth
    ) {
      guard $1 else { return }
      snapshot.invitations.append(
        InvitationRecord(
          account: AccountID($0.int(0)), room: RoomID($0.int(1)), inviter: Identity(rawValue: $0.int(2)),
          source: $0.text(3), time: Timestamp(milliseconds: $0.int(4)), admits: $0.int(5) != 0))
    }
    try eachRow(of: "devices", ["account", "device", "seen", "last_seen_at"], where: Self.hasAccount) {
      guard $1 else { return }
      snapshot.devices.append(
        DeviceRecord(
          account: AccountID($0.int(0)), device: $0.text(1), seen: $0.int(2),
          lastSeenAt: Timestamp(milliseconds: $0.int(3))))
    }
    try eachRow(of: "read_markers", ["account", "target", "time"], where: Self.hasAccount) {
      guard $1 else { return }
      snapshot.readMarkers.append(
        ReadMarkerRecord(
          account: AccountID($0.int(0)), target: $0.text(1), time: Timestamp(milliseconds: $0.int(2))))
    }
    try eachRow(of: "silences", ["account", "mask"], where: Self.hasAccount) {
      guard $1 else { return }
      snapshot.silences.append(SilenceRecord(account: AccountID($0.int(0)), mask: $0.text(1)))
    }
    try eachRow(
      of: "metadata", ["owner", "key", "value"],
      where: "owner IN (SELECT id FROM accounts) OR -owner IN (SELECT id FROM rooms)"
    ) {
      guard $1 else { return }
      snapshot.metadata.append(
        MetadataRecord(owner: MetadataOwner(number: $0.int(0)), key: $0.text(1), value: $0.text(2)))
    }
    try readStates(into: &snapshot)
  }

  /// Rows for which something stands when they are damaged.
  private func readStates(into snapshot: inout Snapshot) throws(SQLiteError) {
    try eachRow(
      of: "verifications", ["account", "email", "code_hash", "is_registration", "expires_at"], where: Self.hasAccount
    ) {
      let account = AccountID($0.int(0))
      snapshot.verifications.append(
        $1
          ? VerificationRecord(
            account: account, email: $0.text(1), codeHash: $0.bytes(2), isRegistration: $0.int(3) != 0,
            expiresAt: Timestamp(milliseconds: $0.int(4))) : DamagedRow.verification(account))
    }
    try eachRow(
      of: "account_settings", ["account", "modes", "persistence", "replays_missed"], where: Self.hasAccount
    ) {
      let account = AccountID($0.int(0))
      snapshot.settings.append(
        $1
          ? AccountSettings(
            account: account, modes: $0.text(1),
            persistence: AccountSettings.Persistence(rawValue: UInt8(truncatingIfNeeded: $0.int(2))) ?? .byDefault,
            replaysMissed: $0.int(3) != 0) : DamagedRow.settings(account))
    }
    try eachRow(of: "reserved_names", ["name", "account", "until"]) {
      let name = $0.text(0)
      snapshot.reservations.append(
        $1
          ? NameReservation(
            name: name, account: $0.int(1) > 0 ? AccountID($0.int(1)) : nil,
            until: Timestamp(milliseconds: $0.int(2))) : DamagedRow.reservation(name))
    }
  }
}
