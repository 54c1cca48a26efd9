import IRC
import ParleyStore
import SQLite
import Testing

/// Disks that fail or are full.
@Suite("Faults")
struct FaultTests {
  private static let inputOutputError = SQLiteError.inputOutput

  /// Runs the workload while the n-th operation fails. An error is followed by the same batch again; a fatal one by a
  /// new start, with or without a power failure.
  private func run(_ workload: Workload, on place: SimulatedDisk, failAt n: UInt64, _ code: Int32, crashes: Bool)
    -> [String]
  {
    var journal = Journal()
    var problems: [String] = []
    var store: (any Store)?
    var next = 0
    var attempts = 0
    place.fail(at: n, code)
    while next < workload.batches.count, problems.isEmpty {
      attempts += 1
      if attempts > workload.batches.count + 10 { return ["it does not recover from the failure of operation \(n)"] }
      do throws(StoreError) {
        let open = if let store { store } else { try place.open() }
        store = open
        let batch = workload.batches[next]
        journal.pending = batch
        problems += journal.acknowledge(batch, try open.commit(batch))
        next += 1
        if next % 4 == 0 { _ = try open.maintain() }
      } catch {
        if let store, error.kind != .fatal {
          problems += (try? journal.problems(in: store, pending: .absent)) ?? ["reading fails, too, after \(error)"]
          continue
        }
        store?.close()
        store = nil
        if crashes { place.crash() }
        do throws(StoreError) {
          let open = try place.open()
          problems += try journal.problems(in: open, pending: .absentOrComplete)
          store = open
        } catch {
          problems.append("one failure, and it does not come up again: \(error)")
        }
      }
    }
    store = nil
    place.crash()
    do throws(StoreError) {
      problems += try journal.problems(in: place.open(), pending: .absentOrComplete)
    } catch {
      problems.append("it does not come up again: \(error)")
    }
    return problems.map { "failure \(code) at \(n): \($0)" }
  }

  @Test(
    "one failure at any operation: acknowledged and there, or an error and not",
    arguments: [SQLiteError.full, inputOutputError], [false, true])
  func everyOperation(code: Int32, crashes: Bool) {
    let workload = Workload(seed: 9, batches: 14)
    let place = SimulatedDisk(seed: 0)
    #expect(run(workload, on: place, failAt: 0, code, crashes: crashes) == [])
    for n in 1...place.operations {
      let problems = run(workload, on: SimulatedDisk(seed: n), failAt: n, code, crashes: crashes)
      if !problems.isEmpty {
        Issue.record("\(problems.joined(separator: "\n"))")
        return
      }
    }
  }

  @Test("a full disk refuses messages, serves reads, and recovers when there is room")
  func diskFull() throws {
    let place = SimulatedDisk(seed: 3)
    var store = try place.open()
    let first = try store.append(message("before", key: key(1)))
    place.setBudget(60_000)
    var counter: Int64 = 1
    var failure: StoreError?
    while failure == nil {
      counter += 1
      do throws(StoreError) {
        _ = try store.commit([Transaction(.append(message("\(counter)", key: key(counter))))])
      } catch {
        failure = error
      }
    }
    #expect(failure?.kind == .full)
    #expect(counter > 3)
    for _ in 0..<3 {
      #expect(throws: StoreError.self) { try store.append(message("\(counter)", key: key(counter))) }
      let reader = try store.reader()
      #expect(try reader.texts(.latest(after: nil), limit: 1) == ["\(counter - 1)"])
      #expect(try reader.find(messageID: first.messageID, in: lobby)?.text == "before")
    }
    store.close()
    place.crash()
    store = try place.open()
    #expect(try store.reader().texts(.latest(after: nil), limit: 1) == ["\(counter - 1)"])
    place.setBudget(-1)
    #expect(try store.append(message("\(counter)", key: key(counter))).sequence == counter)
    #expect(try store.check() == [])
    place.crash()
    let again = try place.open()
    #expect(try again.load().lastPosition == counter)
    #expect(try again.check() == [])
  }

  @Test("after a failed sync nothing is committed any more")
  func failedSync() throws {
    let place = SimulatedDisk(seed: 4)
    let store = try place.open()
    try store.append(message("a"))
    // Two frames of the log and their pages, then the sync.
    var kind: StoreError.Kind?
    for n in UInt64(1)...20 where kind != .fatal {
      place.fail(at: n, SQLiteError.syncFailed)
      do throws(StoreError) {
        _ = try store.commit([Transaction(.append(message("b")))])
      } catch {
        kind = error.kind
      }
    }
    #expect(kind == .fatal)
    place.fail(at: 0, 0)
    do throws(StoreError) {
      _ = try store.commit([Transaction(.append(message("c")))])
      Issue.record("it went on")
    } catch {
      #expect(error.kind == .fatal)
    }
  }
}
