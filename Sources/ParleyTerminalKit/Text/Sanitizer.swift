/// Makes text of others fit to be shown in a terminal. Nothing that leaves here can move the cursor, change colours, set a
/// title, answer as if somebody had typed, or turn the direction of what follows.
package enum Sanitizer {
  /// Marks that may stand on one character. More of them climb over the lines around.
  private static let maximumMarks = 6

  /// One line: line ends are shown as `⏎`, tabs as a space.
  package static func line(_ text: String) -> String { clean(text, lineEnd: "⏎") }

  /// Text of any number of lines, which end with "\n".
  package static func text(_ text: String) -> String { clean(text, lineEnd: "\n") }

  /// A name in a narrow place: one line, at most `width` columns.
  package static func name(_ text: String, width: Int) -> String { Width.shortened(line(text), to: width) }

  // MARK: Kinds of scalars

  /// C0, DEL, C1, and the separators of lines and paragraphs.
  package static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029: true
    default: false
    }
  }

  /// What orders text from right to left or back without being text: marks, embeddings, overrides, isolates (UAX #9).
  package static func isDirection(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  /// What is not seen and has no business in a chat: fillers, invisible operators, annotations, tags.
  private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x00AD, 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B...0x180E, 0x200B, 0x2060...0x2065, 0x206A...0x206F,
      0x3164, 0xFE00...0xFE0E, 0xFEFF, 0xFFA0, 0xFFF0...0xFFFB, 0x1D173...0x1D17A, 0xE0000...0xE0FFF:
      true
    default: false
    }
  }

  // MARK: Cleaning

  private static func clean(_ text: String, lineEnd: Unicode.Scalar) -> String {
    var result = String.UnicodeScalarView()
    var scalars = Array(text.unicodeScalars)[...]
    var marks = 0
    while let scalar = scalars.popFirst() {
      if isFormatting(scalar) {
        skipColours(after: scalar, &scalars)
        continue
      }
      if isDirection(scalar) || isInvisible(scalar) { continue }
      marks = Width.isMark(scalar) ? marks + 1 : 0
      if marks > maximumMarks { continue }
      switch scalar {
      case "\r" where scalars.first == "\n": continue
      case "\n", "\u{2028}", "\u{2029}": result.append(lineEnd)
      case "\t": result.append(" ")
      default: result.append(isControl(scalar) ? picture(of: scalar) : scalar)
      }
    }
    return String(result)
  }

  /// The picture of a control character, U+2400 …; U+FFFD for C1, which has none.
  private static func picture(of scalar: Unicode.Scalar) -> Unicode.Scalar {
    switch scalar.value {
    case 0..<0x20: Unicode.Scalar(0x2400 + scalar.value) ?? "\u{FFFD}"
    case 0x7F: "\u{2421}"
    default: "\u{FFFD}"
    }
  }

  /// The formatting bytes that IRC clients have agreed on: bold, colours, italics and so on (modern.ircdocs.horse/formatting).
  private static func isFormatting(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x02, 0x03, 0x04, 0x0F, 0x11, 0x16, 0x1D, 0x1E, 0x1F: true
    default: false
    }
  }

  /// "Colour: 0x03, one or two digits, and perhaps a comma and one or two more"; "hex colour: 0x04 and six digits".
  private static func skipColours(after scalar: Unicode.Scalar, _ rest: inout ArraySlice<Unicode.Scalar>) {
    switch scalar.value {
    case 0x03: skip(1...2, rest: &rest) { ("0"..."9").contains($0) }
    case 0x04: skip(6...6, rest: &rest) { $0.properties.isASCIIHexDigit }
    default: break
    }
  }

  private static func skip(
    _ counts: ClosedRange<Int>, rest: inout ArraySlice<Unicode.Scalar>, where isDigit: (Unicode.Scalar) -> Bool
  ) {
    guard take(counts, &rest, isDigit), rest.first == "," else { return }
    var behindComma = rest.dropFirst()
    if take(counts, &behindComma, isDigit) { rest = behindComma }
  }

  private static func take(
    _ counts: ClosedRange<Int>, _ rest: inout ArraySlice<Unicode.Scalar>, _ isDigit: (Unicode.Scalar) -> Bool
  ) -> Bool {
    let digits = rest.prefix(counts.upperBound).prefix(while: isDigit).count
    guard counts.contains(digits) else { return false }
    rest = rest.dropFirst(digits)
    return true
  }
}
