/// What a line means that a person has entered.
package enum InputLine: Equatable {
  case nothing
  case say(String)
  case command(CommandName, Arguments)
  /// It means nothing; the sentence says why.
  case mistake(String)

  package init(_ line: String) {
    let trimmed = Self.trimmingEnd(line)
    guard trimmed.contains(where: { !$0.isWhitespace }) else {
      self = .nothing
      return
    }
    guard trimmed.hasPrefix("/") else {
      self = Self.hidden(trimmed).map { .mistake($0) } ?? .say(trimmed)
      return
    }
    // Two slashes say one.
    if trimmed.hasPrefix("//") {
      self = .say(String(trimmed.dropFirst()))
      return
    }
    var arguments = Arguments(String(trimmed.dropFirst()))
    let word = arguments.word() ?? ""
    switch CommandTable.find(word) {
    case .none: self = .mistake("There is no command /\(word). /help lists them; //\(word) says it.")
    case .several(let names): self = .mistake("/\(word) may be \(names.map { "/" + $0 }.joined(separator: " or ")).")
    case .incomplete(let name):
      self = .mistake("/\(name.rawValue) is done only when it is written in full.")
    case .one(let name):
      if let spec = CommandTable.spec(name), arguments.count(upTo: spec.minimum) < spec.minimum {
        self = .mistake("It is: /\(name.rawValue) \(spec.usage)")
      } else {
        self = .command(name, arguments)
      }
    }
  }

  /// A command with a space before it would be said aloud, with what only the server was to know.
  private static func hidden(_ text: String) -> String? {
    let rest = text.drop { $0.isWhitespace }
    guard rest.count < text.count, rest.hasPrefix("/"), !rest.hasPrefix("//"), lineCount(text) == 1 else { return nil }
    var arguments = Arguments(String(rest.dropFirst()))
    guard let word = arguments.word(), CommandTable.find(word) != .none else { return nil }
    return "A space stands before /\(word), and nothing was done. Without it, it is a command; two slashes say it."
  }

  /// How many lines it would be sent as.
  package static func lineCount(_ text: String) -> Int { text.reduce(1) { $0 + ($1.isNewline ? 1 : 0) } }

  private static func trimmingEnd(_ text: String) -> String {
    var text = text
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return text
  }
}

/// Words, one after the other, and what is left.
package struct Arguments: Equatable {
  package private(set) var rest: String

  package init(_ text: String) {
    rest = text
    skipSpace()
  }

  package mutating func word() -> String? {
    let word = rest.prefix { !$0.isWhitespace }
    guard !word.isEmpty else { return nil }
    rest = String(rest.dropFirst(word.count))
    skipSpace()
    return String(word)
  }

  /// Everything that is left; nil if nothing is.
  package var text: String? { rest.isEmpty ? nil : rest }

  func count(upTo limit: Int) -> Int {
    var copy = self
    var count = 0
    while count < limit, copy.word() != nil { count += 1 }
    return count
  }

  private mutating func skipSpace() { rest = String(rest.drop { $0.isWhitespace }) }
}
