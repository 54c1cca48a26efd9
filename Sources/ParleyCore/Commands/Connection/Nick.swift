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
    guard Names.isValidNick(nick, maximumLength: core.configuration.nickLength) else {
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
    if folded != user.folded, core.nickObstacle(nick, for: user.account) != nil {
      core.reportNickObstacle(nick, for: user.account, to: call.reply)
      return true
    }
    guard Names.isValidNick(nick, maximumLength: core.configuration.nickLength) else {
      call.reply.numeric(.erroneousNickname, nick, "Erroneous nickname")
      return true
    }
    let old = user.nick
    let line = Message(source: user.source, command: "NICK", parameters: [nick])
    call.reply.send(core.makeDelivery(line, account: user.accountName))
    if let account = user.account { return changeAccount(account, user, from: old, to: nick, line, call) }
    core.tellPeers(of: user, line, except: [call.session], includingSelf: true)
    core.rename(user, to: nick)
    return true
  }

  /// An account keeps its nick over restarts, so the change is stored before anybody sees it.
  private static func changeAccount(
    _ account: Account, _ user: User, from old: String, to nick: String, _ line: Message, _ call: ConnectionCall
  ) -> Bool {
    let core = call.core
    var record = account.record
    record.nick = nick
    core.rename(user, to: nick)
    account.record.nick = nick
    account.record.revision += 1
    core.transact(
      Transaction(.updateAccount(record)), for: call.session,
      undo: { core in
        account.record.nick = old
        account.record.revision -= 1
        core.rename(user, to: old)
      },
      fail: { core, _ in
        core.send(
          StandardReply(
            .fail, command: "NICK", code: "STORE_UNAVAILABLE", description: "The server cannot store the change now"
          ).message, to: call.session)
      })
    core.tellPeers(of: user, line, except: [call.session], includingSelf: true)
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
