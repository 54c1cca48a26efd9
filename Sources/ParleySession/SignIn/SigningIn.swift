public import IRC

/// What is known about signing in: the mechanisms left, the exchange that runs, the secret.
struct SigningIn {
  /// What the server's next AUTHENTICATE answers.
  enum Step {
    case idle
    /// The mechanism was named.
    case started
    case scramFirst(SCRAM)
    case scramFinal(SCRAM)
    /// Nothing but the verdict is to come.
    case answered

    var isRunning: Bool {
      if case .idle = self { false } else { true }
    }
  }

  /// The account asked for; nil: none is wanted.
  let account: String?
  private let settings: SessionSettings
  private let nonce: [UInt8]
  private var attempts: UInt8 = 0

  var candidates: [SASLMechanism] = []
  var step = Step.idle
  var chunks = SASLChunks()
  var secret: [UInt8]?
  /// Somebody is asked for the secret.
  var isAsking = false
  /// The server has seen a proof, so that a failure means: wrong.
  var hasProved = false
  /// The server does not know the mechanism that is being tried.
  var isUnknown = false
  var lastFailure: (code: String, reason: String)?
  /// The server has said of the proof itself that it is wrong.
  var isDisproved = false
  /// By which we are signed in.
  var mechanism: SASLMechanism?
  var isDone = false

  init(settings: SessionSettings, nonce: [UInt8]) {
    self.settings = settings
    self.nonce = nonce
    account =
      switch settings.signIn {
      case .none: nil
      case .automatic(let account), .plain(let account), .scram(let account), .external(let account): account
      }
  }

  var isWanted: Bool { account != nil }

  /// Sets what can be tried with a server that offers these.
  mutating func choose(among offer: String) {
    candidates = SASLMechanism.offered(offer, among: SASLMechanism.candidates(settings))
  }

  /// A nonce of its own for each attempt: the session is given one, and a secret may be wrong.
  mutating func nextNonce() -> String {
    attempts &+= 1
    return Base64.encode(SHA256.hash(nonce + [attempts]))
  }

  mutating func forget() {
    secret = nil
    step = .idle
    isAsking = false
  }
}

extension ClientSession {
  func beginSignIn() {
    guard capabilities.has(.sasl) else {
      return failSignIn(code: "", reason: "The server has no way to sign in")
    }
    let offer = capabilities.value(of: .sasl)
    signIn.choose(among: offer)
    guard !signIn.candidates.isEmpty else {
      let words = offer.isEmpty ? "" : ": the server offers \(limited(offer, 100))"
      return failSignIn(code: "", reason: "There is no way to sign in that both sides may use\(words)")
    }
    tryMechanism()
  }

  /// Starts the first mechanism that is left, once there is a secret if it needs one.
  private func tryMechanism() {
    guard let mechanism = signIn.candidates.first else { return }
    if mechanism.needsSecret, signIn.secret == nil { return askForSecret(isRetry: false) }
    signIn.step = .started
    signIn.chunks = SASLChunks()
    signIn.hasProved = false
    signIn.isUnknown = false
    write(Message(command: "AUTHENTICATE", parameters: [mechanism.rawValue]))
  }

  private func askForSecret(isRetry: Bool) {
    signIn.step = .idle
    signIn.isAsking = true
    registration.pause(at: now)
    events.append(.secretNeeded(.signIn, account: signIn.account ?? "", isRetry: isRetry))
  }

  /// Answers `.secretNeeded`. nil gives up: signing in fails and the session closes, or no account is made.
  public func supplySecret(_ secret: [UInt8]?, now: Timestamp) {
    self.now = now
    guard phase != .closed else { return }
    if signIn.isAsking {
      signIn.isAsking = false
      registration.resume(at: now)
      guard let secret else {
        let failure = signIn.lastFailure
        return failSignIn(code: failure?.code ?? "", reason: failure?.reason ?? "No password was given")
      }
      signIn.secret = secret
      tryMechanism()
    } else {
      supplyNewSecret(secret)
    }
    settle()
  }

  /// The server has said that the password is wrong, and not only that signing in has failed.
  public var isSecretDisproved: Bool { signIn.isDisproved }

  /// We are signed in, and the server has not seen the password.
  public var usedSCRAM: Bool { signIn.isDone && signIn.mechanism == .scramSHA256 }

  // MARK: The exchange

  func handleAuthenticate(_ line: Incoming) {
    switch signIn.chunks.take(line.parameter(0)) {
    case .incomplete: break
    case .invalid: abandonSignIn("The server's answer is malformed")
    case .complete(let bytes): answer(bytes)
    }
  }

  private func answer(_ challenge: [UInt8]) {
    switch signIn.step {
    case .idle, .answered: break
    case .started: begin(challenge)
    case .scramFirst(var scram):
      do {
        let final = try scram.finalMessage(serverFirst: challenge, secret: signIn.secret ?? [])
        signIn.step = .scramFinal(scram)
        signIn.hasProved = true
        authenticate(final)
      } catch {
        abandonSignIn(Self.words(error))
      }
    case .scramFinal(let scram):
      do {
        try scram.verify(serverFinal: challenge)
        signIn.step = .answered
        authenticate([])
      } catch SCRAM.Failure.refused(let word) {
        // The server says the same again as 904, once this is acknowledged.
        signIn.lastFailure = ("904", limited(word, 100))
        signIn.isDisproved = word == "invalid-proof"
        authenticate([])
      } catch {
        abandonSignIn(Self.words(error))
      }
    }
  }

  private func begin(_ challenge: [UInt8]) {
    guard let mechanism = signIn.candidates.first, let account = signIn.account, challenge.isEmpty,
      !account.utf8.contains(0)
    else {
      return abandonSignIn("The server's answer is malformed")
    }
    switch mechanism {
    case .external:
      signIn.step = .answered
      authenticate(Array(account.utf8))
    case .plain:
      signIn.step = .answered
      signIn.hasProved = true
      authenticate([0] + Array(account.utf8) + [0] + (signIn.secret ?? []))
    case .scramSHA256:
      let scram = SCRAM(account: account, nonce: signIn.nextNonce())
      signIn.step = .scramFirst(scram)
      authenticate(scram.firstMessage)
    }
  }

  private func authenticate(_ bytes: [UInt8]) {
    for piece in SASLChunks.pieces(bytes) {
      write(Message(command: "AUTHENTICATE", parameters: [piece]))
    }
  }

  private static func words(_ failure: SCRAM.Failure) -> String {
    switch failure {
    case .malformed: "The server's answer is malformed"
    case .unacceptable: "The server asks for something this client does not do"
    case .tooManyIterations: "The server asks for more than \(SCRAM.maximumIterations) iterations to prove the password"
    case .wrongSignature: "The server could not prove that it knows the password: it may be another one"
    case .refused(let word): word
    }
  }

  // MARK: Verdicts

  func handleLoggedIn(_ line: Incoming) {
    learnOwnMask(Source(parsing: line.parameter(1)))
    setAccount(line.parameter(2))
  }

  func handleLoggedOut(_ line: Incoming) { setAccount(nil) }

  /// nil, empty, `*` and `0`: signed out.
  func setAccount(_ name: String?) {
    let isNone = name == nil || name == "" || name == "*" || name == "0"
    let new = isNone ? nil : name.map { limited($0, Rooms.nickLimit) }
    guard new != account else { return }
    account = new
    events.append(.ownAccountChanged(new))
  }

  func handleSASLSuccess(_ line: Incoming) {
    guard phase == .registering, signIn.isWanted, !signIn.isDone else { return }
    guard case .answered = signIn.step else {
      return failSignIn(code: line.message.command, reason: Self.words(.wrongSignature))
    }
    signIn.isDone = true
    signIn.mechanism = signIn.candidates.first
    signIn.forget()
    signIn.lastFailure = nil
    if account == nil, let name = signIn.account, !name.isEmpty { setAccount(name) }
    endNegotiation()
  }

  /// RPL_SASLMECHS: what the server knows instead. The verdict follows.
  func handleSASLMechanisms(_ line: Incoming) {
    guard phase == .registering, signIn.isWanted, !signIn.isDone, let current = signIn.candidates.first else { return }
    let known = SASLMechanism.offered(line.parameter(1), among: signIn.candidates)
    // Kept at the head, so that the verdict is about it.
    signIn.candidates = [current] + known.filter { $0 != current }
    signIn.isUnknown = !known.contains(current)
    signIn.lastFailure = ("908", "The server offers \(limited(line.parameter(1), 100))")
  }

  /// 902, 904, 905: the mechanism is not known, or the secret is wrong.
  func handleSASLFailure(_ line: Incoming) {
    guard phase == .registering, signIn.isWanted, !signIn.isDone, !signIn.isAsking else { return }
    guard let mechanism = signIn.candidates.first else { return }
    signIn.step = .idle
    let isFinal = line.message.command != Numeric.saslFail.text
    if !isFinal, !signIn.hasProved, signIn.candidates.count > 1 {
      signIn.candidates.removeFirst()
      return tryMechanism()
    }
    if signIn.isUnknown, let failure = signIn.lastFailure {
      return failSignIn(code: failure.code, reason: failure.reason)
    }
    // PLAIN has no step before its proof: then the mechanism itself was refused.
    let isSecretWrong = mechanism.needsSecret && (signIn.hasProved || mechanism != .plain)
    guard isSecretWrong, !isFinal else { return failSignIn(code: line.message.command, reason: line.text) }
    signIn.lastFailure = (line.message.command, limited(line.text, 300))
    signIn.secret = nil
    askForSecret(isRetry: true)
  }

  /// FAIL AUTHENTICATE: the server says more than a numeric could.
  func handleSignInFail(code: String, reason: String) {
    // Nothing is known of the secret, so it stays, and the next attempt comes after a pause.
    if Self.temporaryFailures.contains(code) { return refuse(code: code, reason: reason) }
    if code == "ACCOUNT_UNAVAILABLE" { return failSignIn(code: code, reason: reason) }
    say(reason)
  }

  private static let temporaryFailures: Set = ["TRY_LATER", "TEMPORARILY_UNAVAILABLE", "RATE_LIMITED"]

  /// 906: the server has ended the exchange without a verdict on the secret.
  func handleSASLAborted(_ line: Incoming) {
    guard phase == .registering, signIn.isWanted, !signIn.isDone, !signIn.isAsking, signIn.step.isRunning else {
      return
    }
    refuse(code: line.message.command, reason: line.text)
  }

  /// 907: we are signed in, by whatever came before.
  func handleSASLAlready(_ line: Incoming) {
    guard phase == .registering, signIn.isWanted, !signIn.isDone else { return }
    guard account != nil else { return failSignIn(code: line.message.command, reason: line.text) }
    signIn.isDone = true
    signIn.forget()
    endNegotiation()
  }

  /// Stops an exchange in which the server does not keep to the rules.
  private func abandonSignIn(_ reason: String) {
    guard phase == .registering, signIn.isWanted, !signIn.isDone else { return }
    write(Message(command: "AUTHENTICATE", parameters: ["*"]))
    failSignIn(code: "", reason: reason)
  }

  func failSignIn(code: String, reason: String) {
    tellEnd(.signInFailed(code: code, reason: reason))
    write(Message(command: "QUIT"))
    signIn.forget()
    close()
  }
}
