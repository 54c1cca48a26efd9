#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Turns moments into days and hours. Moments are milliseconds since 1970 UTC.
package struct Clock: Sendable {
  package struct Day: Equatable, Sendable {
    package var year: Int
    package var month: Int
    package var day: Int
    /// 0 is Sunday.
    package var weekday: Int
  }

  private let isLocal: Bool

  /// The zone of this computer, as TZ says.
  package static let local = Clock(isLocal: true)
  package static let utc = Clock(isLocal: false)

  package static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }

  package func day(_ moment: Int64) -> Day {
    let fields = self.fields(moment)
    return Day(
      year: Int(fields.tm_year) + 1900, month: Int(fields.tm_mon) + 1, day: Int(fields.tm_mday),
      weekday: Int(fields.tm_wday))
  }

  /// `09:05`.
  package func time(_ moment: Int64) -> String {
    let fields = self.fields(moment)
    return Self.padded(Int(fields.tm_hour), 2) + ":" + Self.padded(Int(fields.tm_min), 2)
  }

  /// `Sunday, 22 November 2026`.
  package func dayName(_ moment: Int64) -> String {
    let day = self.day(moment)
    let weekday = Self.weekdays.indices.contains(day.weekday) ? Self.weekdays[day.weekday] : ""
    let month = Self.months.indices.contains(day.month - 1) ? Self.months[day.month - 1] : ""
    return "\(weekday), \(day.day) \(month) \(day.year)"
  }

  /// `2026-11-22 09:05`.
  package func dateAndTime(_ moment: Int64) -> String {
    let day = self.day(moment)
    return "\(Self.padded(day.year, 4))-\(Self.padded(day.month, 2))-\(Self.padded(day.day, 2)) \(time(moment))"
  }

  /// `2026-11-22T09:05:00.123Z`, for programs, always in UTC.
  package static func iso8601(_ moment: Int64) -> String {
    let fields = utc.fields(moment)
    let date = [(Int(fields.tm_year) + 1900, 4), (Int(fields.tm_mon) + 1, 2), (Int(fields.tm_mday), 2)]
    let time = [Int(fields.tm_hour), Int(fields.tm_min), Int(fields.tm_sec)]
    let milliseconds = Int((moment % 1000 + 1000) % 1000)
    return date.map { padded($0.0, $0.1) }.joined(separator: "-") + "T"
      + time.map { padded($0, 2) }.joined(separator: ":") + "." + padded(milliseconds, 3) + "Z"
  }

  /// The moment that a day begins, or so many hours and minutes into it. nil if there is no such day or time.
  package func moment(_ year: Int, _ month: Int, _ day: Int, _ hour: Int = 0, _ minute: Int = 0) -> Int64? {
    guard (1970...9999).contains(year), (1...12).contains(month), (1...31).contains(day), (0...23).contains(hour),
      (0...59).contains(minute)
    else { return nil }
    var fields = tm()
    fields.tm_year = Int32(year - 1900)
    fields.tm_mon = Int32(month - 1)
    fields.tm_mday = Int32(day)
    fields.tm_hour = Int32(hour)
    fields.tm_min = Int32(minute)
    fields.tm_isdst = -1
    let seconds = isLocal ? mktime(&fields) : timegm(&fields)
    // A thirtieth of February becomes a day of March.
    guard fields.tm_mday == Int32(day) else { return nil }
    return Int64(seconds) * 1000
  }

  private func fields(_ moment: Int64) -> tm {
    // What a server sends may lie outside of what the calendar can say.
    let bounded = min(max(moment, -62_135_596_800_000), 253_402_300_799_999)
    var seconds = time_t((bounded - (bounded % 1000 + 1000) % 1000) / 1000)
    var fields = tm()
    _ = isLocal ? localtime_r(&seconds, &fields) : gmtime_r(&seconds, &fields)
    return fields
  }

  private static func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  private static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
  ]
}
