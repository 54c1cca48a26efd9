import IRC
import Logging
import ParleyCore
import ParleyServer
import ParleyStore
import Testing

/// Commits only when it is let, and fails when it is told to.
private final class FakeStore: Store, @unchecked Sendable {
  struct State {
    var permits = 0
    var batches: [[Transaction]] = []
    var failures: [StoreError] = []
    var isAccountsChanged = false
  }

  let state = Monitor(State())

  func permit(_ count: Int = 1, failing failures: [StoreError] = []) {
    state.withLock {
      $0.permits += count
      $0.failures += failures
    }
    state.wakeAll()
  }

  func commit(_ batch: [Transaction]) throws(StoreError) -> [Outcome] {
    state.withLock { $0.batches.append(batch) }
    state.wakeAll()
    let failure = state.wait { state -> StoreError?? in
      guard state.permits > 0 else { return nil }
      state.permits -= 1
      return .some(state.failures.isEmpty ? nil : state.failures.removeFirst())
    }
    if let failure { throw failure }
    return batch.map { _ in .committed([]) }
  }

  func waitForBatches(_ count: Int) { state.wait { $0.batches.count >= count ? () : nil } }

  func load() throws(StoreError) -> Snapshot { Snapshot() }
  func reader() throws(StoreError) -> any StoreReader { FakeReader() }
  func maintain() throws(StoreError) -> Bool { false }
  func changedElsewhere() throws(StoreError) -> Bool {
    state.withLock { state in
      defer { state.isAccountsChanged = false }
      return state.isAccountsChanged
    }
  }
  func backup(to path: String) throws(StoreError) {}
  func check() throws(StoreError) -> [String] { [] }
  func close() {}
}

private final class FakeReader: StoreReader {
  func page(_ query: HistoryQuery) throws(StoreError) -> HistoryPage { throw StoreError(.unavailable, "no") }
  func find(messageID: String, in conversation: Conversation) throws(StoreError) -> StoredEvent? { nil }
  func summaries(
    of identity: Identity, rooms: [RoomID], after: Timestamp, before: Timestamp, kinds: EventKinds, limit: Int
  ) throws(StoreError) -> [ConversationSummary] { [] }
  func missed(by identity: Identity, after: LogPosition, kinds: EventKinds) throws(StoreError) -> [ConversationSummary]
  { [] }
  func conversation(of identity: Identity, withNick nick: String) throws(StoreError) -> Conversation? { nil }
  func search(
    _ text: String, in conversations: [Conversation], before: LogPosition, limit: Int
  ) throws(StoreError) -> [StoredEvent] { [] }
  func accounts() throws(StoreError) -> [AccountRecord] { [] }
  func account(named name: String) throws(StoreError) -> AccountRecord? { nil }
}

@Suite("The store's thread", .timeLimit(.minutes(1)))
struct StoreThreadTests {
  private let store = FakeStore()
  private let mailbox = Mailbox()
  private let thread: StoreThread
  private let worker: WorkerThread

  init() throws {
    thread = StoreThread(store: store, reader: FakeReader(), mailbox: mailbox, logger: Logger(label: "test"))
    worker = try thread.start()
  }

  private func transactions(_ count: Int) -> [Transaction] { (0..<count).map { _ in Transaction([]) } }

  /// The next event, as a word.
  private func next() -> [String] {
    mailbox.take(waiting: 30_000).events.map { event in
      switch event {
      case .committed(let outcomes): "committed \(outcomes.count)"
      case .commitFailed(let error): "failed \(error)"
      case .accountsChanged: "accounts"
      default: "other"
      }
    }
  }

  private func end() {
    thread.stop()
    worker.join()
  }

  @Test("While one batch syncs, the next one gathers")
  func groupCommit() {
    thread.submit(transactions(1), epoch: 0)
    store.waitForBatches(1)
    for _ in 0..<5 { thread.submit(transactions(2), epoch: 0) }
    store.permit()
    #expect(next() == ["committed 1"])
    store.waitForBatches(2)
    store.permit()
    #expect(next() == ["committed 10"])
    end()
  }

  @Test("A huge backlog is committed in several batches")
  func bounded() {
    thread.submit(transactions(1), epoch: 0)
    store.waitForBatches(1)
    for _ in 0..<100 { thread.submit(transactions(100), epoch: 0) }
    store.permit(10)
    var counts: [String] = []
    while counts.count < 4 { counts += next() }
    #expect(counts == ["committed 1", "committed 4100", "committed 4100", "committed 1800"])
    end()
  }

  @Test("What was decided before a failure was known does not happen; what was decided after it does")
  func epochs() {
    thread.submit(transactions(1), epoch: 0)
    store.waitForBatches(1)
    thread.submit(transactions(7), epoch: 0)
    store.permit(failing: [StoreError(.full, "no room")])
    #expect(next() == ["failed no room"])
    thread.submit(transactions(3), epoch: 0)
    thread.submit(transactions(5), epoch: 1)
    store.permit(5)
    #expect(next() == ["committed 5"])
    #expect(store.state.withLock { $0.batches.map(\.count) } == [1, 5])
    end()
  }

  @Test("After a fatal error nothing is committed any more")
  func fatal() {
    thread.submit(transactions(1), epoch: 0)
    store.permit(5, failing: [StoreError(.fatal, "sync failed")])
    #expect(next() == ["failed sync failed"])
    thread.submit(transactions(1), epoch: 1)
    worker.join()
    #expect(store.state.withLock { $0.batches.count } == 1)
  }

  @Test("A change by another process is noticed")
  func changedElsewhere() {
    store.state.withLock { $0.isAccountsChanged = true }
    #expect(next() == ["accounts"])
    end()
  }

  @Test("Stopping answers what was submitted")
  func stopping() {
    thread.submit(transactions(1), epoch: 0)
    store.waitForBatches(1)
    thread.submit(transactions(2), epoch: 0)
    thread.stop()
    store.permit(2)
    worker.join()
    #expect(next() == ["committed 1", "committed 2"])
  }

  @Test("A question that the store cannot answer is answered with the error")
  func failedQuery() {
    let query = HistoryQuery(conversation: .room(RoomID(1)), range: .latest(after: nil), limit: 1)
    guard case .failed(let error) = ReaderPool.answer(.history(query), FakeReader()) else {
      Issue.record("no error")
      return
    }
    #expect(error.kind == .unavailable)
  }
}
