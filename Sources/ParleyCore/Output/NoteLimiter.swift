import IRC

/// Bounds the lines that one address can cause in the log: the first ones of a minute are written, the others counted, and one line
/// tells the count when the minute is over.
struct NoteLimiter {
  static let linesPerMinute = 10
  /// Addresses and events that are counted apart from each other. Further ones share a count.
  private static let mostKeys = 2_000
  /// The address that stands for all those.
  private static let elsewhere = ""

  private struct Key: Hashable {
    let event: String
    let address: String
  }

  private var counts: [Key: Int] = [:]
  private var minute: Int64 = 0

  mutating func admits(_ event: String, _ address: String, at now: MonotonicTime) -> Bool {
    if counts.isEmpty { minute = now.milliseconds / 60_000 }
    var key = Key(event: event, address: Admission.key(address))
    if counts[key] == nil, counts.count >= Self.mostKeys { key = Key(event: event, address: Self.elsewhere) }
    counts[key, default: 0] += 1
    return counts[key, default: 0] <= Self.linesPerMinute
  }

  /// The counts of a minute that is over.
  mutating func summaries(at now: MonotonicTime) -> [Note] {
    guard !counts.isEmpty, now.milliseconds / 60_000 != minute else { return [] }
    let over = counts.filter { $0.value > Self.linesPerMinute }
      .sorted { ($0.key.event, $0.key.address) < ($1.key.event, $1.key.address) }
    counts = [:]
    return over.map { key, count in
      var fields = [("count", "\(count - Self.linesPerMinute)"), ("of", key.event)]
      if !key.address.isEmpty { fields.append(("address", key.address)) }
      return Note(.notice, "log.suppressed", fields)
    }
  }
}
