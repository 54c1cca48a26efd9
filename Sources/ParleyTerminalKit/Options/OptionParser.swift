/// Reads the command line: `parley [options] [LINK]` or `parley [options] COMMAND …`.
package struct OptionParser {
  private var words: ArraySlice<String>
  private var options = Options()
  private var command: String?
  private var operands: [String] = []
  private var follow = false
  private var since: String?
  private var all = false

  /// - Parameter arguments: without the program's name.
  package static func parse(_ arguments: [String]) throws(UsageError) -> Options {
    var parser = OptionParser(words: arguments[...])
    try parser.readWords()
    return try parser.finish()
  }

  private init(words: ArraySlice<String>) { self.words = words }

  // MARK: Words

  private mutating func readWords() throws(UsageError) {
    while let word = words.popFirst() {
      if word == "--" || takesEverything {
        operands += (word == "--" && !takesEverything ? [] : [word]) + words
        return
      }
      if word.hasPrefix("-"), word != "-" {
        try option(word)
      } else if command != nil {
        operands.append(word)
      } else if Self.commands.contains(word) {
        command = word
      } else if options.link == nil {
        options.link = word
      } else {
        throw UsageError("There is no command '\(word)'; see parley --help")
      }
    }
  }

  /// Behind the room, `send` takes everything as text: what begins with a hyphen is said, not obeyed.
  private var takesEverything: Bool { command == "send" && operands.count == 1 }

  private mutating func option(_ word: String) throws(UsageError) {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    let attached = word.hasPrefix("--") && parts.count == 2 ? String(parts[1]) : nil
    if let flag = Self.flags[word] {
      flag(&self)
      return
    }
    switch name {
    case "--directory", "-d": options.directory = try value(name, attached)
    case "--link": options.link = try value(name, attached)
    case "--nick", "-n": options.nick = try value(name, attached)
    case "--since": since = try value(name, attached)
    case "--limit": options.limit = try number(name, attached, 1...100_000)
    case "--timeout": options.timeout = try number(name, attached, 1...86_400)
    case "--color", "--colour":
      guard let colour = Options.Colour(rawValue: try value(name, attached)) else {
        throw UsageError("\(name) is auto, always or never")
      }
      options.colour = colour
    default: throw UsageError("There is no option '\(word)'; see parley --help")
    }
  }

  private mutating func value(_ name: String, _ attached: String?) throws(UsageError) -> String {
    guard let value = attached ?? words.popFirst(), !value.isEmpty else {
      throw UsageError("\(name) needs a value")
    }
    return value
  }

  private mutating func number(
    _ name: String, _ attached: String?, _ range: ClosedRange<Int>
  ) throws(UsageError) -> Int {
    guard let number = Int(try value(name, attached)), range.contains(number) else {
      throw UsageError("\(name) is a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  private static let commands: Set<String> = ["send", "tail", "history", "search", "rooms"]

  private static let flags: [String: @Sendable (inout OptionParser) -> Void] = [
    "--json": { $0.options.isJSON = true },
    "-f": { $0.follow = true },
    "--follow": { $0.follow = true },
    "--all": { $0.all = true },
    "-h": { $0.options.action = .help },
    "--help": { $0.options.action = .help },
    "--version": { $0.options.action = .version },
  ]

  // MARK: What the words mean

  private mutating func finish() throws(UsageError) -> Options {
    if options.action == .help || options.action == .version { return options }
    switch command {
    case "send":
      let room = try operand("send ROOM [TEXT]", most: Int.max)
      let text = operands.dropFirst().joined(separator: " ")
      options.action = .send(room: room, text: text.isEmpty ? nil : text)
    case "tail": options.action = .tail(room: try operand("tail ROOM [-f]", most: 1), follow: follow)
    case "history":
      options.action = .history(room: try operand("history ROOM [--since TIME]", most: 1), since: since)
    case "search":
      _ = try operand("search WORDS", most: Int.max)
      options.action = .search(words: operands.joined(separator: " "))
    case "rooms":
      guard operands.count <= 1 else { throw UsageError("It is: parley rooms [--all] [PATTERN]") }
      options.action = .rooms(pattern: operands.first ?? (all ? "" : nil))
    default:
      guard operands.isEmpty else { throw UsageError("It is: parley [options] [LINK]") }
    }
    try refuseStrays()
    return options
  }

  private func operand(_ usage: String, most: Int) throws(UsageError) -> String {
    guard let first = operands.first, !first.isEmpty, operands.count <= most else {
      throw UsageError("It is: parley \(usage)")
    }
    return first
  }

  /// An option that would have no effect is a mistake that is better told than ignored.
  private func refuseStrays() throws(UsageError) {
    if follow, command != "tail" { throw UsageError("--follow goes with tail") }
    if since != nil, command != "history" { throw UsageError("--since goes with history") }
    if all, command != "rooms" { throw UsageError("--all goes with rooms") }
    if options.limit != nil, !["tail", "history", "search"].contains(command ?? "") {
      throw UsageError("--limit goes with tail, history and search")
    }
  }
}
