import IRC

/// Words in the last parameter of as many lines as they need: no line has more than 512 bytes.
struct ListedWords {
  private let limit: Int
  private let separator: Character
  private let emit: (String) -> Void
  private var line = ""
  private var length = 0

  /// - Parameters:
  ///   - limit: bytes of the last parameter.
  ///   - emit: takes the parameter of each line.
  init(limit: Int, separator: Character = " ", emit: @escaping (String) -> Void) {
    self.limit = limit
    self.separator = separator
    self.emit = emit
  }

  mutating func add(_ word: String) {
    let size = word.utf8.count
    if length > 0, length + 1 + size > limit { end() }
    if length > 0 {
      line.append(separator)
      length += 1
    }
    line += word
    length += size
  }

  /// The last line, if there is one.
  mutating func end() {
    if length > 0 { emit(line) }
    line = ""
    length = 0
  }
}

extension Reply {
  /// A numeric whose last parameter is a list.
  /// - Parameter parameters: what each line has in front of the list.
  func list(
    _ numeric: Numeric, _ parameters: [String], separator: Character = " ", _ body: (inout ListedWords) -> Void
  ) {
    var words = ListedWords(limit: capacity(numeric, parameters), separator: separator) { [self] text in
      self.numeric(numeric, parameters + [text])
    }
    body(&words)
    words.end()
  }

  /// Bytes that the last parameter of a numeric has room for.
  func capacity(_ numeric: Numeric, _ parameters: [String]) -> Int {
    // The line's own: colon, spaces, the colon of the last parameter, CR LF.
    let fixed = serverName.utf8.count + numeric.text.utf8.count + addressee.utf8.count + 7
    return max(64, 512 - parameters.reduce(fixed) { $0 + $1.utf8.count + 1 })
  }
}
