import IRC
import ParleyStore

/// From a connection to somebody with a nick.
extension Core {
  /// Completes registration once NICK, USER and capability negotiation are done.
  func completeRegistration(_ session: Session) {
    guard case .registering(let registration) = session.phase, session.wait == nil,
      !registration.nick.isEmpty, !registration.username.isEmpty, !registration.isNegotiating,
      !registration.isCreatingAccount
    else { return }
    // A connection from a gateway's address that did not use WEBIRC counts for that address.
    if !session.isCounted, !configuration.gateways(at: session.info.address).isEmpty, let obstacle = admit(session) {
      return refuse(session, obstacle)
    }
    if !configuration.connectionPassword.isEmpty {
      guard SecretComparison.equal(registration.password ?? "", configuration.connectionPassword) else {
        let reply = makeReply(session, label: nil)
        reply.numeric(.passwdMismatch, "Password incorrect")
        // The fail2ban filter counts guesses, and not programs that know of no password.
        log(
          .connectionRefused(
            reason: registration.password == nil ? "no connection password" : "wrong connection password"), of: session)
        return close(session, "Bad password", reply: reply)
      }
    }
    guard let account = registration.account else { return completeGuest(session, registration) }
    if let reason = signInObstacle(account) { return refuse(session, "You cannot sign in: \(reason)") }
    if let user = account.user {
      attach(session, to: user, registration)
      replaceDevice(of: user, by: session)
    } else {
      completeAccount(session, registration, account)
    }
  }

  /// Ends a connection that may not register, and logs why: a refusal is more than the end of a connection.
  private func refuse(_ session: Session, _ reason: String, reply: Reply? = nil) {
    log(.connectionRefused(reason: reason), of: session)
    close(session, reason, reply: reply)
  }

  private func completeGuest(_ session: Session, _ registration: Registration) {
    guard configuration.allowGuests else {
      let reply = makeReply(session, label: nil)
      reply.fail("*", "ACCOUNT_REQUIRED", [], "This server is for registered accounts: sign in with SASL")
      return refuse(session, "An account is required", reply: reply)
    }
    let nick = registration.nick
    guard nickObstacle(nick, for: nil) == nil else {
      let reply = makeReply(session, label: nil)
      reportNickObstacle(nick, for: nil, to: reply)
      registration.nick = ""
      return finish(reply)
    }
    if !session.info.isTrusted,
      let wait = guestBook.wait(
        .connection, Admission.key(session.info.address), limit: limit(of: .connection), at: instant)
    {
      let reply = makeReply(session, label: nil)
      let words = "Too many new guests from your address: sign in, or try again in \(wait) seconds"
      reply.fail("*", "RATE_LIMITED", [], words)
      return refuse(session, words, reply: reply)
    }
    let user = User(
      number: takeUserNumber(), identity: .guest(random: random.next()), account: nil, nick: nick,
      username: registration.username,
      host: Cloak.host(address: session.info.address, secret: secret), realname: registration.realname, now: now,
      instant: instant)
    user.awayMessage = registration.awayMessage
    enter(session, user)
    welcome(session, user)
    afterEverything { _ in session.isReachable = true }
  }

  private func completeAccount(_ session: Session, _ registration: Registration, _ account: Account) {
    // The nick asked for, if it is free; else the account's own name, which nobody else may use.
    var nick = registration.nick
    if nickObstacle(nick, for: account) != nil { nick = account.name }
    if nickObstacle(nick, for: account) != nil {
      return refuse(session, "Your account's nick is in use; try again")
    }
    let user = User(
      number: takeUserNumber(), identity: account.identity, account: account, nick: nick,
      username: User.username(of: account),
      host: Cloak.host(account: account.name, secret: secret), realname: registration.realname, now: now,
      instant: instant)
    user.awayMessage = registration.awayMessage
    account.user = user
    adoptModes(user)
    adoptOperator(user, on: session)
    enter(session, user)
    welcome(session, user)
    firstSignIn(user, account)
    arrive(session, user)
  }

  private func enter(_ session: Session, _ user: User) {
    users[user.folded] = user
    if user.account == nil { guests[user.identity] = user }
    user.sessions.append(session)
    session.phase = .registered(user)
    registeredCount += 1
    peakUsers = max(peakUsers, users.count)
    pings.schedule(session.id, in: min(Int64(configuration.pingInterval), Self.confirmationInterval), at: instant)
    emit(.registered(session.id))
    emit(.guest(session.id, user.account == nil))
    tellOnline(user)
  }

  /// A further device: it takes the user's nick and finds itself in the user's rooms.
  private func attach(_ session: Session, to user: User, _ registration: Registration) {
    let before = user.face
    if let message = registration.awayMessage { user.awayMessage = message }
    user.sessions.append(session)
    session.phase = .registered(user)
    registeredCount += 1
    pings.schedule(session.id, in: min(Int64(configuration.pingInterval), Self.confirmationInterval), at: instant)
    emit(.registered(session.id))
    emit(.guest(session.id, user.account == nil))
    if user.sessions.count == 1 { tellOnline(user) }
    announceAway(user, after: before)
    adoptOperator(user, on: session)
    welcome(session, user)
    if let account = user.account { firstSignIn(user, account) }
    arrive(session, user)
  }

  /// An account's very first sign-in: the server takes it to the lobby, once.
  func firstSignIn(_ user: User, _ account: Account) {
    guard account.record.revision == 0, account.isStored else { return }
    var record = account.record
    record.nick = user.nick
    record.realname = user.realname
    let before = account.record
    account.record = record
    account.record.revision = 1
    transact(
      Transaction(.updateAccount(record)),
      undo: { _ in account.record.revision = before.revision },
      settle: { _, outcome in
        // Refused: changed on the command line in this moment; the new record comes with `accountsChanged`.
        if case .refused = outcome { account.record.revision = before.revision }
      })
    guard !configuration.lobby.isEmpty, let lobby = rooms[FoldedName(configuration.lobby)], !lobby.contains(user) else {
      return
    }
    admit(user, to: lobby, roles: [], reply: nil)
  }

  /// RPL_WELCOME to the end of the MOTD.
  private func welcome(_ session: Session, _ user: User) {
    let reply = makeReply(session, label: nil)
    // In the words of RFC 2812, section 5.1: clients take versions and their own address from them.
    var first = Message(
      source: configuration.serverName, command: Numeric.welcome.text,
      parameters: [user.nick, "Welcome to the \(configuration.networkName) Network, \(user.source)"])
    // Shows the client the server's clock before it asks for history. Times of messages may be ahead of it.
    if session.has(.serverTime) { first.tags = [Tag("time", now.iso8601)] }
    reply.send(first)
    reply.numeric(.yourHost, "Your host is \(configuration.serverName), running version \(configuration.version)")
    reply.numeric(.created, "This server was created \(startedAt.iso8601)")
    reply.numeric(
      .myInfo, configuration.serverName, configuration.version, "BRiorw", "CHIJMPRWabefhiklmnoqrstv", "HIWabefhkloqv")
    ISupportTokens.write(to: reply, self)
    LUsersCommand.write(to: reply, self, user)
    welcomeMetadata(session, user, reply)
    MOTDCommand.write(to: reply, configuration)
    if !user.modes.isEmpty {
      reply.send(Message(source: user.source, command: "MODE", parameters: [user.nick, "+" + user.modes]))
    }
    if let account = user.account, session.has(.draftPersistence) { reply.send(persistenceLine(account)) }
    finish(reply)
  }

  // MARK: - Nicks

  enum NickObstacle { case invalid, inUse, reserved, service, lookalike }

  /// Why somebody (signed in to `account`, or nobody) may not have the nick.
  /// - Parameter user: who is to have it, if it is somebody who has another one now.
  func nickObstacle(_ nick: String, for account: Account?, by user: User? = nil) -> NickObstacle? {
    guard isNick(nick) else { return .invalid }
    if isReserved(nick, for: account) { return .service }
    if let holder = users[FoldedName(nick)], holder.account !== account || account == nil {
      return holder.account.map { FoldedName($0.name) == FoldedName(nick) } == true ? .reserved : .inUse
    }
    if let owner = accounts[nick], owner !== account { return .reserved }
    return isLookalike(nick, for: account, by: user) ? .lookalike : nil
  }

  /// The names of accounts stay nicks when the longest nick becomes shorter.
  func isNick(_ nick: String) -> Bool {
    Names.isValidNick(nick, maximumLength: accounts[nick] == nil ? configuration.nickLength : .max)
  }

  func reportNickObstacle(_ nick: String, for account: Account?, by user: User? = nil, to reply: Reply) {
    switch nickObstacle(nick, for: account, by: user) {
    case .invalid: reply.numeric(.erroneousNickname, nick.isEmpty ? "*" : nick, "Erroneous nickname")
    case .inUse: reply.numeric(.nicknameInUse, nick, "Nickname is already in use")
    case .reserved:
      reply.numeric(.nicknameInUse, nick, "Nickname belongs to an account: sign in to it, or choose another")
    case .service: reply.numeric(.nicknameInUse, nick, "Nickname is the server's own")
    case .lookalike: reply.numeric(.nicknameInUse, nick, "Nickname looks like another one that is in use")
    case nil: break
    }
  }
}

enum SecretComparison {
  /// Takes as long for a wrong first byte as for a wrong last one.
  static func equal(_ a: String, _ b: String) -> Bool { equal(Array(a.utf8), Array(b.utf8)) }

  static func equal(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    guard a.count == b.count else { return false }
    var difference: UInt8 = 0
    for index in a.indices { difference |= a[index] ^ b[index] }
    return difference == 0
  }
}
