import IRC
import ParleyCache
import SQLite
import Testing

@Suite("Outbox")
struct OutboxTests {
  @Test("messages wait at the end of their chat, with counters from 1 on, until they are acknowledged")
  func sending() throws {
    let cache = try Cache.settled()
    let one = try cache.send("one", request: 5)
    let two = try cache.send("two", in: bob)
    let three = try cache.send("three")
    #expect([one.counter, two.counter, three.counter] == [1, 2, 3])
    #expect(try cache.outbox(identity: me) == [one, two, three])
    #expect(try cache.pendingCount(identity: me) == 3)
    try cache.add(said("meanwhile", at: 9_000, sequence: 1, id: "a"))
    #expect(try cache.texts() == ["meanwhile", "one", "three"])
    #expect(try cache.message(one.message)?.state == .pending)
    #expect(try cache.room().lastText == "three")

    #expect(try cache.acknowledge(three, "c", at: 9_001, sequence: 3) == nil)
    #expect(try cache.acknowledge(one, "b", at: 9_001, sequence: 2) == nil)
    #expect(try cache.texts() == ["meanwhile", "one", "three"])
    let sent = try #require(try cache.message(one.message))
    #expect(sent.state == .sent)
    #expect(sent.networkID == "b")
    #expect(sent.sequence == 2)
    #expect(sent.time.milliseconds == 9_001)
    #expect(sent.isOwn)
    #expect(try cache.outbox(identity: me) == [two])
    #expect(try cache.room().unread == 1)
    // Once more changes nothing.
    #expect(try cache.acknowledge(one, "zz", at: 1) == nil)
    #expect(try cache.message(one.message) == sent)
  }

  @Test("an attempt is remembered")
  func attempted() throws {
    let cache = try Cache.settled()
    let row = try cache.send("one")
    #expect(row.wasAttempted == false)
    try cache.turn { () throws(SQLiteError) in try cache.markAttempted([row.message, 999]) }
    #expect(try cache.outbox(identity: me).map(\.wasAttempted) == [true])
  }

  @Test("what has become of a message before its acknowledgement, under an id that was not known here, happens to it")
  func earlyChanges() throws {
    let cache = try Cache.settled()
    let (removed, edited, other) = (try cache.send("one"), try cache.send("two"), try cache.send("three"))
    try cache.turn { () throws(SQLiteError) in
      // Not attempted yet: these are of somebody else.
      try cache.redact(chat: lobby, networkID: "c", by: "bob", reason: "")
      try cache.markAttempted([removed.message, edited.message, other.message])
      try cache.redact(chat: lobby, networkID: "a", by: "bob", reason: "spam")
      for (text, place) in [("second", 20), ("first", 10)] as [(String, Int64)] {
        try cache.edit(chat: lobby, networkID: "b", text: text, place: place)
      }
    }
    #expect(try cache.acknowledge(removed, "a", at: 5) == nil)
    #expect(try cache.acknowledge(edited, "b", at: 6) == nil)
    #expect(try cache.acknowledge(other, "c", at: 7) == nil)
    let row = try #require(try cache.message(removed.message))
    #expect(row.state == .removed && row.text.isEmpty && row.target == "bob" && row.reason == "spam")
    #expect(try cache.message(edited.message)?.text == "second")
    #expect(try cache.message(other.message)?.text == "three")
  }

  @Test("history brought it first: the other row goes, and the message keeps its own id")
  func historyFirst() throws {
    let cache = try Cache.settled()
    let own = try cache.send("mine")
    try cache.add(said("before", at: 1, id: "x"))
    let copy = try cache.add(said("mine", by: "me", at: 5, id: "m"))
    try cache.add(said("behind", at: 5, id: "y"))
    try cache.turn { () throws(SQLiteError) in
      try cache.setReaction(chat: lobby, networkID: "m", nick: "bob", text: "+", isAdded: true, isOwn: false)
      try cache.setMarker(chat: lobby, message: copy)
    }
    #expect(try cache.acknowledge(own, "m", at: 5) == copy)
    #expect(try cache.rows().map(\.text) == ["before", "mine", "behind"])
    #expect(try cache.rows()[1].id == own.message)
    #expect(try cache.rows()[1].reactions.count == 1)
    #expect(try cache.room().marker == own.message)
    #expect(try cache.room().unread == 1)
    #expect(try cache.room().lastText == "behind")
    #expect(try cache.message(copy) == nil)
    #expect(try cache.makeReader().search(chat: 0, query: "mine", before: 0, limit: 9)?.map(\.id) == [own.message])
  }

  @Test("what was removed before its acknowledgement stays removed")
  func removedFirst() throws {
    let cache = try Cache.settled()
    let own = try cache.send("oops")
    try cache.add(said("oops", by: "me", at: 5, id: "m"))
    try cache.turn { () throws(SQLiteError) in try cache.redact(chat: lobby, networkID: "m", by: "op", reason: "no") }
    #expect(try cache.acknowledge(own, "m", at: 5) != nil)
    let row = try #require(try cache.message(own.message))
    #expect(row.state == .removed)
    #expect(row.text == "")
    #expect(row.target == "op")
  }

  @Test("failed: said why, kept at the end, tried again with a new counter or dropped")
  func failing() throws {
    let cache = try Cache.settled()
    let one = try cache.send("one")
    let two = try cache.send("two")
    try cache.turn { () throws(SQLiteError) in try cache.fail(message: one.message, result: -17, reason: "muted") }
    var row = try #require(try cache.message(one.message))
    #expect(row.state == .failed)
    #expect(row.result == -17)
    #expect(row.reason == "muted")
    #expect(try cache.outbox(identity: me) == [two])
    try cache.add(said("later", at: 99_999))
    #expect(try cache.texts() == ["later", "one", "two"])

    let again = try cache.turn { () throws(SQLiteError) in try cache.requeue(message: one.message, request: 8) }
    #expect(again?.counter == 3)
    #expect(again?.request == 8)
    #expect(again?.text == "one")
    #expect(try cache.texts() == ["later", "two", "one"])
    #expect(try cache.outbox(identity: me).map(\.message) == [two.message, one.message])
    row = try #require(try cache.message(one.message))
    #expect(row.state == .pending)
    #expect(row.reason == "")
    #expect(try cache.turn { () throws(SQLiteError) in try cache.requeue(message: one.message, request: 8) } == nil)

    try cache.turn { () throws(SQLiteError) in try cache.fail(message: two.message, result: -18, reason: "") }
    #expect(try cache.turn { () throws(SQLiteError) in try cache.discard(message: two.message) })
    #expect(try cache.turn { () throws(SQLiteError) in try cache.discard(message: two.message) } == false)
    #expect(try cache.texts() == ["later", "one"])
  }

  @Test("what is perhaps sent cannot be discarded, what waits can; what is given up can still be acknowledged")
  func discarding() throws {
    let cache = try Cache.settled()
    let one = try cache.send("one")
    let two = try cache.send("two")
    try cache.turn { () throws(SQLiteError) in try cache.markAttempted([one.message]) }
    try cache.turn { () throws(SQLiteError) in
      #expect(try cache.discard(message: one.message) == false)
      #expect(try cache.discard(message: two.message))
      try cache.fail(message: one.message, result: -18, reason: "")
    }
    #expect(try cache.texts() == ["one"])
    #expect(try cache.room().last == 0)
    try cache.acknowledge(one, "m", at: 5)
    #expect(try cache.message(one.message)?.state == .sent)
    #expect(try cache.room().last == one.message)
    #expect(try cache.turn { () throws(SQLiteError) in try cache.discard(message: one.message) } == false)
  }

  @Test("counters are not given twice, even if everything before is gone")
  func counters() throws {
    let folder = try Folder()
    var cache = try folder.open()
    try cache.settle()
    let one = try cache.send("one")
    _ = try cache.turn { () throws(SQLiteError) in try cache.discard(message: one.message) }
    cache = try folder.open()
    #expect(try cache.send("two").counter == 2)
  }
}

@Suite("Arrivals")
struct ArrivalTests {
  private func texts(_ cache: Cache, after: Int64, chat: Int64 = 0) throws -> [String] {
    try cache.makeReader().arrivals(chat: chat, after: after, limit: 100).map(\.text)
  }

  @Test("in the order in which rows became final, whatever their time")
  func order() throws {
    let cache = try Cache.settled()
    let mine = try cache.send("mine", in: bob)
    let late = try cache.add(said("newer", at: 90))
    let old = try cache.add(said("older", at: 10, in: bob))
    try cache.add(joined("amy", at: 50))
    _ = try cache.turn { () throws(SQLiteError) in
      try cache.insertGap(chat: lobby, ends: GapEnds(older: nil, newer: nil), isClosable: true)
    }
    #expect(try texts(cache, after: 0) == ["newer", "older", "+amy"])
    #expect(try texts(cache, after: late) == ["older", "+amy"])
    try cache.acknowledge(mine, "m", at: 5)
    #expect(try texts(cache, after: old) == ["+amy", "mine"])
    #expect(try texts(cache, after: 0, chat: bob) == ["older", "mine"])
    #expect(try texts(cache, after: old, chat: bob) == ["mine"])
    #expect(try texts(cache, after: mine.message) == [])
    try cache.add(said("next"))
    #expect(try texts(cache, after: mine.message) == ["next"])
    #expect(try cache.makeReader().arrivals(chat: 0, after: 0, limit: 2).map(\.text) == ["newer", "older"])
    #expect(try cache.makeReader().arrivals(chat: 0, after: 0, limit: -1) == [])
  }

  @Test("from behind a message that is gone")
  func gone() throws {
    let cache = try Cache.settled()
    let mine = try cache.send("mine")
    let one = try cache.add(said("one"))
    try cache.acknowledge(mine, "m", at: 5)
    try cache.add(said("two"))
    try cache.turn { () throws(SQLiteError) in
      try cache.deleteMessage(one)
      try cache.deleteMessage(mine.message)
    }
    #expect(try texts(cache, after: one) == ["two"])
    #expect(try texts(cache, after: mine.message) == ["two"])
    try cache.turn { () throws(SQLiteError) in try cache.deleteChat(lobby) }
    try cache.add(said("three", in: bob))
    #expect(try texts(cache, after: mine.message) == ["three"])
  }

  @Test("what was said before anybody listened has not arrived; own messages it brought do, once acknowledged")
  func old() throws {
    let cache = try Cache.settled()
    let mine = try cache.send("mine")
    try cache.turn { () throws(SQLiteError) in
      try cache.insert(said("old", at: 4, id: "o"), isOld: true)
      try cache.insert(said("mine", by: "me", at: 5, id: "m"), isOld: true)
    }
    #expect(try texts(cache, after: 0) == [])
    try cache.acknowledge(mine, "m", at: 5)
    #expect(try cache.texts() == ["old", "mine"])
    #expect(try texts(cache, after: 0) == ["mine"])
  }

  @Test("a message that history brought before its acknowledgement arrives once")
  func once() throws {
    let cache = try Cache.settled()
    let mine = try cache.send("mine")
    let copy = try cache.add(said("mine", by: "me", at: 5, id: "m"))
    try cache.add(said("next", at: 6))
    #expect(try texts(cache, after: copy) == ["next"])
    try cache.acknowledge(mine, "m", at: 5)
    // A bot that stands at the copy goes on behind it.
    #expect(try texts(cache, after: copy) == ["next"])
    #expect(try texts(cache, after: mine.message) == ["next"])
    #expect(try texts(cache, after: 0) == ["mine", "next"])
  }
}
