import Crypto
import IRC
import ParleyStore

/// What happens once somebody has proved who they are.
extension Core {
  /// The verifier of an account, or one that nobody's password fits but that always looks the same for a name.
  func verifier(forName name: String) -> (Account?, PasswordVerifier) {
    if let account = accounts[name], let verifier = account.record.verifier { return (account, verifier) }
    let code = HMAC<SHA256>.authenticationCode(
      for: Array(("salt " + FoldedName(name).description).utf8), using: SymmetricKey(data: secret))
    let zero = [UInt8](repeating: 0, count: 32)
    return (
      nil,
      PasswordVerifier(
        salt: Array(code.prefix(16)), iterations: configuration.passwordIterations, storedKey: zero, serverKey: zero)
    )
  }

  /// `account@device`: the name, and the device after the last `@`.
  static func splitDevice(_ name: String) -> (name: String, device: String) {
    guard let mark = name.lastIndex(of: "@"), mark != name.startIndex else { return (name, "") }
    let device = name[name.index(after: mark)...]
    return (String(name[..<mark]), TextLimit.truncate(String(device), toBytes: 64))
  }

  /// Why nobody can sign in to the account now, in words; nil: they can. Whatever way somebody proves who they are, this is asked
  /// before they are believed, and again before a connection becomes the account's.
  func signInObstacle(_ account: Account) -> String? {
    guard accounts[account.name] === account else { return "this account is gone" }
    guard account.isStored else { return "try again in a moment" }
    guard !accounts.isUnverified(account) else { return "its e-mail address has not been verified" }
    guard account.record.suspension.isEmpty else { return "this account is suspended: \(account.record.suspension)" }
    return nil
  }

  /// The session is now the account's. Before registration it is only noted; afterwards `settleIn` does the rest, when the
  /// answer to the command has been given.
  /// - Parameter device: the name the client gave its device.
  func signIn(_ session: Session, to account: Account, by method: SignInMethod, device: String, reply: Reply) {
    log(.signedIn(account: account.name, method), of: session)
    let source: String
    switch session.phase {
    case .registering(let registration):
      registration.account = account
      session.device = device
      // The user that it will be, as far as that is known.
      source = account.user?.source ?? "\(session.addressee)!\(address(of: account))"
    case .registered(let user):
      // Who is signed in to it already stays the device it is.
      if user.account !== account { session.newAccount = (account, device) }
      // What it is called from now on: clients that know nothing of CHGHOST learn it here.
      let isPromoted = user.account == nil && account.user == nil
      source =
        isPromoted
        ? "\(user.nick)!\(address(of: account))"
        : user.source
    case .closed: return
    }
    reply.numeric(.loggedIn, source, account.name, "You are now logged in as \(account.name)")
  }

  /// `user@host` of an account's user.
  private func address(of account: Account) -> String {
    "\(User.username(of: account))@\(Cloak.host(account: account.name, secret: secret))"
  }

  /// A guest that has just signed in becomes the account's user, or its connection a further device of that user. A device of another
  /// account changes over.
  func settleIn(_ session: Session) {
    guard let (account, device) = session.newAccount else { return }
    session.newAccount = nil
    guard let user = session.user, user.account !== account, signInObstacle(account) == nil else { return }
    // Whoever is there already is joined by a further device; a guest becomes the user of an account that has none.
    if user.account != nil || account.user != nil { return changeOver(session, to: account, device: device) }
    session.device = device
    promote(user, account)
  }

  /// A guest signs in to an account nobody uses: it keeps its nick and its rooms, which become the account's.
  private func promote(_ user: User, _ account: Account) {
    let guest = user.identity
    let face = user.face
    let before = user.source
    let modes = user.modes
    user.earlierFace.begin(face)
    user.adopt(account, identity: account.identity, host: Cloak.host(account: account.name, secret: secret))
    guests[guest] = nil
    account.user = user
    adoptModes(user)
    adoptOperator(user, on: nil)
    var changes: [Change] = user.hasUsedKeys ? [.forgetGuest(guest)] : []
    for room in user.rooms {
      guard let member = room.member(user) else { continue }
      changes.append(.putMembership(membershipRecord(of: member, in: room, account.id)))
    }
    // Its own have been shown.
    let waiting = user.sessions.map { session in
      let reply = makeReply(session, label: nil)
      showInvitations(to: user, since: account.deviceTimes[session.device], reply)
      return reply
    }
    changes += adoptInvitations(of: user, account)
    let rooms = user.rooms.map(\.id)
    if !changes.isEmpty {
      // Everybody has been told: it is so, and the store has to be told again.
      transact(
        Transaction(changes),
        undo: { core in
          core.unsettled.guests.insert(guest)
          for room in rooms { core.unsettled.memberships.insert(.init(room: room, account: account.id)) }
        })
    }
    let line = Message(source: user.source, command: "ACCOUNT", parameters: [account.name])
    let moved = Message(source: before, command: "CHGHOST", parameters: [user.username, user.host])
    tellPeers(of: user, moved, except: [], requires: .chghost, includingSelf: true)
    tellPeers(of: user, line, except: [], requires: .accountNotify, includingSelf: true)
    let after = user.face
    afterEverything { _ in
      user.earlierFace.end { shown in
        (shown.username, shown.host, shown.source) = (after.username, after.host, after.source)
        shown.account = after.account
      }
    }
    for reply in waiting { finish(reply) }
    for session in user.sessions {
      emit(.guest(session.id, false))
      // It has been told of `r` by 900.
      let reply = makeReply(session, label: nil)
      tellModes(of: user, before: modes + "r", to: reply)
      finish(reply)
      // What it saw as a guest it has seen; private messages to the account may be waiting, and an answer that is still to come to a PING
      // of the guest's tells nothing of them.
      session.forgetCursor()
      session.confirmed = releasedPosition
      if let start = openDevice(session, of: user) {
        startReplay(to: session, of: user, after: start)
      }
    }
    firstSignIn(user, account)
  }
}
