import IRC
import ParleyStore

/// An account somebody wants.
struct AccountRequest {
  let name: String
  /// Empty: none.
  let email: String
  let password: String
  /// Whoever asks is signed in to it.
  var isOwn = true
}

enum RegistrationAnswer {
  case registered(String)
  /// A code has been sent to the address.
  case verificationRequired(String, email: String)
  /// As FAIL REGISTER tells: a code, its context, and a sentence without its full stop.
  case refused(code: String, context: [String], text: String)

  static func refused(_ code: String, _ context: String, _ text: String) -> RegistrationAnswer {
    .refused(code: code, context: [context], text: text)
  }
}

package enum MailAddress {
  /// Enough to be handed to a program that knows more: no spaces, no control characters, something on both sides of the `@`.
  package static func isValid(_ text: String) -> Bool {
    guard text.utf8.count <= 254, !text.hasPrefix("-"), let mark = text.lastIndex(of: "@") else { return false }
    let local = text[..<mark]
    let domain = text[text.index(after: mark)...]
    // RFC 5321's atoms; quoted local parts are nobody's, and invite trouble.
    let isLocal = local.utf8.allSatisfy { byte in
      (0x21...0x7E).contains(byte) && !"()<>[]:;@\\,\"".utf8.contains(byte)
    }
    let isDomain = domain.utf8.allSatisfy { byte in
      byte == 0x2D || byte == 0x2E || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
        || (0x61...0x7A).contains(byte)
    }
    return !local.isEmpty && !domain.isEmpty && isLocal && isDomain && !domain.hasPrefix(".") && !domain.hasPrefix("-")
      && !domain.hasSuffix(".")
  }
}

extension Core {
  /// Why nobody gets this password: the code of FAIL REGISTER, and words.
  func passwordObstacle(_ password: String) -> (code: String, text: String)? {
    let shortest = configuration.passwordLength
    guard password.unicodeScalars.count >= shortest else {
      return ("WEAK_PASSWORD", "The password is too short: at least \(shortest) characters")
    }
    guard password.utf8.count <= 300, !password.utf8.contains(0) else {
      return ("UNACCEPTABLE_PASSWORD", "The password is too long: at most 300 bytes")
    }
    return nil
  }

  /// Makes an account, and signs the session in to it if it is its own. The session is parked and concluded here.
  /// - Parameter answer: called once, before the reply leaves.
  func registerAccount(
    _ request: AccountRequest, by session: Session, reply: Reply, _ answer: @escaping (RegistrationAnswer) -> Void
  ) {
    park(session)
    let answer = { [unowned self] (result: RegistrationAnswer) in
      switch result {
      case .registered(let name), .verificationRequired(let name, _): log(.registered(account: name), of: session)
      case .refused(_, _, let text): log(.registrationRefused(account: request.name, reason: text), of: session)
      }
      answer(result)
    }
    if let refusal = obstacle(request, by: session) {
      answer(refusal)
      finish(reply)
      return conclude(session)
    }
    if case .registering(let registration) = session.phase { registration.isCreatingAccount = true }
    derive(
      Array(request.password.utf8), salt: randomBytes(16), iterations: configuration.passwordIterations, for: session
    ) { [unowned self] verifier in
      guard !session.isClosed else { return }
      guard let verifier else {
        answer(.refused("TEMPORARILY_UNAVAILABLE", request.name, "The server is busy; try again in a minute"))
        return endRegistration(session, reply)
      }
      create(request, verifier, session, reply, answer)
    }
  }

  private func obstacle(_ request: AccountRequest, by session: Session) -> RegistrationAnswer? {
    let name = request.name
    guard Names.isValidNick(name, maximumLength: configuration.nickLength), !isReserved(name, for: nil) else {
      return .refused("BAD_ACCOUNT_NAME", name, "This name cannot be an account's")
    }
    guard session.info.isSecure || session.info.isLoopback else {
      return .refused(
        "UNACCEPTABLE_PASSWORD", name, "Connect with TLS first: your password would be readable on the way")
    }
    if request.isOwn {
      guard configuration.allowRegistration else {
        return .refused(
          "TEMPORARILY_UNAVAILABLE", name, "This server does not take registrations; ask its operator")
      }
      if let account = session.account {
        return .refused("ALREADY_AUTHENTICATED", account.name, "You are signed in already")
      }
    }
    guard accounts[name] == nil else { return .refused("ACCOUNT_EXISTS", name, "This account exists already") }
    if let holder = users[FoldedName(name)], !request.isOwn || holder !== session.user {
      return .refused("ACCOUNT_EXISTS", name, "Somebody else is using this nick")
    }
    if isLookalike(name, for: nil, by: request.isOwn ? session.user : nil) {
      return .refused("BAD_ACCOUNT_NAME", name, "This name looks like another one that is in use")
    }
    if let (code, text) = passwordObstacle(request.password) { return .refused(code, name, text) }
    if request.isOwn, configuration.requiresEmail, request.email.isEmpty {
      return .refused("INVALID_EMAIL", name, "An e-mail address is needed")
    }
    guard request.email.isEmpty || MailAddress.isValid(request.email) else {
      return .refused("INVALID_EMAIL", name, "This is no e-mail address; `*` stands for none")
    }
    if request.isOwn, !session.info.isTrusted, !throttle.allowsRegistration(session.info.address, at: instant) {
      return .refused(
        "TEMPORARILY_UNAVAILABLE", name, "Too many accounts from your address; try again in a few minutes")
    }
    if needsProof(request), let reason = mailObstacle(request.email) {
      return .refused("TEMPORARILY_UNAVAILABLE", name, reason)
    }
    return nil
  }

  private func needsProof(_ request: AccountRequest) -> Bool {
    request.isOwn && !request.email.isEmpty && verifiesMail
  }

  private func create(
    _ request: AccountRequest, _ verifier: PasswordVerifier, _ session: Session, _ reply: Reply,
    _ answer: @escaping (RegistrationAnswer) -> Void
  ) {
    guard !session.isClosed else { return }
    let name = request.name
    if request.isOwn, !configuration.allowRegistration {
      answer(
        .refused("TEMPORARILY_UNAVAILABLE", name, "This server does not take registrations; ask its operator"))
      return endRegistration(session, reply)
    }
    let end = { (core: Core, result: RegistrationAnswer) in
      answer(result)
      core.endRegistration(session, reply)
    }
    let holder = users[FoldedName(name)]
    guard accounts[name] == nil, !request.isOwn || session.addressee == name,
      holder == nil || (request.isOwn && holder === session.user)
    else { return end(self, .refused("ACCOUNT_EXISTS", name, "This account exists already")) }
    guard !isLookalike(name, for: nil, by: request.isOwn ? session.user : nil) else {
      return end(self, .refused("BAD_ACCOUNT_NAME", name, "This name looks like another one that is in use"))
    }
    let account = Account(
      AccountRecord(
        id: accounts.takeID(), name: name, nick: name, realname: "", verifier: verifier, email: request.email,
        registeredAt: now))
    account.isStored = false
    accounts.insert(account)
    var changes: [Change] = [.createAccount(account.record)]
    var proof: String?
    if needsProof(request) {
      let (code, record) = makeVerification(account.id, email: request.email, isRegistration: true)
      accounts.setVerification(record, of: account)
      changes.append(.putVerification(record))
      proof = code
    }
    transact(
      Transaction(changes),
      undo: { core in core.accounts.remove(account) },
      fail: { core, _ in
        end(core, .refused("TEMPORARILY_UNAVAILABLE", name, "The server cannot store accounts now"))
      },
      settle: { core, outcome in
        guard case .committed = outcome else {
          core.accounts.remove(account)
          // The number is taken, by an account made on the command line a moment ago: the next one is not.
          if case .refused(.changedMeanwhile) = outcome {
            return core.create(request, verifier, session, reply, answer)
          }
          return end(core, .refused("ACCOUNT_EXISTS", name, "This account exists already"))
        }
        account.isStored = true
        if let proof { return core.sendProof(proof, of: account, session, reply, answer) }
        guard !session.isClosed else { return }
        answer(.registered(name))
        if request.isOwn { core.signIn(session, to: account, by: .registration, device: "", reply: reply) }
        core.endRegistration(session, reply)
      })
  }

  /// An account whose mail cannot be sent would never be anybody's.
  private func sendProof(
    _ code: String, of account: Account, _ session: Session, _ reply: Reply,
    _ answer: @escaping (RegistrationAnswer) -> Void
  ) {
    let email = account.record.email
    sendCode(code, of: account, to: email) { [unowned self] isSent in
      if !isSent { discard(account) }
      guard !session.isClosed else { return }
      answer(
        isSent
          ? .verificationRequired(account.name, email: email)
          : .refused("INVALID_EMAIL", account.name, "No mail could be sent to this address"))
      endRegistration(session, reply)
    }
  }

  private func endRegistration(_ session: Session, _ reply: Reply) {
    if case .registering(let registration) = session.phase { registration.isCreatingAccount = false }
    finish(reply)
    conclude(session)
  }
}
