import IRC
import ParleyStore

enum PasswordVerdict {
  case right(Account)
  /// The password was checked and is wrong. In words.
  case wrong(String)
  /// The password is right, but nobody may sign in to the account now. In words.
  case barred(String)
  /// The password was not checked: it may be tried again later. In words.
  case later(String)

  /// How the log tells of it; nil: somebody may go on, and what comes of that is logged then.
  func event(_ account: String, _ method: SignInMethod) -> LogEvent? {
    switch self {
    case .right: nil
    case .wrong(let reason): .signInFailed(account: account, method, reason: reason)
    case .barred(let reason), .later(let reason): .signInRefused(account: account, method, reason: reason)
    }
  }
}

extension Core {
  /// Failed attempts before the connection is closed.
  static let maximumFailures = 5
  /// Attempts that were turned away before the connection is closed.
  static let maximumTurnsMissed = 3

  static let tooManyAttempts = "too many attempts; try again in a minute"
  static let isBusy = "the server is busy; try again in a minute"

  /// Checks an account's password, and whether the account may be signed in to. The session is parked; the caller concludes.
  func checkPassword(
    _ name: String, _ password: [UInt8], of session: Session, _ then: @escaping (PasswordVerdict) -> Void
  ) {
    park(session)
    awaitTurn(name, of: session) { core, guess in
      guard let guess else { return then(.later(Self.tooManyAttempts)) }
      core.checkPassword(name, password, guess, of: session, then)
    }
  }

  private func checkPassword(
    _ name: String, _ password: [UInt8], _ guess: Guess, isSecondTry: Bool = false, of session: Session,
    _ then: @escaping (PasswordVerdict) -> Void
  ) {
    let (account, verifier) = verifier(forName: name)
    derive(password, salt: verifier.salt, iterations: verifier.iterations, for: session) { [unowned self] derived in
      guard let derived else {
        throttle.abandoned(guess, at: instant)
        throttle.refused()
        if !session.isClosed { then(.later(Self.isBusy)) }
        return
      }
      let isRight = SecretComparison.equal(derived.storedKey, verifier.storedKey)
      if isRight, let account, account.record.verifier == verifier {
        passed(guess)
        guard !session.isClosed else { return }
        return admitted(account, then)
      }
      guard !session.isClosed else { return throttle.failed(guess, at: instant) }
      // Another process may have made the account, or changed its password, a moment ago.
      refreshAccount(name) { [unowned self] in
        if !isSecondTry, self.verifier(forName: name).1 != verifier {
          return checkPassword(name, password, guess, isSecondTry: true, of: session, then)
        }
        throttle.failed(guess, at: instant)
        if !session.isClosed { then(.wrong("wrong account or password")) }
      }
    }
  }

  /// The password is right.
  private func admitted(_ account: Account, _ then: @escaping (PasswordVerdict) -> Void) {
    guard account.isStored else { return then(.later("try again in a moment")) }
    guard signInObstacle(account) != nil else { return then(.right(account)) }
    // Another process may have lifted a suspension a moment ago.
    refreshAccount(account.name) { [unowned self] in
      then(signInObstacle(account).map { .barred($0) } ?? .right(account))
    }
  }

  /// One more failed attempt of this connection.
  /// - Returns: whether it was the last, and the connection is closed.
  func countFailure(_ session: Session, reply: Reply? = nil) -> Bool {
    session.authenticationFailures += 1
    guard session.authenticationFailures >= Self.maximumFailures else { return false }
    close(session, "Too many failed attempts to sign in", reply: reply)
    return true
  }

  // MARK: - Turns

  /// Waits until a password of the account may be checked for the session, which is parked.
  /// - Parameter then: called at once or later, but not if the session has closed; nil: it was turned away.
  func awaitTurn(_ name: String, of session: Session, _ then: @escaping (Core, Guess?) -> Void) {
    let source = GuessSource(address: Admission.key(session.info.address), account: FoldedName(name))
    let isTrusted = session.info.isTrusted
    defer { session.passwordAttempts += 1 }
    if !guesses.hasRivals(of: source, isKnown: throttle.isKnown(source)),
      let guess = throttle.begin(source, isTrusted: isTrusted, at: instant)
    {
      return then(self, guess)
    }
    let waiter = GuessQueue.Waiter(
      connection: session.id, source: source, isTrusted: isTrusted,
      attempts: session.passwordAttempts + (accounts[name] == nil ? 1 : 0), since: instant, proceed: then)
    if let loser = guesses.add(waiter, isGone: { sessions[$0] == nil }) { turnAway(loser) }
  }

  /// The connection is closed when it happens again and again: to come back costs it one of the connections that its address may open in
  /// a minute, while a further attempt would cost it nothing.
  private func turnAway(_ waiter: GuessQueue.Waiter) {
    guard let session = sessions[waiter.connection] else { return }
    throttle.refused()
    waiter.proceed(self, nil)
    session.turnsMissed += 1
    if session.turnsMissed >= Self.maximumTurnsMissed {
      close(session, "Too many attempts to sign in from your address; connect again in a minute")
    }
  }

  /// A right password: a check that waits behind it for the same account and address may pass.
  func passed(_ guess: Guess) {
    throttle.succeeded(guess, at: instant)
    if !guesses.isEmpty { serveGuesses(of: guess.source) }
  }

  private func serveGuesses(of source: GuessSource? = nil) {
    let next = guesses.takeNext(of: source, at: instant) { waiter, isDue in
      throttle.begin(waiter.source, isTrusted: waiter.isTrusted, isDue: isDue, at: instant)
    }
    for (waiter, guess) in next {
      if sessions[waiter.connection] == nil {
        throttle.abandoned(guess, at: instant)
      } else {
        waiter.proceed(self, guess)
      }
    }
  }

  /// Called each second.
  func servePasswords() {
    if !guesses.isEmpty {
      for waiter in guesses.takeExpired(at: instant, isGone: { sessions[$0] == nil }) { turnAway(waiter) }
      serveGuesses()
    }
    guard derivationQueue.count > 0 else { return }
    for job in derivationQueue.takeExpired(at: instant, isGone: { sessions[$0] == nil }) {
      derivations.removeValue(forKey: job)?(nil)
    }
  }

  // MARK: - Derivation

  /// Has a password derived on another thread. The session is parked.
  /// - Parameter then: gets nil if it had to wait for too long, or its session has closed meanwhile.
  func derive(
    _ password: [UInt8], salt: [UInt8], iterations: Int, for session: Session,
    _ then: @escaping (PasswordVerifier?) -> Void
  ) {
    let job = takeJob()
    derivations[job] = then
    derivationQueue.add(
      .init(
        job: job, connection: session.id, password: password, salt: salt, iterations: iterations, since: instant),
      from: Admission.key(session.info.address))
    handOutDerivations()
  }

  func derived(_ job: JobID, _ verifier: PasswordVerifier) {
    derivationQueue.finished(job)
    derivations.removeValue(forKey: job)?(verifier)
    handOutDerivations()
  }

  private func handOutDerivations() {
    while let work = derivationQueue.next() {
      outputs.derivations.append(
        (work.job, password: work.password, salt: work.salt, iterations: work.iterations))
    }
  }
}
