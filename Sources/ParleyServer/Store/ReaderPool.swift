package import ParleyCore
package import ParleyStore

/// Answers the core's questions to the log, each thread with a reader of its own.
package final class ReaderPool: Sendable {
  package typealias Job = (JobID, StoreQuery)

  private let pool = WorkerPool<Job>()
  private let mailbox: Mailbox

  package init(mailbox: Mailbox) { self.mailbox = mailbox }

  package func submit(_ jobs: [Job]) { pool.submit(jobs) }

  /// Starts a thread for each reader.
  package func start(_ readers: [any StoreReader]) throws(ThreadError) -> [WorkerThread] {
    var started: [WorkerThread] = []
    for (number, reader) in readers.enumerated() {
      let handover = Handover(reader)
      started.append(
        try WorkerThread(name: "parley-read-\(number)") { [pool, mailbox] in
          let reader = handover.value
          pool.work { id, query in mailbox.post(.answered(id, Self.answer(query, reader))) }
        })
    }
    return started
  }

  package func stop() { pool.stop() }

  package static func answer(_ query: StoreQuery, _ reader: any StoreReader) -> QueryResult {
    do throws(StoreError) {
      switch query {
      case .history(let query):
        return .page(try reader.page(query))
      case .find(let messageID, let conversation):
        return .found(try reader.find(messageID: messageID, in: conversation))
      case .summaries(let identity, let rooms, let after, let before, let kinds, let limit):
        return .summaries(
          try reader.summaries(
            of: identity, rooms: rooms, after: after, before: before, kinds: kinds, limit: limit), looked: reader.looked
        )
      case .missed(let identity, let after, let kinds):
        return .summaries(try reader.missed(by: identity, after: after, kinds: kinds), looked: reader.looked)
      case .account(let name):
        return .account(try reader.account(named: name))
      case .conversation(let identity, let nick):
        return .conversation(try reader.conversation(of: identity, withNick: nick))
      }
    } catch {
      return .failed(error)
    }
  }
}
