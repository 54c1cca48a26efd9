import IRC
import ParleyStore
import Testing

/// Appending, idempotency and order, for every `Store`.
@Suite("Append", .serialized)
struct AppendConformance {
  @Test("what has been committed is read back as it was, also after opening again", arguments: StoreKind.all)
  func readBack(kind: StoreKind) throws {
    let place = try kind.makePlace()
    var store = try place.open()
    let sent = message("grüße \u{0} 🎈", at: 4_711, tags: "+reply=abc;+typing")
    let receipt = try store.append(sent)
    #expect(receipt.position == 1 && receipt.sequence == 1 && receipt.time.milliseconds == 4_711)
    for _ in 0..<2 {
      let event = try #require(try store.reader().find(messageID: receipt.messageID, in: lobby))
      #expect(event.receipt == receipt)
      #expect(event.kind == .message && event.sender == alice && event.source == sent.source)
      #expect(event.account == "alice" && event.target == "#lobby")
      #expect(event.text == sent.text && event.clientTags == sent.clientTags)
      store.close()
      store = try place.open()
    }
    #expect(try store.load().lastPosition == 1)
  }

  @Test("each conversation has its own dense sequence, positions span all", arguments: StoreKind.all)
  func sequences(kind: StoreKind) throws {
    let place = try kind.makePlace()
    var store = try place.open()
    let notes = Conversation(alice, alice)
    var expected: [Conversation: Int64] = [:]
    var position: Int64 = 0
    for turn in 0..<12 {
      let batch = [lobby, Conversation(alice, bob), Conversation(bob, alice), Conversation(guest, alice), notes]
      let outcomes = try store.commit(batch.map { Transaction(.append(message("\(turn)", to: $0))) })
      for (conversation, outcome) in zip(batch, outcomes) {
        position += 1
        expected[conversation, default: 0] += 1
        #expect(outcome.receipt?.position == position)
        #expect(outcome.receipt?.sequence == expected[conversation])
      }
      if turn % 5 == 4 {
        store.close()
        store = try place.open()
      }
    }
    #expect(expected.count == 4)
    #expect(try store.check() == [])
  }

  @Test("times grow strictly within a conversation, whatever the clock shows", arguments: StoreKind.all)
  func time(kind: StoreKind) throws {
    let place = try kind.makePlace()
    var store = try place.open()
    #expect(try store.append(message("a", at: 9_000)).time.milliseconds == 9_000)
    #expect(try store.append(message("b", at: 10)).time.milliseconds == 9_001)
    #expect(try store.append(message("other", to: Conversation(alice, bob), at: 10)).time.milliseconds == 10)
    store.close()
    store = try place.open()
    #expect(try store.append(message("c", at: -5)).time.milliseconds == 9_002)
    #expect(try store.append(message("d", at: 9_002)).time.milliseconds == 9_003)
    #expect(try store.append(message("e", at: 9_005)).time.milliseconds == 9_005)
  }

  @Test("a retry with the same key and body gets the first receipt and adds nothing", arguments: StoreKind.all)
  func retry(kind: StoreKind) throws {
    let place = try kind.makePlace()
    var store = try place.open()
    let first = try store.append(message("hello", key: key(1)))
    #expect(try store.outcome(.append(message("hello", at: 5_000, key: key(1)))) == .duplicate(first))
    store.close()
    store = try place.open()
    #expect(try store.outcome(.append(message("hello", key: key(1)))) == .duplicate(first))
    #expect(try store.outcome(.append(message("other", key: key(1, hash: 8)))) == .refused(.keyReused))
    #expect(try store.reader().texts(.latest(after: nil)) == ["hello"])
  }

  @Test("keys belong to one device of one sender", arguments: StoreKind.all)
  func owners(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    try store.append(message("a", key: key(1)))
    try store.append(message("b", key: key(1, device: "laptop")))
    try store.append(message("c", from: bob, key: key(1)))
    try store.append(message("d", from: guest, key: key(1)))
    #expect(try store.reader().texts(.latest(after: nil)) == ["a", "b", "c", "d"])
  }

  @Test("within one batch the second use of a key sees the first", arguments: StoreKind.all)
  func sameBatch(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    let outcomes = try store.commit([
      Transaction(.append(message("a", key: key(1)))),
      Transaction(.append(message("a", key: key(1)))),
      Transaction(.append(message("x", key: key(1, hash: 9)))),
      Transaction(.append(message("b", key: key(2)))),
    ])
    let first = try #require(outcomes[0].receipt)
    #expect(outcomes[1] == .duplicate(first))
    #expect(outcomes[2] == .refused(.keyReused))
    #expect(outcomes[3].receipt?.position == 2)
  }

  @Test("the window is 1,000 counters; unseen ones within it are fine", arguments: StoreKind.all)
  func window(kind: StoreKind) throws {
    let place = try kind.makePlace()
    var store = try place.open()
    try store.append(message("one", key: key(1)))
    let high = try store.append(message("high", key: key(1_500)))
    #expect(try store.outcome(.append(message("one", key: key(1)))) == .refused(.keyTooOld))
    #expect(try store.outcome(.append(message("old", key: key(500)))) == .refused(.keyTooOld))
    store.close()
    store = try place.open()
    #expect(try store.outcome(.append(message("old", key: key(500)))) == .refused(.keyTooOld))
    let low = try store.append(message("low", key: key(501)))
    #expect(try store.outcome(.append(message("low", key: key(501)))) == .duplicate(low))
    #expect(try store.outcome(.append(message("high", key: key(1_500)))) == .duplicate(high))
    #expect(try store.outcome(.append(message("zero", key: key(0)))) == .refused(.keyTooOld))
    try store.append(message("last", key: key(.max)))
    #expect(try store.outcome(.append(message("high", key: key(1_500)))) == .refused(.keyTooOld))
    #expect(try store.check() == [])
  }

  @Test("every one of the last 1,000 results is known, and what is kept stays bounded", arguments: StoreKind.all)
  func fullWindow(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    var receipts: [Receipt] = []
    for start in stride(from: Int64(1), through: 3_000, by: 500) {
      let batch = (start..<start + 500).map { Transaction(.append(message("\($0)", key: key($0, hash: $0)))) }
      receipts += try store.commit(batch).compactMap(\.receipt)
    }
    let retries = (Int64(2_001)...3_000).map { Transaction(.append(message("\($0)", key: key($0, hash: $0)))) }
    for (outcome, receipt) in zip(try store.commit(retries), receipts[2_000...]) {
      #expect(outcome == .duplicate(receipt))
    }
    #expect(try store.outcome(.append(message("x", key: key(2_000, hash: 2_000)))) == .refused(.keyTooOld))
    #expect(try store.load().lastPosition == 3_000)
  }

  @Test("a guest's keys go with the guest", arguments: StoreKind.all)
  func forgetGuest(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    try store.append(message("a", from: guest, key: key(5)))
    try store.append(message("b", from: guest, key: key(5, device: "other")))
    _ = try store.outcome(.forgetGuest(guest))
    try store.append(message("c", from: guest, key: key(5)))
    #expect(try store.reader().texts(.latest(after: nil)) == ["a", "b", "c"])
    #expect(try store.check() == [])
  }

  @Test("a duplicate or refused transaction changes nothing else and disturbs nobody", arguments: StoreKind.all)
  func atomic(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    try store.append(message("a", key: key(1)))
    let outcomes = try store.commit([
      Transaction(.createAccount(account(1, "alice"))),
      Transaction([.append(message("a", key: key(1))), .putRoom(room(1, "#no"))]),
      Transaction([
        .append(message("lost")), .append(message("lost", to: Conversation(alice, guest))),
        .createAccount(account(2, "ALICE")),
      ]),
      Transaction([.append(message("b", key: key(2))), .putRoom(room(2, "#yes"))]),
      Transaction(.append(message("c", to: Conversation(alice, guest)))),
    ])
    #expect(outcomes[0] == .committed([]))
    #expect(outcomes[1].receipt?.position == 1)
    #expect(outcomes[2] == .refused(.nameTaken))
    #expect(outcomes[3].receipt?.sequence == 2)
    #expect(outcomes[3].receipt?.position == 2)
    #expect(outcomes[4].receipt?.sequence == 1)
    #expect(outcomes[4].receipt?.position == 3)
    #expect(try store.reader().texts(.latest(after: nil)) == ["a", "b"])
    #expect(try store.load().rooms.map(\.name) == ["#yes"])
    #expect(try store.check() == [])
  }

  @Test(
    "an append with a condition is stored only if it is met, and a retry is answered all the same",
    arguments: StoreKind.all)
  func conditions(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    func event(_ text: String, _ condition: AppendCondition, to conversation: Conversation = lobby, _ number: Int64)
      -> NewEvent
    {
      var event = message(text, to: conversation, key: key(number, hash: number))
      event.condition = condition
      return event
    }
    let pair = Conversation(alice, bob)
    let first = try store.append(event("a", .always, 1))
    #expect(try store.outcome(.append(event("a", .never, 1))) == .duplicate(first))
    #expect(try store.outcome(.append(event("b", .never, 2))) == .refused(.conditionNotMet))
    #expect(try store.outcome(.append(event("c", .knownConversation, to: pair, 3))) == .refused(.conditionNotMet))
    try store.append(event("d", .always, to: pair, 4))
    try store.append(event("e", .knownConversation, to: pair, 5))
    // A refused one has used no key and no place.
    try store.append(event("b", .always, 2))
    #expect(try store.reader().texts(.latest(after: nil)) == ["a", "b"])
    #expect(try store.reader().texts(.latest(after: nil), in: pair) == ["d", "e"])
    #expect(try store.load().lastPosition == 4)
    #expect(try store.check() == [])
  }

  @Test("an empty batch and an empty transaction are fine", arguments: StoreKind.all)
  func empty(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    #expect(try store.commit([]) == [])
    #expect(try store.commit([Transaction([])]) == [.committed([])])
  }
}
