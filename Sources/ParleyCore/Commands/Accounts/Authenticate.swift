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
      session.sasl = nil
      call.reply.numeric(.saslTooLong, "SASL message too long")
      return true
    case .tooMuch: return fail(call, "response too long")
    case .invalid: return fail(call, "invalid encoding")
    case .complete(let bytes): return respond(bytes, call)
    }
  }

  private static func begin(_ name: String, _ call: ConnectionCall) -> Bool {
    let offered = SASLMechanism.offered(to: call.session)
    guard let mechanism = SASLMechanism(rawValue: name), offered.contains(mechanism) else {
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
    case .scramDone(let account): return succeed(account, device: call.session.sasl?.device ?? "", call)
    case nil: return true
    }
  }

  // MARK: - PLAIN (RFC 4616)

  private static func plain(_ bytes: [UInt8], _ call: ConnectionCall) -> Bool {
    let parts = bytes.split(separator: 0, omittingEmptySubsequences: false)
    guard parts.count == 3, let authorization = String(validating: parts[0], as: UTF8.self),
      let given = String(validating: parts[1], as: UTF8.self)
    else { return fail(call, "invalid format") }
    let (name, device) = Core.splitDevice(given)
    guard authorization.isEmpty || FoldedName(Core.splitDevice(authorization).name) == FoldedName(name) else {
      return fail(call, "you may not act as another account")
    }
    let core = call.core
    core.checkPassword(name, Array(parts[2]), of: call.session) { verdict in
      switch verdict {
      case .right(let account): _ = succeed(account, device: device, call)
      case .wrong(let reason): _ = fail(call, reason)
      }
      core.conclude(call)
    }
    return false
  }

  // MARK: - EXTERNAL

  private static func external(_ bytes: [UInt8], _ call: ConnectionCall) -> Bool {
    guard let authorization = String(validating: bytes, as: UTF8.self) else { return fail(call, "invalid format") }
    guard let fingerprint = call.session.info.certificateFingerprint else { return fail(call, "no certificate") }
    let (name, device) = Core.splitDevice(authorization)
    let holders = call.core.accounts.holders(ofFingerprint: fingerprint)
    if name.isEmpty, holders.count > 1 {
      // Whoever added the certificate to another account would be the one whom its owner is signed in as.
      return fail(call, "several accounts have this certificate; name yours, and tell the server's operator")
    }
    let account = name.isEmpty ? holders.first : holders.first { FoldedName($0.name) == FoldedName(name) }
    guard let account else { return fail(call, "this certificate belongs to no account") }
    return succeed(account, device: device, call)
  }

  // MARK: - SCRAM-SHA-256 (RFC 7677)

  private static func scramFirst(_ bytes: [UInt8], _ call: ConnectionCall) -> Bool {
    let core = call.core
    var name = ""
    var device = ""
    guard let text = String(validating: bytes, as: UTF8.self),
      let server = ScramServer(
        clientFirst: text, nonce: Base64.encode(core.randomBytes(18)),
        find: { given in
          let (account, part) = Core.splitDevice(given)
          (name, device) = (account, part)
          return core.verifier(forName: account)
        })
    else { return fail(call, "invalid format") }
    guard core.throttle.allows(call.session.info.address, name, at: core.instant) else {
      return fail(call, "too many attempts; wait a minute")
    }
    call.session.sasl?.device = device
    call.session.sasl?.step = .scramFinal(server)
    sendChunks(Array(server.firstMessage.utf8), call)
    return true
  }

  private static func scramFinal(_ server: ScramServer, _ bytes: [UInt8], _ call: ConnectionCall) -> Bool {
    guard let text = String(validating: bytes, as: UTF8.self) else { return fail(call, "invalid format") }
    do {
      let signature = try server.verify(clientFinal: text)
      guard let account = server.account else { return fail(call, "wrong account or password") }
      call.session.sasl?.step = .scramDone(account)
      sendChunks(Array(signature.utf8), call)
      return true
    } catch {
      call.core.throttle.failed(call.session.info.address, server.account?.name ?? "", at: call.core.instant)
      return fail(call, error == .malformed ? "invalid format" : "wrong account or password")
    }
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

  private static func succeed(_ account: Account, device: String, _ call: ConnectionCall) -> Bool {
    call.session.sasl = nil
    let core = call.core
    if let reason = core.signInObstacle(account) ?? core.changeOverObstacle(call.session, to: account) {
      return fail(call, reason)
    }
    core.signIn(call.session, to: account, device: device, reply: call.reply)
    call.reply.numeric(.saslSuccess, "SASL authentication successful")
    return true
  }

  /// Who is signed in already stays so.
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
    finish(call.reply)
    conclude(call.session)
  }

  func conclude(_ session: Session) {
    guard !session.isClosed else { return }
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
