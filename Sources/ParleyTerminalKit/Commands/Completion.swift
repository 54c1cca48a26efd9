/// What the Tab key offers.
package struct Completion: Equatable {
  /// The best first.
  package var candidates: [String]

  /// What there is to offer.
  package struct Words {
    /// Members of the room, those who spoke last first.
    package var nicks: [String]
    package var chats: [String]
    /// Of messages on the screen, the newest first.
    package var tags: [String]

    package init(nicks: [String], chats: [String], tags: [String]) {
      self.nicks = nicks
      self.chats = chats
      self.tags = tags
    }
  }

  /// - Parameters:
  ///   - before: the line before the word that is completed.
  ///   - word: its beginning, up to the cursor.
  package init(before: String, word: String, words: Words) {
    if before.isEmpty, word.hasPrefix("/") {
      let names = CommandTable.all.map { "/" + $0.name.rawValue }
      self.init(candidates: Self.matching(names, word))
    } else if word.hasPrefix(":"), word.count > 1 {
      self.init(candidates: Emoji.matching(String(word.dropFirst())))
    } else if let argument = Self.argument(before) {
      self.init(candidates: Self.matching(Self.candidates(argument, words), word))
    } else if word.hasPrefix("#") || word.hasPrefix("&") {
      self.init(candidates: Self.matching(words.chats, word))
    } else if before.contains(where: { !$0.isWhitespace }) {
      self.init(candidates: Self.matching(words.nicks, word.hasPrefix("@") ? String(word.dropFirst()) : word))
    } else {
      // At the beginning of a line a nick is somebody who is addressed.
      self.init(candidates: Self.matching(words.nicks, word).map { $0 + ":" })
    }
  }

  private init(candidates: [String]) {
    self.candidates = candidates.filter(Self.isSafe)
  }

  private static func matching(_ words: [String], _ beginning: String) -> [String] {
    let beginning = beginning.lowercased()
    return words.filter { $0.lowercased().hasPrefix(beginning) }
  }

  /// What the command at the beginning of the line expects next; nil without such a command.
  private static func argument(_ before: String) -> CommandSpec.Argument? {
    guard before.hasPrefix("/"), !before.hasPrefix("//") else { return nil }
    let words = before.dropFirst().split(separator: " ")
    guard let first = words.first, case .one(let name) = CommandTable.find(String(first)),
      let spec = CommandTable.spec(name), let last = spec.arguments.last
    else { return nil }
    let place = words.count - 1
    let argument = place < spec.arguments.count ? spec.arguments[place] : last
    return argument == .text ? nil : argument
  }

  private static func candidates(_ argument: CommandSpec.Argument, _ words: Words) -> [String] {
    switch argument {
    case .nick: words.nicks
    case .chat: words.chats
    case .tag: words.tags
    case .command: CommandTable.all.map(\.name.rawValue)
    case .text: []
    }
  }

  /// Names of others go into the line that is edited: none that a terminal would take for something else.
  private static func isSafe(_ word: String) -> Bool { Sanitizer.line(word) == word && !word.contains(" ") }
}
