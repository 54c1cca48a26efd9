import IRC
import ParleyStore

/// A device that is signed in signs in to another account (IRCv3 sasl-3.2, "SASL Reauthentication"), or signs out; a guest signs in to
/// an account that others are signed in to.
extension Core {
  /// Why the session cannot become a device of the account, in words.
  func changeOverObstacle(_ session: Session, to account: Account) -> String? {
    guard let current = session.user, current.account !== account else { return nil }
    // A guest keeps its nick.
    if account.user != nil || current.account == nil { return nil }
    return nickObstacle(account.name, for: account) == nil ? nil : "somebody else uses the account's nick"
  }

  /// The session stays the old account's until everything before this place in the order has left: what it sent is answered, and what
  /// was on its way to it arrives. Its input waits.
  /// - Parameter account: nil: it becomes a guest.
  func changeOver(_ session: Session, to account: Account?, device: String) {
    park(session)
    let verifier = account?.record.verifier
    afterEverything { core in
      core.changingOver.append { core in
        // The password it was proved with is no longer the account's.
        if let account, account.record.verifier != verifier {
          return core.close(session, "The password of your account was changed; sign in again")
        }
        core.finishChangingOver(session, to: account, device: device)
      }
    }
  }

  private func finishChangingOver(_ session: Session, to account: Account?, device: String) {
    guard let old = session.user else { return }
    if let account, let reason = signInObstacle(account) ?? changeOverObstacle(session, to: account) {
      return close(session, "You could not be signed in: \(reason)")
    }
    if account == nil, !configuration.allowGuests { return close(session, "Signed out") }
    let before = (nick: old.nick, source: old.source, modes: old.modes)
    let reason =
      account == nil ? "Signed out" : old.account == nil ? "Signed in" : "Signed in to another account"
    let reply = makeReply(session, label: nil)
    for room in old.rooms {
      reply.send(Message(source: old.source, command: "PART", parameters: [room.name, reason]))
    }
    finish(reply)
    withdraw(session, from: old, reason)
    session.device = device
    if let account, let user = account.user {
      attach(session, to: user, before: before)
      replaceDevice(of: user, by: session)
    } else if let user = makeUser(of: session, account, like: old) {
      enter(user, with: session, before: before)
    } else {
      return close(session, "Your nick is in use; connect again")
    }
    // Unless what it has missed is being read.
    guard !session.isReplaying, !session.isArriving, !session.isClosed else { return }
    session.wait = .appends
    unblocked.append(session)
  }

  /// The device leaves its user, which stays or goes as if the connection had ended.
  private func withdraw(_ session: Session, from user: User, _ reason: String) {
    let before = user.face
    for room in user.rooms { emit(.part(session.id, room.id)) }
    user.sessions.removeAll { $0 === session }
    endOperatorGrants(of: user, on: session)
    if user.sessions.isEmpty { tellOffline(user.nick) }
    awaitDeparture(of: session, of: user)
    rememberDevice(session, of: user)
    rememberVisit(session, of: user)
    session.isReachable = false
    session.forgetCursor()
    // They were the old user's.
    session.leftRooms = []
    if stays(user) {
      announceAway(user, after: before)
    } else {
      quit(user, reason)
    }
  }

  /// The new user of a session: under the nick it had, if that is free now.
  private func makeUser(of session: Session, _ account: Account?, like old: User) -> User? {
    var nicks = [old.nick]
    if let account {
      nicks += [account.record.nick, account.name]
    } else {
      nicks += (0..<4).map { _ in "Guest\(10_000 + Int(random.next() % 90_000))" }
    }
    guard let nick = nicks.first(where: { nickObstacle($0, for: account) == nil }) else { return nil }
    guard let account else {
      return User(
        number: takeUserNumber(), identity: .guest(random: random.next()), account: nil, nick: nick,
        username: old.username,
        host: Cloak.host(address: session.info.address, secret: secret), realname: old.realname, now: now,
        instant: instant)
    }
    return User(
      number: takeUserNumber(), identity: account.identity, account: account, nick: nick,
      username: User.username(of: account),
      host: Cloak.host(account: account.name, secret: secret), realname: old.realname, now: now, instant: instant)
  }

  /// How a session was called as another user.
  private typealias Former = (nick: String, source: String, modes: String)

  /// Tells a session who it is from now on. Its user is known, so that the lines name that.
  private func tell(_ session: Session, _ user: User, before: Former) {
    let reply = makeReply(session, label: nil)
    if user.nick != before.nick {
      reply.send(Message(source: before.source, command: "NICK", parameters: [user.nick]))
    }
    reply.numeric(.hostHidden, user.host, "is now your displayed host")
    tellModes(of: user, before: before.modes, to: reply)
    finish(reply)
  }

  private func enter(_ user: User, with session: Session, before: Former) {
    users[user.folded] = user
    if user.account == nil { guests[user.identity] = user }
    user.account?.user = user
    adoptModes(user)
    user.sessions.append(session)
    session.phase = .registered(user)
    emit(.guest(session.id, user.account == nil))
    peakUsers = max(peakUsers, users.count)
    adoptOperator(user, on: session)
    tell(session, user, before: before)
    tellOnline(user)
    if let account = user.account {
      firstSignIn(user, account)
      arrive(session, user)
    } else {
      afterEverything { _ in session.isReachable = true }
    }
  }

  /// A connection that has been somebody else's becomes a further device of the user.
  private func attach(_ session: Session, to user: User, before: Former) {
    let face = user.face
    user.sessions.append(session)
    session.phase = .registered(user)
    emit(.guest(session.id, user.account == nil))
    adoptOperator(user, on: session)
    tell(session, user, before: before)
    if user.sessions.count == 1 { tellOnline(user) }
    announceAway(user, after: face)
    if let account = user.account { firstSignIn(user, account) }
    arrive(session, user)
  }
}
