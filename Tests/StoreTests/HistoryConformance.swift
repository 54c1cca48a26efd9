import IRC
import ParleyStore
import Seeded
import Testing

/// Reading the log, for every `Store`.
@Suite("History", .serialized)
struct HistoryConformance {
  /// Ten messages "1" to "10" at 100, 200 … ms, with others' in between.
  private func tenMessages(_ kind: StoreKind) throws -> (store: any Store, receipts: [Receipt]) {
    let store = try kind.makePlace().open()
    var receipts: [Receipt] = []
    for number in 1...10 {
      try store.append(message("private \(number)", to: Conversation(alice, bob), at: Int64(number)))
      receipts.append(try store.append(message("\(number)", at: Int64(number) * 100)))
    }
    return (store, receipts)
  }

  private func numbers(_ range: ClosedRange<Int>) -> [String] { range.map(String.init) }

  @Test("latest, before, after", arguments: StoreKind.all)
  func pages(kind: StoreKind) throws {
    let (store, receipts) = try tenMessages(kind)
    let reader = try store.reader()
    #expect(try reader.texts(.latest(after: nil), limit: 3) == numbers(8...10))
    #expect(try reader.texts(.latest(after: .sequence(8))) == numbers(9...10))
    #expect(try reader.texts(.latest(after: .time(Timestamp(milliseconds: 750))), limit: 2) == numbers(9...10))
    for five in [HistoryPoint.sequence(5), .messageID(receipts[4].messageID), .time(Timestamp(milliseconds: 500))] {
      #expect(try reader.texts(.before(five), limit: 2) == numbers(3...4))
      #expect(try reader.texts(.after(five), limit: 2) == numbers(6...7))
      #expect(try reader.texts(.before(five)) == numbers(1...4))
      #expect(try reader.texts(.after(five)) == numbers(6...10))
    }
    #expect(try reader.texts(.before(.time(Timestamp(milliseconds: 100)))) == [])
    #expect(try reader.texts(.after(.time(Timestamp(milliseconds: 1_000)))) == [])
    #expect(try reader.texts(.after(.sequence(.max))) == [])
    #expect(try reader.texts(.before(.sequence(.min))) == [])
    #expect(try reader.texts(.latest(after: nil), in: .room(RoomID(99))) == [])
    #expect(try reader.texts(.latest(after: nil), in: Conversation(bob, guest)) == [])
  }

  @Test("around: half before, the point's own event counts", arguments: StoreKind.all)
  func around(kind: StoreKind) throws {
    let (store, receipts) = try tenMessages(kind)
    let reader = try store.reader()
    let five = HistoryPoint.messageID(receipts[4].messageID)
    #expect(try reader.texts(.around(five), limit: 1) == ["5"])
    #expect(try reader.texts(.around(five), limit: 2) == numbers(4...5))
    #expect(try reader.texts(.around(five), limit: 3) == numbers(4...6))
    #expect(try reader.texts(.around(five), limit: 4) == numbers(3...6))
    #expect(try reader.texts(.around(.time(Timestamp(milliseconds: 550))), limit: 4) == numbers(4...7))
    #expect(try reader.texts(.around(.sequence(1)), limit: 4) == numbers(1...2))
    #expect(try reader.texts(.around(.sequence(10)), limit: 4) == numbers(8...10))
    // Whether anything lies outside of the page, on either side.
    for (point, limit, isMore) in [
      (5, 12, false), (6, 10, false), (5, 10, true), (7, 10, true), (1, 1, true), (10, 1, true),
    ] {
      let range = HistoryRange.around(.sequence(Int64(point)))
      #expect(try reader.page(HistoryQuery(conversation: lobby, range: range, limit: limit)).hasMore == isMore)
    }
  }

  @Test("between goes from the first point towards the second", arguments: StoreKind.all)
  func between(kind: StoreKind) throws {
    let (store, receipts) = try tenMessages(kind)
    let reader = try store.reader()
    let two = HistoryPoint.messageID(receipts[1].messageID)
    let eight = HistoryPoint.time(Timestamp(milliseconds: 800))
    #expect(try reader.texts(.between(two, eight)) == numbers(3...7))
    #expect(try reader.texts(.between(two, eight), limit: 2) == numbers(3...4))
    #expect(try reader.texts(.between(eight, two)) == numbers(3...7))
    #expect(try reader.texts(.between(eight, two), limit: 2) == numbers(6...7))
    #expect(try reader.texts(.between(two, two)) == [])
    #expect(try reader.texts(.between(.sequence(5), .sequence(6))) == [])
  }

  @Test("missed: the last ones after a log position", arguments: StoreKind.all)
  func missed(kind: StoreKind) throws {
    let (store, receipts) = try tenMessages(kind)
    let reader = try store.reader()
    #expect(try reader.texts(.missed(after: receipts[6].position)) == numbers(8...10))
    #expect(try reader.texts(.missed(after: receipts[6].position - 1)) == numbers(7...10))
    #expect(try reader.texts(.missed(after: 0), limit: 2) == numbers(9...10))
    #expect(try reader.texts(.missed(after: receipts[9].position)) == [])
  }

  @Test(
    "a page ends at its limit of bytes, on the side it comes from, and says that there is more",
    arguments: StoreKind.all)
  func byteLimit(kind: StoreKind) throws {
    let (store, receipts) = try tenMessages(kind)
    let reader = try store.reader()
    func page(_ range: HistoryRange, bytes: Int, limit: Int = 100) throws -> HistoryPage {
      var query = HistoryQuery(conversation: lobby, range: range, limit: limit)
      query.byteLimit = bytes
      return try reader.page(query)
    }
    // About 200 bytes each.
    var answer = try page(.after(.sequence(2)), bytes: 650)
    #expect(answer.events.map(\.receipt.sequence) == [3, 4, 5] && answer.hasMore)
    answer = try page(.before(.sequence(9)), bytes: 650)
    #expect(answer.events.map(\.receipt.sequence) == [6, 7, 8] && answer.hasMore)
    answer = try page(.latest(after: nil), bytes: 1)
    #expect(answer.events.map(\.receipt.sequence) == [10] && answer.hasMore)
    answer = try page(.latest(after: nil), bytes: 10_000)
    #expect(answer.events.count == 10 && !answer.hasMore)
    answer = try page(.missed(after: receipts[1].position), bytes: 650)
    #expect(answer.events.map(\.receipt.sequence) == [8, 9, 10] && answer.omitted == 5)
    answer = try page(.missed(after: receipts[1].position), bytes: 10_000, limit: 6)
    #expect(answer.events.count == 6 && answer.omitted == 2)
    #expect(try page(.missed(after: receipts[1].position), bytes: 10_000).omitted == 0)
  }

  @Test("what is left of a page is not gone over again with each portion", arguments: StoreKind.all)
  func portions(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    _ = try store.commit((1...2_000).map { Transaction(.append(message("\($0)"))) })
    let reader = try store.reader()
    for range in [HistoryRange.after(.sequence(0)), .latest(after: nil), .around(.sequence(1_001))] {
      var query = HistoryQuery(conversation: lobby, range: range, limit: 2_000)
      query.portion = 2_100
      var (found, looked, portions) = (0, 0, 0)
      while true {
        let page = try reader.page(query)
        found += page.events.count
        looked += page.looked
        portions += 1
        guard let rest = page.rest else { break }
        query.range = .rest(rest)
      }
      #expect(found == 2_000 && portions > 100)
      #expect(looked <= 4_000 + 2 * portions, "\(looked) rows in \(portions) portions")
    }
  }

  @Test("private conversations with news, and whether one has answered", arguments: StoreKind.all)
  func missedConversations(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    let me = Identity(AccountID(1))
    func say(_ from: Identity, _ to: Identity, _ text: String) throws {
      _ = try store.commit([
        Transaction(
          .append(
            NewEvent(
              conversation: Conversation(from, to), kind: .message, sender: from, source: "n\(from.rawValue)!u@h",
              account: "", target: "n\(to.rawValue)", text: text, time: Timestamp(milliseconds: 1_000))))
      ])
    }
    try say(Identity(AccountID(2)), me, "old")
    try say(me, Identity(AccountID(3)), "how are you?")
    let seen = try store.load().lastPosition
    for other in 3...5 { try say(Identity(AccountID(Int64(other))), me, "new") }
    let found = try store.reader().missed(by: me, after: seen, kinds: .messages)
    #expect(found.map(\.conversation) == (3...5).map { Conversation(me, Identity(AccountID(Int64($0)))) })
    #expect(found.map(\.isAnswered) == [true, false, false])
    #expect(try store.reader().missed(by: me, after: seen, kinds: EventKinds(.topic)).isEmpty)
  }

  @Test("an earlier event than the reader's first is not shown, and stands before it", arguments: StoreKind.all)
  func firstSequence(kind: StoreKind) throws {
    let (store, receipts) = try tenMessages(kind)
    let reader = try store.reader()
    #expect(try reader.texts(.latest(after: nil), from: 9) == numbers(9...10))
    #expect(try reader.texts(.before(.sequence(6)), from: 4) == numbers(4...5))
    #expect(try reader.texts(.after(.sequence(1)), limit: 2, from: 4) == numbers(4...5))
    #expect(try reader.texts(.around(.sequence(5)), limit: 10, from: 5) == numbers(5...9))
    #expect(try reader.texts(.missed(after: 0), from: 9) == numbers(9...10))
    #expect(try reader.texts(.between(.sequence(0), .sequence(6)), from: 4) == numbers(4...5))
    #expect(try reader.texts(.after(.messageID(receipts[1].messageID)), limit: 2, from: 4) == numbers(4...5))
    #expect(try reader.texts(.before(.messageID(receipts[1].messageID)), from: 4) == [])
    #expect(try reader.texts(.latest(after: nil), from: 11) == [])
  }

  @Test("foreign ids match nothing", arguments: StoreKind.all)
  func foreignIDs(kind: StoreKind) throws {
    let (store, receipts) = try tenMessages(kind)
    let reader = try store.reader()
    let known = receipts[4].messageID
    for id in ["", "nonsense", known + "0", String(known.dropLast()), known.uppercased(), String(known.reversed())] {
      #expect(try reader.find(messageID: id, in: lobby) == nil)
      #expect(try reader.texts(.before(.messageID(id))) == [])
      #expect(try reader.texts(.around(.messageID(id))) == [])
    }
    #expect(try reader.find(messageID: known, in: Conversation(alice, bob)) == nil)
    #expect(try reader.texts(.after(.messageID(known)), in: Conversation(alice, bob)) == [])
  }

  @Test("any query gives what a plain list would", arguments: StoreKind.all)
  func model(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    var random = SeededRandom(seed: 42)
    var events: [Receipt] = []
    var clock: Int64 = 1_000
    while events.count < 300 {
      clock += Int64.random(in: -2...6, using: &random)
      let isOurs = Bool.random(using: &random)
      let receipt = try store.append(message("m", to: isOurs ? lobby : Conversation(alice, bob), at: clock))
      if isOurs { events.append(receipt) }
    }
    let reader = try store.reader()
    func point() -> HistoryPoint {
      switch Int.random(in: 0..<3, using: &random) {
      case 0: .sequence(Int64.random(in: -2...304, using: &random))
      case 1: .messageID(events.randomElement(using: &random)?.messageID ?? "")
      default: .time(Timestamp(milliseconds: Int64.random(in: 990...(clock + 10), using: &random)))
      }
    }
    for _ in 0..<1_500 {
      let range: HistoryRange =
        switch Int.random(in: 0..<6, using: &random) {
        case 0: .before(point())
        case 1: .after(point())
        case 2: .latest(after: Bool.random(using: &random) ? point() : nil)
        case 3: .around(point())
        case 4: .between(point(), point())
        default: .missed(after: Int64.random(in: 0...700, using: &random))
        }
      let limit = Int.random(in: 1...40, using: &random)
      let first = Bool.random(using: &random) ? 1 : Int64.random(in: 1...310, using: &random)
      var query = HistoryQuery(conversation: lobby, range: range, limit: limit, firstSequence: first)
      query.portion = Bool.random(using: &random) ? .max : Int.random(in: 1...4_000, using: &random)
      // A page in portions is the same page.
      var found: [StoredEvent] = []
      repeat {
        let page = try reader.page(query)
        found += page.events
        if page.rest != nil { #expect(!page.events.isEmpty) }
        guard let rest = page.rest else { break }
        query.range = .rest(rest)
      } while true
      let expected = HistoryModel(all: events, events: events.filter { $0.sequence >= first }).answer(range, limit)
      #expect(found.map(\.receipt) == expected, "\(range) limit \(limit) from \(first)")
    }
  }
}

/// History queries over an array: slow and plain.
private struct HistoryModel {
  /// What cannot be seen has its place, too.
  var all: [Receipt]
  var events: [Receipt]

  private func sequence(_ id: String) -> Int64 { all.first { $0.messageID == id }?.sequence ?? 0 }

  private func isBefore(_ event: Receipt, _ point: HistoryPoint) -> Bool {
    switch point {
    case .sequence(let sequence): event.sequence < sequence
    case .time(let time): event.time < time
    case .messageID(let id): event.sequence < sequence(id)
    }
  }

  private func isAfter(_ event: Receipt, _ point: HistoryPoint) -> Bool {
    switch point {
    case .sequence(let sequence): event.sequence > sequence
    case .time(let time): event.time > time
    case .messageID(let id): event.sequence > sequence(id)
    }
  }

  private func exists(_ point: HistoryPoint) -> Bool {
    if case .messageID(let id) = point { return all.contains { $0.messageID == id } }
    return true
  }

  func answer(_ range: HistoryRange, _ limit: Int) -> [Receipt] {
    switch range {
    case .before(let point):
      exists(point) ? events.filter { isBefore($0, point) }.suffix(limit) : []
    case .after(let point):
      exists(point) ? Array(events.filter { isAfter($0, point) }.prefix(limit)) : []
    case .latest(nil):
      events.suffix(limit)
    case .latest(let point?):
      exists(point) ? events.filter { isAfter($0, point) }.suffix(limit) : []
    case .around(let point):
      exists(point)
        ? events.filter { isBefore($0, point) }.suffix(limit / 2)
          + Array(events.filter { !isBefore($0, point) }.prefix(limit - limit / 2)) : []
    case .between(let start, let end):
      if !exists(start) || !exists(end) {
        []
      } else if events.filter({ isBefore($0, start) }).count <= events.filter({ isBefore($0, end) }).count {
        Array(events.filter { isAfter($0, start) && isBefore($0, end) }.prefix(limit))
      } else {
        events.filter { isBefore($0, start) && isAfter($0, end) }.suffix(limit)
      }
    case .missed(let position):
      events.filter { $0.position > position }.suffix(limit)
    case .rest: []
    }
  }
}
