import IRC
import ParleyStore

/// OPER: an account marked as operator (`parleyd account oper`) takes up its privileges. Name and password are the account's.
enum OperCommand {
  static let command = Command(name: "OPER", minimumParameters: 2, handler: .user(run))

  private static func run(_ call: UserCall) -> Bool {
    let core = call.core
    let session = call.session
    let name = call.parameters[0]
    guard core.throttle.allows(session.info.address, name, at: core.now), core.derivations.count < 1_000 else {
      call.reply.numeric(.passwdMismatch, "Too many attempts; wait a minute")
      return true
    }
    let (account, verifier) = core.verifier(forName: name)
    core.park(session)
    core.derive(Array(call.parameters[1].utf8), salt: verifier.salt, iterations: verifier.iterations) { derived in
      guard !session.isClosed, let user = session.user else { return }
      let isRight = SecretComparison.equal(derived.storedKey, verifier.storedKey)
      if let account, isRight, account.record.isOperator, core.signInObstacle(account) == nil {
        core.setOperator(user, true)
        call.reply.numeric(.youreOper, "You are now an operator")
        call.reply.send(Message(source: user.nick, command: "MODE", parameters: [user.nick, "+o"]))
      } else {
        core.throttle.failed(session.info.address, name, at: core.now)
        call.reply.numeric(.passwdMismatch, "Wrong name or password")
      }
      core.finish(call.reply)
      core.conclude(session)
    }
    return false
  }
}
