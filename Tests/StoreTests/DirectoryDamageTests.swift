import Foundation
import IRC
import ParleyStore
import SQLite
import Synchronization
import Testing

/// Rows of the directory that are not what was written: nothing of them is told, they give no right, and they stay damaged.
@Suite("Damage of the directory", .serialized)
struct DirectoryDamageTests {
  private static let alice = AccountID(11)
  private static let bob = AccountID(12)
  private static let room = RoomID(1)
  private static let time = Timestamp(milliseconds: 5)

  /// A file with one row in each table, and a few more.
  private func filled() throws -> Folder {
    let folder = try Folder()
    let store = try folder.open(.serve)
    var alice = account(11, "zetaname")
    alice.nick = "zetanick"
    alice.realname = "somebody's real name"
    alice.email = "zeta@mail.example"
    alice.isOperator = true
    alice.fingerprints = [String(repeating: "ab", count: 32)]
    alice.verifier = PasswordVerifier(
      salt: [1], iterations: 4_096, storedKey: Array(repeating: 2, count: 32), serverKey: Array(repeating: 3, count: 32)
    )
    var lobby = RoomRecord(
      id: Self.room, name: "#zetaroom", createdAt: Self.time, founder: Self.alice, topic: "topic of the room",
      topicSetBy: "zetanick", topicSetAt: Self.time, modes: "nrt", key: "sesame", limit: 7)
    lobby.slowSeconds = 3
    _ = try store.outcome(
      .createAccount(alice), .createAccount(account(12, "bob")), .putRoom(lobby), .putRoom(self.room(2, "#other")),
      .putListEntry(entry("b")),
      .putMembership(MembershipRecord(room: Self.room, account: Self.alice, roles: 4, joinedAt: Self.time)),
      .putRoomRoles(RoomRolesRecord(room: Self.room, account: Self.alice, roles: 4)),
      .putDevice(DeviceRecord(account: Self.alice, device: "zetaphone", seen: 0, lastSeenAt: Self.time)),
      .putReadMarker(ReadMarkerRecord(account: Self.alice, target: "#zetaroom", time: Self.time)),
      .putMetadata(MetadataRecord(owner: .account(Self.alice), key: "url", value: "value of a key")),
      .putSilence(SilenceRecord(account: Self.alice, mask: "*!*@silent.example")),
      .putSettings(AccountSettings(account: Self.alice, replaysMissed: false)),
      .putVerification(
        VerificationRecord(
          account: Self.bob, email: "bob@mail.example", codeHash: Array(repeating: 9, count: 32), isRegistration: false,
          expiresAt: Self.time)),
      .putInvitation(
        InvitationRecord(
          account: Self.bob, room: Self.room, inviter: Identity(Self.alice), source: "a!b@c", time: Self.time,
          admits: true)),
      .putReservation(NameReservation(name: "#former", account: Self.alice, until: Self.time)))
    store.keep(ClockRecord(certain: Self.time, proven: Self.time), now: Self.time)
    try store.append(message("one", to: .room(RoomID(2))))
    try store.maintainFully()
    #expect(try store.check() == [])
    store.close()
    return folder
  }

  private func room(_ id: Int64, _ name: String) -> RoomRecord {
    RoomRecord(id: RoomID(id), name: name, createdAt: Self.time)
  }

  private func entry(_ mode: Character) -> RoomListEntry {
    RoomListEntry(room: Self.room, mode: mode, mask: "*!*@listed.example", setBy: "zetanick", setAt: Self.time)
  }

  /// Changes a row behind its checksum.
  private func damage(_ table: String, _ change: String, in folder: Folder) throws {
    let database = try Database(path: folder.file, access: .readWrite)
    try database.execute(
      "UPDATE \(table) SET \(change); UPDATE \(table) SET checksum = (checksum + 1) % 2147483647")
  }

  /// What a start has, and what it reports.
  private func load(_ folder: Folder) throws -> (store: SQLiteStore, snapshot: Snapshot, reports: [StoreReport]) {
    let store = try folder.open(.serve)
    let reports = Mutex<[StoreReport]>([])
    store.reporter.report { report in reports.withLock { $0.append(report) } }
    let snapshot = try store.load()
    return (store, snapshot, reports.withLock { $0 })
  }

  private func loaded(_ table: String, _ change: String) throws -> Snapshot {
    let folder = try filled()
    try damage(table, change, in: folder)
    let (store, snapshot, reports) = try load(folder)
    #expect(reports.count == 1)
    #expect(try store.check().contains { $0.hasPrefix("a row of \(table) is damaged") })
    store.close()
    return snapshot
  }

  @Test(
    "a flipped bit of a text is not loaded",
    arguments: [
      "topic of the room", "somebody's real name", "zeta@mail.example", "sesame", "value of a key",
      "*!*@silent.example", "bob@mail.example", "zetaphone",
    ])
  func flippedBits(text: String) throws {
    let folder = try filled()
    let url = URL(fileURLWithPath: folder.file)
    var data = try Data(contentsOf: url)
    var flipped = ""
    // SQLite leaves old copies of a row in its page.
    while let range = data.range(of: Data(text.utf8)) {
      data[range.lowerBound] ^= 1
      flipped = String(decoding: data[range], as: UTF8.self)
    }
    try #require(!flipped.isEmpty)
    try data.write(to: url)
    let (store, snapshot, reports) = try load(folder)
    #expect(reports.count == 1)
    let words = String(describing: snapshot)
    #expect(!words.contains(flipped) && !words.contains(text))
    #expect(try store.check().contains { $0.hasPrefix("a row of ") })
  }

  @Test(
    "a name is told as it was, whichever of its two copies has a flipped bit", arguments: ["zetaname", "#zetaroom"])
  func names(name: String) throws {
    let folder = try filled()
    let url = URL(fileURLWithPath: folder.file)
    let sound = try Data(contentsOf: url)
    var start = sound.startIndex
    var count = 0
    while let range = sound.range(of: Data(name.utf8), in: start..<sound.endIndex) {
      start = range.upperBound
      count += 1
      var data = sound
      data[range.upperBound - 1] ^= 1
      try data.write(to: url)
      let (store, snapshot, _) = try load(folder)
      #expect(snapshot.accounts.map(\.name).sorted() == ["bob", "zetaname"])
      #expect(snapshot.rooms.map(\.name).sorted() == ["#other", "#zetaroom"])
      store.close()
    }
    #expect(count >= 2)
  }

  @Test(
    "nobody can sign in to a damaged account, which keeps its name",
    arguments: ["stored_key = zeroblob(32)", "is_operator = 1", "suspension = 'x'", "revision = 9", "iterations = 1"])
  func accounts(change: String) throws {
    let snapshot = try loaded("accounts", "\(change) WHERE id = 11")
    // All rows of the table have lost their sums.
    #expect(snapshot.accounts.count == 2)
    let account = try #require(snapshot.accounts.first { $0.id == Self.alice })
    #expect(account.isDamaged && account.name == "zetaname" && account.nick == "zetaname")
    #expect(account.verifier == nil && account.fingerprints.isEmpty && !account.isOperator)
    #expect(account.email.isEmpty && account.realname.isEmpty && !account.suspension.isEmpty)
    #expect(snapshot.memberships.count == 1)
  }

  @Test(
    "a damaged room keeps its name and members, and is closed",
    arguments: ["topic = 'x'", "founder = 12", "modes = ''", "key = ''", "user_limit = 0"])
  func rooms(change: String) throws {
    let snapshot = try loaded("rooms", "\(change) WHERE id = 1")
    let room = try #require(snapshot.rooms.first { $0.id == Self.room })
    #expect(room.name == "#zetaroom" && room.topic.isEmpty && room.topicSetBy.isEmpty && room.topicSetAt == nil)
    #expect(room.founder == nil && room.modes.contains("i") && room.key.isEmpty)
    #expect(snapshot.memberships.count == 1)
  }

  @Test("a lost ban closes its room; a lost exemption or invitation lets nobody in")
  func lists() throws {
    var snapshot = try loaded("list_entries", "set_by = 'x'")
    #expect(snapshot.listEntries.isEmpty)
    #expect(snapshot.rooms.first { $0.id == Self.room }?.modes == "inrt")
    #expect(snapshot.rooms.first { $0.id == RoomID(2) }?.modes == "")
    snapshot = try loaded("list_entries", "mode = 'e'")
    #expect(snapshot.listEntries.isEmpty)
    #expect(snapshot.rooms.first { $0.id == Self.room }?.modes == "nrt")
  }

  @Test("damaged rows that give rights, or that nothing can stand for, are left out")
  func leftOut() throws {
    #expect(try loaded("memberships", "roles = 63").memberships.isEmpty)
    #expect(try loaded("memberships", "since = 0").memberships.isEmpty)
    #expect(try loaded("room_roles", "roles = 63").roomRoles.isEmpty)
    #expect(try loaded("invitations", "admits = 0").invitations.isEmpty)
    #expect(try loaded("devices", "seen = 99").devices.isEmpty)
    #expect(try loaded("read_markers", "time = 99").readMarkers.isEmpty)
    #expect(try loaded("metadata", "value = 'x'").metadata.isEmpty)
    #expect(try loaded("silences", "mask = 'x'").silences.isEmpty)
    #expect(try loaded("clock", "certain = 99999").clock?.certain != Timestamp(milliseconds: 99_999))
  }

  @Test("what stands for a damaged row is the safe side")
  func standIns() throws {
    let settings = try loaded("account_settings", "modes = 'B'").settings
    #expect(settings.map(\.modes) == ["R"])
    let verification = try #require(try loaded("verifications", "expires_at = 1").verifications.first)
    #expect(verification.isRegistration && verification.codeHash.isEmpty && verification.email.isEmpty)
    #expect(verification.expiresAt > Timestamp(milliseconds: 1 << 52))
    let reservation = try #require(try loaded("reserved_names", "account = 12").reservations.first)
    #expect(reservation.name == "#former" && reservation.account == nil)
    #expect(reservation.until > Timestamp(milliseconds: 1 << 52))
  }

  @Test("a damaged account or room is not changed, and stays damaged")
  func notWrittenBack() throws {
    let folder = try filled()
    try damage("accounts", "email = 'x' WHERE id = 11", in: folder)
    try damage("rooms", "topic = 'x' WHERE id = 1", in: folder)
    let (store, snapshot, _) = try load(folder)
    var account = try #require(snapshot.accounts.first { $0.id == Self.alice })
    account.suspension = ""
    for revision in [0, 1] as [Int64] {
      account.revision = revision
      #expect(try store.outcome(.updateAccount(account)) == .refused(.damaged))
    }
    _ = try store.outcome(.setProfile(Self.alice, nick: "other", realname: "other"))
    var room = try #require(snapshot.rooms.first { $0.id == Self.room })
    room.topic = "another"
    #expect(try store.outcome(.putRoom(room)) == .refused(.damaged))
    _ = try store.outcome(.deleteRoom(Self.room))
    let reader = try store.reader()
    #expect(try reader.account(named: "zetaname")?.isDamaged == true)
    #expect(try reader.accounts().allSatisfy(\.isDamaged))
    var findings = try store.check()
    #expect(
      findings.contains { $0.hasPrefix("a row of accounts") } && findings.contains { $0.hasPrefix("a row of rooms") })
    // Its rooms are nobody's; the row of the room itself stays as it is.
    _ = try store.outcome(.deleteAccount(Self.alice))
    findings = try store.check()
    #expect(findings.contains { $0.hasPrefix("a row of rooms is damaged: room 1 (") })
    #expect(!findings.contains { $0.hasPrefix("a row of accounts is damaged: account 11") })
    #expect(try store.load().rooms.count == 2)
  }

  @Test("what was said in a damaged room is kept for as long as the server keeps it")
  func retention() throws {
    let folder = try filled()
    var store = try folder.open(.serve)
    try store.append(message("two", to: .room(RoomID(2))))
    store.close()
    try damage("rooms", "keep_messages = 1 WHERE id = 2", in: folder)
    (store, _, _) = try load(folder)
    let texts = { try store.reader().texts(.latest(after: nil), in: .room(RoomID(2))) }
    let now = Timestamp(milliseconds: 9_000)
    _ = try store.outcome(.expire(RetentionPolicy(), now: now))
    try store.maintainFully()
    #expect(try texts() == ["one", "two"])
    _ = try store.outcome(.expire(RetentionPolicy(messages: 1), now: now))
    try store.maintainFully()
    #expect(try texts() == ["two"])
  }

  @Test("a row of which a part is changed stays damaged; one that is replaced as a whole is right again")
  func partsAndWholes() throws {
    let folder = try filled()
    for (table, change) in [
      ("memberships", "roles = 63"), ("read_markers", "time = 9"), ("reserved_names", "until = 9"),
    ] {
      try damage(table, change, in: folder)
    }
    var (store, _, reports) = try load(folder)
    #expect(reports.count == 3)
    _ = try store.outcome(.moveReadMarkers(Self.room, from: "#zetaroom", to: "#new"))
    #expect(try store.check().filter { $0.hasPrefix("a row of") }.count == 3)
    _ = try store.outcome(
      .putMembership(MembershipRecord(room: Self.room, account: Self.alice, roles: 1, joinedAt: Self.time)),
      .putReadMarker(ReadMarkerRecord(account: Self.alice, target: "#zetaroom", time: Self.time)))
    #expect(
      try store.check().filter { $0.hasPrefix("a row of") } == ["a row of reserved_names is damaged: name #former"])
    _ = try store.outcome(.deleteAccount(Self.alice))
    #expect(
      try store.check().filter { $0.hasPrefix("a row of") } == ["a row of reserved_names is damaged: name #former"])
    store.close()
    let snapshot: Snapshot
    (store, snapshot, reports) = try load(folder)
    #expect(reports.count == 1 && snapshot.reservations.map(\.name) == ["#former"])
  }
}
