/// A text as messages of one line each.
enum TextPieces {
  /// Cuts at line ends, then between words, then between characters. Empty lines are dropped.
  /// Line ends are LF, CR LF, and a CR alone, which no line can hold. Other characters that begin a new line stay in the text.
  /// - Parameter limit: the most bytes of a piece; less than 8 counts as 8.
  static func split(_ text: String, limit: Int) -> [String] {
    var pieces: [String] = []
    for line in text.split(omittingEmptySubsequences: true, whereSeparator: isLineEnd) {
      var rest = line
      while rest.utf8.count > max(8, limit) {
        let end = cut(rest, limit: max(8, limit))
        pieces.append(String(rest[..<end]))
        rest = rest[end...].drop { $0 == " " }
      }
      if !rest.allSatisfy({ $0 == " " }) { pieces.append(String(rest)) }
    }
    return pieces
  }

  /// The same for a server that takes messages of several lines: as few as its limits allow, with their empty lines.
  static func split(_ text: String, limit: Int, lines: (bytes: Int, lines: Int)?) -> [String] {
    guard let maximum = lines else { return split(text, limit: limit) }
    var blocks: [String] = []
    var block = ""
    var count = 0
    func end() {
      let trimmed = block.drop { $0 == "\n" }
      let end = trimmed.lastIndex { $0 != "\n" }
      if let end, !trimmed.allSatisfy({ $0 == " " || $0 == "\n" }) { blocks.append(String(trimmed[...end])) }
      (block, count) = ("", 0)
    }
    // Cut anywhere, a line becomes lines of at least so many bytes.
    let least = max(1, limit / 2 - 4)
    let most = min(maximum.bytes, max(limit, (maximum.lines - 1) * least))
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: isLineEnd) {
      for (index, piece) in (line.utf8.count <= most ? [String(line)] : split(String(line), limit: most)).enumerated() {
        let needed = piece.utf8.count <= limit ? 1 : piece.utf8.count / least + 1
        // Pieces of one line are messages of their own, because a line end between them would be a new one.
        let isFull = block.utf8.count + piece.utf8.count + 1 > maximum.bytes || count + needed > maximum.lines
        if count > 0, index > 0 || isFull { end() }
        if count > 0 { block += "\n" }
        block += piece
        count += needed
      }
    }
    end()
    return blocks
  }

  private static func isLineEnd(_ character: Character) -> Bool {
    character == "\n" || character == "\r\n" || character == "\r"
  }

  private static func cut(_ text: Substring, limit: Int) -> String.Index {
    let hard = text.utf8.index(text.startIndex, offsetBy: limit)
    // The last whole character that fits.
    var end = text.startIndex
    var word: String.Index?
    while end < text.endIndex {
      let next = text.index(after: end)
      if next > hard { break }
      if text[end] == " ", end > text.startIndex { word = end }
      end = next
    }
    if let word, text.utf8.distance(from: text.startIndex, to: word) > limit / 2 { return word }
    if end > text.startIndex { return end }
    // One character longer than the limit: between its scalars.
    var scalar = text.startIndex
    while true {
      let next = text.unicodeScalars.index(after: scalar)
      if next > hard || next == text.endIndex { return scalar == text.startIndex ? next : scalar }
      scalar = next
    }
  }
}
