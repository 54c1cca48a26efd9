package enum Wrapping {
  /// The lines of a text, none wider than `width` columns: broken at spaces, and inside words only where a word is wider.
  /// Text without width has one empty line.
  package static func lines(_ text: String, width: Int) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { wrap($0, max(width, 2)) }
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
