import Logging
import ParleyCore
import Synchronization

/// Hands mails to the operator's program: a few at a time, each for so long at most.
final class MailPool: Sendable {
  typealias Job = (JobID, Mail)

  private static let threads = 2
  private static let milliseconds: Int64 = 20_000

  private let pool = WorkerPool<Job>()
  private let mailbox: Mailbox
  private let logger: Logger
  private let isStopped = Atomic(false)

  init(mailbox: Mailbox, logger: Logger) {
    self.mailbox = mailbox
    self.logger = logger
  }

  func submit(_ jobs: [Job]) { pool.submit(jobs) }

  func start() throws(ThreadError) -> [WorkerThread] {
    var started: [WorkerThread] = []
    for number in 0..<Self.threads {
      started.append(
        try WorkerThread(name: "parley-mail-\(number)") { [self] in
          pool.work { id, mail in mailbox.post(.mailed(id, send(mail))) }
        })
    }
    return started
  }

  /// Programs that are running are ended.
  func stop() {
    isStopped.store(true, ordering: .relaxed)
    pool.stop()
  }

  private func send(_ mail: Mail) -> Bool {
    let end = ChildProcess.run(mail.command, input: Array(mail.text.utf8), milliseconds: Self.milliseconds) {
      isStopped.load(ordering: .relaxed)
    }
    if end == .exited(0) { return true }
    logger.warning("mail.failed", metadata: ["end": "\(end)"])
    return false
  }
}
