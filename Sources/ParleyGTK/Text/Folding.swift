// Pango breaks a word in time that grows with the square of its length, and a label measures its text dozens of times. A word of 8 KB
// takes half a minute so; labels therefore get short texts, and texts with long words are broken between any two letters.

/// Characters of a text that a label shows.
let longestLabel = 1_000
private let mostLines = 15
private let longestWord = 100

/// The beginning of a text that is too long for a row; nil: it is not.
func beginning(of text: String) -> String? {
  var lines = 1
  var count = 0
  var lastSpace: String.UnicodeScalarView.Index?
  let scalars = text.unicodeScalars
  var index = scalars.startIndex
  while index < scalars.endIndex {
    let scalar = scalars[index]
    if scalar == "\n" {
      lines += 1
      if lines > mostLines { return String(scalars[..<index]) + "…" }
    }
    if count >= longestLabel { return String(scalars[..<(lastSpace ?? index)]) + "…" }
    // Only near the end, so that a long word at the end leaves something.
    if count >= longestLabel - longestWord, scalar.properties.isWhitespace { lastSpace = index }
    count += 1
    index = scalars.index(after: index)
  }
  return nil
}

/// The text itself, or what fits into a label of it.
func shortened(_ text: String) -> String {
  guard text.utf8.count > longestLabel else { return text }
  let scalars = text.unicodeScalars
  guard let end = scalars.index(scalars.startIndex, offsetBy: longestLabel, limitedBy: scalars.endIndex),
    end < scalars.endIndex
  else { return text }
  return String(scalars[..<end]) + "…"
}

/// Whether lines must be broken within words.
func hasLongWord(_ text: String) -> Bool {
  var length = 0
  for scalar in text.unicodeScalars {
    length = endsWord(scalar) ? 0 : length + 1
    if length > longestWord { return true }
  }
  return false
}

/// A line may be broken behind it.
private func endsWord(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0x09, 0x0A, 0x20: true
  case 0x0E00...0x0E7F: true  // Thai
  case 0x2E80...0xA4CF: true  // radicals, the ideographic space, kana, bopomofo, ideographs, Yi
  case 0xAC00...0xD7A3: true  // Hangul
  case 0xF900...0xFAFF, 0xFF01...0xFF9D: true  // compatibility ideographs, full and half width
  case 0x20000...0x3FFFF: true  // more ideographs
  default: false
  }
}

/// "61 KB", as people measure texts.
func size(of text: String) -> String {
  let bytes = text.utf8.count
  return bytes < 1_000 ? "\(bytes) bytes" : "\((bytes + 500) / 1_000) KB"
}
