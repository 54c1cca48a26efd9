import IRC

/// PASS: the connection password, before NICK and USER.
enum PassCommand {
  static let command = Command(name: "PASS", minimumParameters: 1, handler: .registration(run))

  private static func run(_ call: RegistrationCall) -> Bool {
    // RFC 1459 §4.1.1: it must be set before NICK and USER.
    guard call.registration.nick.isEmpty || call.registration.username.isEmpty else { return true }
    call.registration.password = call.message.parameters[0]
    return true
  }
}
