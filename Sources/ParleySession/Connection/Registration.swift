import IRC

/// The time before 001: what has been said, and how long it may take.
struct Registration {
  /// Registration takes at most this long, the time a person needs to give a secret not counted.
  static let limit: Int64 = 60_000
  /// How long the end of the MOTD may take after 001.
  static let welcomeLimit: Int64 = 20_000
  /// Lists of capabilities beyond this are not read.
  static let maximumListBytes = 65_536

  /// nil: not running.
  var deadline: Timestamp?
  /// What is left while somebody is asked for a secret.
  var remaining: Int64 = 0
  /// LS lines of which more follow.
  var list = ""
  var hasList = false
  var hasEnded = false

  mutating func pause(at now: Timestamp) {
    guard let deadline else { return }
    remaining = max(1_000, deadline.milliseconds.subtractingReportingOverflow(now.milliseconds).partialValue)
    self.deadline = nil
  }

  mutating func resume(at now: Timestamp) {
    guard deadline == nil else { return }
    deadline = now.adding(milliseconds: min(remaining, Self.limit))
  }
}

extension ClientSession {
  func beginRegistration() {
    phase = .registering
    registration.deadline = now.adding(milliseconds: Registration.limit)
    if let password = settings.serverPassword { write(Message(command: "PASS", parameters: [password])) }
    write(Message(command: "CAP", parameters: ["LS", "302"]))
    write(Message(command: "NICK", parameters: [ownNick.current]))
    write(Message(command: "USER", parameters: [Self.username(settings.username), "0", "*", realName]))
  }

  private var realName: String {
    settings.realName.isEmpty ? settings.nick : limited(settings.realName, 128)
  }

  /// Letters, digits and a few signs, at most ten: what every server takes.
  static func username(_ text: String) -> String {
    let signs = Array("-_.".utf8)
    let bytes = text.utf8.filter { byte in
      (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || signs.contains(byte)
    }
    let kept = bytes.drop { signs.contains($0) }.prefix(10)
    return kept.isEmpty ? "parley" : String(decoding: kept, as: UTF8.self)
  }

  // MARK: CAP

  func handleCAP(_ line: Incoming) {
    // Some servers leave out the client's name; all send a subcommand and a list.
    let list = line.message.parameters.last ?? ""
    switch line.parameter(1).uppercased() {
    case "LS": listed(list, isMore: line.message.parameters.count > 3 && line.parameter(2) == "*")
    case "NEW":
      capabilities.offer(list)
      requestCapabilities()
    case "DEL":
      capabilities.withdraw(list)
      if phase == .ready { events.append(.supportChanged) }
    case "ACK":
      capabilities.acknowledge(list)
      if phase == .ready { events.append(.supportChanged) }
      negotiated()
    case "NAK":
      for message in capabilities.reject(list) { write(message) }
      negotiated()
    default: break
    }
  }

  private func listed(_ list: String, isMore: Bool) {
    guard phase == .registering, !registration.hasList else { return }
    if registration.list.utf8.count + list.utf8.count <= Registration.maximumListBytes {
      registration.list += " " + list
    }
    if isMore { return }
    registration.hasList = true
    capabilities.offer(registration.list)
    registration.list = ""
    obeyStrictTransport()
    if phase == .closed { return }
    requestCapabilities()
    negotiated()
  }

  private func requestCapabilities() {
    let missing = capabilities.missing(withSASL: signIn.isWanted && phase == .registering)
    for message in capabilities.ask(for: missing) { write(message) }
  }

  /// Nothing is being negotiated any more: sign in, then go on.
  private func negotiated() {
    guard phase == .registering, registration.hasList, !registration.hasEnded, !capabilities.isWaiting else { return }
    if signIn.isWanted { beginSignIn() } else { endNegotiation() }
  }

  func endNegotiation() {
    guard phase == .registering, !registration.hasEnded else { return }
    registration.hasEnded = true
    write(Message(command: "CAP", parameters: ["END"]))
  }

  /// The server does not know CAP: registration goes on without.
  func handleNoCAP() {
    guard phase == .registering, !registration.hasList else { return }
    registration.hasList = true
    registration.hasEnded = true
    if signIn.isWanted { failSignIn(code: "", reason: "The server has no way to sign in") }
  }

  // MARK: Welcome

  func handleWelcome(_ line: Incoming) {
    guard phase == .registering else { return }
    guard !signIn.isWanted || signIn.isDone else {
      return failSignIn(code: "", reason: "The server has no way to sign in, or ended it early")
    }
    phase = .welcomed
    welcomedAt = since(line)
    serverName = line.message.source
    learnServerClock(line)
    if !line.parameter(0).isEmpty, line.parameter(0) != "*" {
      ownNick.current = limited(line.parameter(0), Rooms.nickLimit)
    }
    registration.deadline = now.adding(milliseconds: Registration.welcomeLimit)
    if let mask = line.text.split(separator: " ").last, mask.contains("!") {
      learnOwnMask(Source(parsing: String(mask)))
    }
    say(line.text)
  }

  func handleISupport(_ line: Incoming) {
    if network.apply(line.message.parameters) { rooms.refold(network.mapping) }
    if phase == .ready { events.append(.supportChanged) }
  }

  /// The end of the MOTD, or a server that has none and takes its time to say so.
  func becomeReady() {
    guard phase == .welcomed else { return }
    phase = .ready
    registration.deadline = nil
    events.append(.ready)
    if let away = settings.away, !away.isEmpty { write(Message(command: "AWAY", parameters: [limited(away, 300)])) }
    if ownNick.wasTaken, !isOwnNick(ownNick.wanted) { ownNick.nextTry = now.adding(milliseconds: OwnNick.pause) }
  }

  // MARK: No

  /// The server will not have us, or ends the connection.
  func refuse(code: String, reason: String, isPermanent: Bool = false) {
    tellEnd(.refused(code: code, reason: reason, isPermanent: isPermanent))
    close()
  }

  func tellEnd(_ event: SessionEvent) {
    guard !hasToldEnd, !isQuitting else { return }
    hasToldEnd = true
    events.append(event)
  }

  func close() {
    wantsClose = true
    phase = .closed
  }
}
