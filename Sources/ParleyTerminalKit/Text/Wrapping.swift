package enum Wrapping {
  /// The lines of a text, none wider than `width` columns: broken at spaces, and inside words only where a word is wider.
  /// Text without width has one empty line.
  package static func lines(_ text: String, width: Int) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { wrap($0, max(width, 2)) }
  }

  /// Lines of which some are not to be broken.
  package struct Piece: Equatable, Sendable {
    package var text: String
    /// An address that is wider than the others' width: it stands in a line of its own from the first column on, and the terminal goes on
    /// in the next row. So it can still be copied, and opened, as one.
    package var isWhole = false

    package init(_ text: String, isWhole: Bool = false) {
      self.text = text
      self.isWhole = isWhole
    }
  }

  /// Columns of the longest address that is not broken.
  private static let longestAddress = 2_000

  package static func pieces(_ text: String, width: Int) -> [Piece] {
    text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { pieces($0, max(width, 2)) }
  }

  private static func pieces(_ paragraph: Substring, _ width: Int) -> [Piece] {
    var pieces: [Piece] = []
    var start = paragraph.startIndex
    for word in paragraph.split(separator: " ") where isLongAddress(word, width) {
      let before = paragraph[start..<word.startIndex]
      if before.contains(where: { $0 != " " }) { pieces += wrap(trimmed(before), width).map { Piece($0) } }
      pieces.append(Piece(String(word), isWhole: true))
      start = word.endIndex
    }
    let rest = paragraph[start...].drop { $0 == " " && !pieces.isEmpty }
    if !rest.isEmpty || pieces.isEmpty { pieces += wrap(rest, width).map { Piece($0) } }
    return pieces
  }

  private static func isLongAddress(_ word: Substring, _ width: Int) -> Bool {
    guard word.utf8.count > width, word.utf8.count <= longestAddress, Width.of(String(word)) > width else {
      return false
    }
    let start = word.drop { "(<[\"'".contains($0) }
    return ["http://", "https://", "ftp://", "irc://", "ircs://", "gemini://", "mailto:"].contains {
      start.hasPrefix($0)
    }
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text
    while text.last == " " { text.removeLast() }
    return text
  }

  private static func wrap(_ paragraph: Substring, _ width: Int) -> [String] {
    var lines: [String] = []
    var line = Line()
    var rest = paragraph
    while !rest.isEmpty {
      let spaces = rest.prefix { $0 == " " }
      rest = rest.dropFirst(spaces.count)
      let word = rest.prefix { $0 != " " }
      rest = rest.dropFirst(word.count)
      let wordWidth = Width.of(String(word))
      if !line.isEmpty, line.width + spaces.count + wordWidth > width {
        lines.append(line.text)
        line = Line()
      } else {
        // Indentation is kept, up to half of the line.
        line.append(spaces.prefix(line.isEmpty ? width / 2 : spaces.count))
      }
      for character in word {
        if line.width + Width.of(character) > width {
          lines.append(line.text)
          line = Line()
        }
        line.append(character)
      }
    }
    lines.append(line.text)
    return lines
  }

  private struct Line {
    var text = ""
    var width = 0
    var isEmpty: Bool { text.isEmpty }

    mutating func append(_ character: Character) {
      text.append(character)
      width += Width.of(character)
    }

    mutating func append(_ spaces: Substring) {
      text += spaces
      width += spaces.count
    }
  }
}
