/// Lines in which a password may stand: they are not shown and not kept, and not said to others without a question.
package enum SecretLine {
  /// Whether a person of that name is a program of the network to which people write passwords: NickServ and its like.
  package static func isService(_ nick: String) -> Bool {
    let name = nick.lowercased().prefix { $0 != "@" }
    return name.hasSuffix("serv") || name == "q"
  }

  /// Whether the line is kept out of the history.
  package static func isSecret(_ line: String) -> Bool {
    let line = line.drop { $0.isWhitespace }
    guard line.hasPrefix("/"), !line.hasPrefix("//") else { return false }
    var arguments = Arguments(String(line.dropFirst()))
    let word = arguments.word()?.lowercased() ?? ""
    if words.contains(word) { return true }
    guard case .one(let name) = CommandTable.find(word) else {
      // No command here, and perhaps one elsewhere.
      return isService(word) || arguments.word().map(isService) ?? false
    }
    switch name {
    case .login, .nickserv, .verify, .register: return true
    case .msg, .query, .notice, .go: return arguments.word().map(isService) ?? false
    case .raw: return isSecret(protocol: arguments.rest)
    // A room's key.
    case .join: return arguments.count(upTo: 2) == 2
    default: return false
    }
  }

  /// Whether a line that is no command looks as if it were meant for a service, and not for the people of a room.
  package static func isSuspicious(_ line: String) -> Bool {
    var arguments = Arguments(line)
    let count = arguments.count(upTo: 4)
    let first = arguments.word()?.lowercased() ?? ""
    if ["msg", "m", "query", "notice"].contains(first) { return arguments.word().map(isService) ?? false }
    if isService(first), first != "q" { return count >= 2 }
    return (2...3).contains(count) && verbs.contains(first)
  }

  private static let words: Set<String> = [
    "ns", "nickserv", "identify", "id", "auth", "oper", "pass", "ghost", "regain",
  ]
  private static let verbs: Set<String> = [
    "identify", "login", "register", "ghost", "regain", "recover", "release", "oper", "pass", "ns",
  ]

  private static func isSecret(protocol line: String) -> Bool {
    var arguments = Arguments(line)
    switch arguments.word()?.lowercased() ?? "" {
    case "pass", "oper", "authenticate", "register", "verify": return true
    case "privmsg", "notice", "squery": return arguments.word().map(isService) ?? false
    case let word: return words.contains(word) || isService(word)
    }
  }
}
