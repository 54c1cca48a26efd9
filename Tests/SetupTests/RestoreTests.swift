import Foundation
import IRC
import ParleyServer
import ParleyStore
import Testing

@Suite("Restore")
struct RestoreTests {
  private let scratch: TemporaryFolder

  init() throws { scratch = try TemporaryFolder() }

  private var folder: DataFolder { DataFolder(path: scratch.path + "/data") }
  private var backup: String { scratch.path + "/backup.db" }
  private static let now = Timestamp(milliseconds: 1_800_000_000_000)

  private func open(_ path: String, _ mode: SQLiteStore.Mode = .administer) throws -> SQLiteStore {
    try SQLiteStore(path: path, mode: mode, makeSecret: { [UInt8](repeating: 7, count: 32) })
  }

  private func say(_ text: String) throws {
    let store = try open(folder.database)
    defer { store.close() }
    let lobby = Conversation.room(RoomID(1))
    let event = NewEvent(
      conversation: lobby, kind: .message, sender: Identity(AccountID(1)), source: "alice!a@h", account: "alice",
      target: "#lobby", text: text, time: Self.now)
    _ = try store.commit([Transaction(.append(event))])
  }

  private func texts(_ path: String) throws -> [String] {
    let store = try open(path)
    defer { store.close() }
    let query = HistoryQuery(conversation: .room(RoomID(1)), range: .latest(after: nil), limit: 99)
    return try store.reader().history(query).map(\.text)
  }

  /// A folder in which something was said after its backup.
  private func prepare() throws {
    try folder.prepare()
    try say("one")
    let store = try open(folder.database)
    _ = try store.commit([
      Transaction(.putRoom(RoomRecord(id: RoomID(1), name: "#lobby", createdAt: Self.now))),
      Transaction(
        .createAccount(
          AccountRecord(id: AccountID(1), name: "alice", nick: "alice", verifier: nil, registeredAt: Self.now))),
    ])
    try store.backup(to: backup)
    store.close()
    try say("two")
    // Has to go with the old database.
    try Data("index".utf8).write(to: URL(fileURLWithPath: folder.database + "-search"))
  }

  private func restore(_ file: String? = nil) throws -> Restore.Report {
    try Restore(file: file ?? backup, folder: folder, now: Self.now).run()
  }

  @Test("the backup takes the place of the database, which stays beside it")
  func restoring() throws {
    try prepare()
    let report = try restore()
    #expect(report.contents.accounts == 1 && report.contents.rooms == 1 && report.contents.messages == 1)
    #expect(report.contents.newest == Self.now)
    let replaced = try #require(report.replaced)
    #expect(replaced == folder.path + "/replaced-2027-01-15T080000")
    #expect(try texts(folder.database) == ["one"])
    #expect(try texts(replaced + "/parley.db") == ["one", "two"])
    #expect(!Files.exists(folder.database + "-search") && Files.exists(replaced + "/parley.db-search"))
    #expect(Files.permissions(of: folder.database) == 0o600 && Files.permissions(of: replaced) == 0o700)
    #expect(Files.exists(backup))
    // Once more, in the same second: nothing is ever replaced.
    let again = try restore()
    #expect(again.replaced == replaced + "-2")
    #expect(try texts(replaced + "/parley.db") == ["one", "two"])
  }

  @Test("a database that is a relative link is found from where the link was moved to")
  func relativeLink() throws {
    try prepare()
    let disk = scratch.path + "/disk"
    try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: false)
    for suffix in ["", "-wal"] where Files.exists(folder.database + suffix) {
      try FileManager.default.moveItem(atPath: folder.database + suffix, toPath: disk + "/chat.db" + suffix)
    }
    try FileManager.default.createSymbolicLink(atPath: folder.database, withDestinationPath: "../disk/chat.db")
    let replaced = try #require(try restore().replaced)
    #expect(try texts(folder.database) == ["one"])
    #expect(try texts(replaced + "/parley.db") == ["one", "two"])
    #expect(try texts(disk + "/chat.db") == ["one", "two"])
  }

  @Test("the log of a backup that is named by a link counts")
  func linkedBackup() throws {
    try prepare()
    let disk = scratch.path + "/disk"
    try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: false)
    // While another connection is open, what is said stays in the log.
    let other = try open(folder.database)
    try say("three")
    for suffix in ["", "-wal"] {
      try FileManager.default.copyItem(atPath: folder.database + suffix, toPath: disk + "/chat.db" + suffix)
    }
    other.close()
    let link = scratch.path + "/link.db"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "disk/chat.db")
    _ = try restore(link)
    #expect(try texts(folder.database) == ["one", "two", "three"])
  }

  @Test(
    "root gives what it makes in another user's folder to that user",
    .enabled(if: geteuid() == 0))
  func root() throws {
    try folder.prepare()
    let foreign = scratch.path + "/foreign"
    try Data().write(to: URL(fileURLWithPath: foreign))
    try FileManager.default.createSymbolicLink(atPath: folder.path + "/parley.link", withDestinationPath: foreign)
    #expect(chown(folder.path, 65_534, 65_534) == 0)
    try open(folder.database).close()
    try folder.giveDatabaseToOwner()
    func owner(_ path: String) throws -> String? {
      try FileManager.default.attributesOfItem(atPath: path)[.ownerAccountID].map { "\($0)" }
    }
    #expect(try owner(folder.database) == "65534")
    // The folder's owner could have made the link.
    #expect(try owner(foreign) == "0")
  }

  @Test("a folder with nothing in it gets the backup")
  func newFolder() throws {
    try prepare()
    let other = DataFolder(path: scratch.path + "/other")
    try other.prepare()
    let report = try Restore(file: backup, folder: other, now: Self.now).run()
    #expect(report.replaced == nil && report.contents.messages == 1)
    #expect(try texts(other.database) == ["one"])
  }

  @Test("what is no sound database of this program, or is in use, changes nothing")
  func refusals() throws {
    try prepare()
    let empty = scratch.path + "/empty"
    try Data().write(to: URL(fileURLWithPath: empty))
    let garbage = scratch.path + "/garbage"
    try Data((0..<9_000).map { UInt8($0 % 251) }).write(to: URL(fileURLWithPath: garbage))
    let newer = scratch.path + "/newer"
    var bytes = try Data(contentsOf: URL(fileURLWithPath: backup))
    bytes.replaceSubrange(60..<64, with: [0, 0, 3, 0])
    try bytes.write(to: URL(fileURLWithPath: newer))
    let cut = scratch.path + "/cut"
    try Data(contentsOf: URL(fileURLWithPath: backup)).prefix(20_480).write(to: URL(fileURLWithPath: cut))
    for file in [empty, garbage, newer, cut, scratch.path + "/missing", folder.database] {
      #expect(throws: SetupError.self, "\(file)") { try restore(file) }
    }
    let server = try open(folder.database, .serve)
    #expect(throws: SetupError.self) { try restore() }
    server.close()
    #expect(try texts(folder.database) == ["one", "two"])
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.contains("restor") }
    #expect(left == [])
  }

  @Test("interrupted, it has either happened or not")
  func interrupted() throws {
    try prepare()
    let restore = Restore(file: backup, folder: folder, now: Self.now)
    _ = try restore.stage()
    try folder.finishRestore()
    #expect(try texts(folder.database) == ["one", "two"])
    _ = try restore.stage()
    _ = try restore.decide()
    // Killed after some of the files were moved.
    let aside = folder.path + "/replaced-2027-01-15T080000"
    try FileManager.default.createDirectory(atPath: aside, withIntermediateDirectories: false)
    try FileManager.default.moveItem(atPath: folder.database, toPath: aside + "/parley.db")
    try folder.finishRestore()
    #expect(try texts(folder.database) == ["one"])
    #expect(try texts(aside + "/parley.db") == ["one", "two"])
    try folder.finishRestore()
    #expect(try texts(folder.database) == ["one"])
  }
}
