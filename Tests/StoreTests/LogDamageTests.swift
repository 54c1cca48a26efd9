import Foundation
import IRC
import ParleyStore
import SQLite
import Synchronization
import Testing

/// Flipped bits in the write-ahead log: what is lost by them is never lost silently, and what a crash leaves is no damage.
@Suite("Damage of the write-ahead log", .serialized)
struct LogDamageTests {
  /// The bytes of a log's header, and of a frame with a page of 4 KiB.
  private static let header = 32
  private static let frame = 4_120

  /// A folder as `kill -9` leaves it, with some commits in its log.
  private struct Remains {
    var folder: Folder
    var log: Data
    /// Numbers of the frames that end a transaction.
    var commits: [Int]
    var path: String { folder.file + "-wal" }
    var frames: Int { (log.count - LogDamageTests.header) / LogDamageTests.frame }

    func offset(of frame: Int) -> Int { LogDamageTests.header + frame * LogDamageTests.frame }
    /// Puts a changed log into the folder.
    func write(_ log: Data) throws { try log.write(to: URL(fileURLWithPath: path)) }
  }

  private func remains(commits count: Int = 6) throws -> Remains {
    let origin = try Folder()
    let store = try origin.open(.serve)
    try store.makeLobby()
    for number in 0..<count { try store.append(message("message \(number) " + String(repeating: "x", count: 5_000))) }
    let folder = try Folder()
    for suffix in ["", "-wal"] {
      try FileManager.default.copyItem(atPath: origin.file + suffix, toPath: folder.file + suffix)
    }
    store.close()
    let log = try Data(contentsOf: URL(fileURLWithPath: folder.file + "-wal"))
    var remains = Remains(folder: folder, log: log, commits: [])
    remains.commits = (0..<remains.frames).filter { number in
      log[(remains.offset(of: number) + 4)..<(remains.offset(of: number) + 8)].contains { $0 != 0 }
    }
    try #require(remains.commits.count > count && remains.commits.last == remains.frames - 1)
    return remains
  }

  /// What a start reports.
  private func reports(_ remains: Remains) throws -> [StoreReport] {
    let store = try remains.folder.open(.serve)
    defer { store.close() }
    let reports = Mutex<[StoreReport]>([])
    store.reporter.report { report in reports.withLock { $0.append(report) } }
    _ = try store.load()
    return reports.withLock { $0 }
  }

  @Test("a backup that is copied by hand over a database of a killed server is not mixed with that database's log")
  func foreignLog() throws {
    let origin = try Folder()
    let store = try origin.open(.serve)
    try store.makeLobby()
    try store.append(message("kept"))
    let backup = origin.path + "/backup.db"
    try store.backup(to: backup)
    for number in 0..<6 { try store.append(message("lost \(number)")) }
    let folder = try Folder()
    try FileManager.default.copyItem(atPath: origin.file + "-wal", toPath: folder.file + "-wal")
    try FileManager.default.copyItem(atPath: backup, toPath: folder.file)
    store.close()
    let copied = try folder.open(.serve)
    defer { copied.close() }
    let reports = Mutex<[StoreReport]>([])
    copied.reporter.report { report in reports.withLock { $0.append(report) } }
    _ = try copied.load()
    #expect(isReported(reports.withLock { $0 }))
    #expect(try copied.summary().messages == 1)
    #expect(FileManager.default.fileExists(atPath: folder.file + "-wal.other"))
  }

  private func isReported(_ reports: [StoreReport]) -> Bool {
    reports.contains { if case .damaged(let words) = $0 { words.contains("write-ahead log") } else { false } }
  }

  /// The first bytes of a frame: page, size after a commit, salts, sum; and one of its page.
  @Test("a flipped bit in a frame before the last transaction is reported", arguments: [0, 3, 5, 9, 13, 17, 21, 1_000])
  func frames(byte: Int) throws {
    for place in [0, 1] {
      var remains = try remains()
      // A frame that ends a transaction, and one within a transaction of several.
      let commits = remains.commits
      let number = place == 0 ? commits[2] : try #require((1..<commits[3]).last { !commits.contains($0) })
      remains.log[remains.offset(of: number) + byte] ^= 1
      try remains.write(remains.log)
      #expect(isReported(try reports(remains)), "byte \(byte) of frame \(number)")
      let copy = remains.path + ".damaged"
      #expect(try Data(contentsOf: URL(fileURLWithPath: copy)) == remains.log)
      let attributes = try FileManager.default.attributesOfItem(atPath: copy)
      #expect(attributes[.posixPermissions] as? Int == 0o600)
      // The start has gone on with what was before it.
      #expect(try reports(remains).isEmpty)
    }
  }

  @Test("a flipped bit in the log's header is reported", arguments: [0, 3, 10, 14, 17, 21, 25, 30])
  func headers(byte: Int) throws {
    var remains = try remains()
    remains.log[byte] ^= 1
    try remains.write(remains.log)
    #expect(isReported(try reports(remains)))
  }

  @Test("a block of zeros over two frames is reported")
  func zeroedBlock() throws {
    var remains = try remains()
    let start = remains.offset(of: 2) + 3_000
    remains.log.replaceSubrange(start..<(start + 4_096), with: Data(count: 4_096))
    try remains.write(remains.log)
    #expect(isReported(try reports(remains)))
  }

  @Test("check, backup and a later start all tell of it, and the first copy of the log stays")
  func commands() throws {
    var remains = try remains()
    remains.log[remains.offset(of: remains.commits[1]) + 100] ^= 1
    try remains.write(remains.log)
    for _ in 0..<2 {
      let store = try remains.folder.open(.administer)
      #expect(try store.check().contains { $0.contains("write-ahead log") })
      let target = try Folder()
      #expect(throws: StoreError.self) { try store.backup(to: target.file) }
      #expect(FileManager.default.fileExists(atPath: target.file))
      // Written over the beginning of what was behind the damage.
      _ = try store.outcome(
        .createAccount(account(Int64.random(in: 100...1_000_000), "a\(UInt32.random(in: 0 ... .max))")))
      store.close()
    }
    #expect(isReported(try reports(remains)))
    #expect(try Data(contentsOf: URL(fileURLWithPath: remains.path + ".damaged")) == remains.log)
  }

  @Test("a log that lies beside the file that a link leads to is looked at, too")
  func link() throws {
    var remains = try remains()
    remains.log[remains.offset(of: remains.commits[1]) + 100] ^= 1
    try remains.write(remains.log)
    let other = try Folder()
    try FileManager.default.createSymbolicLink(atPath: other.file, withDestinationPath: remains.folder.file)
    #expect(try other.open(.administer).check().contains { $0.contains("write-ahead log") })
  }

  @Test("what a crash or an earlier generation leaves is not damage")
  func ordinary() throws {
    func expectNone(_ words: String, _ change: (inout Remains) -> Void) throws {
      var remains = try remains()
      change(&remains)
      try remains.write(remains.log)
      #expect(try reports(remains).isEmpty, "\(words)")
      #expect(!FileManager.default.fileExists(atPath: remains.path + ".damaged"), "\(words)")
    }
    try expectNone("a whole log") { _ in }
    try expectNone("no bytes") { $0.log = Data() }
    try expectNone("less than a header") { $0.log = $0.log.prefix(20) }
    try expectNone("a header alone") { $0.log = $0.log.prefix(Self.header) }
    try expectNone("a wrong header alone") { $0.log = Data(repeating: 7, count: Self.header) }
    try expectNone("a file of zeros") { $0.log = Data(count: $0.log.count) }
    try expectNone("cut within a frame") { $0.log = $0.log.prefix($0.offset(of: $0.commits[2]) + 2_000) }
    try expectNone("zeros behind the end") { $0.log += Data(count: 5 * Self.frame) }
    try expectNone("garbage behind the end") { $0.log += Data(repeating: 0xA5, count: 5 * Self.frame) }
    try expectNone("a torn page of the last transaction") {
      let first = $0.commits[$0.commits.count - 2] + 1
      $0.log.replaceSubrange($0.offset(of: first)..<($0.offset(of: first) + 4_096), with: Data(count: 4_096))
    }
    try expectNone("the last commit alone is torn") { $0.log[$0.offset(of: $0.frames - 1) + 500] ^= 1 }
    try expectNone("a torn last transaction, and frames of a rolled back one behind it") {
      let last = $0.commits[$0.commits.count - 2] + 1
      let (start, end) = ($0.offset(of: last), $0.log.count)
      $0.log += $0.log[start..<end]
      $0.log[start + 100] ^= 1
    }
  }

  @Test("frames of an earlier generation behind the end are not damage")
  func generations() throws {
    let origin = try Folder()
    let store = try origin.open(.serve)
    try store.makeLobby()
    for number in 0..<20 { try store.append(message("old \(number) " + String(repeating: "x", count: 5_000))) }
    // Copies the log back without cutting it: the next commit begins it anew.
    let other = try Database(path: origin.file, access: .readWrite)
    // A connection knows of the log only once it has read.
    _ = try other.number("PRAGMA user_version")
    try #require(try other.checkpoint(.restart))
    for number in 0..<3 { try store.append(message("new \(number)")) }
    let folders = [try Folder(), try Folder()]
    for folder in folders {
      for suffix in ["", "-wal"] {
        try FileManager.default.copyItem(atPath: origin.file + suffix, toPath: folder.file + suffix)
      }
    }
    store.close()
    let log = try Data(contentsOf: URL(fileURLWithPath: folders[0].file + "-wal"))
    let whole = Remains(folder: folders[0], log: log, commits: [])
    func salts(_ number: Int) -> Data { log[(whole.offset(of: number) + 8)..<(whole.offset(of: number) + 16)] }
    let end = (0..<whole.frames).prefix { salts($0) == salts(0) }.count
    try #require(end < whole.frames)
    #expect(try reports(whole).isEmpty)
    var torn = Remains(folder: folders[1], log: log, commits: [])
    torn.log[torn.offset(of: end - 1) + 200] ^= 1
    try torn.write(torn.log)
    #expect(try reports(torn).isEmpty)
  }
}
