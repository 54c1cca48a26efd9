import IRC
import ParleyStore
import SQLite
import Seeded
import Testing

/// What is kept of each side of a private conversation, so that lists of conversations need no look at the log for each.
@Suite("Sides of private conversations", .serialized)
struct ConversationSideTests {
  private let far = Timestamp(milliseconds: .max / 4)
  private let never = Timestamp(milliseconds: -1)
  private static let kinds: [EventKind] = [.message, .message, .notice, .tagMessage, .redaction, .edit]

  private func talk(_ number: Int) -> Conversation { Conversation(alice, Identity(rawValue: Int64(100 + number))) }

  private func peer(_ number: Int) -> Identity { Identity(rawValue: Int64(100 + number)) }

  @Test(
    "lists are what a look at each conversation finds, whatever was erased, removed or unheard", arguments: [1, 2, 3])
  func model(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let store = try Folder().open()
    let reader = try store.reader()
    var ids: [(Int, String)] = []
    func compare() throws {
      for (person, numbers) in [(alice, Array(0..<8)), (peer(3), [3])] {
        for kinds in [EventKinds.messages, .everything, [.messages, EventKinds(.edit)], EventKinds(.tagMessage)] {
          var expected: [Int64] = []
          for number in numbers {
            var query = HistoryQuery(conversation: talk(number), range: .latest(after: nil), limit: 1, kinds: kinds)
            query.reader = person
            expected += try reader.history(query).map(\.receipt.position)
          }
          expected.sort()
          func summaries(_ after: Timestamp, limit: Int) throws -> [Int64] {
            try reader.summaries(of: person, rooms: [], after: after, before: far, kinds: kinds, limit: limit)
              .map(\.position)
          }
          #expect(try summaries(never, limit: 100) == expected)
          #expect(try summaries(never, limit: 3) == expected.prefix(3).map { $0 })
          let middle = expected.isEmpty ? 0 : expected[expected.count / 2]
          let later = expected.filter { $0 > middle }
          #expect(try summaries(Timestamp(milliseconds: middle * 1_000), limit: 100) == later)
          #expect(try reader.missed(by: person, after: middle, kinds: kinds).map(\.position) == later)
        }
      }
      #expect(try store.check() == [])
    }
    for number in 1...300 {
      let other = Int(random.next() % 8)
      let isAlice = random.next() % 2 == 0
      var event = message(
        "\(number)", from: isAlice ? alice : peer(other), to: talk(other), at: Int64(number) * 1_000,
        kind: Self.kinds[Int(random.next() % 6)])
      event.isUnheard = random.next() % 4 == 0
      if event.kind == .edit, let target = ids.last(where: { $0.0 == other }) { event.reference = target.1 }
      ids.append((other, try store.append(event).messageID))
      if random.next() % 3 == 0 {
        let (other, id) = ids[ids.count - 1 - Int(random.next() % 4) % ids.count]
        _ = try store.outcome(.amend(talk(other), messageID: id, text: nil))
      }
      if number % 100 == 0 {
        try compare()
        let policy = RetentionPolicy(messages: Int(random.next() % 4) + 1, seconds: 60)
        _ = try store.outcome(.expire(policy, now: Timestamp(milliseconds: Int64(number) * 1_000)))
        try store.maintainFully()
        try compare()
      }
    }
    // Everything goes.
    _ = try store.outcome(.expire(RetentionPolicy(seconds: 1), now: Timestamp(milliseconds: 1_000_000)))
    try store.maintainFully()
    try compare()
  }

  @Test("the rows are right after commits of many transactions, some of them refused", arguments: [1, 2])
  func batches(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let store = try Folder().open()
    var ids: [(Int, String)] = []
    var refused = 0
    for round in 1...40 {
      var batch: [Transaction] = []
      var talks: [Int?] = []
      for number in 0..<Int(random.next() % 12) + 1 {
        let other = Int(random.next() % 4)
        var event = message(
          "\(number)", from: random.next() % 2 == 0 ? alice : peer(other), to: talk(other), at: Int64(round) * 1_000,
          kind: Self.kinds[Int(random.next() % 4)])
        event.isUnheard = random.next() % 4 == 0
        switch random.next() % 4 {
        case 0 where !ids.isEmpty:
          let (other, id) = ids[ids.count - 1 - Int(random.next() % 8) % ids.count]
          batch.append(Transaction(.amend(talk(other), messageID: id, text: nil)))
          talks.append(nil)
        case 1:
          // The second change is refused, and takes the first one with it.
          batch.append(
            Transaction([.append(event), .amend(talk(other), messageID: "unknown", text: nil)]))
          talks.append(nil)
        default:
          batch.append(Transaction(.append(event)))
          talks.append(other)
        }
      }
      for (outcome, other) in zip(try store.commit(batch), talks) {
        switch (outcome, other) {
        case (.committed(let receipts), let other?): ids.append((other, receipts[0].messageID))
        case (.refused, _): refused += 1
        default: break
        }
      }
      #expect(try store.check() == [])
    }
    #expect(refused > 20)
    #expect(ids.count > 50)
  }

  @Test("somebody who has been answered stays so, however much they write")
  func answered() throws {
    let store = try Folder().open()
    let friend = Conversation(alice, bob)
    try store.append(message("hello", to: friend))
    let seen = try store.load().lastPosition
    _ = try store.commit((1...1_200).map { Transaction(.append(message("\($0)", from: bob, to: friend))) })
    try store.append(message("buy", from: guest, to: Conversation(alice, guest)))
    // A reaction is no answer.
    try store.append(message("", to: Conversation(alice, guest), kind: .tagMessage))
    let found = try store.reader().missed(by: alice, after: seen, kinds: .messages)
    #expect(found.map(\.isAnswered) == [true, false])
    #expect(try store.check() == [])
  }

  @Test("a list of a few of many conversations looks at few events, and so does what was missed")
  func cost() throws {
    let store = try Folder().open()
    _ = try store.commit(
      (0..<2_000).map { Transaction(.append(message("x", from: peer($0), to: talk($0), at: Int64($0 + 1)))) })
    let seen = try store.load().lastPosition
    try store.append(message("x", from: peer(7), to: talk(7), at: 9_000))
    let reader = try store.reader()
    let some = try reader.summaries(of: alice, rooms: [], after: never, before: far, kinds: .messages, limit: 5)
    #expect(some.map(\.last.milliseconds) == [1, 2, 3, 4, 5])
    #expect((200...300).contains(reader.looked), "\(reader.looked)")
    let missed = try reader.missed(by: alice, after: seen, kinds: .messages)
    #expect(missed.map(\.conversation) == [talk(7)])
    #expect(reader.looked < 10)
  }

  @Test("the check finds what is not kept rightly", arguments: ["low_last = 1", "high_time = 5", "low_spoke = 0"])
  func planted(change: String) throws {
    let folder = try Folder()
    let store = try folder.open(.serve)
    for number in 1...3 { try store.append(message("\(number)", to: Conversation(alice, bob))) }
    #expect(try store.check() == [])
    try Database(path: folder.file, access: .readWrite).execute("UPDATE direct_conversations SET \(change)")
    #expect(try store.check().contains { $0.contains("private conversation") })
    // The log is what tells.
    let found = try store.reader().summaries(of: bob, rooms: [], after: never, before: far, kinds: .messages, limit: 9)
    #expect(found.map(\.position) == [3])
  }
}
