import CSimulatedDisk
import Foundation
import IRC
import ParleyStore
import SQLite
import Testing

/// A database that loses its newest messages gives their names to nothing else.
@Suite("Epochs")
struct EpochTests {
  private static let noon: Int64 = 1_800_000_000_000

  /// One run of a server with a clock, until it is closed.
  private func run(
    _ folder: Folder, at clock: Int64 = noon, random: UInt8 = 0, mark: String = "mark"
  ) throws -> SQLiteStore {
    let bytes = (0..<UInt8(EpochSeed.randomBytes)).map { $0 &* 7 &+ random }
    let seed = EpochSeed(
      now: Timestamp(milliseconds: clock), random: bytes, markPath: folder.path + "/" + mark)
    return try SQLiteStore(path: folder.file, epoch: seed, makeSecret: { (0..<32).map { $0 } })
  }

  /// What is stored in the lobby; the names of each.
  private func say(_ texts: [String], in store: SQLiteStore) throws -> [Receipt] {
    try texts.map { try store.append(message($0)) }
  }

  private func restore(_ copy: String, into folder: Folder) throws {
    for suffix in ["", "-wal", "-shm", "-search", "-search-wal", "-search-shm"] {
      try? FileManager.default.removeItem(atPath: folder.file + suffix)
    }
    try FileManager.default.copyItem(atPath: copy, toPath: folder.file)
  }

  /// Names of lost messages and of new ones after a restore.
  private func lose(
    in folder: Folder, clocks: (Int64, Int64), keepingMark: Bool
  ) throws -> (lost: [Receipt], new: [Receipt], store: SQLiteStore) {
    var store = try run(folder, at: clocks.0, random: 1)
    _ = try say(["a", "b"], in: store)
    let copy = folder.path + "/copy.db"
    try store.backup(to: copy)
    let mark = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/mark"))
    let lost = try say((0..<50).map { "lost \($0)" }, in: store)
    store.close()
    try restore(copy, into: folder)
    // A snapshot of the whole machine takes the mark back, too.
    if !keepingMark { try mark.write(to: URL(fileURLWithPath: folder.path + "/mark")) }
    store = try run(folder, at: clocks.1, random: 2)
    let new = try say((0..<50).map { "new \($0)" }, in: store)
    return (lost, new, store)
  }

  @Test(
    "ids and numbers of lost messages are given to no others, whichever way they were lost", arguments: [true, false])
  func names(keepingMark: Bool) throws {
    let hour: Int64 = 3_600_000
    for clocks in [
      (Self.noon, Self.noon + hour), (Self.noon, Self.noon), (Self.noon, Self.noon - hour), (Self.noon, 0),
    ] {
      let folder = try Folder()
      let (lost, new, store) = try lose(in: folder, clocks: clocks, keepingMark: keepingMark)
      #expect(Set(lost.map(\.messageID)).isDisjoint(with: new.map(\.messageID)))
      #expect(Set(lost.map(\.sequence)).isDisjoint(with: new.map(\.sequence)))
      // Who knows a lost one finds the new ones behind it: the mark knows of it, or else the clock.
      if keepingMark || clocks.1 > clocks.0 {
        #expect(new.map(\.sequence).min() ?? 0 > lost.map(\.sequence).max() ?? .max)
      }
      #expect(try store.check() == [])
      store.close()
    }
  }

  @Test("an id that was lost is of no event, and a number leads to what is behind it")
  func points() throws {
    let folder = try Folder()
    let (lost, new, store) = try lose(in: folder, clocks: (Self.noon, Self.noon + 1), keepingMark: true)
    let reader = try store.reader()
    for receipt in lost {
      #expect(try reader.find(messageID: receipt.messageID, in: lobby) == nil)
      let page = try reader.page(
        HistoryQuery(conversation: lobby, range: .after(.messageID(receipt.messageID)), limit: 9))
      #expect(page.events.isEmpty && !page.isPointKnown)
      #expect(try reader.texts(.after(.sequence(receipt.sequence)), limit: 1) == ["new 0"])
      #expect(try reader.texts(.before(.sequence(receipt.sequence)), limit: 1) == ["b"])
    }
    for (number, receipt) in new.enumerated() {
      #expect(try reader.texts(.after(.sequence(receipt.sequence))).first == (number < 49 ? "new \(number + 1)" : nil))
      #expect(try reader.find(messageID: receipt.messageID, in: lobby)?.receipt == receipt)
    }
    #expect(try reader.texts(.after(.sequence(0)), limit: 3) == ["a", "b", "new 0"])
    #expect(try reader.page(HistoryQuery(conversation: lobby, range: .latest(after: nil), limit: 9)).isPointKnown)
  }

  @Test("names stay over starts, and those of a database without epochs stay when it gets them")
  func stability() throws {
    let folder = try Folder()
    let old = try folder.open(.serve)
    var receipts = [try old.append(message("before epochs"))]
    old.close()
    #expect(receipts[0].sequence == 1)
    for number in 1...6 {
      let store = try run(folder, at: Self.noon + Int64(number), random: UInt8(number))
      // A start without messages leaves no trace.
      if number % 2 == 0 { receipts += try say(["in run \(number)", "once more"], in: store) }
      let found = try store.reader().history(HistoryQuery(conversation: lobby, range: .latest(after: nil), limit: 99))
      #expect(found.map(\.receipt) == receipts)
      for receipt in receipts {
        #expect(try store.reader().find(messageID: receipt.messageID, in: lobby)?.receipt == receipt)
      }
      #expect(try store.check() == [])
      #expect(try store.load().epoch.isEmpty == false)
      store.close()
    }
    #expect(zip(receipts, receipts.dropFirst()).allSatisfy { $0.sequence < $1.sequence })
    let database = try Database(path: folder.file, access: .query)
    #expect(try database.number("SELECT count(*) FROM epochs") == 3)
  }

  @Test("a retry is told the names that its message was given in an earlier run")
  func retries() throws {
    let folder = try Folder()
    var store = try run(folder, random: 1)
    let event = message("once", key: IdempotencyKey(device: "d", counter: 1, bodyHash: 5))
    let receipt = try store.append(event)
    store.close()
    store = try run(folder, at: Self.noon + 5, random: 2)
    #expect(try store.outcome(.append(event)) == .duplicate(receipt))
  }

  @Test("the search index of a database that has lost messages is made again")
  func search() throws {
    let folder = try Folder()
    var store = try run(folder, random: 1)
    _ = try say(["kept apple"], in: store)
    let copy = folder.path + "/copy.db"
    try store.backup(to: copy)
    _ = try say(["lost pear", "lost plum"], in: store)
    try store.maintainFully()
    store.close()
    // By hand, as people do: only the main file.
    for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: folder.file + suffix) }
    try FileManager.default.copyItem(atPath: copy, toPath: folder.file)
    store = try run(folder, at: Self.noon + 1, random: 2)
    _ = try say(["new cherry", "new quince", "new grape"], in: store)
    try store.maintainFully()
    let reader = try store.reader()
    func find(_ word: String) throws -> [String] {
      try reader.search(word, in: [lobby], before: .max, limit: 9).map(\.text)
    }
    #expect(try find("pear") == [] && find("plum") == [])
    #expect(try find("cherry") == ["new cherry"] && find("apple") == ["kept apple"])
  }

  @Test("without room for the mark nothing is stored, and reading works")
  func fullDisk() throws {
    let disk = SimulatedDisk(seed: 3)
    let seed = EpochSeed(
      now: Timestamp(milliseconds: Self.noon), random: [UInt8](repeating: 4, count: EpochSeed.randomBytes),
      markPath: "/mark")
    let store = try SQLiteStore(path: disk.path, vfs: disk.name, epoch: seed, makeSecret: { (0..<32).map { $0 } })
    simulated_disk_set_budget(disk.disk, 0)
    #expect(throws: StoreError.self) { try store.append(message("a")) }
    #expect(try store.reader().texts(.latest(after: nil)) == [])
    simulated_disk_set_budget(disk.disk, -1)
    #expect(try store.append(message("b")).sequence == Self.noon * 1_000 + 1)
    #expect(try store.check() == [])
  }

  @Test("a mark that is damaged is made anew")
  func damagedMark() throws {
    let folder = try Folder()
    try Data("nonsense, and more of it".utf8).write(to: URL(fileURLWithPath: folder.path + "/mark"))
    let store = try run(folder)
    #expect(try store.append(message("a")).sequence == Self.noon * 1_000 + 1)
    let mark = try Database(path: folder.path + "/mark", access: .query)
    #expect(try mark.number("SELECT number FROM mark") ?? 0 > Self.noon * 1_000)
  }
}
