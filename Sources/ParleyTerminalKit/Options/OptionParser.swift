/// Reads the command line: `parley [options] [LINK]` or `parley [options] COMMAND …`.
package struct OptionParser {
  private var words: ArraySlice<String>
  private var options = Options()
  private var command: String?
  private var operands: [String] = []
  private var follow = false
  private var since: String?
  private var all = false
  private var lines = false
  /// The link came without `--link`.
  private var isLinkOperand = false

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
        isLinkOperand = true
      } else {
        // With two words the first was meant to be a command.
        throw UsageError("There is no command '\(isLinkOperand ? options.link ?? word : word)'; see parley --help")
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
    case "--key": options.key = try value(name, attached)
    case "--after": options.after = try value(name, attached)
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

  private static let commands: Set<String> = ["send", "tail", "history", "search", "rooms", "help", "version"]

  private static let flags: [String: @Sendable (inout OptionParser) -> Void] = [
    "--json": { $0.options.isJSON = true },
    "-f": { $0.follow = true },
    "--follow": { $0.follow = true },
    "--all": { $0.all = true },
    "--lines": { $0.lines = true },
    "-h": { $0.options.action = .help },
    "--help": { $0.options.action = .help },
    "--version": { $0.options.action = .version },
  ]

  // MARK: What the words mean

  private mutating func finish() throws(UsageError) -> Options {
    if command == "help" { options.action = .help }
    if command == "version" { options.action = .version }
    if options.action == .help || options.action == .version { return options }
    switch command {
    case "send": try send()
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

  /// Standard input is read when there is no text, or it is a hyphen; an empty text is a mistake, as of a variable that is not set.
  private mutating func send() throws(UsageError) {
    let room = try operand("send ROOM [TEXT]", most: Int.max)
    let words = operands.dropFirst()
    let isInput = words.isEmpty || Array(words) == ["-"]
    let text = words.joined(separator: " ")
    if !isInput, !text.contains(where: { !$0.isWhitespace }) { throw UsageError("There is no text to send") }
    options.action = .send(room: room, text: isInput ? nil : text)
    options.isByLine = lines
    guard lines else { return }
    guard isInput else { throw UsageError("--lines takes standard input, and no text") }
    guard options.key == nil else { throw UsageError("--key is of one message, --lines sends many") }
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
    if lines, command != "send" { throw UsageError("--lines goes with send") }
    if options.key != nil, command != "send" { throw UsageError("--key goes with send") }
    if options.after != nil, !["tail", "history"].contains(command ?? "") {
      throw UsageError("--after goes with tail and history")
    }
    if options.after != nil, since != nil { throw UsageError("It is --after or --since") }
    if let key = options.key, key.utf8.count > 200 { throw UsageError("--key has at most 200 bytes") }
    if all, command != "rooms" { throw UsageError("--all goes with rooms") }
    if options.limit != nil, !["tail", "history", "search"].contains(command ?? "") {
      throw UsageError("--limit goes with tail, history and search")
    }
  }
}
