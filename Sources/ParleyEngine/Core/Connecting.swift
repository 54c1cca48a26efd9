import IRC
import ParleyCache
import ParleySession
public import SQLite

// Connections: when to make one, what the server's certificate has to be, when to try again.
extension EngineCore {
  /// The host wants it connected. While waiting for the next attempt: now.
  func connect(_ identity: Identity) {
    identity.isWanted = true
    guard identity.connection == nil else { return }
    identity.failures = 0
    identity.retryAt = now
    identity.state.state = .connecting
    identity.state.result = 0
    identity.state.reason = ""
    identity.state.retryTime = 0
    changed(identity)
  }

  /// The host says that the network may be another one: what waits is tried now, and what stands has to show that it does.
  package func networkChanged() throws(SQLiteError) {
    for identity in identities.values.sorted(by: { $0.id < $1.id }) where identity.isWanted {
      identity.failures = 0
      if identity.retryAt != nil { identity.retryAt = now }
      guard let connection = identity.connection else { continue }
      if let session = identity.session {
        session.probe(now: now)
        try follow(identity)
      } else {
        // The attempt began on the network from before.
        effect(.close(connection))
        identity.connection = nil
        identity.retryAt = now
      }
    }
  }

  /// The host wants it offline.
  func disconnect(_ identity: Identity, reason: String) throws(SQLiteError) {
    identity.isWanted = false
    identity.retryAt = nil
    identity.mismatch = nil
    identity.isProbing = false
    if let session = identity.session {
      session.quit(reason: reason, now: now)
      try follow(identity)
    }
    if let connection = identity.connection {
      effect(.close(connection))
      try end(identity, reason: "")
    }
    identity.state.state = .offline
    identity.state.result = 0
    identity.state.reason = ""
    identity.state.retryTime = 0
    changed(identity)
  }

  /// Begins an attempt.
  func open(_ identity: Identity) throws(SQLiteError) {
    identity.retryAt = nil
    identity.state.retryTime = 0
    identity.onlineSince = nil
    guard identity.isWanted, identity.connection == nil, let link = identity.link else { return }
    let verification: Endpoint.Verification
    let strictPort = link.isSecure ? nil : strictPort(identity)
    identity.isUpgraded = strictPort != nil
    if strictPort == nil, !link.isSecure, !link.isLoopback, identity.serverPassword != nil {
      return stop(
        identity, .signIn, reason: "The server's password isn't sent over a connection that isn't encrypted.")
    }
    if strictPort != nil {
      verification = .authorities
    } else if !link.isSecure {
      verification = .none
    } else if identity.isProbing {
      verification = .fingerprint
    } else if identity.mismatch == nil, expectedFingerprint(identity) != nil {
      verification = .fingerprint
    } else if identity.mismatch == nil, isUntrusted(identity) {
      verification = .fingerprint
    } else {
      verification = .authorities
    }
    identity.verification = verification
    identity.attempts += 1
    let connection = ConnectionID(identity: identity.id, attempt: identity.attempts)
    identity.connection = connection
    let path = identity.state.settings["certificate"].flatMap { $0.isEmpty ? nil : $0 }
    effect(
      .connect(
        connection,
        Endpoint(
          host: link.host, port: strictPort ?? link.port, verification: verification, certificatePath: path)))
    identity.state.state = .connecting
    changed(identity)
  }

  /// Nothing vouches for the server, as far as we know.
  private func isUntrusted(_ identity: Identity) -> Bool {
    identity.distrust != nil || identity.state.settings["state.untrusted"] == "1"
  }

  /// The fingerprint the server must have; nil: none is known.
  private func expectedFingerprint(_ identity: Identity) -> String? {
    if let pin = identity.state.settings["pin"], !pin.isEmpty { return pin }
    if let fingerprint = identity.link?.fingerprint, !fingerprint.isEmpty { return fingerprint }
    return nil
  }

  // MARK: - What the network says

  /// A connection stands.
  /// - Parameter fingerprint: SHA-256 of the server's certificate in hex; nil: plaintext.
  public func connected(_ connection: ConnectionID, fingerprint: String?) throws(SQLiteError) {
    guard let identity = identities[connection.identity], identity.connection == connection else { return }
    if let fingerprint, identity.isProbing {
      identity.isProbing = false
      abandon(identity)
      return askAboutCertificate(
        identity, fingerprint: fingerprint, expected: identity.state.settings[HiddenKey.vouched] ?? "")
    }
    if let fingerprint, identity.verification == .authorities { try set(identity, HiddenKey.vouched, fingerprint) }
    if let fingerprint, let expected = expectedFingerprint(identity) {
      if identity.mismatch != nil {
        // An authority vouches for it now: the pin was for a certificate from before.
        identity.mismatch = nil
        try set(identity, "pin", nil)
      } else if fingerprint != expected {
        return try mismatch(identity, fingerprint: fingerprint, expected: expected)
      } else if isPinnedUnasked(identity), sendsPassword(identity) {
        return askBeforePassword(identity)
      }
    } else if let fingerprint, isUntrusted(identity) {
      // First contact with a server nobody vouches for. No password goes there before a person has said so.
      if identity.distrust != nil || sendsPassword(identity) {
        abandon(identity)
        return askAboutCertificate(identity, fingerprint: fingerprint, expected: "-")
      }
      try set(identity, "pin", fingerprint)
      try set(identity, HiddenKey.unasked, "1")
      try set(identity, "state.untrusted", nil)
      note(2, "identity=\(identity.id) certificate pinned")
    }
    startSession(identity)
    try follow(identity)
  }

  /// The server has the certificate of the first contact, when nothing vouched for it and nothing was asked, as no password was sent.
  func isPinnedUnasked(_ identity: Identity) -> Bool { identity.state.settings[HiddenKey.unasked] == "1" }

  /// Ends the connection until a person has said that the server may be told a password.
  func askBeforePassword(_ identity: Identity) {
    guard let pin = identity.state.settings["pin"] else { return }
    abandon(identity)
    askAboutCertificate(identity, fingerprint: pin, expected: "-")
  }

  private func mismatch(_ identity: Identity, fingerprint: String, expected: String) throws(SQLiteError) {
    abandon(identity)
    let isInvitation = identity.state.settings["pin"].map(\.isEmpty) ?? true
    if !isInvitation, identity.mismatch == nil {
      identity.mismatch = fingerprint
      return try open(identity)
    }
    askAboutCertificate(identity, fingerprint: fingerprint, expected: expected)
  }

  private func askAboutCertificate(_ identity: Identity, fingerprint: String, expected: String) {
    identity.mismatch = nil
    // The same one as until now has expired, or is for another host now.
    let isOther = expected != "-" && expected != fingerprint
    let reason =
      isOther
      ? "the server's certificate is not the one that is known"
      : identity.distrust ?? FailureWords.of(.unknownAuthority, host: identity.state.host)
    identity.distrust = nil
    stop(identity, .certificate, reason: reason)
    ask(
      identity, .certificate(fingerprint: fingerprint), kind: 3, text: "\(isOther ? expected : "-") \(fingerprint)",
      result: nil)
  }

  /// Bytes came.
  public func received(_ connection: ConnectionID, _ bytes: UnsafeRawBufferPointer) throws(SQLiteError) {
    guard let identity = identities[connection.identity], identity.connection == connection,
      let session = identity.session
    else { return }
    session.receive(bytes, now: now)
    try follow(identity)
  }

  /// A connection has ended, or did not come about.
  public func closed(_ connection: ConnectionID, _ end: ConnectionEnd) throws(SQLiteError) {
    guard let identity = identities[connection.identity], identity.connection == connection else { return }
    switch end {
    case .untrusted(_, let reason) where identity.session == nil && identity.isUpgraded:
      // A network that wants TLS is not reached without it, nor with a certificate that nothing vouches for.
      abandon(identity)
      scheduleRetry(identity, result: .certificate, reason: reason)
    case .untrusted(let distrust, let reason) where identity.session == nil:
      abandon(identity)
      identity.distrust = distrust.needsPerson ? reason : nil
      if let fingerprint = identity.mismatch, let expected = expectedFingerprint(identity) {
        askAboutCertificate(identity, fingerprint: fingerprint, expected: expected)
      } else if identity.state.settings[HiddenKey.vouched] != nil {
        // An authority did before: somebody may stand between us and the server.
        identity.isProbing = true
        try open(identity)
      } else {
        // Nobody vouches for it: look at it, and pin it.
        if identity.distrust == nil { try set(identity, "state.untrusted", "1") }
        try open(identity)
      }
    case .noCertificate(let reason):
      abandon(identity)
      stop(identity, .certificate, reason: reason)
    case .lost(let reason), .untrusted(_, let reason):
      identity.isProbing = false
      identity.distrust = nil
      try self.end(identity, reason: reason)
      if identity.isWanted { scheduleRetry(identity, result: .lost, reason: reason) }
    }
  }

  private func abandon(_ identity: Identity) {
    if let connection = identity.connection { effect(.close(connection)) }
    identity.connection = nil
    identity.session = nil
  }

  // MARK: - The session's life

  private func startSession(_ identity: Identity) {
    let settings = identity.state.settings
    identity.hasGivenUp = false
    let nick = settings["nick"] ?? ""
    let account = accountWanted(identity)
    let signIn: SessionSettings.SignIn =
      switch settings["sasl"] ?? "auto" {
      case "none": .none
      case "external": .external(account: account)
      case _ where account.isEmpty: .none
      case "plain": .plain(account: account)
      case "scram-sha-256": .scram(account: account)
      default: .automatic(account: account)
      }
    let realName = settings["realname"] ?? ""
    let link = identity.link
    let isSecure = link?.isSecure == true || identity.isUpgraded
    var sessionSettings = SessionSettings(
      nick: nick, username: nick, realName: realName.isEmpty ? nick : realName, signIn: signIn,
      isPrivate: isSecure || link?.isLoopback == true,
      hasCertificate: settings["certificate"]?.isEmpty == false, clientName: self.settings.clientName,
      device: settings[HiddenKey.device] ?? "", away: identity.away)
    // On this machine there is nothing to protect from.
    sessionSettings.isSecure = isSecure || link?.isLoopback == true
    sessionSettings.serverPassword = identity.serverPassword
    sessionSettings.caution = settings[HiddenKey.caution].flatMap { Int($0) } ?? 0
    sessionSettings.refusesPlain = (settings["sasl"] ?? "auto") == "auto" && settings[HiddenKey.scram] == "1"
    let session = ClientSession(settings: sessionSettings, nonce: randomBytes(32), now: now)
    session.wantsRawLines = wantsRawLines
    session.wallOffset = wallOffset
    identity.begun = (nick, identity.away)
    identity.session = session
    identity.state.state = .signingIn
    changed(identity)
    session.start(now: now)
  }

  /// A session is over: what it was asked and did not answer is finished.
  func end(_ identity: Identity, reason: String) throws(SQLiteError) {
    if let session = identity.session {
      session.ended(now: now)
      try handleEvents(of: session, identity)
    }
    identity.forgetConnection()
    identity.waiting = [:]
    for (id, _) in conversations(of: identity) {
      conversations[id]?.isJoined = false
      conversations[id]?.isJoining = false
      conversations[id]?.joinsAgain = false
      conversations[id]?.isNew = false
      conversations[id]?.sync = .away
      changed(chat: id)
    }
    for (key, _) in typists where conversations[key.chat]?.row.identity == identity.id {
      typists[key] = nil
      tellTyping(key, .done)
    }
    for (number, question) in questions where question.identity == identity.id {
      if case .certificate = question.purpose { continue }
      questions[number] = nil
      directory.withLock { _ = $0.questions.remove(number) }
    }
    note(2, "identity=\(identity.id) disconnected")
  }

  /// Takes what the session has found out and wants to send, after every call into it.
  func follow(_ identity: Identity) throws(SQLiteError) {
    guard let session = identity.session else { return }
    try handleEvents(of: session, identity)
    guard identity.session === session else { return }
    try pump(identity)
    guard identity.session === session, let connection = identity.connection else { return }
    write(session, identity)
    if session.wantsClose {
      effect(.close(connection))
      let stopped = identity.state.state == .stopped
      try end(identity, reason: "")
      if identity.isWanted, !stopped, identity.retryAt == nil {
        scheduleRetry(identity, result: .lost, reason: identity.state.reason)
      }
    }
  }

  func write(_ session: ClientSession, _ identity: Identity) {
    guard !session.output.isEmpty, let connection = identity.connection else { return }
    effect(.write(connection, session.output))
    session.output = []
  }

  private func handleEvents(of session: ClientSession, _ identity: Identity) throws(SQLiteError) {
    // Handling an event may lead to commands, and they to more events.
    var rounds = 0
    while !session.events.isEmpty, rounds < 1_000 {
      rounds += 1
      let events = session.events
      session.events = []
      for event in events { try handle(event, of: session, identity) }
    }
  }

  /// Tries again: first within a second, then 2, 4 … 120 s, each with a quarter more or less.
  func scheduleRetry(_ identity: Identity, result: EngineError, reason: String) {
    if let since = identity.onlineSince, now.milliseconds - since.milliseconds > 30_000 { identity.failures = 0 }
    identity.onlineSince = nil
    let delay: Int64
    if identity.failures == 0 {
      delay = random(in: 100...1_000)
    } else {
      let base = min(120_000, Int64(1_000) << Int64(min(identity.failures, 7)))
      delay = random(in: base * 3 / 4...base * 5 / 4)
    }
    identity.failures += 1
    identity.retryAt = now.adding(milliseconds: delay)
    identity.state.state = .waiting
    identity.state.result = result.code
    identity.state.reason = reason
    identity.state.retryTime = wallClock.milliseconds + delay
    changed(identity)
  }

  /// Needs the host: stays offline until asked to connect.
  func stop(_ identity: Identity, _ error: EngineError, reason: String) {
    identity.isWanted = false
    identity.retryAt = nil
    identity.state.state = .stopped
    identity.state.result = error.code
    identity.state.reason = reason
    identity.state.retryTime = 0
    changed(identity)
  }

  /// Sets or removes one of an identity's settings.
  func set(_ identity: Identity, _ key: String, _ value: String?) throws(SQLiteError) {
    guard identity.state.settings[key] != value else { return }
    try writing().setIdentity(identity.id, key: key, value: value)
    identity.state.settings[key] = value
    changed(identity)
  }

  /// The engine is being closed.
  func sayGoodbye() throws(SQLiteError) {
    for identity in identities.values where identity.connection != nil { try disconnect(identity, reason: "") }
  }

  /// Nothing has happened for a while.
  package func idle() { try? cache.idle() }

  func wants(rawLines: Bool) {
    wantsRawLines = rawLines
    for identity in identities.values { identity.session?.wantsRawLines = rawLines }
  }
}
