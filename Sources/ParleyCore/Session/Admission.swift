import IRC

/// Counts by address the connections that came through a gateway (WEBIRC), because their addresses are not known when they are accepted.
/// IPv6 addresses count by /64.
struct Admission {
  private var open: [String: Int] = [:]
  private(set) var refusals = 0
  private var recent: [String: (minute: Int64, count: Int)] = [:]

  enum Verdict { case welcome, tooMany, tooFast }

  static func key(_ address: String) -> String {
    guard address.contains(":") else { return address }
    return IPv6Prefix.half(of: address)
  }

  mutating func admit(_ address: String, at now: MonotonicTime, _ configuration: Configuration) -> Verdict {
    let verdict = judge(address, at: now, configuration)
    if verdict != .welcome { refusals += 1 }
    return verdict
  }

  private mutating func judge(_ address: String, at now: MonotonicTime, _ configuration: Configuration) -> Verdict {
    let key = Self.key(address)
    let minute = now.milliseconds / 60_000
    if recent.count > 100_000 { recent.removeAll() }
    var entry = recent[key] ?? (minute, 0)
    if entry.minute != minute { entry = (minute, 0) }
    entry.count += 1
    recent[key] = entry
    if entry.count > configuration.connectionsPerMinute { return .tooFast }
    if open[key, default: 0] >= configuration.connectionsPerAddress { return .tooMany }
    open[key, default: 0] += 1
    return .welcome
  }

  mutating func leave(_ address: String) {
    let key = Self.key(address)
    guard let count = open[key] else { return }
    open[key] = count > 1 ? count - 1 : nil
  }
}

enum IPv6Prefix {
  /// The first four groups of an IPv6 address, `::` expanded.
  static func half(of address: String) -> String {
    let sides = address.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)[0]
    let groups = sides.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard let gap = groups.dropFirst().dropLast().firstIndex(of: "") ?? (groups.first == "" ? 0 : nil) else {
      return groups.prefix(4).joined(separator: ":")
    }
    let front = groups[..<gap].filter { !$0.isEmpty }
    let back = groups[gap...].filter { !$0.isEmpty }
    let zeros = max(0, 8 - front.count - back.count)
    return (front + Array(repeating: "0", count: zeros) + back).prefix(4).joined(separator: ":")
  }
}
