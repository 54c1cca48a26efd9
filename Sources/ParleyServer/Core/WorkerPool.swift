package import ParleyCore
import ParleyStore

/// Threads that take jobs from one queue, oldest first.
final class WorkerPool<Job: Sendable>: Sendable {
  private struct Queue {
    var jobs: [Job] = []
    var head = 0
    var isStopped = false

    mutating func next() -> Job? {
      guard head < jobs.count else { return nil }
      let job = jobs[head]
      head += 1
      if head == jobs.count {
        jobs.removeAll(keepingCapacity: jobs.capacity < 1024)
        head = 0
      } else if head > 1024, head * 2 > jobs.count {
        jobs.removeFirst(head)
        head = 0
      }
      return job
    }
  }

  private let queue = Monitor(Queue())

  func submit(_ jobs: [Job]) {
    queue.withLock { $0.jobs.append(contentsOf: jobs) }
    if jobs.count == 1 { queue.wakeOne() } else { queue.wakeAll() }
  }

  /// Works on jobs until the pool is stopped. Each of the pool's threads calls it once.
  func work(_ body: (Job) -> Void) {
    while let job = queue.wait({ queue -> Job?? in
      if queue.isStopped { return .some(nil) }
      return queue.next().map { .some($0) }
    }) {
      body(job)
    }
  }

  /// Jobs not begun are dropped.
  func stop() {
    queue.withLock { $0.isStopped = true }
    queue.wakeAll()
  }
}

/// Derives passwords: work for milliseconds each, which nobody else must wait behind.
package final class PasswordPool: Sendable {
  package typealias Job = (JobID, password: [UInt8], salt: [UInt8], iterations: Int)

  private let pool = WorkerPool<Job>()
  private let mailbox: Mailbox

  package init(mailbox: Mailbox) { self.mailbox = mailbox }

  package func submit(_ jobs: [Job]) { pool.submit(jobs) }

  package func start(threads: Int) throws(ThreadError) -> [WorkerThread] {
    var started: [WorkerThread] = []
    for number in 0..<max(1, threads) {
      started.append(
        try WorkerThread(name: "parley-pass-\(number)") { [pool, mailbox] in
          pool.work { id, password, salt, iterations in
            let verifier = ScramVerifier.derive(password: password, salt: salt, iterations: iterations)
            mailbox.post(.derived(id, verifier))
          }
        })
    }
    return started
  }

  package func stop() { pool.stop() }
}
