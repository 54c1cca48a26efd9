import IRC

/// USER: user name and real name.
enum UserCommand {
  static let command = Command(name: "USER", minimumParameters: 4, handler: .registration(run))

  private static func run(_ call: RegistrationCall) -> Bool {
    let parameters = call.message.parameters
    let realname = parameters[3]
    guard !parameters[0].isEmpty, !realname.isEmpty else {
      call.reply.numeric(.needMoreParams, "USER", "Not enough parameters")
      return true
    }
    guard Names.isValidUser(parameters[0]) else {
      call.reply.numeric(.invalidUsername, "Your username is not valid")
      return true
    }
    call.registration.username = TextLimit.truncate(parameters[0], toBytes: 16)
    call.registration.realname = TextLimit.truncate(realname, toBytes: call.core.configuration.realnameLength)
    call.core.finish(call.reply)
    call.core.completeRegistration(call.session)
    return false
  }
}
