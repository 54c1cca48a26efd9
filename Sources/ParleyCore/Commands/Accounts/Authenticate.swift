import IRC
import ParleyStore

/// AUTHENTICATE: SASL PLAIN, SCRAM-SHA-256 and EXTERNAL (IRCv3 sasl-3.1, sasl-3.2).
enum AuthenticateCommand {
  static let command = Command(name: "AUTHENTICATE", minimumParameters: 1, handler: .connection(run))

  private static func run(_ call: ConnectionCall) -> Bool {
    let session = call.session
    let argument = call.message.parameters[0]
    if argument == "*" {
      session.sasl = nil
      call.reply.numeric(.saslAborted, "SASL authentication aborted")
      return true
    }
    guard session.sasl != nil else { return begin(argument.uppercased(), call) }
    switch session.sasl?.take(argument) {
    case .incomplete, nil: return true
    case .tooLong:
      logRefusal(call, "message too long")
      session.sasl = nil
      call.reply.numeric(.saslTooLong, "SASL message too long")
      return true
    case .tooMuch: return refuse(call, "response too long")
    case .invalid: return refuse(call, "invalid encoding")
    case .complete(let bytes): return respond(bytes, call)
    }
  }

  private static func begin(_ name: String, _ call: ConnectionCall) -> Bool {
    let offered = SASLMechanism.offered(to: call.session)
    let known = SASLMechanism(rawValue: name)
    guard let mechanism = known, offered.contains(mechanism) else {
      let reason = known == .external ? "no certificate" : "mechanism \(name) is not offered on this connection"
      call.core.log(
        .signInRefused(account: "*", known.map(SignInMethod.init) ?? .unknown, reason: reason), of: call.session)
      call.reply.numeric(
        .saslMechs, offered.map(\.rawValue).joined(separator: ","), "are available SASL mechanisms")
      call.reply.numeric(.saslFail, "SASL authentication failed")
      return true
    }
    call.session.sasl = SASLExchange(mechanism)
    call.reply.send(Message(command: "AUTHENTICATE", parameters: ["+"]))
    return true
  }

  private static func respond(_ bytes: [UInt8], _ call: ConnectionCall) -> Bool {
    switch call.session.sasl?.step {
    case .plain: return plain(bytes, call)
    case .external: return external(bytes, call)
    case .scramFirst: return scramFirst(bytes, call)
    case .scramFinal(let server): return scramFinal(server, bytes, call)
    case .scramDone(let server): return scramDone(server, call)
    case nil: return true
    }
  }

  // MARK: - PLAIN (RFC 4616)

  private static func plain(_ bytes: [UInt8], _ call: ConnectionCall) -> Bool {
    let parts = bytes.split(separator: 0, omittingEmptySubsequences: false)
    guard parts.count == 3, let authorization = String(validating: parts[0], as: UTF8.self),
      let given = String(validating: parts[1], as: UTF8.self)
    else { return refuse(call, "invalid format") }
    let (name, device) = Core.splitDevice(given)
    guard authorization.isEmpty || FoldedName(Core.splitDevice(authorization).name) == FoldedName(name) else {
      return refuse(call, "you may not act as another account", name)
    }
    let core = call.core
    core.checkPassword(name, Array(parts[2]), of: call.session) { verdict in
      switch verdict {
      case .right(let account): _ = succeed(account, .plain, device: device, call)
      case .wrong(let reason): _ = reject(name, .plain, reason, call)
      case .barred(let reason): _ = bar(name, .plain, reason, call)
      case .later(let reason): _ = postpone(name, .plain, reason, call)
      }
      core.conclude(call)
    }
    return false
  }

  // MARK: - EXTERNAL

  private static func external(_ bytes: [UInt8], _ call: ConnectionCall) -> Bool {
    guard let authorization = String(validating: bytes, as: UTF8.self) else { return refuse(call, "invalid format") }
    guard let fingerprint = call.session.info.certificateFingerprint else { return refuse(call, "no certificate") }
    let (name, device) = Core.splitDevice(authorization)
    if name.isEmpty, call.core.accounts.holders(ofFingerprint: fingerprint).count > 1 {
      // Whoever added the certificate to another account would be the one whom its owner is signed in as.
      return reject(
        "*", .external, "several accounts have this certificate; name yours, and tell the server's operator", call)
    }
    if let account = holder(of: fingerprint, named: name, call) {
      return succeed(account, .external, device: device, call)
    }
    guard !name.isEmpty else { return reject("*", .external, unknownCertificate, call) }
    // Another process may have added the certificate a moment ago.
    call.core.park(call.session)
    call.core.refreshAccount(name) {
      guard !call.session.isClosed else { return }
      if let account = holder(of: fingerprint, named: name, call) {
        _ = succeed(account, .external, device: device, call)
      } else {
        _ = reject(name, .external, unknownCertificate, call)
      }
      call.core.conclude(call)
    }
    return false
  }

  private static let unknownCertificate = "this certificate belongs to no account"

  private static func holder(of fingerprint: String, named name: String, _ call: ConnectionCall) -> Account? {
    let holders = call.core.accounts.holders(ofFingerprint: fingerprint)
    return name.isEmpty ? holders.first : holders.first { FoldedName($0.name) == FoldedName(name) }
  }

  // MARK: - SCRAM-SHA-256 (RFC 7677)

  private static func scramFirst(_ bytes: [UInt8], _ call: ConnectionCall) -> Bool {
    guard let text = String(validating: bytes, as: UTF8.self), let name = ScramServer.accountName(clientFirst: text)
    else { return refuse(call, "invalid format") }
    let core = call.core
    guard core.accounts[Core.splitDevice(name).name] == nil else { return scramChallenge(text, call) }
    // Another process may have made the account a moment ago.
    core.park(call.session)
    core.refreshAccount(Core.splitDevice(name).name) {
      guard !call.session.isClosed else { return }
      _ = scramChallenge(text, call)
      core.conclude(call)
    }
    return false
  }

  private static func scramChallenge(_ text: String, _ call: ConnectionCall) -> Bool {
    let core = call.core
    guard call.session.sasl != nil else { return true }
    guard
      let server = ScramServer(
        clientFirst: text, nonce: Base64.encode(core.randomBytes(18)),
        find: { core.verifier(forName: Core.splitDevice($0).name) })
    else { return refuse(call, "invalid format") }
    call.session.sasl?.device = Core.splitDevice(server.name).device
    call.session.sasl?.step = .scramFinal(server)
    sendChunks(Array(server.firstMessage.utf8), call)
    return true
  }

  private static func scramFinal(_ server: ScramServer, _ bytes: [UInt8], _ call: ConnectionCall) -> Bool {
    guard let text = String(validating: bytes, as: UTF8.self) else { return refuse(call, "invalid format") }
    let core = call.core
    let name = Core.splitDevice(server.name).name
    core.park(call.session)
    core.awaitTurn(name, of: call.session) { core, guess in
      guard let guess else {
        _ = postpone(name, .scram, Core.tooManyAttempts, call)
        return core.conclude(call)
      }
      do {
        let signature = try server.verify(clientFinal: text)
        core.passed(guess)
        call.session.sasl?.step = .scramDone(server)
        sendChunks(Array(signature.utf8), call)
      } catch ScramServer.Failure.malformed {
        core.throttle.abandoned(guess, at: core.instant)
        _ = refuse(call, "invalid format", name)
      } catch {
        return scramIsWrong(server, name, guess, call)
      }
      core.conclude(call)
    }
    return false
  }

  private static func scramIsWrong(_ server: ScramServer, _ name: String, _ guess: Guess, _ call: ConnectionCall) {
    let core = call.core
    // If another process has changed the password a moment ago, the proof was made with the old salt: it tells nothing.
    core.refreshAccount(name) {
      core.throttle.failed(guess, at: core.instant)
      guard !call.session.isClosed else { return }
      if core.verifier(forName: name).1 != server.verifier {
        _ = postpone(name, .scram, "the account was changed in this moment; try again", call)
      } else {
        _ = reject(name, .scram, "wrong account or password", call)
      }
      core.conclude(call)
    }
  }

  private static func scramDone(_ server: ScramServer, _ call: ConnectionCall) -> Bool {
    let device = call.session.sasl?.device ?? ""
    let name = Core.splitDevice(server.name).name
    guard let account = server.account, account.record.verifier == server.verifier else {
      return postpone(name, .scram, "the account was changed in this moment; try again", call)
    }
    return succeed(account, .scram, device: device, call)
  }

  private static func sendChunks(_ bytes: [UInt8], _ call: ConnectionCall) {
    var rest = Substring(Base64.encode(bytes))
    while true {
      let chunk = rest.prefix(400)
      rest = rest.dropFirst(400)
      call.reply.send(Message(command: "AUTHENTICATE", parameters: [chunk.isEmpty ? "+" : String(chunk)]))
      if chunk.utf8.count < 400 { return }
    }
  }

  // MARK: - Outcome

  private static func succeed(
    _ account: Account, _ method: SignInMethod, device: String, _ call: ConnectionCall
  ) -> Bool {
    let core = call.core
    guard account.isStored else { return postpone(account.name, method, "try again in a moment", call) }
    if let reason = core.signInObstacle(account) { return bar(account.name, method, reason, call) }
    if let reason = core.changeOverObstacle(call.session, to: account) {
      return postpone(account.name, method, reason, call)
    }
    call.session.sasl = nil
    core.signIn(call.session, to: account, by: method, device: device, reply: call.reply)
    call.reply.numeric(.saslSuccess, "SASL authentication successful")
    return true
  }

  /// A proof was checked and is wrong. A session that is signed in already stays so.
  private static func reject(_ account: String, _ method: SignInMethod, _ reason: String, _ call: ConnectionCall)
    -> Bool
  {
    call.core.log(.signInFailed(account: account, method, reason: reason), of: call.session)
    return fail(call, reason)
  }

  /// The proof is right, but nobody may sign in to the account now. 902 tells clients that no other password would help.
  private static func bar(_ account: String, _ method: SignInMethod, _ reason: String, _ call: ConnectionCall) -> Bool {
    call.session.sasl = nil
    call.core.log(.signInRefused(account: account, method, reason: reason), of: call.session)
    call.reply.fail("AUTHENTICATE", "ACCOUNT_UNAVAILABLE", [], "You cannot sign in: \(reason)")
    call.reply.numeric(.nickLocked, "You cannot sign in: \(reason)")
    _ = call.core.countFailure(call.session, reply: call.reply)
    return true
  }

  /// The proof was not checked. The exchange ends with 906 rather than 904, because clients take 904 for a wrong password.
  private static func postpone(
    _ account: String, _ method: SignInMethod, _ reason: String, _ call: ConnectionCall
  ) -> Bool {
    call.session.sasl = nil
    call.core.log(.signInRefused(account: account, method, reason: reason), of: call.session)
    call.reply.fail("AUTHENTICATE", "TRY_LATER", [], "You were not signed in: \(reason)")
    call.reply.numeric(.saslAborted, "SASL authentication aborted: \(reason)")
    return true
  }

  /// The exchange does not keep to the rules: there is nothing to check.
  /// - Parameter account: as far as it is known.
  private static func refuse(_ call: ConnectionCall, _ reason: String, _ account: String = "*") -> Bool {
    logRefusal(call, reason, account)
    return fail(call, reason)
  }

  private static func logRefusal(_ call: ConnectionCall, _ reason: String, _ account: String = "*") {
    let method = call.session.sasl?.method ?? .unknown
    call.core.log(.signInRefused(account: account, method, reason: reason), of: call.session)
  }

  private static func fail(_ call: ConnectionCall, _ reason: String) -> Bool {
    call.session.sasl = nil
    call.reply.numeric(.saslFail, "SASL authentication failed: \(reason)")
    _ = call.core.countFailure(call.session, reply: call.reply)
    return true
  }
}

extension Core {
  /// Ends a command that had parked its session: the answer leaves, the input goes on.
  func conclude(_ call: ConnectionCall) {
    guard !call.session.isClosed else { return }
    finish(call.reply)
    conclude(call.session)
  }

  func conclude(_ session: Session) {
    guard !session.isClosed else { return }
    countParkedTime(of: session)
    session.wait = .appends
    unblocked.append(session)
    settleIn(session)
    completeRegistrationWhenReady(session)
  }

  private func completeRegistrationWhenReady(_ session: Session) {
    guard case .registering = session.phase else { return }
    session.wait = nil
    completeRegistration(session)
    if session.wait == nil { session.wait = .appends }
  }
}
