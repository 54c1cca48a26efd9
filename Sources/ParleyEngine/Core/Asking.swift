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
      if !isRetry, let password = identity.givenPassword ?? identity.password {
        return session.supplySecret(password, now: now)
      }
      if isRetry, identity.givenPassword != nil {
        identity.givenPassword = nil
      } else if isRetry {
        identity.password = nil
        try set(identity, HiddenKey.password, nil)
      }
      ask(identity, .password, kind: 1, text: account, result: isRetry ? .signIn : nil)
    case .newAccount:
      ask(identity, .newPassword, kind: 2, text: account, result: nil)
    }
  }

  func answer(_ question: Int64, _ secret: [UInt8]?, keep: Int32) throws(SQLiteError) {
    directory.withLock { _ = $0.questions.remove(question) }
    guard let (id, purpose) = questions.removeValue(forKey: question), let identity = identities[id] else { return }
    switch purpose {
    case .password:
      if keep >= 1 { identity.password = secret }
      if keep == 2, let secret { try set(identity, HiddenKey.password, String(decoding: secret, as: UTF8.self)) }
      identity.session?.supplySecret(secret, now: now)
    case .newPassword:
      identity.newPassword = secret.map { ($0, keep) }
      identity.session?.supplySecret(secret, now: now)
    case .certificate(let fingerprint):
      guard let secret, secret.elementsEqual("trust".utf8) else { return }
      try set(identity, "pin", fingerprint)
      connect(identity)
    }
    try follow(identity)
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
