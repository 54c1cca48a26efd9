import IRC

/// REGISTER and VERIFY (IRCv3 draft/account-registration).
extension ClientSession {
  func register(_ email: String?, _ tag: UInt64) {
    guard supports(.registration) else { return finish(tag, .unsupported) }
    guard settings.isPrivate else {
      return finish(tag, .refused(code: "", reason: "The connection is not private: a password could be read on it"))
    }
    guard !requests.contains(where: { $0.command == "REGISTER" }) else {
      return finish(tag, .refused(code: "", reason: "An account is being made already"))
    }
    // Without a deadline: somebody has to think of a password first.
    requests.append(
      Request(
        id: requests.nextNumber(), tag: tag, asking: RegisterAsking(command: "REGISTER", email: email ?? "*"),
        since: now))
    events.append(.secretNeeded(.newAccount, account: ownNick.current, isRetry: false))
  }

  /// The password for the new account; nil: there will be none.
  func supplyNewSecret(_ secret: [UInt8]?) {
    guard var request = requests.awaitingSecret, let asking = request.asking as? RegisterAsking else { return }
    guard let secret else { return conclude(request.id, .refused(code: "", reason: "No password was given")) }
    guard let password = String(validating: secret, as: UTF8.self), !password.isEmpty else {
      return conclude(request.id, .refused(code: "INVALID", reason: "The password has bytes that cannot be sent"))
    }
    let email = asking.email.isEmpty ? "*" : asking.email
    let message = Message(command: "REGISTER", parameters: ["*", email, password])
    if let problem = problem(of: message) {
      return conclude(request.id, .refused(code: problem.code, reason: problem.reason))
    }
    write(label(message, &request))
    requests.replace(request.id, label: request.label, deadline: now.adding(milliseconds: Requests.patience))
  }

  func verify(_ account: String, _ code: String, _ tag: UInt64) {
    guard supports(.registration) else { return finish(tag, .unsupported) }
    ask(
      Message(command: "VERIFY", parameters: [account, code]), tag: tag,
      RegisterAsking(command: "VERIFY", email: ""))
  }
}

extension Requests {
  /// The REGISTER whose password is asked for.
  var awaitingSecret: Request? { first { $0.deadline == nil && $0.command == "REGISTER" } }
}

/// REGISTER or VERIFY, until it is decided.
struct RegisterAsking: Asking {
  let command: String
  let email: String

  func read(_ line: Incoming, _ session: ClientSession, isCertain: Bool) -> Reading? {
    guard line.message.command == command else { return nil }
    if line.parameter(0) == "SUCCESS" {
      session.setAccount(line.parameter(1))
      return .finished(.done, isHidden: true)
    }
    return .finished(.refused(code: line.parameter(0), reason: line.text), isHidden: true)
  }

  // An ACK says that the command came in; the verdict follows.
  func completed(_ session: ClientSession, isLabeled: Bool) -> Outcome? { nil }
}
