/// How many columns text takes in a terminal. Of its own, so that it is the same in every locale.
package enum Width {
  package static func of(_ text: String) -> Int { text.reduce(0) { $0 + of($1) } }

  /// 0, 1 or 2. Emoji of several scalars count as one picture, as in terminals of today.
  package static func of(_ character: Character) -> Int {
    var width = 0
    for scalar in character.unicodeScalars {
      if scalar.value == 0xFE0F { return 2 }
      width = max(width, of(scalar))
    }
    return width
  }

  /// The most that a terminal may take which draws every scalar by itself.
  package static func most(of text: String) -> Int {
    text.unicodeScalars.reduce(0) { $0 + max(of($1), $1.value == 0xFE0F ? 1 : 0) }
  }

  package static func of(_ scalar: Unicode.Scalar) -> Int {
    if scalar.value < 0x300 { return Sanitizer.isControl(scalar) ? 0 : 1 }
    if isMark(scalar) || scalar.properties.generalCategory == .format { return 0 }
    return isWide(scalar) ? 2 : 1
  }

  /// Whether it stands on the character before it.
  package static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    guard scalar.value >= 0x300 else { return false }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark: return true
    default: return false
    }
  }

  /// The beginning of a text that takes at most so many columns; what is cut is told by `…`.
  package static func shortened(_ text: String, to columns: Int) -> String {
    guard of(text) > columns else { return text }
    var result = ""
    var width = 0
    for character in text {
      width += of(character)
      if width > columns - 1 { break }
      result.append(character)
    }
    return columns > 0 ? result + "…" : ""
  }

  /// East Asian Width W and F (UAX #11), by blocks, and what is an emoji without being asked to.
  private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
      0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60,
      0xFFE0...0xFFE6, 0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF, 0x20000...0x2FFFD, 0x30000...0x3FFFD:
      true
    default: scalar.properties.isEmojiPresentation
    }
  }
}
