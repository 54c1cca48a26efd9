import IRC

/// Whether a text names somebody: the nick as a word, not inside an address or another word.
enum Mention {
  /// Takes time in proportion to the text, whatever it is.
  /// - Parameters: folded alike.
  static func contains(_ nick: String, in text: String) -> Bool {
    guard !nick.isEmpty, text.utf8.count >= nick.utf8.count else { return false }
    let nick = Array(nick.unicodeScalars)
    return Formatting.removed(from: text).split(separator: " ").contains { word in
      !isAddress(word) && contains(nick, inWord: Array(word.unicodeScalars))
    }
  }

  private static func contains(_ nick: [Unicode.Scalar], inWord word: [Unicode.Scalar]) -> Bool {
    guard word.count >= nick.count, let first = nick.first, let last = nick.last else { return false }
    for start in 0...(word.count - nick.count) where word[start] == first {
      let end = start + nick.count
      if isFree(word, start - 1, beside: first, opening: true), isFree(word, end, beside: last, opening: false),
        word[start..<end].elementsEqual(nick)
      {
        return true
      }
    }
    return false
  }

  /// Whether what stands beside the nick sets it apart.
  /// - Parameters:
  ///   - place: of the scalar next to the nick; outside of the word: nothing is there.
  ///   - end: the nick's own scalar there.
  ///   - opening: it stands before the nick.
  private static func isFree(
    _ word: [Unicode.Scalar], _ place: Int, beside end: Unicode.Scalar, opening: Bool
  ) -> Bool {
    guard word.indices.contains(place) else { return true }
    let next = word[place]
    switch next {
    // `[alice]` and `{alice}` set apart, `alice[m]` and `x]alice` are other names.
    case "[", "{": return opening
    case "]", "}": return !opening
    case "_", "-", "|", "\\", "^": return false
    // `alice@example.org` is an address, `@alice` is not.
    case "@": return opening
    // `alice.example.org` goes on, `alice.` ends a sentence.
    case ".":
      let beyond = opening ? place - 1 : place + 1
      return !(word.indices.contains(beyond) && word[beyond].properties.isAlphabetic)
    default:
      // Chinese and Japanese are written without spaces: a nick of other letters stands apart in them.
      if next.isSpaceless != end.isSpaceless { return true }
      return !next.properties.isAlphabetic && next.properties.numericType == nil
    }
  }

  private static func isAddress(_ word: Substring) -> Bool {
    word.contains(bytes: "://") || word.hasPrefix("www.")
  }
}

/// Codes for bold, colours and the like inside of text (modern.ircdocs.horse/formatting).
enum Formatting {
  static func removed(from text: String) -> String {
    guard text.utf8.contains(where: { $0 < 0x20 }) else { return text }
    var kept: [UInt8] = []
    kept.reserveCapacity(text.utf8.count)
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      switch byte {
      case 0x02, 0x0F, 0x11, 0x16, 0x1D, 0x1E, 0x1F: break
      case 0x03: dropColours(&rest, digits: 2, isDigit: { (0x30...0x39).contains($0) })
      case 0x04: dropColours(&rest, digits: 6, isDigit: isHexadecimal)
      default: kept.append(byte)
      }
    }
    return String(decoding: kept, as: UTF8.self)
  }

  /// A colour and, behind a comma, the one of the background.
  private static func dropColours(_ rest: inout ArraySlice<UInt8>, digits: Int, isDigit: (UInt8) -> Bool) {
    let first = rest.prefix(digits).prefix(while: isDigit).count
    guard first > 0 else { return }
    rest = rest.dropFirst(first)
    guard rest.first == UInt8(ascii: ",") else { return }
    let second = rest.dropFirst().prefix(digits).prefix(while: isDigit).count
    if second > 0 { rest = rest.dropFirst(second + 1) }
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20)
  }
}
