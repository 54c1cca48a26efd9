import IRC

/// VERIFY: proves the e-mail address of an account with the code that was sent there (draft/account-registration).
enum VerifyCommand {
  static let command = Command(name: "VERIFY", minimumParameters: 2, handler: .connection(run))

  private static func run(_ call: ConnectionCall) -> Bool {
    let (name, code) = (call.message.parameters[0], call.message.parameters[1])
    if case .registering = call.session.phase, !call.core.configuration.allowRegistrationBeforeConnect {
      let words = "Connect first, then verify"
      call.core.log(.signInRefused(account: name, .verification, reason: words), of: call.session)
      call.reply.fail("VERIFY", "COMPLETE_CONNECTION_REQUIRED", [], words)
      return true
    }
    call.core.verifyAccount(name, code, by: call.session, reply: call.reply) { answer in
      switch answer {
      case .refused(let code, let context, let text): call.reply.fail("VERIFY", code, [context], text)
      case .verified(let name):
        let isKnown = call.session.has(.draftAccountRegistration)
        let words = "Verified; you are signed in"
        call.reply.send(
          Message(
            source: call.core.configuration.serverName, command: isKnown ? "VERIFY" : "NOTICE",
            parameters: isKnown ? ["SUCCESS", name, words] : [call.reply.addressee, words]))
      }
    }
    return false
  }
}
