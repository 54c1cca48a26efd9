import IRC

/// Somebody who makes an account, keeps secrets in it, changes its password, deletes it, and makes another of the same name.
///
/// Each life of the account is somebody else: what one has said to itself no later one may see.
final class Phoenix: Participant {
  let account: String
  var actor: String { "\(account)/\(life)" }
  let address: String
  private let stage: Stage
  private var dice: Dice { stage.dice }

  // Lasting.
  private var life = 1
  private var livesLeft: Int
  private var budget: Int
  private(set) var isSetUp = false
  /// It knows that the account of this life is there.
  private var isRegistered = false
  /// What may be the password. More than one: a change or a registration was asked for, and nobody said what became of it.
  private var passwords: [String] = []
  private var passwordCount = 0
  private var death = Death.none

  private enum Death { case none, asked, told }

  // For one connection.
  private(set) var wire: Wire?
  private var framer = LineFramer(limit: ParserLimits.client.contentBytes)
  private var isReady = false
  private var untried: [String] = []
  private var tried: String?
  private var waitsFor: Answer?

  private enum Answer: Equatable { case password(String), code, end, history }

  init(account: String, address: String, lives: Int, budget: Int, stage: Stage) {
    self.account = account
    self.address = address
    livesLeft = lives - 1
    self.budget = budget
    self.stage = stage
  }

  private var owner: String { "\(account)~\(life)" }

  // MARK: - Connection

  var wantsConnection: Bool { wire == nil }
  var alarm: Int64? { nil }

  func connected(_ wire: Wire) {
    self.wire = wire
    framer = LineFramer(limit: ParserLimits.client.contentBytes)
    // The one that was asked for last is tried last: it is the one that may not be there.
    untried = passwords
    for line in [
      "CAP REQ :sasl echo-message batch draft/chathistory draft/account-registration", "NICK \(account)",
      "USER \(account) 0 * :\(account)",
    ] {
      write(line)
    }
    signIn()
  }

  func refused() {}
  func suffer(_ weather: Weather) {}
  func recover() {}
  func beginReading() {}

  func disconnected() {
    wire?.isAbandoned = true
    wire = nil
    isReady = false
    tried = nil
    waitsFor = nil
  }

  private func leave() {
    wire?.close()
    disconnected()
  }

  private func complain(_ words: String) { stage.log.complaints.append("\(actor) \(words)") }

  private func write(_ line: String) {
    stage.trace.note("\(actor) → \(line)")
    wire?.write(line)
  }

  // MARK: - Signing in

  private func signIn() {
    guard !untried.isEmpty else { return register() }
    tried = untried.removeFirst()
    write("AUTHENTICATE PLAIN")
  }

  private func register() {
    if isRegistered {
      guard death != .none else { return complain("cannot sign in any more") }
      // The account is gone, as it was asked to be: the next one is another's.
      life += 1
      livesLeft -= 1
      death = .none
      isRegistered = false
      passwords = []
    }
    // One that was asked for through a connection that has ended may still come about, although nobody can sign in yet.
    passwordCount += 1
    let new = "sesame\(passwordCount)"
    passwords.append(new)
    write("REGISTER * * \(new)")
  }

  private func signedIn() {
    // A deletion that was only asked for, through a connection that has ended, may still be carried out.
    if death == .told { complain("has signed in to a deleted account") }
    isRegistered = true
    // A change that was asked for through a connection that has ended may still come: its other candidates stay.
    if let tried { passwords = [tried] + passwords.filter { $0 != tried } }
    write("CAP END")
  }

  // MARK: - Acting

  var isIdle: Bool { isReady && waitsFor == nil }
  var canAct: Bool { isReady && waitsFor == nil && !stage.isClosing && budget > 0 }

  func act() {
    guard canAct else { return }
    budget -= 1
    switch dice.below(6) {
    case 0:
      passwordCount += 1
      let new = "sesame\(passwordCount)"
      waitsFor = .password(new)
      // Whether the change is made if the connection ends now is unknown.
      let old = passwords[0]
      passwords.append(new)
      write("NS PASSWD \(old) \(new)")
    case 1 where livesLeft > 0:
      waitsFor = .code
      write("NS UNREGISTER \(account) \(passwords[0])")
    case 2: leave()
    case 3: look()
    default: write("PRIVMSG \(account) :\(stage.composeSecret(of: owner))")
    }
  }

  private func look() {
    waitsFor = .history
    write("CHATHISTORY LATEST \(account) * 50")
  }

  // MARK: - Lines

  func receive(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { buffer in
      framer.consume(buffer) { frame in
        guard case .line(let line) = frame else { return complain("got an endless line") }
        for token in ActorLog.tokens(in: line) {
          stage.log.sightings.append(.init(actor: actor, account: owner, token: token))
        }
        guard let message = try? Message(parsing: line, limits: .client) else { return complain("got nonsense") }
        // Lines behind the one with which it has left are not read.
        if wire != nil { handle(message) }
      }
    }
  }

  private func handle(_ message: Message) {
    switch message.command {
    case "PING": write("PONG :\(message.parameters.first ?? "")")
    case "AUTHENTICATE": write("AUTHENTICATE \(Base64.encode(Array("\0\(account)\0\(tried ?? "")".utf8)))")
    case "903": signedIn()
    case "904": signIn()
    case "REGISTER":
      isRegistered = true
      passwords = Array(passwords.suffix(1))
      write("CAP END")
    case "376", "422": welcomed()
    case "NOTICE": if message.source?.hasPrefix("NickServ!") == true { told(message.parameters.last ?? "") }
    case "BATCH": if waitsFor == .history, message.parameters.first?.hasPrefix("-") == true { waitsFor = nil }
    case "FAIL": failed(message)
    case "ERROR": stage.trace.note("\(actor) ← \(message.wire)")
    default: break
    }
  }

  private func welcomed() {
    isReady = true
    isSetUp = true
    look()
  }

  private func failed(_ message: Message) {
    stage.trace.note("\(actor) ← \(message.wire)")
    switch message.parameters.first {
    case "CHATHISTORY": waitsFor = nil
    case "REGISTER":
      // This password is not the account's; if there is an account, an earlier one is.
      passwords.removeLast()
      leave()
    case "PRIVMSG": break
    default: complain("was refused: \(message.wire)")
    }
  }

  private func told(_ words: String) {
    stage.trace.note("\(actor) ← \(words)")
    switch waitsFor {
    case .password(let new):
      waitsFor = nil
      if words.hasPrefix("Your password is changed") {
        passwords = [new]
        stage.log.done("passwords")
      } else if words.contains("nothing changed") {
        passwords.removeAll { $0 == new }
      } else if !isOverrun(words, "Your password stays: ") {
        complain("was told: \(words)")
      } else {
        passwords.removeAll { $0 == new }
      }
    case .code:
      if isOverrun(words, "Your account stays: ") { return waitsFor = nil }
      // "… To confirm: UNREGISTER account code"
      guard words.contains("UNREGISTER \(account) "), let code = words.split(separator: " ").last else { return }
      waitsFor = .end
      death = .asked
      write("NS UNREGISTER \(account) \(code)")
    case .end:
      if words == "The account \(account) is deleted." {
        death = .told
        stage.log.done("deletions")
        leave()
      } else if words.contains("nothing changed") {
        waitsFor = nil
        death = .none
      }
    case .history, nil: break
    }
  }

  /// It was refused because an earlier change of the password, of which nobody knew, has come about meanwhile.
  private func isOverrun(_ words: String, _ refusal: String) -> Bool {
    guard words.hasPrefix(refusal), passwords.count > (waitsFor == .code ? 1 : 2) else { return false }
    passwords.removeFirst()
    return true
  }
}
