import IRC
import ParleyStore

/// REGISTER: creates an account named after the current nick (draft/account-registration).
enum RegisterCommand {
  static let command = Command(name: "REGISTER", minimumParameters: 3, handler: .connection(run))

  private static func run(_ call: ConnectionCall) -> Bool {
    let core = call.core
    let session = call.session
    let wanted = call.message.parameters[0]
    let email = call.message.parameters[1]
    let password = call.message.parameters[2]
    func fail(_ code: String, _ context: [String], _ text: String) -> Bool {
      call.reply.fail("REGISTER", code, context, text)
      return true
    }
    guard core.configuration.allowRegistration else {
      return fail("TEMPORARILY_UNAVAILABLE", [wanted], "This server does not take registrations; ask its operator")
    }
    if let account = session.account {
      return fail("ALREADY_AUTHENTICATED", [account.name], "You are signed in already")
    }
    if case .registering = session.phase, !core.configuration.allowRegistrationBeforeConnect {
      return fail("COMPLETE_CONNECTION_REQUIRED", [wanted], "Connect first, then register")
    }
    let nick = session.addressee
    if nick == "*", case .registering(let registration) = session.phase, !registration.takenNick.isEmpty {
      return fail("ACCOUNT_EXISTS", [registration.takenNick], "Somebody else has this nick")
    }
    guard nick != "*" else { return fail("NEED_NICK", ["*"], "Choose a nick first: the account is named after it") }
    guard wanted == "*" || FoldedName(wanted) == FoldedName(nick) else {
      return fail("ACCOUNT_NAME_MUST_BE_NICK", [wanted], "The account must have the name of your nick, \(nick)")
    }
    guard Names.isValidNick(nick, maximumLength: core.configuration.nickLength) else {
      return fail("BAD_ACCOUNT_NAME", [nick], "This name cannot be an account's")
    }
    guard session.info.isSecure || session.info.isLoopback else {
      return fail("UNACCEPTABLE_PASSWORD", [nick], "Connect with TLS first: your password would be readable on the way")
    }
    guard core.accounts[nick] == nil else {
      return fail("ACCOUNT_EXISTS", [nick], "This account exists already")
    }
    if let holder = core.users[FoldedName(nick)], holder !== session.user {
      return fail("ACCOUNT_EXISTS", [nick], "Somebody else is using this nick")
    }
    let shortest = core.configuration.passwordLength
    guard password.unicodeScalars.count >= shortest else {
      return fail("WEAK_PASSWORD", [nick], "The password is too short: at least \(shortest) characters")
    }
    guard password.utf8.count <= 300, !password.utf8.contains(0) else {
      return fail("UNACCEPTABLE_PASSWORD", [nick], "The password is too long: at most 300 bytes")
    }
    guard email == "*" || (email.contains("@") && email.utf8.count <= 254) else {
      return fail("INVALID_EMAIL", [nick], "This is no e-mail address; `*` stands for none")
    }
    guard session.info.isTrusted || core.throttle.allowsRegistration(session.info.address, at: core.now) else {
      return fail("TEMPORARILY_UNAVAILABLE", [nick], "Too many accounts from your address; try again in a minute")
    }
    guard core.derivations.count < 1_000 else {
      return fail("TEMPORARILY_UNAVAILABLE", [nick], "The server is busy; try again in a minute")
    }
    if case .registering(let registration) = session.phase { registration.isCreatingAccount = true }
    core.park(session)
    let salt = core.randomBytes(16)
    core.derive(Array(password.utf8), salt: salt, iterations: core.configuration.passwordIterations) { verifier in
      create(nick, email: email == "*" ? "" : email, verifier, call)
    }
    return false
  }

  private static func create(_ name: String, email: String, _ verifier: PasswordVerifier, _ call: ConnectionCall) {
    let core = call.core
    let session = call.session
    guard !session.isClosed else { return }
    let holder = core.users[FoldedName(name)]
    guard core.accounts[name] == nil, session.addressee == name, holder == nil || holder === session.user else {
      call.reply.fail("REGISTER", "ACCOUNT_EXISTS", [name], "This account exists already")
      return end(call)
    }
    let account = Account(
      AccountRecord(
        id: core.accounts.takeID(), name: name, nick: name, realname: "", verifier: verifier, email: email,
        registeredAt: core.now))
    account.isStored = false
    core.accounts.insert(account)
    core.transact(
      Transaction(.createAccount(account.record)),
      undo: { core in core.accounts.remove(account) },
      fail: { _, _ in
        call.reply.fail("REGISTER", "TEMPORARILY_UNAVAILABLE", [name], "The server cannot store accounts now")
        end(call)
      },
      settle: { core, outcome in
        guard case .committed = outcome else {
          core.accounts.remove(account)
          // The number is taken, by an account made on the command line a moment ago: the next one is not.
          if case .refused(.changedMeanwhile) = outcome { return create(name, email: email, verifier, call) }
          call.reply.fail("REGISTER", "ACCOUNT_EXISTS", [name], "This account exists already")
          return end(call)
        }
        account.isStored = true
        guard !session.isClosed else { return }
        let words = "Account registered; you are signed in"
        // A client that does not know the command's answer shows a notice rather than an error.
        let isKnown = session.has(.draftAccountRegistration)
        call.reply.send(
          Message(
            source: core.configuration.serverName, command: isKnown ? "REGISTER" : "NOTICE",
            parameters: isKnown ? ["SUCCESS", name, words] : [session.addressee, words]))
        core.signIn(session, to: account, device: "", reply: call.reply)
        end(call)
      })
  }

  private static func end(_ call: ConnectionCall) {
    if case .registering(let registration) = call.session.phase { registration.isCreatingAccount = false }
    call.core.conclude(call)
  }
}
