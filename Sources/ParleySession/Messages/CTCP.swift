import IRC

/// Messages within messages: text between two bytes of value 1.
enum CTCP {
  case plain(String)
  case action(String)
  /// Anything else, with its word in capitals.
  case other(String, String)

  private static let mark = "\u{1}"

  init(parsing text: String) {
    guard text.utf8.first == 1 else {
      self = .plain(text)
      return
    }
    var inner = text.dropFirst()
    if inner.utf8.last == 1 { inner = inner.dropLast() }
    let parts = inner.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
    let word = (parts.first ?? "").uppercased()
    let rest = parts.count > 1 ? String(parts[1]) : ""
    self = word == "ACTION" ? .action(rest) : .other(word, rest)
  }

  static func wrap(_ text: String) -> String { mark + text + mark }

  /// What may be said back of what somebody else sent: printable ASCII, at most 64 bytes.
  static func harmless(_ text: String) -> String {
    String(decoding: text.utf8.filter { (0x20...0x7E).contains($0) }.prefix(64), as: UTF8.self)
  }
}

/// How often CTCP is answered.
struct CTCPAnswers {
  private static let pause: Int64 = 2_000
  private var next: Timestamp?

  mutating func allows(at now: Timestamp) -> Bool {
    if let next, now < next, next <= now.adding(milliseconds: Self.pause) { return false }
    next = now.adding(milliseconds: Self.pause)
    return true
  }
}

extension ClientSession {
  /// VERSION and PING, asked of us alone, are answered; nothing else is.
  func answerCTCP(_ word: String, _ rest: String, to nick: String) {
    let answer: String
    switch word {
    case "VERSION": answer = "VERSION \(CTCP.harmless(settings.clientName))"
    case "PING": answer = "PING \(CTCP.harmless(rest))"
    default: return
    }
    guard isTarget(nick), ctcpAnswers.allows(at: now) else { return }
    write(Message(command: "NOTICE", parameters: [nick, CTCP.wrap(answer)]))
  }
}
