import IRC

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

  /// nil if there is no word in it.
  init?(_ text: String) {
    var strings: [String] = []
    for part in Self.parts(of: text) {
      if !part.isQuoted, restrict(part.text) { continue }
      guard part.text.unicodeScalars.contains(where: Self.isWordScalar) else { continue }
      strings.append(part.isQuoted ? "\"\(part.text)\"" : "\"\(part.text)\"*")
    }
    if strings.isEmpty { return nil }
    match = strings.prefix(Self.mostWords).joined(separator: " ")
  }

  /// Takes `from:`, `before:` and `after:`; false for anything else, also for days that are none.
  private mutating func restrict(_ word: String) -> Bool {
    guard let colon = word.utf8.firstIndex(of: UInt8(ascii: ":")) else { return false }
    let value = String(word[word.utf8.index(after: colon)...])
    switch word[..<colon].lowercased() {
    case "from" where !value.isEmpty:
      nick = value
    case "before":
      guard let day = Self.day(value) else { return false }
      until = min(until, day.milliseconds)
    case "after":
      guard let day = Self.day(value) else { return false }
      from = max(from, day.milliseconds + 86_400_000)
    default:
      return false
    }
    return true
  }

  private static func day(_ text: String) -> Timestamp? {
    text.utf8.count == 10 ? Timestamp(iso8601: text + "T00:00:00Z") : nil
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
