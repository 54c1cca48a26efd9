import IRC

/// Whether a text names somebody: the nick as a word, not inside an address or another word.
enum Mention {
  /// Takes time in proportion to the text, whatever it is.
  /// - Parameters: folded alike.
  static func contains(_ nick: String, in text: String) -> Bool {
    guard !nick.isEmpty, text.utf8.count >= nick.utf8.count else { return false }
    let nick = Array(nick.unicodeScalars)
    return text.split(separator: " ").contains { word in
      !isAddress(word) && contains(nick, inWord: Array(word.unicodeScalars))
    }
  }

  private static func contains(_ nick: [Unicode.Scalar], inWord word: [Unicode.Scalar]) -> Bool {
    guard word.count >= nick.count, let first = nick.first else { return false }
    for start in 0...(word.count - nick.count) where word[start] == first {
      let end = start + nick.count
      if isFree(word, start - 1, opening: true), isFree(word, end, opening: false),
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
  ///   - opening: it stands before the nick.
  private static func isFree(_ word: [Unicode.Scalar], _ place: Int, opening: Bool) -> Bool {
    guard word.indices.contains(place) else { return true }
    let next = word[place]
    switch next {
    // `[alice]` and `{alice}` set apart, `alice[m]` and `x]alice` are other names.
    case "[", "{": return opening
    case "]", "}": return !opening
    case "_", "-", "|", "\\", "^", "/": return false
    // `alice@example.org` is an address, `@alice` is not.
    case "@": return opening
    // `alice.example.org` goes on, `alice.` ends a sentence.
    case ".":
      let beyond = opening ? place - 1 : place + 1
      return !(word.indices.contains(beyond) && word[beyond].properties.isAlphabetic)
    default: return !next.properties.isAlphabetic && next.properties.numericType == nil
    }
  }

  private static func isAddress(_ word: Substring) -> Bool {
    word.contains(bytes: "://") || word.hasPrefix("www.")
  }
}
