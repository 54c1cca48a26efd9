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
