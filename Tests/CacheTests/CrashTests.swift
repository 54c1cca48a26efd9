import Foundation
import IRC
import ParleyCache
import SQLite
import Seeded
import Testing

/// A run of transactions, the same for the same seed, on a disk that crashes or fails, compared with one on a disk
/// that does not.
@Suite("Crash")
struct CrashTests {
  private static let transactions = 9

  /// Everything there is to see.
  private struct Picture: Equatable {
    var chats: [ChatRow]
    var rows: [[MessageRow]]
    var outbox: [OutboxRow]
    var arrivals: [MessageRow]
    var found: [MessageRow]?
    var highest: Int64
    var value: String?

    init(_ cache: Cache) throws(SQLiteError) {
      let reader = try cache.makeReader()
      chats = try cache.chats()
      rows = [try cache.rows(), try cache.rows(in: bob)]
      outbox = try cache.outbox(identity: me)
      for index in outbox.indices { outbox[index].request = 0 }
      arrivals = try reader.arrivals(chat: 0, after: 0, limit: 10_000)
      found = try reader.search(chat: 0, query: "text", before: 0, limit: 10_000)
      highest = cache.highestMessage
      value = try reader.value("step")
    }
  }

  /// The n-th transaction. What it does depends on what is there, and on nothing else.
  private func step(_ n: Int, _ cache: Cache) throws(SQLiteError) {
    if n == 0 { return try cache.settle() }
    var random = SeededRandom(seed: UInt64(n))
    let padding = String(repeating: "text ", count: Int.random(in: 1...100, using: &random))
    let outbox = try cache.outbox(identity: me)
    let rows = try cache.rows()
    try cache.turn { () throws(SQLiteError) in
      try cache.setValue("step", "\(n)")
      for m in 0..<Int.random(in: 1...5, using: &random) {
        let time = Int64(n * 100 + m)
        try cache.insert(
          said("\(n)-\(m) \(padding)", at: time, sequence: time, id: "\(n)-\(m)", in: m % 2 == 0 ? lobby : bob))
      }
      _ = try cache.enqueue(said("mine \(n)", by: "me", at: Int64(n)), identity: me, request: Int64(n))
      if n % 3 == 0, let row = outbox.first {
        try cache.acknowledge(
          message: row.message, networkID: "own \(n)", time: Timestamp(milliseconds: Int64(n * 100 + 50)),
          sequence: Int64(n * 100 + 50))
      }
      if n % 5 == 0, let row = outbox.last { try cache.fail(message: row.message, result: -17, reason: "no") }
      if n % 4 == 0, let row = rows.first { try cache.setMarker(chat: lobby, message: row.id) }
      if n % 7 == 6, let row = rows.first { try cache.deleteMessage(row.id) }
      if n % 6 == 0 { _ = try cache.insertGap(chat: bob, ends: GapEnds(older: nil, newer: nil), isClosable: true) }
    }
    if n % 4 == 0 { try cache.idle() }
  }

  /// What is to be seen after each transaction.
  private func pictures() throws -> [Picture] {
    let cache = try Cache(path: nil, vfs: nil)
    var pictures = [try Picture(cache)]
    for n in 0..<Self.transactions {
      try step(n, cache)
      pictures.append(try Picture(cache))
    }
    return pictures
  }

  /// Runs everything. After an error the cache is opened again, after a crash or without one, and shows the state
  /// before the transaction or behind it.
  private func run(on disk: SimulatedDisk, _ pictures: [Picture], loses: Bool) throws -> String? {
    var cache: Cache?
    var done = 0
    var attempts = 0
    while done < Self.transactions {
      attempts += 1
      if attempts > Self.transactions + 10 { return "it does not recover" }
      do throws(SQLiteError) {
        if cache == nil {
          let opened = try disk.open()
          var seen = try Picture(opened)
          // Numbers may have been skipped, never gone back.
          if seen.highest < pictures[done].highest { return "a number is lost behind step \(done)" }
          seen.highest = pictures[done].highest
          if done < Self.transactions, seen != pictures[done] {
            seen.highest = pictures[done + 1].highest
            guard seen == pictures[done + 1] else { return "another state behind step \(done)" }
            done += 1
            if done == Self.transactions { break }
          }
          cache = opened
        }
        if let cache { try step(done, cache) }
        done += 1
      } catch {
        cache = nil
        if loses { disk.crash() }
      }
    }
    cache = nil
    disk.crash()
    var last = try Picture(try disk.open())
    last.highest = pictures[done].highest
    return last == pictures[done] ? nil : "something committed is lost"
  }

  @Test("a crash at any operation loses nothing committed")
  func everyOperation() throws {
    let pictures = try pictures()
    let whole = try SimulatedDisk(seed: 0)
    #expect(try run(on: whole, pictures, loses: true) == nil)
    #expect(whole.operations > 200)
    for n in 1...whole.operations {
      let disk = try SimulatedDisk(seed: n)
      disk.crash(at: n)
      let problem = try run(on: disk, pictures, loses: true)
      try #require(problem == nil, "crash at \(n)")
    }
  }

  @Test(
    "one failure at any operation: committed and there, or an error and not",
    arguments: [SQLiteError.full, SQLiteError.inputOutput], [false, true])
  func everyFailure(code: Int32, loses: Bool) throws {
    let pictures = try pictures()
    let whole = try SimulatedDisk(seed: 0)
    #expect(try run(on: whole, pictures, loses: loses) == nil)
    for n in 1...whole.operations {
      let disk = try SimulatedDisk(seed: n)
      disk.fail(at: n, code)
      let problem = try run(on: disk, pictures, loses: loses)
      try #require(problem == nil, "failure at \(n)")
    }
  }

  @Test("a full disk: changes are refused, reading goes on, and with room everything does")
  func diskFull() throws {
    let disk = try SimulatedDisk(seed: 2)
    let cache = try disk.open()
    try cache.settle()
    let kept = try cache.add(said("kept"))
    disk.setBudget(40_000)
    var refusal: SQLiteError?
    var count = 0
    while refusal == nil, count < 10_000 {
      do throws(SQLiteError) {
        try cache.add(said("\(count)"))
        count += 1
      } catch {
        refusal = error
      }
    }
    #expect(refusal?.primary == SQLiteError.full)
    #expect(try cache.rows().count == count + 1)
    #expect(try cache.room().unread == Int64(count + 1))
    #expect(try cache.makeReader().message(kept)?.text == "kept")
    disk.setBudget(-1)
    try cache.add(said("room again"))
    #expect(try cache.room().lastText == "room again")
  }

  @Test("after a failed sync nothing is committed until the cache is opened again")
  func failedSync() throws {
    let disk = try SimulatedDisk(seed: 4)
    let cache = try disk.open()
    try cache.settle()
    var failure: SQLiteError?
    for n in UInt64(1)...40 where failure == nil {
      disk.fail(at: n, SQLiteError.syncFailed)
      do throws(SQLiteError) { try cache.add(said("x")) } catch  where error.code == SQLiteError.syncFailed {
        failure = error
      } catch {}
    }
    #expect(failure != nil)
    disk.fail(at: 0, 0)
    #expect(throws: SQLiteError.self) { try cache.begin() }
    let again = try disk.open()
    try again.add(said("on"))
    #expect(try again.texts().last == "on")
  }
}
