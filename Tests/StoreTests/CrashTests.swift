import Foundation
import IRC
import ParleyStore
import SQLite
import Testing

/// Power failures at every operation of a run.
@Suite("Crash")
struct CrashTests {
  /// Runs the workload with one crash within the n-th operation, goes on after it, and compares at every opening.
  private func run(_ workload: Workload, on place: SimulatedDisk, crashAt n: UInt64) -> [String] {
    var journal = Journal()
    var problems: [String] = []
    var store: (any Store)?
    var next = 0
    var attempts = 0
    place.crash(at: n)
    while next < workload.batches.count, problems.isEmpty {
      attempts += 1
      if attempts > workload.batches.count + 10 { return ["it does not come up again after the crash at \(n)"] }
      do throws(StoreError) {
        let open: any Store
        if let store {
          open = store
        } else {
          open = try place.open()
          store = open
          problems += try journal.problems(in: open, pending: .absentOrComplete)
        }
        let batch = workload.batches[next]
        journal.pending = batch
        problems += journal.acknowledge(batch, try open.commit(batch))
        next += 1
        if next % 4 == 0 { _ = try open.maintain() }
      } catch {
        if place.crashes == 0 { return ["an error without a crash: \(error)"] }
        store = nil
      }
    }
    store = nil
    place.crash()
    do throws(StoreError) {
      problems += try journal.problems(in: place.open(), pending: .absentOrComplete)
    } catch {
      problems.append("it does not come up again: \(error)")
    }
    return problems.map { "crash at \(n): \($0)" }
  }

  /// `PARLEY_SEEDS` many workloads; one unless told.
  static let seeds = UInt64(1)...(ProcessInfo.processInfo.environment["PARLEY_SEEDS"].flatMap { UInt64($0) } ?? 1)

  private func operations(of workload: Workload) -> UInt64 {
    let place = SimulatedDisk(seed: 0)
    #expect(run(workload, on: place, crashAt: 0) == [])
    return place.operations
  }

  @Test("a crash at any operation loses nothing acknowledged and repeats nothing", arguments: seeds)
  func everyOperation(seed: UInt64) {
    let workload = Workload(seed: seed)
    let count = operations(of: workload)
    #expect(count > 200)
    for n in 1...count {
      let problems = run(workload, on: SimulatedDisk(seed: seed &* 1_000 &+ n), crashAt: n)
      if !problems.isEmpty {
        Issue.record("\(problems.joined(separator: "\n"))")
        return
      }
    }
  }

  @Test("the comparison notices a store that does not sync")
  func checkerCanFail() {
    let workload = Workload(seed: 1)
    var losses = 0
    for n in stride(from: UInt64(40), through: 200, by: 10) {
      let place = SimulatedDisk(seed: n)
      place.durability = .unsafeForTests
      if !run(workload, on: place, crashAt: n).isEmpty { losses += 1 }
    }
    #expect(losses > 5)
  }

  @Test("the same seed gives the same run")
  func deterministic() throws {
    func end() throws -> [Receipt] {
      let place = SimulatedDisk(seed: 77)
      #expect(run(Workload(seed: 5), on: place, crashAt: 150) == [])
      let query = HistoryQuery(conversation: lobby, range: .latest(after: nil), limit: 1_000)
      return try place.open().reader().history(query).map(\.receipt) + [
        Receipt(position: Int64(place.operations), sequence: 0, messageID: "", time: Timestamp(milliseconds: 0))
      ]
    }
    #expect(try end() == end())
  }

  /// What a failed sync leaves in the write-ahead log is shown by the system, and is not on the disk.
  @Test("power fails while the log of a failed sync is being copied back")
  func crashAfterFailedSync() throws {
    for n in UInt64(1)...60 {
      let place = SimulatedDisk(seed: n)
      var store = try place.open()
      for number in 0..<20 {
        try store.append(message("kept \(number)", to: number % 2 == 0 ? lobby : Conversation(alice, bob)))
      }
      store.close()
      store = try place.open()
      // The commit fails at one of its writes or at its sync.
      place.fail(at: 1 + n % 12, SQLiteError.inputOutput)
      for number in 0..<4 { _ = try? store.append(message("\(number) " + String(repeating: "x", count: 9_000))) }
      place.fail(at: 0, 0)
      store.close()
      place.crash(at: 1 + n / 2)
      _ = try? place.open()
      place.crash(at: 0)
      let again = try place.open()
      #expect(try again.check() == [], "seed \(n)")
      #expect(try again.reader().texts(.latest(after: nil), limit: 99).filter { $0.hasPrefix("kept") }.count == 10)
      again.close()
    }
  }
}
