import IRC
import Seeded
import Testing

@Suite("Timestamps")
struct TimestampTests {
  @Test(
    "known moments",
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
      (1_795_361_228_123, "2026-11-22T15:27:08.123Z"),
      (951_782_400_000, "2000-02-29T00:00:00.000Z"), (951_868_800_000, "2000-03-01T00:00:00.000Z"),
      (-2_203_891_200_000, "1900-03-01T00:00:00.000Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
      (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
      (1_319_042_451_620, "2011-10-19T16:40:51.620Z"),
    ] as [(Int64, String)])
  func known(milliseconds: Int64, text: String) {
    #expect(Timestamp(milliseconds: milliseconds).iso8601 == text)
    #expect(Timestamp(iso8601: text)?.milliseconds == milliseconds)
  }

  @Test("moments beyond four digits of a year are clamped")
  func clamped() {
    #expect(Timestamp(milliseconds: .max).iso8601 == "9999-12-31T23:59:59.999Z")
    #expect(Timestamp(milliseconds: 253_402_300_800_000).iso8601 == "9999-12-31T23:59:59.999Z")
    #expect(Timestamp(milliseconds: .min).iso8601 == "0000-01-01T00:00:00.000Z")
  }

  @Test("every day of the first 900 and the last 500 years follows the one before")
  func everyDay() {
    let first = days(from: -719_528, count: 328_719, year: 0)
    #expect(first == 900)
    let last = days(from: 2_750_276, count: 182_621, year: 9500)
    #expect(last == 10_000)
  }

  /// Checks so many days, the first of which is 1 January of `year`; returns the year after the last of them.
  private func days(from start: Int64, count: Int64, year: Int) -> Int? {
    var expected = (year: year, month: 1, day: 1)
    var bytes: [UInt8] = []
    for day in start..<(start + count) {
      bytes.removeAll(keepingCapacity: true)
      Timestamp(milliseconds: day * 86_400_000).appendISO8601(to: &bytes)
      func number(_ range: Range<Int>) -> Int { bytes[range].reduce(0) { $0 * 10 + Int($1) - 48 } }
      let date = (year: number(0..<4), month: number(5..<7), day: number(8..<10))
      guard date == expected else {
        Issue.record("day \(day): \(date), not \(expected)")
        return nil
      }
      let isLeap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0)
      let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
      expected.day += 1
      if expected.day > lengths[date.month - 1] { expected = (date.year, date.month + 1, 1) }
      if expected.month > 12 { expected = (date.year + 1, 1, 1) }
    }
    return expected.month == 1 && expected.day == 1 ? expected.year : nil
  }

  @Test("random moments come back", arguments: 0..<2)
  func roundTrip(seed: Int) {
    var generator = SeededRandom(seed: UInt64(seed) + 400)
    for _ in 0..<5000 {
      let moment = Timestamp(
        milliseconds: .random(in: -62_167_219_200_000...253_402_300_799_999, using: &generator))
      #expect(Timestamp(iso8601: moment.iso8601) == moment)
    }
  }

  @Test("fractions may be missing, short or long; second 60 is the next minute")
  func lenient() {
    #expect(Timestamp(iso8601: "1970-01-01T00:00:01Z")?.milliseconds == 1000)
    #expect(Timestamp(iso8601: "1970-01-01T00:00:01.5Z")?.milliseconds == 1500)
    #expect(Timestamp(iso8601: "1970-01-01T00:00:01.05Z")?.milliseconds == 1050)
    #expect(Timestamp(iso8601: "1970-01-01T00:00:01.123456789Z")?.milliseconds == 1123)
    #expect(Timestamp(iso8601: "2012-06-30T23:59:60.419Z")?.iso8601 == "2012-07-01T00:00:00.419Z")
    #expect(Timestamp(iso8601: "9999-12-31T23:59:60Z")?.milliseconds == 253_402_300_800_000)
  }

  @Test(
    "what is not in the format is nothing",
    arguments: [
      "", "Z", "now", "2026-11-22", "2026-11-22T15:27:08", "2026-11-22T15:27:08z", "2026-11-22 15:27:08Z",
      "2026-11-22T15:27:08.Z", "2026-11-22T15:27:08.1234567890Z", "2026-11-22T15:27:08,123Z",
      "2026-11-22T15:27:08+00:00",
      "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-04-31T00:00:00Z",
      "2026-11-00T00:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T15:60:00Z", "2026-11-22T15:27:61Z",
      "-026-11-22T15:27:08Z", "2026-11-22T15:27:08.1é3Z", "２026-11-22T15:27:08Z", " 2026-11-22T15:27:08Z",
      "2026-11-22T15:27:08.12aZ", "2026-11-22T15:27:08ZZ",
    ])
  func malformed(text: String) {
    #expect(Timestamp(iso8601: text) == nil)
  }

  @Test("seconds are rounded down, and additions stop at the ends")
  func arithmetic() {
    #expect(Timestamp(milliseconds: 1999).seconds == 1)
    #expect(Timestamp(milliseconds: -1).seconds == -1)
    #expect(Timestamp(milliseconds: -1000).seconds == -1)
    #expect(Timestamp(milliseconds: .min).seconds == -9_223_372_036_854_776)
    #expect(Timestamp(milliseconds: .max).adding(milliseconds: 1).milliseconds == .max)
    #expect(Timestamp(milliseconds: .min).adding(milliseconds: -1).milliseconds == .min)
    #expect(Timestamp(milliseconds: 5).adding(milliseconds: -7).milliseconds == -2)
    #expect(Timestamp(milliseconds: -1) < Timestamp(milliseconds: 0))
  }
}
