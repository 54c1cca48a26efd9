import CSimulatedDisk
import Foundation
import IRC
import ParleyStore
import SQLite
import Testing

/// What only the SQLite implementation has: files, versions, locks, damage.
@Suite("SQLite files")
struct SQLiteStoreTests {
  private func kind(_ body: () throws -> Void) -> StoreError.Kind? {
    do {
      try body()
      return nil
    } catch {
      return (error as? StoreError)?.kind
    }
  }

  @Test("a new file is marked as Parley's, has the schema's version, and is private")
  func newFile() throws {
    let folder = try Folder()
    let store = try folder.open(.serve)
    try store.append(message("a"))
    let database = try Database(path: folder.file, access: .query)
    #expect(try database.number("PRAGMA application_id") == 0x5052_4c59)
    #expect(try database.number("PRAGMA user_version") == Int64(SQLiteStore.schemaVersion))
    for name in ["", "-wal", ".lock"] {
      let attributes = try FileManager.default.attributesOfItem(atPath: folder.file + name)
      #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
    }
  }

  @Test("the secret is made once")
  func secret() throws {
    let folder = try Folder()
    var calls = 0
    func open() throws -> [UInt8] {
      let store = try SQLiteStore(path: folder.file) {
        calls += 1
        return (0..<32).map { _ in UInt8.random(in: 0...255) }
      }
      defer { store.close() }
      return try store.load().secret
    }
    #expect(try open() == open())
    #expect(calls == 1)
  }

  @Test("a file of an older version is brought up to date, with what is in it")
  func older() throws {
    let folder = try Folder()
    let store = try folder.open(.serve)
    var alice = account(1, "alice")
    alice.fingerprints = ["aa", "bb"]
    #expect(try store.outcome(.createAccount(alice)) == .committed([]))
    try store.append(message("a"))
    try store.append(message("b", to: Conversation(Identity(rawValue: 11), bob)))
    store.close()
    // As version 1 left it.
    let old = try Database(path: folder.file, access: .readWrite)
    for table in [
      "state", "accounts", "rooms", "list_entries", "memberships", "devices", "sender_devices",
    ] {
      try old.execute(
        """
        DROP TRIGGER \(table)_inserted; DROP TRIGGER \(table)_updated; ALTER TABLE \(table) DROP COLUMN checksum
        """)
    }
    try old.execute(
      """
      DROP TABLE certificates; DROP INDEX list_entries_by_mask; DROP INDEX rooms_by_founder;
      DROP TABLE read_markers;
      DROP INDEX events_by_reference; ALTER TABLE events DROP COLUMN reference; DROP TABLE amendments;
      DROP TABLE metadata;
      DROP TABLE verifications; DROP TABLE silences; DROP TABLE account_settings; DROP TABLE room_roles;
      DROP TABLE expired; DROP TABLE clock; DROP TABLE epochs; DROP TABLE invitations; DROP TABLE reserved_names;
      DROP INDEX direct_by_low_last; DROP INDEX direct_by_high_last;
      ALTER TABLE direct_conversations DROP COLUMN low_last; ALTER TABLE direct_conversations DROP COLUMN low_time;
      ALTER TABLE direct_conversations DROP COLUMN low_kind; ALTER TABLE direct_conversations DROP COLUMN low_spoke;
      ALTER TABLE direct_conversations DROP COLUMN high_last; ALTER TABLE direct_conversations DROP COLUMN high_time;
      ALTER TABLE direct_conversations DROP COLUMN high_kind; ALTER TABLE direct_conversations DROP COLUMN high_spoke;
      DROP INDEX events_by_class; DROP INDEX events_unheard; ALTER TABLE events DROP COLUMN class;
      ALTER TABLE events DROP COLUMN unheard; ALTER TABLE events DROP COLUMN own_text; ALTER TABLE events DROP COLUMN checksum;
      CREATE UNIQUE INDEX events_by_conversation ON events(conversation, sequence);
      ALTER TABLE rooms DROP COLUMN keep_messages;
      ALTER TABLE rooms DROP COLUMN keep_seconds;
      ALTER TABLE results DROP COLUMN sequence;
      ALTER TABLE results DROP COLUMN time;
      ALTER TABLE memberships DROP COLUMN since;
      ALTER TABLE rooms DROP COLUMN slow_seconds;
      ALTER TABLE rooms DROP COLUMN flood_lines;
      ALTER TABLE rooms DROP COLUMN flood_seconds;
      PRAGMA user_version = 1
      """)
    let newer = try folder.open(.serve)
    let marker = ReadMarkerRecord(account: AccountID(1), target: "#tea", time: Timestamp(milliseconds: 5))
    #expect(try newer.outcome(.putReadMarker(marker)) == .committed([]))
    #expect(try newer.load().readMarkers == [marker])
    #expect(try newer.load().accounts.map(\.name) == ["alice"])
    var bob = account(2, "bob")
    for fingerprint in alice.fingerprints {
      bob.fingerprints = [fingerprint]
      #expect(try newer.outcome(.createAccount(bob)) == .refused(.certificateTaken))
    }
    #expect(try newer.check() == [])
    newer.close()
  }

  @Test("what belongs to an account, and who has a certificate, is found by indexes")
  func accountIndexes() throws {
    let folder = try Folder()
    let store = try folder.open(.serve)
    let database = try Database(path: folder.file, access: .query)
    for sql in [
      "DELETE FROM list_entries WHERE mode IN ('e', 'I') AND lower(mask) IN (SELECT 'a:' || lower(name) FROM accounts WHERE id = 1)",
      "UPDATE reserved_names SET account = 0 WHERE account = 1",
      "UPDATE rooms SET founder = NULL WHERE founder = 1",
      "DELETE FROM certificates WHERE account = 1",
      "SELECT 1 FROM certificates WHERE fingerprint = 'a' AND account <> 1 LIMIT 1",
    ] {
      var scans: [String] = []
      try database.prepare("EXPLAIN QUERY PLAN " + sql).eachRow { row in
        let step = row.text(3)
        if step.hasPrefix("SCAN") { scans.append(step) }
        return true
      }
      #expect(scans == [], "\(sql)")
    }
    store.close()
  }

  @Test("a file of a newer version, of another program, or of no database is refused and left alone")
  func refused() throws {
    let folder = try Folder()
    try folder.open(.serve).close()
    try Database(path: folder.file, access: .readWrite).execute(
      "PRAGMA user_version = \(SQLiteStore.schemaVersion + 1)")
    #expect(kind { _ = try folder.open(.serve) } == .unusable)

    let foreign = try Folder()
    try Database(path: foreign.file, access: .create).execute("CREATE TABLE theirs(x)")
    #expect(kind { _ = try foreign.open(.serve) } == .unusable)
    #expect(try Database(path: foreign.file, access: .query).number("SELECT count(*) FROM sqlite_schema") == 1)

    let text = try Folder()
    try Data(repeating: 65, count: 5_000).write(to: URL(fileURLWithPath: text.file))
    #expect(kind { _ = try text.open(.serve) } == .unusable)
    #expect(kind { _ = try SQLiteStore(path: "/nonexistent/folder/x.db", makeSecret: { [] }) } == .unusable)
  }

  @Test("two servers cannot use one file; a command can be run beside one")
  func lock() throws {
    let folder = try Folder()
    let server = try folder.open(.serve)
    #expect(kind { _ = try folder.open(.serve) } == .unusable)
    let command = try folder.open(.administer)
    #expect(try command.outcome(.createAccount(account(1, "alice"))) == .committed([]))
    command.close()
    server.close()
    _ = try folder.open(.serve)
  }

  @Test("a change by another process is noticed once, and both go on without a hole")
  func changedElsewhere() throws {
    let folder = try Folder()
    let server = try folder.open(.serve)
    try server.append(message("a", key: key(1)))
    #expect(try !server.changedElsewhere())
    let command = try folder.open(.administer)
    _ = try command.outcome(.createAccount(account(1, "alice")))
    try command.append(message("b", at: 7_000, key: key(2)))
    #expect(try server.append(message("c", at: 5_000)).sequence == 3)
    #expect(try server.changedElsewhere())
    #expect(try !server.changedElsewhere())
    #expect(try server.outcome(.append(message("b", key: key(2)))).receipt?.position == 2)
    #expect(try server.reader().accounts().map(\.name) == ["alice"])
    #expect(try server.outcome(.createAccount(account(1, "mallory"))) == .refused(.changedMeanwhile))
    #expect(try server.load().nextAccount == 2)
    #expect(try server.check() == [])
    #expect(try command.append(message("d")).sequence == 4)
    #expect(try server.append(message("e")).time.milliseconds == 7_003)
  }

  @Test("while another process holds the write lock for long, a commit is unavailable and changes nothing")
  func busy() throws {
    let folder = try Folder()
    let server = try folder.open(.serve)
    let other = try Database(path: folder.file, access: .readWrite)
    try other.beginImmediate()
    #expect(kind { try server.append(message("a")) } == .unavailable)
    other.rollBack()
    #expect(try server.append(message("a")).position == 1)
  }

  @Test("a backup is complete, opens by itself, and never replaces a file")
  func backup() throws {
    let folder = try Folder()
    let store = try folder.open(.serve)
    let first = try store.append(message("0", key: key(1)))
    for number in 1..<500 { try store.append(message("\(number)", key: key(Int64(number + 1)))) }
    let target = try Folder()
    try store.backup(to: target.file)
    try store.append(message("later"))
    #expect(kind { try store.backup(to: target.file) } == .unavailable)
    do throws(StoreError) { try store.backup(to: "/nonexistent/folder/x.db") } catch {
      #expect(error.description.hasSuffix("cannot write /nonexistent/folder/x.db: No such file or directory"))
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: target.path) == ["parley.db"])
    let copy = try target.open(.serve)
    #expect(try copy.check() == [])
    #expect(try copy.load().lastPosition == 500)
    #expect(try copy.load().secret == store.load().secret)
    #expect(try copy.outcome(.append(message("0", key: key(1)))) == .duplicate(first))
    #expect(try store.append(message("and on")).position == 502)
  }

  @Test(
    "the check finds planted damage",
    arguments: [
      ("DELETE FROM events WHERE position = 3", "the log has holes"),
      ("DELETE FROM events WHERE position = 3", "a conversation has holes"),
      ("UPDATE events SET sequence = 900 WHERE position = 3", "a conversation has holes"),
      ("UPDATE events SET time = 1 WHERE position = 3", "order or time runs backwards"),
      ("UPDATE events SET kind = 99 WHERE position = 3", "an event is of no known kind"),
      ("UPDATE events SET sequence = 2, checksum = NULL WHERE position = 5", "order or time runs backwards"),
      ("UPDATE events SET text = 'other' WHERE position = 3", "an event is damaged: position 3, room 1, 1970-01-01T"),
      (
        "UPDATE events SET sender = sender + 1 WHERE position = 4",
        "an event is damaged: position 4, private conversation 1 (alice and bob), 1970-01-01T"
      ),
      ("DELETE FROM direct_conversations", "a private conversation is unknown"),
      ("UPDATE direct_conversations SET low = high + 1", "a private conversation has its sides the wrong way round"),
      ("DELETE FROM sender_devices", "an idempotency key has no device"),
      ("UPDATE results SET counter = counter + 1", "an idempotency key is in the wrong place"),
      ("UPDATE results SET position = 99", "an idempotency key has no event of its sender"),
      ("UPDATE results SET position = 1", "two idempotency keys have one event"),
      ("UPDATE state SET released = 99", "the state is wrong"),
      ("UPDATE state SET next_account = 1", "the state is wrong"),
      ("DELETE FROM state", "the state is missing"),
    ])
  func plantedDamage(sql: String, expected: String) throws {
    let folder = try Folder()
    let store = try folder.open(.serve)
    _ = try store.outcome(.createAccount(account(11, "alice")))
    for number in Int64(1)...5 {
      try store.append(message("\(number)", key: key(number)))
      try store.append(message("\(number)", to: Conversation(alice, bob)))
    }
    #expect(try store.check() == [])
    try Database(path: folder.file, access: .readWrite).execute(sql)
    let problems = try store.check()
    #expect(problems.contains { $0.hasPrefix(expected) }, "\(problems)")
  }

  @Test("the check finds a damaged page")
  func damagedPage() throws {
    let place = SimulatedDisk(seed: 1)
    var store = try place.open()
    _ = try store.commit((0..<4_000).map { Transaction(.append(message("\($0)"))) })
    store.close()
    store = try place.open()
    // Behind everything that is read when the file is opened.
    let size = simulated_disk_file_size(place.disk, place.path)
    for page in 60..<(size / 4_096) {
      for offset in Int64(0)..<8 { _ = simulated_disk_damage(place.disk, place.path, page * 4_096 + offset, 0xff) }
    }
    store.close()
    #expect(try place.open().check() != [])
  }

  @Test("missing rows do not disturb history")
  func holes() throws {
    let folder = try Folder()
    let store = try folder.open(.serve)
    for number in Int64(1)...20 { try store.append(message("\(number)", at: number * 10)) }
    try Database(path: folder.file, access: .readWrite).execute(
      "DELETE FROM events WHERE sequence IN (1, 2, 9, 10, 11, 12, 19)")
    let reader = try store.reader()
    #expect(try reader.texts(.before(.time(Timestamp(milliseconds: 105))), limit: 2) == ["7", "8"])
    #expect(try reader.texts(.after(.time(Timestamp(milliseconds: 105))), limit: 2) == ["13", "14"])
    #expect(try reader.texts(.after(.sequence(8)), limit: 2) == ["13", "14"])
    #expect(try reader.texts(.before(.time(Timestamp(milliseconds: 30)))) == [])
    #expect(try reader.texts(.after(.time(Timestamp(milliseconds: 185)))) == ["20"])
    #expect(try store.append(message("21")).sequence == 21)
  }

  @Test("the search index is made again when it is missing, damaged, of another database, or left by a power failure")
  func searchRebuilt() throws {
    let folder = try Folder()
    var store = try folder.open(.serve)
    for number in 0..<300 { try store.append(message("needle \(number)")) }
    try store.maintainFully()
    store.close()
    let index = folder.file + "-search"
    let other = try Folder()
    let foreign = try SQLiteStore(path: other.file, makeSecret: { Array(repeating: 9, count: 32) })
    try foreign.append(message("needle"))
    try foreign.maintainFully()
    foreign.close()
    let harms: [() throws -> Void] = [
      {},
      { try FileManager.default.removeItem(atPath: index) },
      { try Data(repeating: 7, count: 9_000).write(to: URL(fileURLWithPath: index)) },
      { try Data().write(to: URL(fileURLWithPath: index)) },
      {
        try FileManager.default.removeItem(atPath: index)
        try FileManager.default.copyItem(atPath: other.file + "-search", toPath: index)
      },
      { try Database(path: index, access: .readWrite).execute("UPDATE cursor SET session = 'an earlier boot'") },
      { try Database(path: index, access: .readWrite).execute("UPDATE cursor SET position = 100000") },
      { try Database(path: index, access: .readWrite).execute("DROP TABLE words_0") },
    ]
    for (number, harm) in harms.enumerated() {
      try harm()
      store = try folder.open(.serve)
      let reader = try store.reader()
      _ = try reader.search("needle", in: [lobby], before: .max, limit: 1_000)
      try store.maintainFully()
      #expect(try reader.search("needle", in: [lobby], before: .max, limit: 1_000).count == 300, "harm \(number)")
      store.close()
    }
  }

  @Test("a reader finds the index that replaced the one it had open")
  func searchReplaced() throws {
    let folder = try Folder()
    let store = try folder.open(.serve)
    try store.append(message("needle"))
    try store.maintainFully()
    let reader = try store.reader()
    #expect(try reader.search("needle", in: [lobby], before: .max, limit: 9).count == 1)
    try Database(path: folder.file + "-search", access: .readWrite).execute("DROP TABLE words_0")
    try store.append(message("another needle"))
    try store.maintainFully()
    #expect(try reader.search("needle", in: [lobby], before: .max, limit: 9).count == 2)
  }

  @Test("an indexed message can be taken out of the index with its original words")
  func searchDelete() throws {
    let folder = try Folder()
    var store = try folder.open(.serve)
    try store.append(message("needle one"))
    try store.append(message("needle two"))
    try store.maintainFully()
    store.close()
    try Database(path: folder.file + "-search", access: .readWrite).execute(
      "INSERT INTO words_0(words_0, rowid, text, scope) VALUES ('delete', 1, 'needle one', 'r1')")
    store = try folder.open(.serve)
    #expect(try store.reader().search("needle", in: [lobby], before: .max, limit: 9).map(\.text) == ["needle two"])
  }

  @Test("the write-ahead log is copied back when it is quiet, and cut when the store closes")
  func checkpoints() throws {
    let place = SimulatedDisk(seed: 1)
    let store = try place.open()
    for number in 0..<200 { try store.append(message("\(number)")) }
    let before = simulated_disk_file_size(place.disk, place.path)
    try store.maintainFully()
    #expect(simulated_disk_file_size(place.disk, place.path) > before)
    let log = simulated_disk_file_size(place.disk, place.path + "-wal")
    for number in 0..<20 { try store.append(message("\(number)")) }
    #expect(simulated_disk_file_size(place.disk, place.path + "-wal") == log, "the log starts from its beginning")
    store.close()
    #expect(simulated_disk_file_size(place.disk, place.path + "-wal") <= 0)
  }

  @Test("a closed store refuses commits")
  func closed() throws {
    let store = try Folder().open(.serve)
    store.close()
    store.close()
    #expect(kind { try store.append(message("a")) } == .unavailable)
  }
}
