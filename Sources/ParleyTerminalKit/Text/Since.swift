/// The moments that `--since` understands.
package enum Since {
  /// `90s`, `30m`, `2h`, `7d` before now; `09:30` today; `2026-11-22`; `2026-11-22 09:30` or with a T between. Times are
  /// the clock's, unless they end with Z. nil for anything else.
  package static func moment(_ text: String, now: Int64, clock: Clock) -> Int64? {
    if let span = span(text) { return now - span }
    let isUTC = text.hasSuffix("Z")
    let clock = isUTC ? Clock.utc : clock
    let parts = (isUTC ? text.dropLast() : text[...]).split(whereSeparator: { $0 == "T" || $0 == " " })
    switch parts.count {
    case 1:
      if let (hour, minute) = time(parts[0]) {
        let today = clock.day(now)
        return clock.moment(today.year, today.month, today.day, hour, minute)
      }
      guard let date = date(parts[0]) else { return nil }
      return clock.moment(date.0, date.1, date.2)
    case 2:
      guard let date = date(parts[0]), let (hour, minute) = time(parts[1]) else { return nil }
      return clock.moment(date.0, date.1, date.2, hour, minute)
    default: return nil
    }
  }

  private static func span(_ text: String) -> Int64? {
    guard let unit = text.last, let count = number(text.dropLast(), digits: 1...6) else { return nil }
    switch unit {
    case "s": return Int64(count) * 1000
    case "m": return Int64(count) * 60_000
    case "h": return Int64(count) * 3_600_000
    case "d": return Int64(count) * 86_400_000
    default: return nil
    }
  }

  private static func date(_ text: Substring) -> (Int, Int, Int)? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, let year = number(parts[0], digits: 4...4), let month = number(parts[1], digits: 2...2),
      let day = number(parts[2], digits: 2...2)
    else { return nil }
    return (year, month, day)
  }

  /// Seconds and parts of them are read and left out.
  private static func time(_ text: Substring) -> (Int, Int)? {
    let parts = text.prefix { $0 != "." }.split(separator: ":", omittingEmptySubsequences: false)
    guard (2...3).contains(parts.count), let hour = number(parts[0], digits: 1...2),
      let minute = number(parts[1], digits: 2...2), parts.count == 2 || number(parts[2], digits: 2...2) != nil
    else { return nil }
    return (hour, minute)
  }

  private static func number(_ text: Substring, digits: ClosedRange<Int>) -> Int? {
    guard digits.contains(text.count), text.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
    return Int(text)
  }
}
