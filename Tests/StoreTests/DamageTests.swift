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
    "a flipped bit in the directory is noticed at the next start and by check",
    arguments: ["topic of the lobby", "somebody's real name", "*!*@banned.example", "value of a key"])
  func directory(text: String) throws {
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
    #expect(try store.check().contains { $0.contains("is damaged") })
  }
}
