import IRC
import ParleyStore
import Testing

/// Redactions, edits, and events about others, for every `Store`.
@Suite("Amendments", .serialized)
struct AmendConformance {
  private func event(
    _ kind: EventKind, _ text: String, about id: String, at time: Int64 = 2_000, key: IdempotencyKey? = nil
  ) -> NewEvent {
    var event = message(text, at: time, key: key, kind: kind)
    event.reference = id
    return event
  }

  @Test("a redacted message leaves its place, and what tells of it", arguments: StoreKind.all)
  func redaction(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    let receipts = try ["one", "two", "three"].map { try store.append(message($0, tags: "+a=b")) }
    let id = receipts[1].messageID
    let redaction = event(.redaction, "spam", about: id)
    #expect(try store.outcome(.append(redaction), .amend(lobby, messageID: id, text: nil)).receipt?.sequence == 4)
    let reader = try store.reader()
    #expect(try reader.texts(.latest(after: nil)) == ["one", "three", "spam"])
    #expect(
      try reader.history(HistoryQuery(conversation: lobby, range: .latest(after: nil), limit: 9)).last?.reference == id)
    #expect(try reader.find(messageID: id, in: lobby)?.kind == .erased)
    #expect(try reader.find(messageID: id, in: lobby)?.clientTags == "")
    // Its place still counts.
    #expect(try reader.texts(.after(.messageID(id))) == ["three", "spam"])
    // What is gone is neither redacted nor edited again, and nothing tells of it.
    #expect(
      try store.outcome(.append(redaction), .amend(lobby, messageID: id, text: nil)) == .refused(.changedMeanwhile))
    #expect(
      try store.outcome(.append(redaction), .amend(lobby, messageID: id, text: "x")) == .refused(.changedMeanwhile))
    #expect(try reader.texts(.latest(after: nil)) == ["one", "three", "spam"])
    #expect(try store.append(message("four")).sequence == 5)
    #expect(try store.check() == [])
  }

  @Test("what is unheard is seen by its sender only", arguments: StoreKind.all)
  func unheard(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    let (one, other) = (Identity(rawValue: 11), Identity(rawValue: 12))
    let talk = Conversation(one, other)
    func event(_ kind: EventKind, _ text: String, about id: String = "", unheard: Bool = false) -> NewEvent {
      var event = NewEvent(
        conversation: talk, kind: kind, sender: one, source: "one!o@h", account: "one", target: "other", text: text,
        reference: id, time: Timestamp(milliseconds: 2_000))
      event.isUnheard = unheard
      return event
    }
    let reader = try store.reader()
    func texts(_ identity: Identity?, _ limit: Int = 9) throws -> [String] {
      var query = HistoryQuery(conversation: talk, range: .latest(after: nil), limit: limit, contextLimit: 5)
      query.reader = identity
      return try reader.history(query).map { $0.text + $0.context.map { "<\($0.text)>" }.joined() }
    }
    func last(_ identity: Identity) throws -> LogPosition? {
      try reader.summaries(
        of: identity, rooms: [], after: Timestamp(milliseconds: 0), before: Timestamp(milliseconds: 9_999),
        kinds: .everything,
        limit: 9
      ).first?.position
    }
    let heard = try store.append(event(.message, "heard"))
    let hidden = try store.append(event(.message, "hidden", unheard: true))
    #expect(hidden.sequence == 2)
    #expect(try texts(one) == ["heard", "hidden"] && texts(other) == ["heard"] && texts(nil) == ["heard"])
    #expect(try texts(other, 1) == ["heard"])
    #expect(try last(one) == 2 && last(other) == 1)
    #expect(try reader.find(messageID: hidden.messageID, in: talk)?.isUnheard == true)
    // A reaction, and an edit of what had been heard.
    _ = try store.append(event(.tagMessage, "", about: heard.messageID, unheard: true))
    _ = try store.outcome(
      .append(event(.edit, "changed", about: heard.messageID, unheard: true)),
      .amend(talk, messageID: heard.messageID, text: "changed", isUnheard: true))
    #expect(try texts(one).first == "changed" && texts(other) == ["heard"])
    var query = HistoryQuery(
      conversation: talk, range: .latest(after: nil), limit: 9, kinds: .messages, contextLimit: 5)
    query.reader = one
    #expect(try reader.history(query).map(\.context.count) == [1, 0])
    query.reader = other
    #expect(try reader.history(query).map(\.context.count) == [0])
    // An edit that is heard is what everybody sees.
    _ = try store.outcome(
      .append(event(.edit, "for all", about: heard.messageID)),
      .amend(talk, messageID: heard.messageID, text: "for all"))
    #expect(try texts(one).first == "for all" && texts(other) == ["for all", "for all"])
    // A redaction takes all versions back; its reason may be the sender's alone.
    var redaction = event(.redaction, "", about: heard.messageID)
    redaction.ownText = "because"
    _ = try store.outcome(.append(redaction), .amend(talk, messageID: heard.messageID, text: nil))
    #expect(try texts(one).last == "because" && texts(other).last == "")
    #expect(try store.check() == [])
  }

  @Test("an edit changes the text, and a redaction takes all versions back", arguments: StoreKind.all)
  func edit(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    let id = try store.append(message("teh")).messageID
    let change = event(.edit, "the", about: id, key: key(1))
    #expect(try store.outcome(.append(change), .amend(lobby, messageID: id, text: "the")).receipt?.sequence == 2)
    guard case .duplicate(let again) = try store.outcome(.append(change), .amend(lobby, messageID: id, text: "the"))
    else {
      Issue.record("a retry is no second edit")
      return
    }
    #expect(again.sequence == 2)
    let reader = try store.reader()
    #expect(try reader.texts(.latest(after: nil)) == ["the", "the"])
    #expect(try reader.find(messageID: id, in: lobby)?.text == "the")
    _ = try store.outcome(.append(event(.redaction, "", about: id)), .amend(lobby, messageID: id, text: nil))
    #expect(try reader.texts(.latest(after: nil)) == [""])
    #expect(try store.check() == [])
  }

  @Test("an edit does not outlive what it changed", arguments: StoreKind.all)
  func expiredEdit(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    try store.makeLobby()
    let id = try store.append(message("teh")).messageID
    try store.append(message("other"))
    let elsewhere = try store.append(message("private", to: Conversation(alice, bob))).messageID
    _ = try store.outcome(.append(event(.edit, "the", about: id)), .amend(lobby, messageID: id, text: "the"))
    _ = try store.outcome(.expire(RetentionPolicy(messages: 1), now: Timestamp(milliseconds: 1)))
    try store.maintainFully()
    #expect(try store.reader().texts(.latest(after: nil)) == ["other"])
    // Who knows an id that has expired has missed what is left.
    for range in [HistoryRange.after(.messageID(id)), .latest(after: .messageID(id)), .around(.messageID(id))] {
      #expect(try store.reader().texts(range) == ["other"])
    }
    #expect(try store.reader().texts(.before(.messageID(id))) == [])
    #expect(try store.reader().texts(.after(.messageID(elsewhere))) == [])
    #expect(try store.check() == [])
  }

  @Test("only what is in the same conversation can be meant", arguments: StoreKind.all)
  func conversations(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    let id = try store.append(message("private", to: Conversation(alice, bob))).messageID
    #expect(try store.outcome(.amend(lobby, messageID: id, text: nil)) == .refused(.changedMeanwhile))
    #expect(
      try store.outcome(.amend(Conversation(bob, guest), messageID: id, text: nil)) == .refused(.changedMeanwhile))
    #expect(try store.outcome(.amend(lobby, messageID: "nonsense", text: nil)) == .refused(.changedMeanwhile))
    try store.append(event(.tagMessage, "", about: id))
    let found = try store.reader().history(HistoryQuery(conversation: lobby, range: .latest(after: nil), limit: 1))
    #expect(found.map(\.reference) == [""])
    #expect(try store.check() == [])
  }

  @Test("kinds are left out before they are counted; context is what stands outside the page", arguments: StoreKind.all)
  func kinds(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    let first = try store.append(message("one")).messageID
    try store.append(event(.topic, ":tea", about: ""))
    try store.append(event(.tagMessage, "", about: first))
    try store.append(message("two", at: 3_000))
    try store.append(event(.tagMessage, "", about: first, at: 3_000))
    let reader = try store.reader()
    func page(_ range: HistoryRange, _ kinds: EventKinds, limit: Int, context: Int = 0) throws -> HistoryPage {
      try reader.page(
        HistoryQuery(conversation: lobby, range: range, limit: limit, kinds: kinds, contextLimit: context))
    }
    let newest = try page(.latest(after: nil), .messages, limit: 2)
    #expect(newest.events.map(\.text) == ["one", "two"] && !newest.hasMore)
    #expect(try page(.latest(after: nil), .messages, limit: 1).hasMore)
    let after = try page(.after(.sequence(0)), .everything, limit: 4, context: 9)
    #expect(after.hasMore && after.events.map(\.context.count) == [1, 0, 0, 0])
    #expect(after.events[0].context.map(\.receipt.sequence) == [5])
    #expect(
      try page(.before(.sequence(2)), .messages, limit: 4, context: 1).events[0].context.map(\.receipt.sequence) == [5])
    func last(_ kinds: EventKinds) throws -> [Int64] {
      try reader.summaries(
        of: alice, rooms: [RoomID(1)], after: Timestamp(milliseconds: -1), before: Timestamp(milliseconds: 9_000),
        kinds: kinds, limit: 9
      ).map(\.last.milliseconds)
    }
    #expect(try last(EventKinds(.topic)) == [2_000] && last(.messages) == [3_000] && last(EventKinds(.kick)) == [])
  }

  @Test(
    "search forgets what was redacted and learns what was edited, whenever it comes to it", arguments: StoreKind.all)
  func search(kind: StoreKind) throws {
    let place = try kind.makePlace()
    let store = try place.open()
    func found(_ word: String) throws -> Int {
      try store.reader().search(word, in: [lobby], before: .max, limit: 9).count
    }
    let ids = try (1...3).map { try store.append(message("needle number \($0)")).messageID }
    try store.maintainFully()
    #expect(try found("needle") == 3)
    _ = try store.outcome(.amend(lobby, messageID: ids[0], text: nil))
    _ = try store.outcome(.amend(lobby, messageID: ids[1], text: "thread"))
    _ = try store.outcome(.amend(lobby, messageID: ids[1], text: "cloth"))
    // Not yet indexed when it is changed.
    let late = try store.append(message("needle again")).messageID
    _ = try store.outcome(.amend(lobby, messageID: late, text: "cloth again"))
    try store.maintainFully()
    #expect(try found("needle") == 1)
    #expect(try found("thread") == 0)
    #expect(try found("cloth") == 2)
    _ = try store.outcome(.amend(lobby, messageID: ids[1], text: nil))
    store.close()
    let again = try place.open()
    try again.maintainFully()
    #expect(try again.reader().search("cloth", in: [lobby], before: .max, limit: 9).count == 1)
    #expect(try again.check() == [])
  }
}
