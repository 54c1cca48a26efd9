/// Connections that have `Loop.patience` seconds for something, in the order in which the time is up.
struct Deadlines {
  private var entries: [(connection: Connection, at: Int64)] = []
  private var head = 0

  mutating func append(_ connection: Connection) {
    entries.append((connection, MonotonicClock.milliseconds() + Int64(Loop.patience) * 1000))
  }

  mutating func takeExpired() -> [Connection] {
    let now = MonotonicClock.milliseconds()
    var expired: [Connection] = []
    while head < entries.count, entries[head].at <= now {
      expired.append(entries[head].connection)
      head += 1
    }
    if head * 2 > entries.count {
      entries.removeFirst(head)
      head = 0
    }
    return expired
  }
}
