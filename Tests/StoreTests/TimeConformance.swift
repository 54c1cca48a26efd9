import IRC
import ParleyStore
import Synchronization
import Testing

/// Events that were dated by a clock that was ahead, for every `Store`.
@Suite("Times in the future", .serialized)
struct TimeConformance {
  private static let days: Int64 = 40 * 86_400_000
  private let pair = Conversation(alice, bob)

  private func times(_ store: any Store, _ conversation: Conversation = lobby) throws -> [Int64] {
    try store.reader().history(
      HistoryQuery(conversation: conversation, range: .latest(after: nil), limit: 10_000)
    ).map(\.receipt.time.milliseconds)
  }

  private func judge(_ store: any Store, _ now: Int64) {
    let now = Timestamp(milliseconds: now)
    store.keep(ClockRecord(certain: now), now: now)
  }

  private func keep(_ store: any Store, now: Int64) throws {
    judge(store, now)
    try store.maintainFully()
  }

  @Test("the next message has the right time, and what was said before it lies before it", arguments: StoreKind.all)
  func append(kind: StoreKind) throws {
    let place = try kind.makePlace()
    var store = try place.open()
    let now: Int64 = 1_000_000_000
    try store.append(message("before", at: now - 5_000))
    for number in Int64(0)..<3 {
      try store.append(message("ahead \(number)", at: now + Self.days + number * 1_000, key: key(number + 1)))
    }
    store.close()
    store = try place.open()
    judge(store, now)
    let right = try store.append(message("right", at: now))
    #expect(right.time.milliseconds == now + 1)
    #expect(try times(store) == [now - 5_000, now - 2_000, now - 1_000, now, now + 1])
    // A retry is told the time that the message has now.
    let retry = try store.outcome(.append(message("ahead 1", at: now, key: key(2))))
    #expect(retry.receipt?.time.milliseconds == now - 1_000)
    #expect(try store.check() == [])
  }

  @Test("conversations that nobody speaks in are corrected, too", arguments: StoreKind.all)
  func sweep(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    let now: Int64 = 1_000_000_000
    try store.append(message("before", to: pair, at: now - 10))
    for number in Int64(0)..<5 {
      try store.append(message("ahead", to: pair, at: now + Self.days + number))
      try store.append(message("ahead", at: now + Self.days + number * 5))
    }
    let events = Mutex(0)
    store.reporter.report { if case .timesCorrected(let count) = $0 { events.withLock { $0 += count } } }
    try keep(store, now: now)
    #expect(events.withLock { $0 } == 10)
    #expect(try times(store) == [now - 20, now - 15, now - 10, now - 5, now])
    #expect(try times(store, pair) == [now - 10, now - 4, now - 3, now - 2, now - 1, now])
    #expect(try store.append(message("next", to: pair, at: now + 3)).time.milliseconds == now + 3)
    #expect(try store.check() == [])
  }

  @Test("more of them than fit one commit are corrected in slices", arguments: StoreKind.all)
  func many(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    let now: Int64 = 1_000_000_000
    _ = try store.commit((0..<3_500).map { Transaction(.append(message("\($0)", at: now + Self.days + Int64($0)))) })
    judge(store, now)
    // It cannot be put behind all of them in a commit, and follows them for a moment.
    try store.append(message("early", at: now))
    try keep(store, now: now)
    let found = try times(store)
    #expect(found.count == 3_501 && found == Set(found).sorted())
    #expect((found.last ?? .max) <= now)
    #expect(try store.append(message("next", at: now + 1)).time.milliseconds == now + 1)
    #expect(try store.check() == [])
  }

  @Test("a clock that is behind by little changes nothing", arguments: StoreKind.all)
  func little(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    try store.append(message("a", at: 1_000_000))
    try keep(store, now: 1_000_000 - TimeCorrection.tolerance)
    try store.append(message("b", at: 1_000_000 - TimeCorrection.tolerance))
    #expect(try times(store) == [1_000_000, 1_000_001])
  }

  @Test("when all that was ahead has expired, times go on from now", arguments: StoreKind.all)
  func expired(kind: StoreKind) throws {
    let place = try kind.makePlace()
    var store = try place.open()
    try store.makeLobby()
    try store.append(message("ahead", at: Self.days))
    _ = try store.outcome(.expire(RetentionPolicy(seconds: 1), now: Timestamp(milliseconds: 2 * Self.days)))
    try store.maintainFully()
    store.close()
    store = try place.open()
    judge(store, 5_000)
    #expect(try store.append(message("right", at: 5_000)).time.milliseconds == 5_001)
    #expect(try store.check() == [])
  }

  @Test("what the server knows of its clock is kept", arguments: StoreKind.all)
  func record(kind: StoreKind) throws {
    let place = try kind.makePlace()
    var store = try place.open()
    #expect(try store.load().clock == nil)
    try store.append(message("a", at: 7_000))
    #expect(try store.load().clock == ClockRecord(certain: Timestamp(milliseconds: 7_000)))
    let record = ClockRecord(
      certain: Timestamp(milliseconds: 9_000), proven: Timestamp(milliseconds: 8_000), steadyFor: 86_400_000)
    store.keep(record, now: Timestamp(milliseconds: 9_000))
    try store.append(message("b", at: 9_000))
    #expect(try store.load().clock == record)
    var later = record
    later.certain = Timestamp(milliseconds: 10_000)
    store.keep(later, now: Timestamp(milliseconds: 10_000))
    store.close()
    store = try place.open()
    #expect(try store.load().clock == later)
  }
}
