import Foundation
import IRC
import ParleyStore
import Testing

/// `PARLEY_BENCH=1 swift test -c release --filter StoreBenchmark`; `PARLEY_BENCH_ROWS` changes the size.
@Suite("StoreBenchmark", .serialized, .enabled(if: ProcessInfo.processInfo.environment["PARLEY_BENCH"] != nil))
struct StoreBenchmark {
  private let rows = Int(ProcessInfo.processInfo.environment["PARLEY_BENCH_ROWS"] ?? "") ?? 1_000_000
  private let text = String(repeating: "lorem ipsum dolor si", count: 5)

  private func seconds(_ body: () throws -> Void) rethrows -> Double {
    let clock = ContinuousClock()
    return try clock.measure(body) / .seconds(1)
  }

  private func show(_ name: String, _ latencies: [Double]) {
    let sorted = latencies.sorted()
    let p50 = Int(sorted[sorted.count / 2] * 1e6)
    let p99 = Int(sorted[sorted.count * 99 / 100] * 1e6)
    print("bench: \(name): p50 \(p50) µs, p99 \(p99) µs")
  }

  @Test("durable appends and history")
  func appends() throws {
    let folder = try Folder()
    let store = try folder.open(.serve)
    var counter: Int64 = 0
    func batch(_ size: Int, keyed: Bool, spread: Int = 1) -> [Transaction] {
      (0..<size).map { _ in
        counter += 1
        let conversation =
          spread == 1 ? lobby : Conversation(alice, Identity(rawValue: 1_000 + counter % Int64(spread)))
        let key = keyed ? key(counter, hash: counter) : nil
        return Transaction(.append(message(text, to: conversation, at: counter, key: key, target: "someone")))
      }
    }
    func measure(_ size: Int, _ repetitions: Int, keyed: Bool = false, spread: Int = 1) throws {
      let batches = (0..<repetitions).map { _ in batch(size, keyed: keyed, spread: spread) }
      let time = try seconds {
        for batch in batches {
          _ = try store.commit(batch)
          _ = try store.maintain()
        }
      }
      let rate = Int(Double(size * repetitions) / time)
      print("bench: batches of \(size)\(keyed ? ", keyed" : ""), \(spread) conversations: \(rate) rows/s with upkeep")
    }
    func measureBare(_ size: Int, _ repetitions: Int, keyed: Bool = false, spread: Int = 1) throws {
      let batches = (0..<repetitions).map { _ in batch(size, keyed: keyed, spread: spread) }
      var latencies: [Double] = []
      for batch in batches { latencies.append(try seconds { _ = try store.commit(batch) }) }
      let rate = Int(Double(size * repetitions) / latencies.reduce(0, +))
      show("batches of \(size)\(keyed ? ", keyed" : ""), \(spread) conversations: \(rate) rows/s; commit", latencies)
    }
    for keyed in [false, true] {
      try measureBare(1, 300, keyed: keyed)
      try measureBare(10, 200, keyed: keyed)
      try measureBare(100, 100, keyed: keyed)
      try measureBare(1_000, 40, keyed: keyed)
    }
    try measureBare(100, 100, keyed: true, spread: 100)
    try measureBare(1_000, 40, keyed: true, spread: 10_000)
    try measure(100, 100)
    try measure(1_000, 20)

    let filling = try seconds {
      while counter < rows { _ = try store.commit(batch(2_000, keyed: false)) }
    }
    print("bench: filled to \(counter) rows in \(filling) s")
    try measureBare(100, 100)
    try measureBare(1_000, 40)

    let indexing = try seconds { try store.maintainFully() }
    print("bench: search index and checkpoint caught up in \(indexing) s")

    let reader = try store.reader()
    func latency(_ name: String, _ count: Int = 300, _ body: () throws -> Void) throws {
      var latencies: [Double] = []
      for _ in 0..<count { latencies.append(try seconds(body)) }
      show(name, latencies)
    }
    func history(_ range: HistoryRange) throws {
      _ = try reader.history(HistoryQuery(conversation: lobby, range: range, limit: 100))
    }
    try latency("LATEST 100") { try history(.latest(after: nil)) }
    try latency("BEFORE a time, 100") {
      try history(.before(.time(Timestamp(milliseconds: Int64.random(in: 1...Int64(rows))))))
    }
    try latency("missed after the last but 50") { try history(.missed(after: counter - 50)) }
    try latency("search, one page", 50) {
      _ = try reader.search("lorem", in: [lobby], before: .max, limit: 50)
    }
    try latency("summaries of 10,000 private conversations", 20) {
      _ = try reader.summaries(
        of: alice, rooms: [], after: Timestamp(milliseconds: -1), before: Timestamp(milliseconds: .max / 4),
        kinds: .messages, limit: 50)
    }
    let loading = try seconds { _ = try store.load() }
    print("bench: load in \(loading) s")
    store.close()
    let opening = try seconds { try folder.open(.serve).close() }
    print("bench: open and close in \(opening) s")
  }
}
