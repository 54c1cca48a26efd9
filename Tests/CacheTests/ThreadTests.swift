import Foundation
import IRC
import ParleyCache
import SQLite
import Synchronization
import Testing

/// What the threads tell each other.
private final class Progress: Sendable {
  let isDone = Atomic(false)
  let readings = Atomic(0)
}

@Suite("Threads")
struct ThreadTests {
  @Test("a reader on another thread sees whole transactions, in memory and in a file", arguments: [false, true])
  func readerBesideWriter(inFile: Bool) async throws {
    let folder = try Folder()
    let cache = try inFile ? folder.open() : Cache(path: nil, vfs: nil)
    try cache.settle()
    let reader = try cache.makeReader()
    let progress = Progress()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<2 {
        group.addTask {
          var last = 0
          repeat {
            let rows = try reader.history(chat: lobby, anchor: 0, before: 5_000, after: 0) ?? []
            #expect(rows.count % 3 == 0)
            #expect(rows.count >= last)
            last = rows.count
            _ = try reader.search(chat: 0, query: "row", before: 0, limit: 3)
            progress.readings.add(1, ordering: .relaxed)
          } while !progress.isDone.load(ordering: .acquiring)
          #expect(last <= 900)
        }
      }
      for n in 0..<300 {
        try cache.turn { () throws(SQLiteError) in
          for m in 0..<3 { try cache.insert(said("row", at: Int64(n), id: "\(n)-\(m)")) }
        }
      }
      progress.isDone.store(true, ordering: .releasing)
      try await group.waitForAll()
    }
    #expect(progress.readings.load(ordering: .relaxed) >= 2)
    #expect(try cache.rows().count == 900)
  }

  @Test("the writer may ask a reader in the middle of its transaction", arguments: [false, true])
  func readerInTransaction(inFile: Bool) throws {
    let folder = try Folder()
    let cache = try inFile ? folder.open() : Cache(path: nil, vfs: nil)
    try cache.settle()
    let reader = try cache.makeReader()
    try cache.begin()
    let result = try cache.insert(said("new"))
    guard case .inserted(let id) = result else { throw SQLiteError(code: 0, message: "\(result)") }
    _ = try reader.history(chat: lobby, anchor: 0, before: 5, after: 0)
    #expect(try cache.message(id)?.text == "new")
    try cache.commit()
    #expect(try reader.message(id)?.text == "new")
  }
}
