import IRC

extension ClientSession {
  /// What is written by itself, such as PONG, stops here until the driver has taken the output: a server must not make us
  /// fill memory by asking.
  static let maximumUnsent = 65_536

  /// Commands whose parameters may be passwords.
  private static let secretCommands: Set<String> = [
    "AUTHENTICATE", "REGISTER", "VERIFY", "PASS", "OPER", "IDENTIFY", "NS",
  ]

  /// What the driver asks for may be more at once: it knows when the output is taken.
  static let maximumCommanded = 1_048_576

  func write(_ message: Message, limit: Int = maximumUnsent) {
    guard output.count <= limit else { return }
    message.encode(into: &output)
    if wantsRawLines, !Self.isSecret(message) { events.append(.line(message.wire, isOutgoing: true)) }
  }

  /// Lines that no log and no screen should show.
  static func isSecret(_ message: Message) -> Bool {
    if message.command == "PRIVMSG", let target = message.parameters.first {
      // Where services keep the accounts, passwords are said to them.
      return target.utf8.count <= 64 && ["nickserv", "ns", "q", "authserv"].contains(serviceName(target))
    }
    return secretCommands.contains(message.command)
  }

  private static func serviceName(_ target: String) -> String {
    CaseMapping.ascii.fold(String(target.prefix { $0 != "@" }))
  }

  /// Bytes of a line without its tags, with CR LF.
  static func lineLength(_ message: Message) -> Int {
    var plain = message
    plain.tags = []
    var bytes: [UInt8] = []
    plain.encode(into: &bytes)
    return bytes.count
  }

  /// Bytes of the tags with `@` and the space behind them.
  static func tagLength(_ message: Message) -> Int {
    var bytes: [UInt8] = []
    message.encode(into: &bytes)
    return bytes.count - lineLength(message)
  }

  // MARK: What only answers the server

  func handlePing(_ line: Incoming) {
    write(Message(command: "PONG", parameters: line.message.parameters.isEmpty ? [] : [limited(line.text, 400)]))
  }

  func handleError(_ line: Incoming) {
    if let failure = signIn.lastFailure, signIn.isAsking {
      tellEnd(.signInFailed(code: failure.code, reason: failure.reason))
    }
    refuse(code: "ERROR", reason: line.text)
  }

  /// Somebody ends our session; others who are killed leave by QUIT.
  func handleKill(_ line: Incoming) {
    if isOwnNick(line.parameter(0)) { refuse(code: "KILL", reason: line.text) }
  }

  /// 463, 464: only while registering about the connection; later about a command such as OPER.
  func handleRefusal(_ line: Incoming, isPermanent: Bool) {
    guard phase == .registering else { return sayNumeric(line) }
    refuse(code: line.message.command, reason: line.text, isPermanent: isPermanent)
  }

  func handleUnknownCommand(_ line: Incoming) {
    if phase == .registering, line.parameter(1).uppercased() == "CAP" { return handleNoCAP() }
    sayNumeric(line)
  }

  func handleHostHidden(_ line: Incoming) {
    learnOwnMask(Source(name: "", host: line.parameter(1)))
    sayNumeric(line)
  }

  /// A FAIL that no request takes.
  func handleFail(_ line: Incoming) {
    guard phase == .registering else { return say(line.text) }
    if line.parameter(0) == "AUTHENTICATE", signIn.isWanted, !signIn.isDone {
      return handleSignInFail(code: line.parameter(1), reason: line.text)
    }
    guard line.parameter(1) == "ACCOUNT_REQUIRED" else { return say(line.text) }
    if signIn.isWanted { return failSignIn(code: line.parameter(1), reason: line.text) }
    refuse(code: line.parameter(1), reason: line.text, isPermanent: true)
  }
}
