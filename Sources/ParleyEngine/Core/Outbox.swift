import ParleyCache

/// Messages of one identity that the server has not acknowledged, in the order of their counters.
///
/// No operation that is needed for each message takes longer when more messages wait.
struct Outbox {
  private struct Entry {
    var counter: UInt64
    var message: Int64
  }

  private var rows: [Int64: OutboxRow] = [:]
  /// Rows that may be sent next, from `head` on. Some may have been removed since: `rows` decides.
  private var waiting: [Entry] = []
  private var head = 0
  /// Rows of chats that cannot be written to yet, such as rooms that are still being joined.
  private var parked: [Int64: [Entry]] = [:]
  /// Rows that were sent on this connection and are not answered.
  private(set) var inFlight: Set<Int64> = []

  init(_ rows: [OutboxRow] = []) {
    for row in rows { self.rows[row.message] = row }
    rewind()
  }

  var count: Int { rows.count }

  /// All rows, by their counters.
  var all: [OutboxRow] { rows.values.sorted { $0.counter < $1.counter } }

  subscript(message: Int64) -> OutboxRow? { rows[message] }

  mutating func append(_ row: OutboxRow) {
    rows[row.message] = row
    waiting.append(Entry(counter: row.counter, message: row.message))
  }

  mutating func remove(_ message: Int64) {
    rows[message] = nil
    inFlight.remove(message)
  }

  /// - Returns: the rows that were removed, by their counters.
  mutating func removeAll(ofChat chat: Int64) -> [OutboxRow] {
    let removed = all.filter { $0.chat == chat }
    for row in removed { remove(row.message) }
    parked[chat] = nil
    return removed
  }

  mutating func markAttempted(_ messages: [Int64]) {
    for message in messages { rows[message]?.wasAttempted = true }
  }

  // MARK: Sending

  /// The next row of a chat that can be written to; nil: there is none.
  mutating func next(isBlocked: (Int64) -> Bool) -> OutboxRow? {
    for chat in parked.keys.filter({ !isBlocked($0) }) { unpark(chat) }
    while head < waiting.count {
      let entry = waiting[head]
      if let row = rows[entry.message], row.counter == entry.counter, !inFlight.contains(entry.message) {
        if !isBlocked(row.chat) { return row }
        parked[row.chat, default: []].append(entry)
      }
      skip()
    }
    return nil
  }

  /// The row that `next` has given is being sent.
  mutating func take(_ message: Int64) {
    inFlight.insert(message)
    if head < waiting.count, waiting[head].message == message { skip() }
  }

  /// A row was sent and has to be sent again: before all that were not sent yet.
  mutating func putBack(_ message: Int64) {
    guard inFlight.remove(message) != nil, let row = rows[message] else { return }
    insert([Entry(counter: row.counter, message: message)])
  }

  /// The connection has ended: everything waits again.
  mutating func rewind() {
    inFlight = []
    parked = [:]
    head = 0
    waiting = all.map { Entry(counter: $0.counter, message: $0.message) }
  }

  private mutating func skip() {
    head += 1
    guard head >= 1_024, head * 2 > waiting.count else { return }
    waiting.removeFirst(head)
    head = 0
  }

  private mutating func unpark(_ chat: Int64) { insert(parked.removeValue(forKey: chat) ?? []) }

  /// Puts entries, which are in order, to where their counters belong.
  private mutating func insert(_ entries: [Entry]) {
    var merged: [Entry] = []
    var others = waiting[head...]
    for entry in entries {
      while let other = others.first, other.counter < entry.counter { merged.append(others.removeFirst()) }
      merged.append(entry)
    }
    waiting.replaceSubrange(..<others.startIndex, with: merged)
    head = 0
  }
}
