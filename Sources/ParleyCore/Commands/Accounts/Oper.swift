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
    core.checkPassword(name, Array(call.parameters[1].utf8), of: session) { verdict in
      guard let user = session.user else { return }
      switch verdict {
      case .right(let account) where account.record.isOperator:
        core.grantOperator(user, by: account, on: session)
        call.reply.numeric(.youreOper, "You are now an operator")
        call.reply.send(Message(source: user.source, command: "MODE", parameters: [user.nick, "+o"]))
        core.tellOperator(user, "+o", except: session)
      case .right:
        core.throttle.failed(session.info.address, name, at: core.instant)
        call.reply.numeric(.passwdMismatch, "Wrong name or password")
      case .wrong: call.reply.numeric(.passwdMismatch, "Wrong name or password, or too many attempts")
      }
      core.finish(call.reply)
      core.conclude(session)
    }
    return false
  }
}
