import IRC
import ParleyCache
import SQLite
import Testing

@Suite("Messages")
struct MessageTests {
  @Test("a row comes back as it went in")
  func whole() throws {
    let cache = try Cache.settled()
    let earlier = try cache.add(said("question?", at: 1, id: "q"))
    var row = said("answer \u{1F600}\nsecond line \u{7}", at: 2, sequence: 9, id: "a")
    row.kind = 3
    row.account = "bob"
    row.target = "t"
    row.reason = "r"
    row.replyNetworkID = "q"
    row.isMention = true
    row.id = try cache.add(row)
    row.replyTo = earlier
    #expect(try cache.makeReader().message(row.id) == row)
    #expect(try cache.message(row.id) == row)
    #expect(try cache.makeReader().message(99) == nil)
  }

  @Test("what a message answers may come later")
  func laterReply() throws {
    let cache = try Cache.settled()
    var row = said("answer", at: 2, id: "a")
    row.replyNetworkID = "q"
    let answer = try cache.add(row)
    #expect(try cache.message(answer)?.replyTo == 0)
    let question = try cache.add(said("question", at: 1, id: "q"))
    #expect(try cache.message(answer)?.replyTo == question)
    // The same name in another chat is another message.
    #expect(try cache.message(cache.add(said("q", id: "q", in: bob)))?.replyTo == 0)
  }

  @Test("the same msgid in a chat is the same message; without one everything is new")
  func duplicates() throws {
    let cache = try Cache.settled()
    try cache.begin()
    #expect(try cache.insert(said("one", id: "a")) == .inserted(1))
    #expect(try cache.insert(said("other", id: "a")) == .duplicate(1))
    #expect(try cache.insert(said("one", id: "a", in: bob)) == .inserted(2))
    #expect(try cache.insert(said("none")) == .inserted(3))
    #expect(try cache.insert(said("none")) == .inserted(4))
    try cache.commit()
    #expect(try cache.texts() == ["one", "none", "none"])
    #expect(try cache.room().unread == 3)
  }

  @Test("the last message is the newest that somebody said, by order, and its text is cut at 200 bytes")
  func last() throws {
    let cache = try Cache.settled()
    let long = String(repeating: "ä", count: 150)
    let newest = try cache.add(said(long, by: "zoe", at: 50))
    try cache.add(said("older", at: 10))
    try cache.add(joined("amy", at: 60))
    var room = try cache.room()
    #expect(room.last == newest)
    #expect(room.lastTime.milliseconds == 50)
    #expect(room.lastNick == "zoe")
    #expect(room.lastText == String(repeating: "ä", count: 100))
    try cache.turn { () throws(SQLiteError) in try cache.deleteMessage(newest) }
    room = try cache.room()
    #expect(room.lastText == "older")
  }

  @Test("a cut never splits a character", arguments: 195...205)
  func excerpt(length: Int) throws {
    let cache = try Cache.settled()
    try cache.add(said(String(repeating: "x", count: length) + "\u{1F600}\u{1F600}"))
    let text = try cache.room().lastText
    #expect(text.utf8.count <= 200)
    #expect(text.utf8.count > 196 - 4 || length < 197)
    #expect(!text.unicodeScalars.contains("\u{FFFD}"))
  }

  @Test("history: so many before, the anchor, so many behind")
  func pages() throws {
    let cache = try Cache.settled()
    let ids = try (1...9).map { try cache.add(said("\($0)", at: Int64($0 / 3))) }
    let reader = try cache.makeReader()
    func page(_ anchor: Int64, _ before: Int, _ after: Int) throws -> [String]? {
      try reader.history(chat: lobby, anchor: anchor, before: before, after: after)?.map(\.text)
    }
    #expect(try page(0, 3, 5) == ["7", "8", "9"])
    #expect(try page(ids[4], 2, 2) == ["3", "4", "5", "6", "7"])
    #expect(try page(ids[4], 0, 0) == ["5"])
    #expect(try page(ids[0], 5, 1) == ["1", "2"])
    #expect(try page(ids[8], 1, 5) == ["8", "9"])
    #expect(try page(0, 0, 0) == [])
    #expect(try page(-5, 2, 2) == nil)
    #expect(try page(ids[4], -1, -1) == ["5"])
    #expect(try page(ids[4], .max, .max)?.count == 9)
    #expect(try reader.history(chat: bob, anchor: ids[4], before: 1, after: 1) == nil)
    #expect(try reader.history(chat: bob, anchor: 0, before: 1, after: 1) == [])
  }

  @Test("the oldest message the server can be asked from")
  func oldest() throws {
    let cache = try Cache.settled()
    #expect(try cache.oldest(chat: lobby) == nil)
    try cache.add(joined("amy", at: 1))
    _ = try cache.send("waiting", at: 0)
    #expect(try cache.oldest(chat: lobby) == nil)
    try cache.add(said("b", at: 9, sequence: 4, id: "b"))
    try cache.add(said("a", at: 8, sequence: 3, id: "a"))
    #expect(try cache.oldest(chat: lobby) == cursor("a", at: 8, sequence: 3))
  }

  @Test("a removed message leaves its row, and no word of it")
  func redaction() throws {
    let cache = try Cache.settled()
    let reader = try cache.makeReader()
    let id = try cache.add(said("secret word", id: "a"))
    let removed = try cache.turn { () throws(SQLiteError) in
      try cache.redact(chat: lobby, networkID: "a", by: "op", reason: "rude")
    }
    #expect(removed == id)
    let row = try #require(try reader.message(id))
    #expect(row.state == .removed)
    #expect(row.text == "")
    #expect(row.target == "op")
    #expect(row.reason == "rude")
    #expect(try cache.room().lastText == "")
    #expect(try reader.search(chat: 0, query: "secret", before: 0, limit: 5) == [])
    try cache.turn { () throws(SQLiteError) in
      #expect(try cache.redact(chat: lobby, networkID: "a", by: "op", reason: "") == nil)
      #expect(try cache.redact(chat: lobby, networkID: "z", by: "op", reason: "") == nil)
      #expect(try cache.redact(chat: lobby, networkID: "", by: "op", reason: "") == nil)
    }
    // Its words left the index cleanly: deleting the chat does not take them out twice.
    try cache.turn { () throws(SQLiteError) in try cache.deleteChat(lobby) }
  }

  @Test("times and sequences of hostile servers stay below what waits, and trap nothing")
  func extremes() throws {
    let cache = try Cache.settled()
    let extremes: [Int64] = [.min, .min + 1, -1, 0, 1, 1 << 60, 1 << 62, .max]
    let waiting = try cache.send("waiting")
    for time in extremes {
      for sequence in extremes { try cache.add(said("x", at: time, sequence: sequence)) }
      try cache.add(joined("x", at: time))
      try cache.turn { () throws(SQLiteError) in
        for ends in [
          GapEnds(older: cursor("?", at: time, sequence: time), newer: nil),
          GapEnds(older: cursor("?", at: time), newer: nil),
          GapEnds(older: nil, newer: cursor("?", at: time)),
          GapEnds(older: nil, newer: cursor("?", at: time, sequence: time)),
        ] { _ = try cache.insertGap(chat: lobby, ends: ends, isClosable: true) }
        try cache.setMarker(chat: lobby, upTo: Timestamp(milliseconds: time))
      }
    }
    #expect(try cache.rows().last?.id == waiting.message)
    #expect(try cache.room().unread == 0)
  }
}

@Suite("Reactions")
struct ReactionTests {
  private func react(
    _ cache: Cache, _ nick: String, _ text: String, to id: String = "a", isAdded: Bool = true, isOwn: Bool = false
  ) throws -> Int64? {
    try cache.turn { () throws(SQLiteError) in
      try cache.setReaction(chat: lobby, networkID: id, nick: nick, text: text, isAdded: isAdded, isOwn: isOwn)
    }
  }

  @Test("people are counted, once each, in the order of the first")
  func counting() throws {
    let cache = try Cache.settled()
    let id = try cache.add(said("cake?", id: "a"))
    #expect(try react(cache, "bob", "yes") == id)
    #expect(try react(cache, "amy", "no") == id)
    #expect(try react(cache, "amy", "yes") == id)
    #expect(try react(cache, "amy", "yes") == nil)
    #expect(try react(cache, "me", "yes", isOwn: true) == id)
    #expect(
      try cache.message(id)?.reactions == [
        ReactionRow(text: "yes", people: 3, isOwn: true), ReactionRow(text: "no", people: 1, isOwn: false),
      ])
    #expect(try cache.rows().first?.reactions.count == 2)
    #expect(try react(cache, "bob", "yes", isAdded: false) == id)
    #expect(try react(cache, "bob", "yes", isAdded: false) == nil)
    #expect(try react(cache, "amy", "yes", isAdded: false) == id)
    // Ours under another nick is still ours.
    #expect(try react(cache, "me2", "yes", isOwn: true) == nil)
    #expect(try react(cache, "me2", "yes", isAdded: false, isOwn: true) == id)
    #expect(try cache.message(id)?.reactions == [ReactionRow(text: "no", people: 1, isOwn: false)])
  }

  @Test("a reaction waits for its message")
  func early() throws {
    let cache = try Cache.settled()
    #expect(try react(cache, "bob", "+1", to: "later") == nil)
    #expect(try react(cache, "bob", "+1", to: "") == nil)
    let id = try cache.add(said("here", id: "later"))
    #expect(try cache.message(id)?.reactions == [ReactionRow(text: "+1", people: 1, isOwn: false)])
  }

  @Test("nobody can fill the disk with reactions to one message")
  func bounds() throws {
    let cache = try Cache.settled()
    let id = try cache.add(said("x", id: "a"))
    for n in 0..<100 { _ = try react(cache, "bob", "text \(n)") }
    #expect(try cache.message(id)?.reactions.count == 64)
    try cache.turn { () throws(SQLiteError) in
      for n in 0..<2_000 {
        try cache.setReaction(
          chat: lobby, networkID: "a", nick: "n\(n)", text: "text 0", isAdded: true, isOwn: false)
      }
    }
    #expect(try cache.message(id)?.reactions.map(\.people).reduce(0, +) == 1_000)
  }
}
