import CSQLite
import Foundation
import IRC
import ParleyStore
import SQLite
import Synchronization
import Testing

/// Bytes that are not what was written: nothing wrong is told, and the operator learns of it.
@Suite("Damage", .serialized)
struct DamageTests {
  /// A store whose third message has another letter on the disk than it was given.
  private func damaged(_ change: (inout Data) -> Void) throws -> (Folder, SQLiteStore, [String]) {
    let folder = try Folder()
    var store = try folder.open(.serve)
    var ids: [String] = []
    for number in 0..<5 { ids.append(try store.append(message("needle\(number)haystack")).messageID) }
    try store.maintainFully()
    store.close()
    let url = URL(fileURLWithPath: folder.file)
    var data = try Data(contentsOf: url)
    change(&data)
    try data.write(to: url)
    store = try folder.open(.serve)
    return (folder, store, ids)
  }

  private func flip(_ text: String, _ data: inout Data) {
    guard let range = data.range(of: Data(text.utf8)) else { return }
    data[range.lowerBound] ^= 1
  }

  @Test("a flipped bit in a text, a name or a number is not served", arguments: ["needle2haystack", "alice!user@host"])
  func flippedBit(text: String) throws {
    let (folder, store, ids) = try damaged { flip(text, &$0) }
    _ = folder
    let reports = Mutex<[StoreReport]>([])
    store.reporter.report { report in reports.withLock { $0.append(report) } }
    let reader = try store.reader()
    #expect(throws: StoreError.self) { try reader.texts(.latest(after: nil)) }
    #expect(throws: StoreError.self) { try reader.texts(.after(.sequence(0))) }
    #expect(throws: StoreError.self) { for id in ids { _ = try reader.find(messageID: id, in: lobby) } }
    #expect(reports.withLock { $0.count } == 3)
    #expect(try store.check().contains { $0.hasPrefix("an event is damaged") })
    let told = reports.withLock { $0.dropFirst(3) }
    #expect(
      told.contains { if case .damaged(let words) = $0 { words.hasPrefix("an event is damaged: ") } else { false } })
    let target = try Folder()
    #expect(throws: StoreError.self) { try store.backup(to: target.file) }
    #expect(FileManager.default.fileExists(atPath: target.file))
    // What is not touched by it goes on.
    #expect(try store.append(message("new")).sequence == 6)
    #expect(try reader.texts(.after(.sequence(5))) == ["new"])
  }

  /// Changes what an index does not hear of: on a disk they are different bytes.
  private func change(_ sql: String, in file: String) throws {
    let index = "events_by_class"
    let found = try Database(path: file, access: .readWrite)
      .prepare("SELECT rootpage, sql FROM sqlite_schema WHERE name = ?").first(index) { ($0.int(0), $0.text(1)) }
    let (page, definition) = try #require(found)
    try run("PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = '\(index)'", in: file)
    try run(sql, in: file)
    try run(
      "PRAGMA writable_schema = ON; INSERT INTO sqlite_schema(type, name, tbl_name, rootpage, sql) "
        + "VALUES ('index', '\(index)', 'events', \(page), '\(definition)')", in: file)
  }

  /// On a connection that may change the schema as if it were a table.
  private func run(_ sql: String, in file: String) throws {
    var connection: OpaquePointer?
    try #require(sqlite3_open(file, &connection) == SQLITE_OK)
    defer { sqlite3_close(connection) }
    try #require(
      sqlite3_exec(connection, sql, nil, nil, nil) == SQLITE_OK, "\(String(cString: sqlite3_errmsg(connection)))")
  }

  @Test(
    "an event that would be left out for its damage makes the query fail",
    arguments: [
      "kind = 4", "kind = 0", "unheard = 1", "time = 9999999999999", "time = 0", "sender = 0",
    ])
  func leftOut(damage: String) throws {
    let folder = try Folder()
    var store = try folder.open(.serve)
    var ids: [String] = []
    for number in 1...5 { ids.append(try store.append(message("message \(number)")).messageID) }
    store.close()
    try change("UPDATE events SET \(damage) WHERE position = 3", in: folder.file)
    store = try folder.open(.serve)
    let reader = try store.reader()
    #expect(throws: StoreError.self) { try reader.texts(.latest(after: nil)) }
    #expect(throws: StoreError.self) { try reader.texts(.after(.sequence(1))) }
    #expect(throws: StoreError.self) { try reader.texts(.before(.sequence(5))) }
    #expect(throws: StoreError.self) { _ = try reader.find(messageID: ids[2], in: lobby) }
    #expect(throws: StoreError.self) { try reader.texts(.after(.messageID(ids[2]))) }
    // It is the first one that is looked at to find a time.
    #expect(throws: StoreError.self) { try reader.texts(.after(.time(Timestamp(milliseconds: 1)))) }
    #expect(try store.check().contains { $0.hasPrefix("an event is damaged") })
  }

  @Test("what lies beside a damaged event can be read, also by a page that ends before it, and what was missed since")
  func besides() throws {
    let folder = try Folder()
    var store = try folder.open(.serve)
    // Times are 1,000 and so on.
    for number in 1...7 { try store.append(message("message \(number)")) }
    store.close()
    try change("UPDATE events SET text = 'other' WHERE position = 4", in: folder.file)
    store = try folder.open(.serve)
    let reader = try store.reader()
    let newest = ["message 5", "message 6", "message 7"]
    #expect(try reader.texts(.latest(after: nil), limit: 3) == newest)
    #expect(try reader.texts(.before(.sequence(7)), limit: 2) == ["message 5", "message 6"])
    #expect(try reader.texts(.after(.sequence(0)), limit: 3) == ["message 1", "message 2", "message 3"])
    // Searches for a position look at the middle first.
    for position in 4...6 as ClosedRange<LogPosition> {
      let missed = Array(newest.suffix(Int(7 - position)))
      #expect(try reader.texts(.missed(after: position)) == missed)
      var query = HistoryQuery(conversation: lobby, range: .after(.sequence(0)), limit: 100)
      query.after = position
      #expect(try reader.history(query).map(\.text) == missed)
    }
    #expect(try reader.texts(.missed(after: 1), limit: 3) == newest)
    // By its bytes, too.
    var query = HistoryQuery(conversation: lobby, range: .missed(after: 1), limit: 100)
    query.byteLimit = 700
    let page = try reader.page(query)
    #expect(page.events.map(\.text) == newest && page.hasMore && page.omitted == 3)
    // But nothing with it.
    #expect(throws: StoreError.self) { try reader.texts(.missed(after: 1), limit: 4) }
    #expect(throws: StoreError.self) { try reader.texts(.after(.sequence(0)), limit: 4) }
    query.byteLimit = .max
    query.portion = 1
    #expect(throws: StoreError.self) { _ = try reader.page(query) }
    #expect(try store.check().contains { $0.hasPrefix("an event is damaged") })
  }

  @Test("a private conversation whose newest event is damaged counts among those in which something was missed")
  func missedConversations() throws {
    let folder = try Folder()
    var store = try folder.open(.serve)
    let direct = Conversation(alice, bob)
    try store.append(message("one", from: alice, to: direct))
    try store.append(message("two", from: alice, to: direct))
    try store.append(message("three", from: guest, to: Conversation(guest, bob)))
    store.close()
    try change("UPDATE events SET text = 'other' WHERE position = 2", in: folder.file)
    store = try folder.open(.serve)
    let reader = try store.reader()
    let missed = try reader.missed(by: bob, after: 1, kinds: .messages)
    #expect(missed.map(\.conversation) == [direct, Conversation(guest, bob)])
    #expect(throws: StoreError.self) { try reader.texts(.missed(after: 1), in: direct) }
  }

  @Test("an event that says that it is of another conversation is not said to be unknown")
  func elsewhere() throws {
    let folder = try Folder()
    var store = try folder.open(.serve)
    let id = try store.append(message("one")).messageID
    store.close()
    try change("UPDATE events SET conversation = 2", in: folder.file)
    store = try folder.open(.serve)
    let reader = try store.reader()
    #expect(throws: StoreError.self) { _ = try reader.find(messageID: id, in: lobby) }
    #expect(throws: StoreError.self) { try reader.texts(.after(.messageID(id))) }
  }

  @Test("the newest event of a conversation is not left out of the list of conversations for its damage")
  func leftOutOfSummaries() throws {
    let folder = try Folder()
    var store = try folder.open(.serve)
    try store.append(message("one"))
    try store.append(message("two"))
    store.close()
    try change("UPDATE events SET kind = 3 WHERE position = 2", in: folder.file)
    store = try folder.open(.serve)
    #expect(throws: StoreError.self) {
      _ = try store.reader().summaries(
        of: Identity(rawValue: 11), rooms: [RoomID(1)], after: Timestamp(milliseconds: .min),
        before: Timestamp(milliseconds: .max), kinds: .messages, limit: 10)
    }
  }

  @Test("an event that an index does not have is noticed by whoever reads what is around it")
  func hole() throws {
    let folder = try Folder()
    var store = try folder.open(.serve)
    for number in 1...5 { try store.append(message("message \(number)")) }
    store.close()
    let copy = { (sequence: Int) in
      "INSERT INTO events(position, conversation, sequence, kind, time, sender, source, account, target, text, tags) "
        + "SELECT \(sequence), 1, \(sequence), 1, time + \(sequence), sender, source, account, target, 'more', '' "
        + "FROM events WHERE position = 5"
    }
    try change(copy(6), in: folder.file)
    try Database(path: folder.file, access: .readWrite).execute(copy(7))
    for range in [HistoryRange.latest(after: nil), .after(.sequence(5)), .before(.sequence(7))] {
      store = try folder.open(.serve)
      let reports = Mutex<[StoreReport]>([])
      store.reporter.report { report in reports.withLock { $0.append(report) } }
      let reader = try store.reader()
      #expect(try reader.texts(.before(.sequence(5))).count == 4)
      #expect(reports.withLock { $0.isEmpty })
      for _ in 0..<2 { #expect(try !reader.texts(range).isEmpty) }
      #expect(reports.withLock { $0.count } == 1)
      #expect(try store.check().contains { $0.hasPrefix("file: ") })
      store.close()
    }
  }

  @Test(
    "a table, index or trigger that is missing or different is a problem",
    arguments: [
      "DROP INDEX invitations_by_room", "DROP TRIGGER rooms_updated", "CREATE TABLE other(a)",
      "DROP TRIGGER rooms_updated; CREATE TRIGGER rooms_updated AFTER UPDATE ON rooms BEGIN SELECT 1; END",
    ])
  func schema(change: String) throws {
    let folder = try Folder()
    let store = try folder.open(.serve)
    #expect(try store.check() == [])
    try Database(path: folder.file, access: .readWrite).execute(change)
    #expect(try store.check().contains { $0.hasPrefix("the schema: ") })
  }

  @Test("other events of the conversation can be read")
  func others() throws {
    let (folder, store, _) = try damaged { flip("needle2haystack", &$0) }
    _ = folder
    #expect(try store.reader().texts(.before(.sequence(3))) == ["needle0haystack", "needle1haystack"])
    #expect(try store.reader().texts(.after(.sequence(3))) == ["needle3haystack", "needle4haystack"])
  }

  @Test("what was changed by an edit, a redaction or retention is sound")
  func amended() throws {
    let folder = try Folder()
    let store = try folder.open(.serve)
    try store.makeLobby()
    let first = try store.append(message("one", tags: "bot"))
    var edit = message("two", kind: .edit, tags: "bot;+draft/reply=\(first.messageID)")
    edit.reference = first.messageID
    _ = try store.outcome(.append(edit), .amend(lobby, messageID: first.messageID, text: "two"))
    #expect(try store.reader().texts(.latest(after: nil)) == ["two", "two"])
    #expect(try store.check() == [])
    _ = try store.outcome(.amend(lobby, messageID: first.messageID, text: nil))
    #expect(try store.check() == [])
    let other = try store.append(message("three", tags: "bot"))
    edit.reference = other.messageID
    try store.append(edit)
    _ = try store.outcome(.expire(RetentionPolicy(messages: 0, seconds: 0), now: Timestamp(milliseconds: 1)))
    try store.append(message("four"))
    _ = try store.outcome(.expire(RetentionPolicy(messages: 1), now: Timestamp(milliseconds: 1)))
    try store.maintainFully()
    #expect(try store.check() == [])
  }

  @Test("rows that another program wrote have no checksum, and are read")
  func unsealed() throws {
    let folder = try Folder()
    let store = try folder.open(.serve)
    try store.append(message("one"))
    try Database(path: folder.file, access: .readWrite).execute("UPDATE events SET text = 'other', checksum = NULL")
    #expect(try store.reader().texts(.latest(after: nil)) == ["other"])
    #expect(try store.check() == [])
  }

  @Test(
    "a flipped bit in the directory is noticed at the next start and by check, which say whose row it is",
    arguments: [
      ("topic of the lobby", "a row of rooms is damaged: room 1 (#lobby)"),
      ("somebody's real name", "a row of accounts is damaged: account 11 (alice)"),
      ("*!*@banned.example", "a row of list_entries is damaged: room 1 (#lobby), mode b, mask "),
      ("value of a key", "a row of metadata is damaged: room 1 (#lobby), key url"),
    ])
  func directory(text: String, expected: String) throws {
    let folder = try Folder()
    var store = try folder.open(.serve)
    try store.makeLobby()
    var lobby = room(1, "#lobby")
    lobby.topic = "topic of the lobby"
    var alice = account(11, "alice")
    alice.realname = "somebody's real name"
    let entry = RoomListEntry(
      room: RoomID(1), mode: "b", mask: "*!*@banned.example", setBy: "alice", setAt: Timestamp(milliseconds: 1))
    _ = try store.outcome(
      .putRoom(lobby), .createAccount(alice), .putListEntry(entry),
      .putMetadata(MetadataRecord(owner: .room(RoomID(1)), key: "url", value: "value of a key")))
    #expect(try store.check() == [])
    try store.maintainFully()
    store.close()
    var data = try Data(contentsOf: URL(fileURLWithPath: folder.file))
    flip(text, &data)
    try data.write(to: URL(fileURLWithPath: folder.file))
    store = try folder.open(.serve)
    let reports = Mutex<[StoreReport]>([])
    store.reporter.report { report in reports.withLock { $0.append(report) } }
    _ = try store.load()
    #expect(reports.withLock { $0.count } == 1)
    #expect(try store.check().contains { $0.hasPrefix(expected) })
  }
}
