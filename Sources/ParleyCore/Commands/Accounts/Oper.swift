import IRC
import ParleyStore

/// OPER: an account marked as operator (`parleyd account oper`) takes up its privileges, for as long as the
/// connection lasts. Name and password are the account's.
enum OperCommand {
  static let command = Command(name: "OPER", minimumParameters: 2, handler: .user(run))

  private static func run(_ call: UserCall) -> Bool {
    let core = call.core
    let session = call.session
    let name = call.parameters[0]
    let password = Array(call.parameters[1].utf8)
    core.checkPassword(name, password, of: session) { verdict in
      guard case .right(let account) = verdict, !account.record.isOperator else { return conclude(verdict, name, call) }
      // Another process may have made it an operator a moment ago.
      core.refreshAccount(name) { conclude(verdict, name, call) }
    }
    return false
  }

  private static func conclude(_ verdict: PasswordVerdict, _ name: String, _ call: UserCall) {
    let (core, session) = (call.core, call.session)
    guard let user = session.user else { return }
    if let event = verdict.event(name, .oper) { core.log(event, of: session) }
    switch verdict {
    case .right(let account) where account.record.isOperator:
      core.grantOperator(user, by: account, on: session)
      core.log(.becameOperator(account: account.name), of: session)
      call.reply.numeric(.youreOper, "You are now an operator")
      call.reply.send(Message(source: user.source, command: "MODE", parameters: [user.nick, "+o"]))
      core.tellOperator(user, "+o", except: session)
    case .right:
      core.log(.signInFailed(account: name, .oper, reason: "no operator's account"), of: session)
      call.reply.numeric(.passwdMismatch, "Wrong name or password")
    case .wrong, .barred: call.reply.numeric(.passwdMismatch, "Wrong name or password")
    case .later(let reason):
      call.reply.fail("OPER", "TRY_LATER", [], "You are not an operator now: \(reason)")
    }
    core.finish(call.reply)
    core.conclude(session)
  }
}
