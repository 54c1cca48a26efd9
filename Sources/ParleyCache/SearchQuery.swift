import IRC

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// What somebody typed to search for, as an expression of FTS5 and restrictions.
///
/// Nothing of the text is ever taken for syntax of FTS5: each word and phrase becomes a quoted string, and none
/// contains a quotation mark.
struct SearchQuery: Equatable {
  private static let mostWords = 32

  /// Strings next to each other: all of them are wanted. Those in which FTS5 finds no word are ignored by it.
  var match = ""
  /// "": anybody.
  var nick = ""
  /// The first and the first no longer wanted millisecond since 1970.
  var from = Int64.min
  var until = Int64.max

  /// nil if there is neither a word nor a restriction in it, or a day that is none.
  /// - Parameter startOfDay: the first millisecond of a day, of the one after it with `days` 1.
  init?(_ text: String, startOfDay: (_ day: Day, _ days: Int32) -> Int64? = Day.localStart) {
    var strings: [String] = []
    var isRestricted = false
    for part in Self.parts(of: text) {
      if !part.isQuoted {
        switch restrict(part.text, startOfDay) {
        case true?:
          isRestricted = true
          continue
        case false?: break
        case nil: return nil
        }
      }
      guard part.text.unicodeScalars.contains(where: Self.isWordScalar) else { continue }
      let words = SearchText.indexed(part.text)
      strings.append(part.isQuoted ? "\"\(words)\"" : "\"\(words)\"*")
    }
    if strings.isEmpty, !isRestricted { return nil }
    match = strings.prefix(Self.mostWords).joined(separator: " ")
  }

  /// Takes `from:`, `before:` and `after:`; false for anything else, nil for days that are none.
  private mutating func restrict(_ word: String, _ startOfDay: (Day, Int32) -> Int64?) -> Bool? {
    guard let colon = word.utf8.firstIndex(of: UInt8(ascii: ":")) else { return false }
    let value = String(word[word.utf8.index(after: colon)...])
    switch word[..<colon].lowercased() {
    case "from" where !value.isEmpty:
      nick = value
    case "before":
      guard let day = Day(value), let start = startOfDay(day, 0) else { return nil }
      until = min(until, start)
    case "after":
      guard let day = Day(value), let start = startOfDay(day, 1) else { return nil }
      from = max(from, start)
    default:
      return false
    }
    return true
  }

  /// Words and what stands between quotation marks. A mark that is never closed is, at the end.
  private static func parts(of text: String) -> [(text: String, isQuoted: Bool)] {
    var parts: [(text: String, isQuoted: Bool)] = []
    var current = String.UnicodeScalarView()
    var isQuoted = false
    func finish() {
      if !current.isEmpty { parts.append((String(current), isQuoted)) }
      current = String.UnicodeScalarView()
    }
    for scalar in text.unicodeScalars {
      if scalar == "\"" {
        finish()
        isQuoted.toggle()
      } else if scalar.value == 0 || !isQuoted && scalar.properties.isWhitespace {
        // FTS5 takes a zero byte for the end of the expression.
        if isQuoted { current.append(" ") } else { finish() }
      } else {
        current.append(scalar)
      }
    }
    finish()
    return parts
  }

  /// What the tokenizer `unicode61` makes words of: letters, numbers, private use.
  private static func isWordScalar(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
      .letterNumber, .otherNumber, .privateUse:
      true
    default:
      false
    }
  }
}

/// A day of the calendar that exists.
struct Day: Equatable {
  var year: Int32
  var month: Int32
  var day: Int32

  /// `2026-01-31`; nil for anything else.
  init?(_ text: String) {
    guard text.utf8.count == 10, Timestamp(iso8601: text + "T00:00:00Z") != nil else { return nil }
    let numbers = text.split(separator: "-").compactMap { Int32($0) }
    guard numbers.count == 3 else { return nil }
    (year, month, day) = (numbers[0], numbers[1], numbers[2])
  }

  /// When it, or the day so many days later, begins in the time zone of the machine, in milliseconds since 1970.
  static func localStart(of day: Day, plus days: Int32) -> Int64? {
    var time = tm()
    (time.tm_year, time.tm_mon, time.tm_mday) = (day.year - 1900, day.month - 1, day.day + days)
    time.tm_isdst = -1
    let seconds = mktime(&time)
    return seconds == -1 && day.year > 1970 ? nil : Int64(seconds) * 1_000
  }
}
