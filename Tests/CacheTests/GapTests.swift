import IRC
import ParleyCache
import SQLite
import Testing

@Suite("Gaps")
struct GapTests {
  private func gap(_ cache: Cache, _ older: Cursor?, _ newer: Cursor?, isClosable: Bool = true) throws -> Int64 {
    try cache.turn { () throws(SQLiteError) in
      try cache.insertGap(chat: lobby, ends: GapEnds(older: older, newer: newer), isClosable: isClosable)
    }
  }

  @Test("right behind what is older, or right before what is newer", arguments: [0, 1] as [Int64])
  func places(sequenced: Int64) throws {
    let cache = try Cache.settled()
    for n in Int64(1)...4 { try cache.add(said("\(n)", at: 5, sequence: n * sequenced, id: "\(n)")) }
    let first = try gap(cache, cursor("2", at: 5, sequence: 2 * sequenced), cursor("3", at: 5, sequence: 3 * sequenced))
    let second = try gap(cache, nil, cursor("1", at: 5, sequence: sequenced))
    let third = try gap(cache, cursor("4", at: 5, sequence: 4 * sequenced), nil, isClosable: false)
    _ = try cache.send("mine")
    #expect(try cache.texts() == ["…", "1", "2", "…", "3", "4", "…", "mine"])
    #expect(try cache.gaps(chat: lobby) == [second, first, third])
    #expect(try cache.gaps(chat: bob).isEmpty)
    #expect(try cache.message(first)?.state == .sent)
    #expect(try cache.message(third)?.state == .failed)
    #expect(try cache.message(first)?.time.milliseconds == 5)

    let ends = GapEnds(older: cursor("3", at: 5, sequence: 3 * sequenced), newer: cursor("4", at: 5))
    try cache.turn { () throws(SQLiteError) in
      try cache.updateGap(first, ends: ends)
      try cache.updateGap(999, ends: ends)
    }
    #expect(try cache.texts() == ["…", "1", "2", "3", "…", "4", "…", "mine"])
    let found = try #require(try cache.gap(first))
    #expect(found.chat == lobby)
    #expect(found.ends == ends)
    try cache.turn { () throws(SQLiteError) in
      try cache.deleteMessage(first)
      try cache.deleteMessage(first)
    }
    #expect(try cache.gap(first) == nil)
    #expect(try cache.gaps(chat: lobby) == [second, third])
  }

  @Test("ends whose messages are not here go by their time")
  func unknownEnds() throws {
    let cache = try Cache.settled()
    try cache.add(said("1", at: 5, id: "1"))
    try cache.add(said("2", at: 6, id: "2"))
    _ = try gap(cache, cursor("?", at: 5), nil)
    _ = try gap(cache, nil, cursor("?", at: 5))
    #expect(try cache.texts() == ["…", "1", "…", "2"])
  }

  @Test("of which nothing is known: before everything")
  func endless() throws {
    let cache = try Cache.settled()
    try cache.add(said("1", at: -5, id: "1"))
    let id = try gap(cache, nil, nil)
    #expect(try cache.texts() == ["…", "1"])
    #expect(try cache.gap(id)?.ends == GapEnds(older: nil, newer: nil))
  }

  @Test("a gap is neither unread nor the last message nor found nor arriving")
  func silent() throws {
    let cache = try Cache.settled()
    _ = try gap(cache, nil, nil)
    #expect(try cache.room().unread == 0)
    #expect(try cache.room().last == 0)
    #expect(try cache.makeReader().arrivals(chat: lobby, after: 0, limit: 5).isEmpty)
    #expect(try cache.oldest(chat: lobby) == nil)
  }
}
