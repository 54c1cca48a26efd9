import IRC

/// Whether a text names somebody: the nick as a word, not inside an address or another word.
enum Mention {
  /// - Parameters: folded alike.
  static func contains(_ nick: String, in text: String) -> Bool {
    guard !nick.isEmpty, text.utf8.count >= nick.utf8.count else { return false }
    return text.split(separator: " ").contains { word in
      !isAddress(word) && contains(Array(nick.unicodeScalars), inWord: Array(word.unicodeScalars))
    }
  }

  private static func contains(_ nick: [Unicode.Scalar], inWord word: [Unicode.Scalar]) -> Bool {
    guard word.count >= nick.count, let first = nick.first else { return false }
    for start in 0...(word.count - nick.count) where word[start] == first {
      let end = start + nick.count
      if word[start..<end].elementsEqual(nick), isFree(word[..<start].reversed(), opening: true),
        isFree(Array(word[end...]), opening: false)
      {
        return true
      }
    }
    return false
  }

  /// Whether what stands beside the nick, from the nick outwards, sets it apart.
  private static func isFree(_ side: [Unicode.Scalar], opening: Bool) -> Bool {
    guard let next = side.first else { return true }
    switch next {
    // `[alice]` and `{alice}` set apart, `alice[m]` and `x]alice` are other names.
    case "[", "{": return opening
    case "]", "}": return !opening
    case "_", "-", "|", "\\", "^", "/": return false
    // `alice@example.org` is an address, `@alice` is not.
    case "@": return opening
    // `alice.example.org` goes on, `alice.` ends a sentence.
    case ".": return !(side.count > 1 && side[1].properties.isAlphabetic)
    default: return !next.properties.isAlphabetic && next.properties.numericType == nil
    }
  }

  private static func isAddress(_ word: Substring) -> Bool {
    word.contains(bytes: "://") || word.hasPrefix("www.")
  }
}
