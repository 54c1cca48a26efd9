import IRC
import SQLite

/// The writing side of accounts, rooms and what belongs to them. A refusal has changed nothing.
///
/// A damaged row is replaced as a whole or not at all: what is changed of it would give the rest a right checksum.
struct DirectoryWriter {
  let database: Database
  let reporter: StoreReporter

  // MARK: - Accounts

  func create(_ account: AccountRecord) throws(SQLiteError) -> Refusal? {
    if try isTaken(account.name, by: "SELECT id FROM accounts WHERE name = ?", except: account.id.rawValue) {
      return .nameTaken
    }
    let used = try database.statement(
      "SELECT EXISTS(SELECT 1 FROM accounts WHERE id = ?1) OR EXISTS(SELECT 1 FROM retired_accounts WHERE id = ?1)"
    ).first(account.id.rawValue) { $0.int(0) != 0 }
    if used == true { return .changedMeanwhile }
    if try isAnothers(oneOf: account.fingerprints, than: account.id) { return .certificateTaken }
    let verifier = account.verifier
    try database.statement(
      """
      INSERT INTO accounts(
        id, name, nick, realname, salt, iterations, stored_key, server_key, fingerprints, email, registered_at,
        suspension, is_operator, revision)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """
    ).run(
      account.id.rawValue, account.name, account.nick, account.realname, verifier?.salt, verifier?.iterations,
      verifier?.storedKey, verifier?.serverKey, account.fingerprints.joined(separator: " "), account.email,
      account.registeredAt.milliseconds, account.suspension, account.isOperator, account.revision)
    try setCertificates(account.fingerprints, of: account.id)
    try database.statement("UPDATE state SET next_account = max(next_account, ? + 1)").run(account.id.rawValue)
    return nil
  }

  func update(_ account: AccountRecord) throws(SQLiteError) -> Refusal? {
    let known = try database.statement("SELECT revision, fingerprints FROM accounts WHERE id = ?")
      .first(account.id.rawValue) { (revision: $0.int(0), fingerprints: $0.text(1)) }
    if try isDamaged("accounts", account.id.rawValue) { return .damaged }
    guard let known, known.revision == account.revision else { return .changedMeanwhile }
    if try isTaken(account.name, by: "SELECT id FROM accounts WHERE name = ?", except: account.id.rawValue) {
      return .nameTaken
    }
    // A certificate that several accounts had before this was checked does not stand in the way of other changes.
    let before = Set(known.fingerprints.split(separator: " ").map(String.init))
    if try isAnothers(oneOf: account.fingerprints.filter { !before.contains($0) }, than: account.id) {
      return .certificateTaken
    }
    let verifier = account.verifier
    try database.statement(
      """
      UPDATE accounts SET
        name = ?2, nick = ?3, realname = ?4, salt = ?5, iterations = ?6, stored_key = ?7, server_key = ?8,
        fingerprints = ?9, email = ?10, registered_at = ?11, suspension = ?12, is_operator = ?13, revision = ?14
      WHERE id = ?1
      """
    ).run(
      account.id.rawValue, account.name, account.nick, account.realname, verifier?.salt, verifier?.iterations,
      verifier?.storedKey, verifier?.serverKey, account.fingerprints.joined(separator: " "), account.email,
      account.registeredAt.milliseconds, account.suspension, account.isOperator, account.revision + 1)
    if Set(account.fingerprints) != before { try setCertificates(account.fingerprints, of: account.id) }
    return nil
  }

  /// Whether another account has one of these certificates.
  private func isAnothers(oneOf fingerprints: [String], than account: AccountID) throws(SQLiteError) -> Bool {
    for fingerprint in fingerprints {
      let holder = try database.statement(
        "SELECT 1 FROM certificates WHERE fingerprint = ? AND account <> ? LIMIT 1"
      ).first(fingerprint, account.rawValue) { _ in true }
      if holder != nil { return true }
    }
    return false
  }

  /// What finds an account by a certificate.
  private func setCertificates(_ fingerprints: [String], of account: AccountID) throws(SQLiteError) {
    try removeCertificates(of: account)
    for fingerprint in fingerprints {
      try database.statement("INSERT OR IGNORE INTO certificates(fingerprint, account) VALUES (?, ?)")
        .run(fingerprint, account.rawValue)
    }
  }

  func removeCertificates(of account: AccountID) throws(SQLiteError) {
    try database.statement("DELETE FROM certificates WHERE account = ?").run(account.rawValue)
  }

  func setProfile(_ account: AccountID, nick: String, realname: String) throws(SQLiteError) {
    try database.statement(
      text: "UPDATE accounts SET nick = ?2, realname = ?3 WHERE id = ?1 AND \(RowChecksum.isRight("accounts"))"
    ).run(account.rawValue, nick, realname)
  }

  // MARK: - Rooms

  func put(_ room: RoomRecord) throws(SQLiteError) -> Refusal? {
    if try isTaken(room.name, by: "SELECT id FROM rooms WHERE name = ?", except: room.id.rawValue) {
      return .nameTaken
    }
    if try isDamaged("rooms", room.id.rawValue) { return .damaged }
    try database.statement(
      """
      INSERT INTO rooms(
        id, name, created_at, founder, topic, topic_set_by, topic_set_at, modes, key, user_limit, slow_seconds,
        flood_lines, flood_seconds, keep_messages, keep_seconds)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET
        name = excluded.name, created_at = excluded.created_at, founder = excluded.founder, topic = excluded.topic,
        topic_set_by = excluded.topic_set_by, topic_set_at = excluded.topic_set_at, modes = excluded.modes,
        key = excluded.key, user_limit = excluded.user_limit, slow_seconds = excluded.slow_seconds,
        flood_lines = excluded.flood_lines, flood_seconds = excluded.flood_seconds,
        keep_messages = excluded.keep_messages, keep_seconds = excluded.keep_seconds
      """
    ).run(
      room.id.rawValue, room.name, room.createdAt.milliseconds, room.founder?.rawValue, room.topic, room.topicSetBy,
      room.topicSetAt?.milliseconds, room.modes, room.key, room.limit, room.slowSeconds, room.floodLines,
      room.floodSeconds, room.retention.messages, room.retention.seconds)
    try database.statement("UPDATE state SET next_room = max(next_room, ?1 + 1) WHERE next_room <= ?1")
      .run(room.id.rawValue)
    return nil
  }

  func delete(_ room: RoomID) throws(SQLiteError) {
    // It may have been ended only because nobody knows what it was. A copy of the row may say it.
    if try isDamaged("rooms", room.rawValue) { return }
    try database.statement("DELETE FROM rooms WHERE id = ?").run(room.rawValue)
    try database.statement("DELETE FROM list_entries WHERE room = ?").run(room.rawValue)
    try database.statement("DELETE FROM memberships WHERE room = ?").run(room.rawValue)
    try database.statement("DELETE FROM metadata WHERE owner = ?").run(-room.rawValue)
    try database.statement("DELETE FROM room_roles WHERE room = ?").run(room.rawValue)
    try database.statement("DELETE FROM invitations WHERE room = ?").run(room.rawValue)
  }

  func put(_ entry: RoomListEntry) throws(SQLiteError) {
    try database.statement(
      "INSERT OR REPLACE INTO list_entries(room, mode, mask, set_by, set_at) VALUES (?, ?, ?, ?, ?)"
    ).run(entry.room.rawValue, String(entry.mode), entry.mask, entry.setBy, entry.setAt.milliseconds)
  }

  func removeEntry(_ room: RoomID, _ mode: Character, _ mask: String) throws(SQLiteError) {
    try database.statement("DELETE FROM list_entries WHERE room = ? AND mode = ? AND mask = ?")
      .run(room.rawValue, String(mode), mask)
  }

  /// - Parameter position: the log's last one.
  func put(_ membership: MembershipRecord, at position: LogPosition) throws(SQLiteError) {
    try database.statement(
      text: "DELETE FROM memberships WHERE room = ? AND account = ? AND NOT \(RowChecksum.isRight("memberships"))"
    ).run(membership.room.rawValue, membership.account.rawValue)
    try database.statement(
      """
      INSERT INTO memberships(room, account, roles, joined_at, since) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET roles = excluded.roles, joined_at = excluded.joined_at
      """
    ).run(
      membership.room.rawValue, membership.account.rawValue, Int(membership.roles), membership.joinedAt.milliseconds,
      min(membership.since, position))
  }

  func removeMembership(_ room: RoomID, _ account: AccountID) throws(SQLiteError) {
    try database.statement("DELETE FROM memberships WHERE room = ? AND account = ?")
      .run(room.rawValue, account.rawValue)
  }

  // MARK: - Metadata

  func put(_ record: MetadataRecord) throws(SQLiteError) {
    try database.statement("INSERT OR REPLACE INTO metadata(owner, key, value) VALUES (?, ?, ?)")
      .run(record.owner.number, record.key, record.value)
  }

  func removeMetadata(_ owner: MetadataOwner, _ key: String) throws(SQLiteError) {
    try database.statement("DELETE FROM metadata WHERE owner = ? AND key = ?").run(owner.number, key)
  }

  // MARK: -

  func isDamaged(_ table: String, _ key: some Bindable, by column: String = "id") throws(SQLiteError) -> Bool {
    guard try DamagedRow.isThere(table, key, by: column, database) else { return false }
    reporter.report(.damaged(DamagedRow.words(table, "\(key)".printable)))
    return true
  }

  private func isTaken(_ name: String, by sql: StaticString, except id: Int64) throws(SQLiteError) -> Bool {
    let holder = try database.statement(sql).first(name) { $0.int(0) }
    return holder != nil && holder != id
  }
}

extension MetadataOwner {
  /// As which the table knows it: an account's id, or minus a room's.
  var number: Int64 {
    switch self {
    case .account(let id): id.rawValue
    case .room(let id): -id.rawValue
    }
  }

  init(number: Int64) { self = number < 0 ? .room(RoomID(-number)) : .account(AccountID(number)) }
}
