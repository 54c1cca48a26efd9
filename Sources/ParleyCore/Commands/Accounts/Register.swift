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
    func fail(_ code: String, _ context: [String], _ text: String) -> Bool {
      core.log(.registrationRefused(account: wanted == "*" ? session.addressee : wanted, reason: text), of: session)
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
    let request = AccountRequest(
      name: nick, email: email == "*" ? "" : email, password: call.message.parameters[2])
    core.registerAccount(request, by: session, reply: call.reply) { answer in
      switch answer {
      case .refused(let code, let context, let text): call.reply.fail("REGISTER", code, context, text)
      case .registered(let name): tell("SUCCESS", name, "Account registered; you are signed in", call)
      case .verificationRequired(let name, let email):
        tell(
          "VERIFICATION_REQUIRED", name, "A code has been sent to \(email): VERIFY \(name) <code> completes it", call)
      }
    }
    return false
  }

  private static func tell(_ status: String, _ name: String, _ words: String, _ call: ConnectionCall) {
    // A client that does not know the command's answer shows a notice rather than an error.
    let isKnown = call.session.has(.draftAccountRegistration)
    call.reply.send(
      Message(
        source: call.core.configuration.serverName, command: isKnown ? "REGISTER" : "NOTICE",
        parameters: isKnown ? [status, name, words] : [call.reply.addressee, words]))
  }
}
