import ParleySession
import SQLite

// Questions to the host: passwords, certificates.
extension EngineCore {
  func ask(_ identity: Identity, _ purpose: Question, kind: Int64, text: String, result: EngineError?) {
    let number = nextRequest()
    questions[number] = (identity.id, purpose)
    directory.withLock { _ = $0.questions.insert(number) }
    var event = EngineEvent(.ask)
    event.request = number
    event.identity = identity.id
    event.value = kind
    event.text = text
    event.result = result?.code ?? 0
    emit(event)
  }

  /// The session needs a secret: one that is kept, or the host's answer.
  func secretNeeded(
    _ purpose: SecretPurpose, account: String, isRetry: Bool, _ session: ClientSession, _ identity: Identity
  ) throws(SQLiteError) {
    switch purpose {
    case .signIn:
      if !isRetry {
        let (source, secret) = secretAtHand(identity)
        identity.secretSource = source
        if let secret { return session.supplySecret(secret, now: now) }
      }
      // No answer of a server removes what is kept. Services that fail refuse passwords that are right: they are tried again.
      if isRetry, identity.secretSource == .kept, identity.rejections < Self.mostRejections, !session.isSecretDisproved
      {
        identity.rejections += 1
        session.quit(reason: "", now: now)
        return scheduleRetry(identity, result: .signIn, reason: "The server did not accept the password.")
      }
      // The others are used once.
      if isRetry, identity.secretSource == .given { identity.givenPassword = nil }
      if isRetry, identity.secretSource == .offered { identity.offered = nil }
      identity.secretSource = .none
      ask(identity, .password, kind: 1, text: account, result: isRetry ? .signIn : nil)
    case .newAccount:
      if isPinnedUnasked(identity), let pin = identity.state.settings["pin"] {
        let question = Question.certificateBefore(account: account, fingerprint: pin)
        return ask(identity, question, kind: 3, text: "- \(pin)", result: nil)
      }
      ask(identity, .newPassword, kind: 2, text: account, result: nil)
    }
  }

  func answer(_ question: Int64, _ secret: [UInt8]?, keep: Int32) throws(SQLiteError) {
    directory.withLock { _ = $0.questions.remove(question) }
    guard let (id, purpose) = questions.removeValue(forKey: question), let identity = identities[id] else { return }
    switch purpose {
    case .password:
      identity.offered = secret.map { ($0, keep) }
      identity.secretSource = secret == nil ? .none : .offered
      identity.hasGivenUp = secret == nil
      identity.session?.supplySecret(secret, now: now)
    case .newPassword:
      identity.newPassword = secret.map { ($0, keep) }
      identity.session?.supplySecret(secret, now: now)
    case .serverPassword:
      guard let secret else { return }
      guard secret.count <= Engine.mostServerPasswordBytes else { return serverPasswordNeeded(identity, isWrong: true) }
      identity.serverPassword = String(decoding: secret, as: UTF8.self)
      try set(identity, HiddenKey.serverPassword, keep == 2 ? identity.serverPassword : nil)
      connect(identity)
    case .certificate(let fingerprint):
      guard let secret, secret.elementsEqual("trust".utf8) else { return }
      try set(identity, "pin", fingerprint)
      try set(identity, HiddenKey.unasked, nil)
      try set(identity, "state.untrusted", nil)
      connect(identity)
    case .certificateBefore(let account, let fingerprint):
      guard let secret, secret.elementsEqual("trust".utf8), identity.state.settings["pin"] == fingerprint else {
        identity.session?.supplySecret(nil, now: now)
        break
      }
      try set(identity, HiddenKey.unasked, nil)
      ask(identity, .newPassword, kind: 2, text: account, result: nil)
    }
    try follow(identity)
  }

  /// The server wants its own password, or another one (464).
  func serverPasswordNeeded(_ identity: Identity, isWrong: Bool) {
    stop(
      identity, .signIn,
      reason: isWrong ? "The server does not accept its password." : "The server wants a password of its own.")
    ask(identity, .serverPassword, kind: 4, text: identity.state.host, result: isWrong ? .signIn : nil)
  }

  /// What to sign in with, without asking: what the host has given for this run goes first.
  private func secretAtHand(_ identity: Identity) -> (SecretSource, [UInt8]?) {
    if let secret = identity.givenPassword { return (.given, secret) }
    if let secret = identity.offered?.secret { return (.offered, secret) }
    if let secret = identity.password { return (.kept, secret) }
    return (.none, nil)
  }

  /// So often a kept password is tried again before the host is asked.
  private static let mostRejections = 2

  /// Signing in has worked: the answer is kept as the host has said.
  func secretHasWorked(_ session: ClientSession, _ identity: Identity) throws(SQLiteError) {
    guard session.account != nil else { return }
    identity.rejections = 0
    if identity.secretSource == .offered, let (secret, keep) = identity.offered {
      if keep >= 1 { identity.password = secret }
      if keep == 2 { try set(identity, HiddenKey.password, String(decoding: secret, as: UTF8.self)) }
      identity.offered = nil
    }
    try set(identity, HiddenKey.signedIn, accountWanted(identity))
    if session.usedSCRAM { try set(identity, HiddenKey.scram, "1") }
  }

  /// What to sign in as; empty: nothing.
  func accountWanted(_ identity: Identity) -> String {
    let settings = identity.state.settings
    let hasPassword = identity.givenPassword != nil || identity.password != nil
    return settings["account"] ?? (hasPassword ? settings["nick"] ?? "" : "")
  }

  /// Signing in has failed. Where it has worked before, it is tried again later: services may be away.
  func signInFailed(code: String, reason: String, _ identity: Identity) {
    let hasWorked = identity.state.settings[HiddenKey.signedIn] == accountWanted(identity)
    let isTemporary = ["", "904", "906", "908"].contains(code)
    if isTemporary, hasWorked, !identity.hasGivenUp {
      scheduleRetry(identity, result: .signIn, reason: reason)
    } else {
      stop(identity, .signIn, reason: reason)
    }
    identity.hasGivenUp = false
  }

  /// An account was made: from now on sign in with it.
  func accountWasMade(_ identity: Identity) throws(SQLiteError) {
    guard let (secret, keep) = identity.newPassword else { return }
    identity.newPassword = nil
    try set(identity, "account", identity.session?.account ?? identity.session?.nick ?? "")
    if keep >= 1 { identity.password = secret }
    if keep == 2 { try set(identity, HiddenKey.password, String(decoding: secret, as: UTF8.self)) }
  }
}
