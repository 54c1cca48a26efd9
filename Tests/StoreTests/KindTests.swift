import IRC
import ParleyStore
import Seeded
import Testing

/// Pages of some kinds of events among others.
@Suite("Kinds of events", .serialized)
struct KindTests {
  private static let kinds: [EventKind] = [
    .message, .notice, .tagMessage, .redaction, .edit, .topic, .join, .part, .erased,
  ]

  @Test("any kinds in any range are what a look at each event finds", arguments: [1, 2, 3] as [UInt64])
  func everyRange(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let store = try Folder().open()
    var all: [(sequence: Int64, kind: EventKind, position: Int64, time: Int64)] = []
    for number in 0..<400 {
      // Long runs of one kind, as a room has them.
      let choice = random.next() % 16 < 12 ? UInt64(number / 50) : random.next()
      let kind = Self.kinds[Int(choice % UInt64(Self.kinds.count))]
      let receipt = try store.append(message(kind == .erased ? "" : "\(number)", at: Int64(number) * 10, kind: kind))
      all.append((receipt.sequence, kind, receipt.position, receipt.time.milliseconds))
      if number % 3 == 0 { try store.append(message("elsewhere", to: Conversation(alice, bob))) }
    }
    let reader = try store.reader()
    for _ in 0..<300 {
      let kinds = EventKinds(rawValue: Int64(random.next() & 0b1_1111_1111_1110))
      let wanted = all.filter { kinds.contains($0.kind) && $0.kind != .erased }
      let limit = Int(random.next() % 40) + 1
      let (a, b) = (Int64(random.next() % 420), Int64(random.next() % 420))
      let place = all[Int(random.next() % 400)]
      let time = Timestamp(milliseconds: place.time)
      let ranges: [(HistoryRange, [Int64])] = [
        (.latest(after: nil), wanted.suffix(limit).map(\.sequence)),
        (.before(.sequence(a)), wanted.filter { $0.sequence < a }.suffix(limit).map(\.sequence)),
        (.after(.sequence(a)), wanted.filter { $0.sequence > a }.prefix(limit).map(\.sequence)),
        (.after(.time(time)), wanted.filter { $0.time > place.time }.prefix(limit).map(\.sequence)),
        (.before(.time(time)), wanted.filter { $0.time < place.time }.suffix(limit).map(\.sequence)),
        (.missed(after: place.position), wanted.filter { $0.position > place.position }.suffix(limit).map(\.sequence)),
        (
          .between(.sequence(min(a, b)), .sequence(max(a, b))),
          wanted.filter { $0.sequence > min(a, b) && $0.sequence < max(a, b) }.prefix(limit).map(\.sequence)
        ),
        (
          .around(.sequence(a)),
          wanted.filter { $0.sequence < a }.suffix(limit / 2).map(\.sequence)
            + wanted.filter { $0.sequence >= a }.prefix(limit - limit / 2).map(\.sequence)
        ),
      ]
      for (range, expected) in ranges {
        let found = try reader.history(HistoryQuery(conversation: lobby, range: range, limit: limit, kinds: kinds))
        #expect(found.map(\.receipt.sequence) == expected, "\(range) of \(kinds.rawValue)")
      }
      let summary = try reader.summaries(
        of: alice, rooms: [RoomID(1)], after: Timestamp(milliseconds: -1), before: Timestamp(milliseconds: .max),
        kinds: kinds, limit: 10
      ).first { $0.conversation == lobby }
      #expect(summary?.position == wanted.last?.position)
    }
    #expect(try store.check() == [])
  }

  @Test("what is unheard is found in its place by its sender and by nobody else", arguments: [4, 5] as [UInt64])
  func unheard(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let store = try Folder().open()
    let talk = Conversation(alice, bob)
    var all: [(sequence: Int64, kind: EventKind, sender: Identity, isUnheard: Bool)] = []
    for number in 0..<300 {
      let sender = random.next() % 2 == 0 ? alice : bob
      let kind = [EventKind.message, .tagMessage, .edit, .redaction][Int(random.next() % 4)]
      var event = message("\(number)", from: sender, to: talk, at: Int64(number) * 10, kind: kind)
      event.isUnheard = random.next() % 2 == 0
      all.append((try store.append(event).sequence, kind, sender, event.isUnheard))
    }
    let reader = try store.reader()
    for person in [alice, bob, guest, nil] {
      for kinds in [EventKinds.messages, .everything, EventKinds(.tagMessage), [.messages, EventKinds(.edit)]] {
        let wanted = all.filter { kinds.contains($0.kind) && (!$0.isUnheard || $0.sender == person) }.map(\.sequence)
        for limit in [1, 7, 500] {
          let middle = Int64(random.next() % 300)
          let ranges: [(HistoryRange, [Int64])] = [
            (.latest(after: nil), wanted.suffix(limit)),
            (.before(.sequence(middle)), wanted.filter { $0 < middle }.suffix(limit)),
            (.after(.sequence(middle)), Array(wanted.filter { $0 > middle }.prefix(limit))),
            (.missed(after: 0), wanted.suffix(limit)),
          ]
          for (range, expected) in ranges {
            var query = HistoryQuery(conversation: talk, range: range, limit: limit, kinds: kinds)
            query.reader = person
            let page = try reader.page(query)
            #expect(page.events.map(\.receipt.sequence) == expected, "\(range)")
            if case .missed = range { #expect(page.omitted == wanted.count - expected.count) }
          }
        }
        guard let person, person != guest else { continue }
        let last = try reader.summaries(
          of: person, rooms: [], after: Timestamp(milliseconds: -1), before: Timestamp(milliseconds: .max),
          kinds: kinds,
          limit: 9)
        #expect(last.map(\.position) == [wanted.last].compactMap { $0 })
      }
    }
    #expect(try store.check() == [])
  }

  @Test(
    "a page reads no more of the file for what others have said unheard, and neither does the list of conversations")
  func costOfUnheard() throws {
    func reads(_ others: Int) throws -> UInt64 {
      let place = SimulatedDisk(seed: 1)
      var store = try place.open()
      let talk = Conversation(alice, bob)
      func say(_ sender: Identity, _ count: Int, isUnheard: Bool) throws {
        let events = (0..<count).map { number in
          var event = message("\(number)", from: sender, to: talk)
          event.isUnheard = isUnheard
          return Transaction(.append(event))
        }
        _ = try store.commit(events)
      }
      try say(bob, 100, isUnheard: false)
      try say(alice, 20, isUnheard: true)
      try say(bob, others, isUnheard: true)
      let seen = try store.load().lastPosition
      store.close()
      store = try place.open()
      let reader = try store.reader()
      let before = place.reads
      for range in [HistoryRange.latest(after: nil), .missed(after: 50)] {
        var query = HistoryQuery(conversation: talk, range: range, limit: 60, kinds: .messages)
        query.reader = alice
        #expect(try reader.history(query).count == 60)
      }
      let summaries = try reader.summaries(
        of: alice, rooms: [], after: Timestamp(milliseconds: -1), before: Timestamp(milliseconds: .max),
        kinds: .messages,
        limit: 10)
      #expect(summaries.map(\.position) == [120])
      #expect(try reader.missed(by: alice, after: 0, kinds: .messages).map(\.position) == [120])
      #expect(try reader.missed(by: alice, after: seen, kinds: .messages).isEmpty)
      return place.reads - before
    }
    let (without, with) = (try reads(0), try reads(20_000))
    #expect(with <= without + 150, "\(without) without, \(with) with")
  }

  @Test("what is erased moves out of the way")
  func erased() throws {
    let store = try Folder().open()
    try store.append(message("kept"))
    for number in 0..<50 {
      let receipt = try store.append(message("\(number)"))
      _ = try store.outcome(.amend(lobby, messageID: receipt.messageID, text: nil))
    }
    #expect(try store.reader().texts(.latest(after: nil), limit: 1) == ["kept"])
    #expect(try store.check() == [])
  }

  @Test(
    "a page of messages reads no more of the file for what happened since", arguments: [EventKind.tagMessage, .join])
  func cost(kind: EventKind) throws {
    func reads(_ others: Int) throws -> UInt64 {
      let place = SimulatedDisk(seed: 1)
      var store = try place.open()
      _ = try store.commit((0..<100).map { Transaction(.append(message("\($0)"))) })
      _ = try store.commit((0..<others).map { _ in Transaction(.append(message("", kind: kind, tags: "+react=x"))) })
      store.close()
      store = try place.open()
      let reader = try store.reader()
      let before = place.reads
      let query = HistoryQuery(conversation: lobby, range: .latest(after: nil), limit: 50, kinds: .messages)
      #expect(try reader.history(query).count == 50)
      var withContext = query
      withContext.contextLimit = 200
      #expect(try reader.history(withContext).count == 50)
      _ = try reader.summaries(
        of: alice, rooms: [RoomID(1)], after: Timestamp(milliseconds: -1), before: Timestamp(milliseconds: .max),
        kinds: .messages, limit: 10)
      return place.reads - before
    }
    let (without, with) = (try reads(0), try reads(20_000))
    #expect(with <= without + 20, "\(without) without, \(with) with")
  }
}
