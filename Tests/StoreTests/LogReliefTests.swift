import Foundation
import IRC
import ParleyStore
import SQLite
import Testing

/// Copying the log back never holds up a commit, and retention writes in proportion to what it removes.
@Suite("The write-ahead log", .serialized)
struct LogReliefTests {
  private func size(_ path: String) throws -> Int64 {
    Int64(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0)
  }

  private func fill(_ store: SQLiteStore, _ count: Int) throws {
    _ = try store.commit((0..<count).map { _ in Transaction(.append(message(String(repeating: "x", count: 400)))) })
  }

  @Test("with an open reader the log grows and commits go on; without it the log begins anew")
  func reader() throws {
    let folder = try Folder()
    let store = try folder.open(.serve)
    let reliever = try #require(try store.logRelief?.makeReliever())
    try fill(store, 2_000)
    let shell = try Database(path: folder.file, access: .query)
    try shell.beginReading()
    _ = try shell.number("SELECT count(*) FROM events")
    for _ in 0..<5 {
      try fill(store, 2_000)
      #expect(try reliever.relieve() > 0)
      _ = try store.maintain()
    }
    let grown = store.logPages
    #expect(grown > 1_000)
    shell.rollBack()
    #expect(try reliever.relieve() == 0)
    try fill(store, 10)
    #expect(store.logPages < grown / 2)
    #expect(try store.check() == [])
  }

  @Test("what is committed while the log is copied is copied at the end")
  func finish() throws {
    let folder = try Folder()
    let store = try folder.open(.serve)
    let reliever = try #require(try store.logRelief?.makeReliever())
    try fill(store, 1_000)
    #expect(try reliever.relieve() == 0)
    try fill(store, 1_000)
    try store.finishRelief()
    #expect(store.logPages == 0)
    try fill(store, 1)
    #expect(store.logPages < 20)
  }

  @Test("removing the events of many conversations writes each page of the file once, not once for each event")
  func retention() throws {
    let folder = try Folder()
    let store = try folder.open(.serve)
    let rooms = 100
    for _ in 0..<100 {
      _ = try store.commit(
        (0..<rooms * 3).map { number in
          Transaction(.append(message("lorem ipsum dolor sit amet", to: .room(RoomID(Int64(number % rooms) + 10)))))
        })
    }
    try store.maintainFully()
    let removed = Int64(rooms * 3 * 100)
    _ = try store.outcome(.expire(RetentionPolicy(), now: Timestamp(milliseconds: 1)))
    let before = try Database(path: folder.file, access: .query).number("PRAGMA page_count") ?? 0
    // Each slice's commit begins the log anew, so that its size tells what was written.
    let reliever = try #require(try store.logRelief?.makeReliever())
    var pages: Int64 = 0
    repeat {
      #expect(try reliever.relieve() == 0)
      let isMore = try store.maintain()
      pages += Int64(store.logPages)
      if !isMore { break }
    } while true
    #expect(try store.reader().texts(.latest(after: nil), in: .room(RoomID(10))) == [])
    #expect(pages * 4_096 / removed < 700, "\(pages) pages for \(removed) events in a file of \(before)")
    #expect(try store.check() == [])
  }
}
