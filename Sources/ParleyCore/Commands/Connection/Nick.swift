import IRC
import ParleyStore

/// NICK: the first one while registering, a change afterwards. An account's nick changes on all its devices.
enum NickCommand {
  static let command = Command(name: "NICK", minimumParameters: 0, handler: .connection(run))

  private static func run(_ call: ConnectionCall) -> Bool {
    guard let nick = call.message.parameters.first, !nick.isEmpty else {
      call.reply.numeric(.noNicknameGiven, "No nickname given")
      return true
    }
    switch call.session.phase {
    case .registering(let registration): return choose(nick, call, registration)
    case .registered(let user): return change(nick, call, user)
    case .closed: return true
    }
  }

  private static func choose(_ nick: String, _ call: ConnectionCall, _ registration: Registration) -> Bool {
    let core = call.core
    guard core.isNick(nick) else {
      call.reply.numeric(.erroneousNickname, nick.contains(" ") ? "*" : nick, "Erroneous nickname")
      return true
    }
    // While SASL may still follow, a reserved nick is accepted: it is decided when registration completes.
    if !registration.isNegotiating, core.nickObstacle(nick, for: registration.account) != nil {
      if registration.account == nil {
        registration.takenNick = nick
        core.reportNickObstacle(nick, for: nil, to: call.reply)
        return true
      }
    }
    registration.nick = nick
    core.finish(call.reply)
    core.completeRegistration(call.session)
    return false
  }

  private static func change(_ nick: String, _ call: ConnectionCall, _ user: User) -> Bool {
    let core = call.core
    guard nick != user.nick else { return true }
    let folded = FoldedName(nick)
    if folded != user.folded, core.nickObstacle(nick, for: user.account, by: user) != nil {
      core.reportNickObstacle(nick, for: user.account, by: user, to: call.reply)
      return true
    }
    guard core.isNick(nick) else {
      call.reply.numeric(.erroneousNickname, nick, "Erroneous nickname")
      return true
    }
    guard core.mayAppear(user, call.session, "NICK", call.reply) else { return true }
    let line = Message(source: user.source, command: "NICK", parameters: [nick])
    let delivery = core.makeDelivery(line, by: user)
    let old = user.nick
    let kept = core.comings(line, in: user.rooms, by: user)
    if folded != user.folded { core.departed.remember(user, at: core.now) }
    core.chargeChange(call.session, in: user.rooms, of: user)
    core.charge(call.session, core.monitors.count(of: folded))
    let rooms = user.rooms.map(\.id)
    user.earlierFace.begin(user.face)
    core.rename(user, to: nick)
    let source = user.source
    var hasFailed = false
    if let account = user.account {
      // An account keeps its nick over restarts, so the change is stored before anybody sees it.
      account.record.nick = nick
      core.transact(
        Transaction([.setProfile(account.id, nick: nick, realname: account.record.realname)] + kept), for: call.session,
        undo: { core in
          // Unless somebody took the old nick meanwhile, or the user is gone.
          let holder = core.users[FoldedName(old)]
          guard core.users[user.folded] === user, holder == nil || holder === user else { return }
          hasFailed = true
          account.record.nick = old
          core.rename(user, to: old)
        },
        fail: { _, _ in
          if hasFailed { call.reply.fail("NICK", "STORE_UNAVAILABLE", [nick], "The change could not be stored") }
        })
    } else if !kept.isEmpty {
      core.transact(Transaction(kept), for: call.session)
    }
    core.afterEverything(writingTo: call.reply) { core in
      user.earlierFace.end(
        hasFailed
          ? nil
          : { face in
            face.nick = nick
            face.source = source
          })
      guard !hasFailed else { return }
      call.reply.send(delivery)
      core.tellPeers(of: user, in: rooms, line, except: [call.session], includingSelf: true)
      if FoldedName(old) != folded {
        core.tellOffline(old)
        if !user.sessions.isEmpty { core.tellOnline(user) }
      }
    }
    return true
  }
}

extension Core {
  func rename(_ user: User, to nick: String) {
    users[user.folded] = nil
    user.rename(nick)
    users[user.folded] = user
  }
}
