import IRC
import ParleyCache
import SQLite
import Seeded
import Testing

@Suite("Markers")
struct MarkerTests {
  private func read(_ cache: Cache, _ message: Int64) throws -> Bool {
    try cache.turn { () throws(SQLiteError) in try cache.setMarker(chat: lobby, message: message) }
  }

  private func read(_ cache: Cache, upTo time: Int64) throws -> Bool {
    try cache.turn { () throws(SQLiteError) in
      try cache.setMarker(chat: lobby, upTo: Timestamp(milliseconds: time))
    }
  }

  @Test("unread are messages of others behind the marker; mentions those of them that name us")
  func counting() throws {
    let cache = try Cache.settled()
    let one = try cache.add(said("one", at: 1))
    try cache.add(said("me?", at: 2))
    try cache.add(said("mine", by: "me", at: 3))
    try cache.add(joined("amy", at: 4))
    let two = try cache.add(said("two", at: 5))
    #expect(try (cache.room().unread, cache.room().mentions) == (3, 1))
    #expect(try read(cache, one))
    #expect(try (cache.room().unread, cache.room().mentions, cache.room().marker) == (2, 1, one))
    #expect(try read(cache, two))
    #expect(try (cache.room().unread, cache.room().mentions, cache.room().marker) == (0, 0, two))
    #expect(try read(cache, one) == false)
    #expect(try read(cache, two) == false)
    #expect(try cache.room().marker == two)
    #expect(try read(cache, 999) == false)
    try cache.add(said("three", at: 6))
    #expect(try cache.room().unread == 1)
  }

  @Test("up to a time: also what comes later from before it")
  func byTime() throws {
    let cache = try Cache.settled()
    #expect(try read(cache, upTo: 50))
    #expect(try cache.room().marker == 0)
    let early = try cache.add(said("early", at: 40))
    #expect(try cache.room().unread == 0)
    #expect(try cache.room().marker == early)
    let edge = try cache.add(said("edge", at: 50))
    try cache.add(said("old", at: 10))
    #expect(try cache.room().marker == edge)
    try cache.add(said("new", at: 51))
    #expect(try cache.room().unread == 1)
    #expect(try read(cache, upTo: 50) == false)
    #expect(try read(cache, upTo: 20) == false)
    #expect(try read(cache, edge) == false)
    #expect(try read(cache, upTo: 51))
    #expect(try cache.room().unread == 0)
  }

  @Test("an own message that waits stands for the newest one the server has")
  func waiting() throws {
    let cache = try Cache.settled()
    let there = try cache.add(said("there", at: 5))
    let mine = try cache.send("mine")
    #expect(try read(cache, mine.message))
    #expect(try cache.room().marker == there)
    try cache.add(said("next", at: 6))
    #expect(try cache.room().unread == 1)
    try cache.acknowledge(mine, "m", at: 4)
    #expect(try cache.room().unread == 1)
    #expect(try cache.room().marker == there)
  }

  @Test("a marker whose message goes stands at the one before")
  func deleted() throws {
    let cache = try Cache.settled()
    let one = try cache.add(said("one", at: 1))
    let two = try cache.add(said("two", at: 2))
    let three = try cache.add(said("three me", at: 3))
    #expect(try read(cache, two))
    try cache.turn { () throws(SQLiteError) in
      try cache.deleteMessage(two)
      try cache.deleteMessage(three)
    }
    #expect(try (cache.room().marker, cache.room().unread, cache.room().mentions) == (one, 0, 0))
    try cache.turn { () throws(SQLiteError) in try cache.deleteMessage(one) }
    #expect(try cache.room().marker == 0)
  }

  @Test("a gap is never the marker")
  func gap() throws {
    let cache = try Cache.settled()
    let one = try cache.add(said("one", at: 1, id: "a"))
    let gap = try cache.turn { () throws(SQLiteError) in
      try cache.insertGap(chat: lobby, ends: GapEnds(older: cursor("a", at: 1), newer: nil), isClosable: true)
    }
    #expect(try read(cache, gap))
    #expect(try cache.room().marker == one)
  }

  @Test("counts kept by the way are those that counting gives", arguments: UInt64(1)...20)
  func sameAsCounting(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let cache = try Cache.settled()
    var queued: [OutboxRow] = []
    for step in 0..<300 {
      let time = Int64.random(in: 0...200, using: &random)
      switch Int.random(in: 0..<12, using: &random) {
      case 0: _ = try read(cache, upTo: time / 2)
      case 1: _ = try read(cache, Int64.random(in: 1...max(1, cache.highestMessage), using: &random))
      case 2: queued.append(try cache.send("mine"))
      case 3:
        if let row = queued.popLast() { try cache.acknowledge(row, "m\(step % 50)", at: time) }
      case 4:
        let id = Int64.random(in: 1...max(1, cache.highestMessage), using: &random)
        try cache.turn { () throws(SQLiteError) in try cache.deleteMessage(id) }
      case 5: try cache.add(joined("amy", at: time))
      case 6: try cache.add(said("mine", by: "me", at: time, id: "m\(step % 50)"))
      default: try cache.add(said(Bool.random(using: &random) ? "for me" : "x", at: time))
      }
      let room = try cache.room()
      let rows = try cache.rows().filter { $0.kind < 4 }
      let final = try cache.rows().filter { $0.state == .sent }
      // The marker's row divides what is read from what is not.
      let read = final.firstIndex { $0.id == room.marker }.map { final[...$0] } ?? []
      let unread = final[read.endIndex...].filter { !$0.isOwn && $0.kind < 4 }
      try #require(room.unread == unread.count, "step \(step)")
      try #require(room.mentions == unread.count { $0.isMention }, "step \(step)")
      try #require(room.last == rows.last?.id ?? 0, "step \(step)")
      try #require(room.marker == 0 || !read.isEmpty, "step \(step)")
    }
  }
}
