extension Timestamp {
  private static let millisecondsOfDay: Int64 = 86_400_000

  /// The first and the last moment that four digits of a year can say.
  private static let expressible: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999

  /// `2026-11-22T15:27:08.123Z`. Moments before the year 0000 or after 9999 are written as the first or last of these.
  public var iso8601: String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(24)
    appendISO8601(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends the 24 bytes of `iso8601`.
  public func appendISO8601(to buffer: inout [UInt8]) {
    let moment = min(max(milliseconds, Self.expressible.lowerBound), Self.expressible.upperBound)
    let (day, time) = Self.divide(moment, by: Self.millisecondsOfDay)
    let date = Self.date(ofDay: Int(day))
    let millisecond = Int(time)
    Self.append(date.year, 4, UInt8(ascii: "-"), &buffer)
    Self.append(date.month, 2, UInt8(ascii: "-"), &buffer)
    Self.append(date.day, 2, UInt8(ascii: "T"), &buffer)
    Self.append(millisecond / 3_600_000, 2, UInt8(ascii: ":"), &buffer)
    Self.append(millisecond / 60_000 % 60, 2, UInt8(ascii: ":"), &buffer)
    Self.append(millisecond / 1000 % 60, 2, UInt8(ascii: "."), &buffer)
    Self.append(millisecond % 1000, 3, UInt8(ascii: "Z"), &buffer)
  }

  /// Reads `YYYY-MM-DDThh:mm:ss[.fraction]Z` with a fraction of one to nine digits, of which the first three count. The
  /// second 60, which server-time allows, is the first of the next minute. nil for anything else.
  public init?(iso8601 text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count >= 20, bytes.last == UInt8(ascii: "Z"),
      bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"), bytes[10] == UInt8(ascii: "T"),
      bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
      let year = Self.number(bytes[0..<4]), let month = Self.number(bytes[5..<7]),
      let day = Self.number(bytes[8..<10]), let hour = Self.number(bytes[11..<13]),
      let minute = Self.number(bytes[14..<16]), let second = Self.number(bytes[17..<19]),
      let fraction = Self.fraction(bytes[19..<(bytes.count - 1)]),
      (1...12).contains(month), day >= 1, day <= Self.days(inMonth: month, year), hour < 24, minute < 60, second <= 60
    else { return nil }
    let time = ((hour * 60 + minute) * 60 + second) * 1000 + fraction
    self.init(milliseconds: Int64(Self.day(year, month, day)) * Self.millisecondsOfDay + Int64(time))
  }

  // MARK: Digits

  private static func append(_ value: Int, _ width: Int, _ end: UInt8, _ buffer: inout [UInt8]) {
    var divisor = width == 4 ? 1000 : width == 3 ? 100 : 10
    while divisor > 0 {
      buffer.append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: value / divisor % 10))
      divisor /= 10
    }
    buffer.append(end)
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    guard digits.allSatisfy(ASCII.isDigit) else { return nil }
    return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
  }

  /// Milliseconds of nothing, or of `.` and digits.
  private static func fraction(_ text: ArraySlice<UInt8>) -> Int? {
    guard let first = text.first else { return 0 }
    let digits = text.dropFirst()
    guard first == UInt8(ascii: "."), (1...9).contains(digits.count), digits.allSatisfy(ASCII.isDigit) else {
      return nil
    }
    let three = digits.prefix(3)
    return (number(three) ?? 0) * (three.count == 1 ? 100 : three.count == 2 ? 10 : 1)
  }

  // MARK: Calendar

  private static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

  private static func days(inMonth month: Int, _ year: Int) -> Int {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  // Both ways count from 1 March of the year 0: with February last, a year's days before a month do not depend on
  // leap years, and are 153 for every five months.

  private static let daysBefore1970 = 719_468
  private static let daysOf400Years = 146_097

  /// Days since 1970 of a date in the years 0…9999.
  private static func day(_ year: Int, _ month: Int, _ day: Int) -> Int {
    // One cycle of 400 years more keeps January and February of the year 0 above zero.
    let marchYear = (month > 2 ? year : year - 1) + 400
    let marchMonth = (month + 9) % 12
    let dayOfYear = (153 * marchMonth + 2) / 5 + day - 1
    return marchYear * 365 + marchYear / 4 - marchYear / 100 + marchYear / 400 + dayOfYear
      - daysBefore1970 - daysOf400Years
  }

  /// The date of a day since 1970, in the years 0…9999.
  private static func date(ofDay day: Int) -> (year: Int, month: Int, day: Int) {
    let days = day + daysBefore1970 + daysOf400Years
    let cycle = days / daysOf400Years
    let dayOfCycle = days % daysOf400Years
    let yearOfCycle = (dayOfCycle - dayOfCycle / 1460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365
    let dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    let year = yearOfCycle + (cycle - 1) * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
  }
}
