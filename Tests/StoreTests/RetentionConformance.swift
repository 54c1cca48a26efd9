import IRC
import ParleyStore
import SQLite
import Testing

/// What need not be kept goes, and what is left stays right, for every `Store`.
@Suite("Retention", .serialized)
struct RetentionConformance {
  private let pair = Conversation(alice, bob)

  private func expire(_ store: any Store, messages: Int = 0, seconds: Int = 0, at now: Int64 = 100_000) throws {
    if try !store.load().rooms.contains(where: { $0.id == RoomID(1) }) { try store.makeLobby() }
    let policy = RetentionPolicy(messages: messages, seconds: seconds)
    _ = try store.outcome(.expire(policy, now: Timestamp(milliseconds: now)))
    try store.maintainFully()
  }

  @Test("the newest stay, sequences and positions go on, and nothing is wrong afterwards", arguments: StoreKind.all)
  func byCount(kind: StoreKind) throws {
    let place = try kind.makePlace()
    var store = try place.open()
    for number in 1...10 { try store.append(message("\(number)")) }
    try store.append(message("direct", to: pair))
    try expire(store, messages: 3)
    #expect(try store.reader().texts(.latest(after: nil)) == ["8", "9", "10"])
    #expect(try store.reader().texts(.latest(after: nil), in: pair) == ["direct"])
    #expect(try store.check() == [])
    store.close()
    store = try place.open()
    let next = try store.append(message("11"))
    #expect(next.sequence == 11 && next.position == 12)
    #expect(try store.reader().texts(.after(.sequence(0))) == ["8", "9", "10", "11"])
    #expect(try store.reader().texts(.before(.sequence(5))) == [])
    #expect(try store.reader().texts(.missed(after: 0)) == ["8", "9", "10", "11"])
    #expect(try store.check() == [])
  }

  @Test("when everything has gone, nothing is given twice", arguments: StoreKind.all)
  func everything(kind: StoreKind) throws {
    let place = try kind.makePlace()
    var store = try place.open()
    var last = Receipt(position: 0, sequence: 0, messageID: "", time: Timestamp(milliseconds: 0))
    for number in 1...5 { last = try store.append(message("\(number)", at: 5_000)) }
    _ = try store.outcome(.released(5))
    try expire(store, seconds: 10)
    #expect(try store.reader().texts(.latest(after: nil)) == [])
    #expect(try store.reader().find(messageID: last.messageID, in: lobby) == nil)
    #expect(try store.load().lastPosition == 5)
    #expect(try store.check() == [])
    store.close()
    store = try place.open()
    #expect(try store.load().lastPosition == 5)
    // Times do not go back behind what has gone, either.
    let next = try store.append(message("6", at: 1))
    #expect(next.position == 6 && next.sequence == 6 && next.time.milliseconds == last.time.milliseconds + 1)
    #expect(next.messageID != last.messageID)
    #expect(try store.check() == [])
  }

  @Test("what is as old as it may be stays", arguments: StoreKind.all)
  func byAge(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    for number in 1...20 { try store.append(message("\(number)", at: Int64(number) * 1_000)) }
    try expire(store, seconds: 5, at: 20_000)
    #expect(try store.reader().texts(.latest(after: nil)) == ["15", "16", "17", "18", "19", "20"])
  }

  @Test("a room may keep less than the server, not more", arguments: StoreKind.all)
  func rooms(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    for (id, keep) in [(Int64(1), 2), (2, 50), (3, 0)] {
      var record = room(id, "#r\(id)")
      record.retention = RetentionPolicy(messages: keep)
      _ = try store.outcome(.putRoom(record))
      for number in 1...9 { try store.append(message("\(number)", to: .room(RoomID(id)))) }
    }
    try expire(store, messages: 4)
    let counts = try (1...3).map { try store.reader().texts(.latest(after: nil), in: .room(RoomID($0))).count }
    #expect(counts == [2, 4, 4])
    try expire(store)
    #expect(try store.reader().texts(.latest(after: nil), in: .room(RoomID(1))) == ["8", "9"])
  }

  @Test("of a room that has ended nothing is kept, whatever the limits", arguments: StoreKind.all)
  func ended(kind: StoreKind) throws {
    let place = try kind.makePlace()
    var store = try place.open()
    _ = try store.outcome(.putRoom(room(1, "#lobby")), .append(message("1")))
    _ = try store.outcome(.putRoom(room(2, "#other")), .append(message("2", to: .room(RoomID(2)))))
    try store.append(message("direct", to: pair))
    _ = try store.outcome(.append(message("last")), .deleteRoom(RoomID(1)))
    try store.maintainFully()
    #expect(try store.reader().texts(.latest(after: nil)) == ["1", "last"])
    // `expire` would make the room again.
    _ = try store.outcome(.expire(RetentionPolicy(), now: Timestamp(milliseconds: 1)))
    try store.maintainFully()
    #expect(try store.reader().texts(.latest(after: nil)) == [])
    #expect(try store.reader().texts(.latest(after: nil), in: .room(RoomID(2))) == ["2"])
    #expect(try store.reader().texts(.latest(after: nil), in: pair) == ["direct"])
    #expect(try store.check() == [])
    store.close()
    store = try place.open()
    #expect(try store.append(message("on", to: pair)).position == 5)
    #expect(try store.check() == [])
  }

  @Test("only messages are counted; what happened since the oldest of them stays", arguments: StoreKind.all)
  func noise(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    for number in 1...6 {
      try store.append(message("\(number)", kind: number % 2 == 0 ? .notice : .message))
      for other in 1...4 { try store.append(message("\(number).\(other)", kind: .join)) }
    }
    try expire(store, messages: 2)
    let left = ["5", "5.1", "5.2", "5.3", "5.4", "6", "6.1", "6.2", "6.3", "6.4"]
    #expect(try store.reader().texts(.latest(after: nil)) == left)
    // Once more, with nothing new, with something that is no message, and with one more message.
    try expire(store, messages: 2)
    #expect(try store.reader().texts(.latest(after: nil)) == left)
    try store.append(message("7", kind: .part))
    try expire(store, messages: 2)
    #expect(try store.reader().texts(.latest(after: nil)) == left + ["7"])
    try store.append(message("8"))
    try expire(store, messages: 2)
    #expect(try store.reader().texts(.latest(after: nil)) == Array(left[5...]) + ["7", "8"])
    try expire(store, messages: 5)
    #expect(try store.reader().texts(.latest(after: nil)) == Array(left[5...]) + ["7", "8"])
    #expect(try store.check() == [])
  }

  @Test("counting goes on from slice to slice, and so does a room that is spoken in", arguments: StoreKind.all)
  func longCount(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    try store.makeLobby()
    for start in stride(from: 1, through: 60_000, by: 5_000) {
      _ = try store.commit(
        (start..<start + 5_000).map { Transaction(.append(message("\($0)", kind: $0 % 2 == 0 ? .message : .quit))) })
    }
    try store.maintainFully()
    _ = try store.outcome(.expire(RetentionPolicy(messages: 29_000), now: Timestamp(milliseconds: 1)))
    var slices = 0
    while try store.maintain() {
      slices += 1
      if slices == 2 { try store.append(message("new")) }
    }
    // 29,000 messages have been counted, 20,000 in a slice, and 2,000 events have gone.
    #expect(slices >= 3)
    let left = try store.reader().history(
      HistoryQuery(conversation: lobby, range: .latest(after: nil), limit: 60_000))
    #expect(left.first?.text == "2002" && left.last?.text == "new" && left.count == 58_000)
    #expect(try store.check() == [])
  }

  @Test("counting that another order has overtaken tells nothing", arguments: StoreKind.all)
  func overtaken(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    try store.makeLobby()
    for start in stride(from: 1, through: 30_000, by: 5_000) {
      _ = try store.commit((start..<start + 5_000).map { Transaction(.append(message("\($0)"))) })
    }
    try store.maintainFully()
    func order(_ messages: Int) throws {
      _ = try store.outcome(.expire(RetentionPolicy(messages: messages), now: Timestamp(milliseconds: 1)))
    }
    try order(29_000)
    _ = try store.maintain()
    try order(0)
    try store.maintainFully()
    try order(29_000)
    try store.maintainFully()
    let left = try store.reader().history(
      HistoryQuery(conversation: lobby, range: .latest(after: nil), limit: 60_000))
    #expect(left.first?.text == "1001" && left.count == 29_000)
  }

  @Test("a retry of what has gone gets its receipt and is not stored again", arguments: StoreKind.all)
  func retries(kind: StoreKind) throws {
    let place = try kind.makePlace()
    var store = try place.open()
    let first = try store.append(message("one", key: key(1, hash: 1)))
    try store.append(message("two", key: key(2, hash: 2)))
    try expire(store, messages: 1)
    store.close()
    store = try place.open()
    #expect(try store.outcome(.append(message("one", key: key(1, hash: 1)))) == .duplicate(first))
    #expect(try store.outcome(.append(message("one", key: key(1, hash: 9)))) == .refused(.keyReused))
    #expect(try store.reader().texts(.latest(after: nil)) == ["two"])
    #expect(try store.check() == [])
  }

  @Test("search does not find what has gone", arguments: StoreKind.all)
  func search(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    for number in 1...6 { try store.append(message("needle \(number)")) }
    try store.maintainFully()
    try expire(store, messages: 2)
    let found = try store.reader().search("needle", in: [lobby], before: .max, limit: 10)
    #expect(found.map(\.text) == ["needle 6", "needle 5"])
    try expire(store, seconds: 1)
    #expect(try store.reader().search("needle", in: [lobby], before: .max, limit: 10).isEmpty)
    try store.append(message("needle 7", at: 99_999))
    try store.maintainFully()
    #expect(try store.reader().search("needle", in: [lobby], before: .max, limit: 10).map(\.text) == ["needle 7"])
  }

  @Test("much goes in many slices, and messages come in between", arguments: StoreKind.all)
  func slices(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    for start in stride(from: 1, through: 3_000, by: 500) {
      _ = try store.commit((start..<start + 500).map { Transaction(.append(message("\($0)"))) })
    }
    try store.maintainFully()
    try store.makeLobby()
    _ = try store.outcome(.expire(RetentionPolicy(messages: 10), now: Timestamp(milliseconds: 1)))
    _ = try store.maintain()
    let left = try store.reader().history(HistoryQuery(conversation: lobby, range: .latest(after: nil), limit: 5_000))
    #expect(left.count > 2_000)
    #expect(try store.check() == [])
    try store.append(message("new"))
    try store.maintainFully()
    #expect(try store.reader().texts(.latest(after: nil)).count <= 11)
    #expect(try store.reader().texts(.latest(after: nil)).last == "new")
    #expect(try store.check() == [])
  }

  @Test("a crash at any operation of it loses nothing that is to be kept, and brings nothing back in parts")
  func crashes() throws {
    func run(crashAt n: UInt64) throws -> (operations: UInt64, problems: [String]) {
      let place = SimulatedDisk(seed: n)
      let store = try place.open()
      try store.makeLobby()
      for number in 1...40 {
        try store.append(message("\(number)", at: Int64(number), key: key(Int64(number), hash: Int64(number))))
      }
      try store.maintainFully()
      let before = place.operations
      if n > 0 { place.crash(at: before + n) }
      _ = try? store.outcome(.expire(RetentionPolicy(messages: 5), now: Timestamp(milliseconds: 50)))
      for _ in 0..<10 { _ = try? store.maintain() }
      let used = place.operations - before
      place.crash()
      let again = try place.open()
      var problems = try again.check()
      let texts = try again.reader().texts(.latest(after: nil))
      if texts.suffix(5) != ["36", "37", "38", "39", "40"] { problems.append("lost: \(texts)") }
      if texts.count != 40, texts.count != 5 { problems.append("\(texts.count) left") }
      if try again.append(message("41")).sequence != 41 { problems.append("a sequence was given twice") }
      let retry = try again.outcome(.append(message("1", at: 1, key: key(1, hash: 1))))
      if retry.receipt?.sequence != 1 { problems.append("a retry gave \(retry)") }
      return (used, problems)
    }
    let count = try run(crashAt: 0).operations
    #expect(count > 3)
    for n in 1...count {
      let problems = try run(crashAt: n).problems
      #expect(problems == [], "crash at \(n)")
    }
  }
}
