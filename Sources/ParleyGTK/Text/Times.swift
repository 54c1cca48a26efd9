import Glibc

/// A moment in local time.
struct LocalTime: Equatable {
  let year: Int32
  let dayOfYear: Int32
  let hour: Int32
  let minute: Int32
  private let broken: tm

  /// - Parameter milliseconds: since 1970 UTC.
  init(_ milliseconds: Int64) {
    var seconds = time_t(milliseconds / 1000)
    var broken = tm()
    localtime_r(&seconds, &broken)
    year = broken.tm_year
    dayOfYear = broken.tm_yday
    hour = broken.tm_hour
    minute = broken.tm_min
    self.broken = broken
  }

  static var now: LocalTime { LocalTime(milliseconds()) }

  /// Milliseconds since 1970 UTC.
  static func milliseconds() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
  }

  static func == (one: LocalTime, other: LocalTime) -> Bool {
    one.isSameDay(as: other) && one.hour == other.hour && one.minute == other.minute
  }

  func isSameDay(as other: LocalTime) -> Bool { year == other.year && dayOfYear == other.dayOfYear }

  /// "10:41".
  var clock: String { digits(hour) + ":" + digits(minute) }

  /// "Monday, 3 August 2026" in the language of the system.
  var day: String { format("%A, %-d %B %Y") }

  /// With date and seconds.
  var full: String { format("%A, %-d %B %Y, %H:%M:%S") }

  /// As short as it can be said: the time today, else the date.
  var short: String {
    let now = LocalTime.now
    if isSameDay(as: now) { return clock }
    return year == now.year ? format("%-d %b") : format("%-d %b %Y")
  }

  private func digits(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }

  private func format(_ pattern: String) -> String {
    var buffer = [CChar](repeating: 0, count: 160)
    var broken = broken
    let length = strftime(&buffer, buffer.count, pattern, &broken)
    return String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
