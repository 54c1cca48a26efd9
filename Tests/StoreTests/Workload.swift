import IRC
import ParleyStore
import Seeded
import Testing

/// A scripted run of commits, the same for the same seed. Every message carries a key, and its text is its own.
struct Workload {
  var batches: [[Transaction]] = []

  init(seed: UInt64, batches count: Int = 24) {
    var random = SeededRandom(seed: seed)
    var counters: [String: Int64] = [:]
    var number = 0
    let pair = Conversation(alice, bob)
    batches.append([
      Transaction([.createAccount(account(11, "alice")), .createAccount(account(12, "bob"))]),
      Transaction([.putRoom(room(1, "#lobby"))]),
    ])
    for _ in 1..<count {
      var batch: [Transaction] = []
      for _ in 0..<Int.random(in: 1...7, using: &random) {
        number += 1
        let sender = [alice, bob, guest].randomElement(using: &random) ?? alice
        let conversation = [lobby, pair, Conversation(sender, alice)].randomElement(using: &random) ?? lobby
        let device = "\(nick(sender))'s \(Bool.random(using: &random) ? "phone" : "laptop")"
        counters[device, default: 0] += 1
        let key = IdempotencyKey(device: device, counter: counters[device] ?? 0, bodyHash: Int64(number))
        let padding = String(repeating: "x", count: Int.random(in: 0...900, using: &random))
        var changes: [Change] = [
          .append(message("\(number) \(padding)", from: sender, to: conversation, at: Int64(number), key: key))
        ]
        if number % 4 == 0 {
          changes.append(
            .putDevice(
              DeviceRecord(
                account: AccountID(11), device: "phone", seen: Int64(number),
                lastSeenAt: Timestamp(milliseconds: Int64(number)))))
        }
        batch.append(Transaction(changes))
      }
      batches.append(batch)
    }
  }
}

/// What a client knows, and what must therefore be true of the log.
struct Journal {
  var acknowledged: [(event: NewEvent, receipt: Receipt)] = []
  /// A batch whose commit ended with an error, or never.
  var pending: [Transaction]?

  mutating func acknowledge(_ batch: [Transaction], _ outcomes: [Outcome]) -> [String] {
    pending = nil
    var problems: [String] = []
    for (transaction, outcome) in zip(batch, outcomes) {
      guard case .append(let event)? = transaction.changes.first else { continue }
      if let receipt = outcome.receipt {
        acknowledged.append((event, receipt))
      } else {
        problems.append("\(event.text.prefix(8)) was answered with \(outcome)")
      }
    }
    return problems
  }

  enum Pending {
    case absent
    case absentOrComplete
  }

  /// Compares everything acknowledged with everything there is. An empty answer: nothing lost, nothing twice, order
  /// kept.
  func problems(in store: any Store, pending expectation: Pending) throws(StoreError) -> [String] {
    var problems = try store.check()
    let reader = try store.reader()
    var stored: [String: Receipt] = [:]
    var count = 0
    for conversation in [lobby, Conversation(alice, bob), Conversation(alice, guest), Conversation(alice, alice)] {
      let events = try reader.history(
        HistoryQuery(conversation: conversation, range: .after(.sequence(0)), limit: 100_000))
      for (index, event) in events.enumerated() {
        if event.receipt.sequence != Int64(index + 1) { problems.append("\(conversation) is not dense") }
        if stored.updateValue(event.receipt, forKey: event.text) != nil { problems.append("twice: \(event.text)") }
        count += 1
      }
    }
    for (event, receipt) in acknowledged where stored[event.text] != receipt {
      problems.append("acknowledged, but \(stored[event.text] == nil ? "lost" : "changed"): \(event.text.prefix(8))")
    }
    let unknown = (pending ?? []).compactMap { transaction -> String? in
      guard case .append(let event)? = transaction.changes.first else { return nil }
      return event.text
    }
    let found = unknown.filter { stored[$0] != nil }.count
    if found > 0, expectation == .absent || found < unknown.count {
      problems.append("\(found) of \(unknown.count) messages of a failed commit are there")
    }
    if count != acknowledged.count + found { problems.append("\(count) stored, \(acknowledged.count) acknowledged") }
    if try store.load().lastPosition != Int64(count) { problems.append("the last position is wrong") }
    // Retries of what has been acknowledged get the first receipt.
    for (event, receipt) in acknowledged.suffix(12) {
      let outcome = try store.commit([Transaction(.append(event))])[0]
      if outcome != .duplicate(receipt) { problems.append("a retry of \(event.text.prefix(8)) gave \(outcome)") }
    }
    return problems
  }
}
