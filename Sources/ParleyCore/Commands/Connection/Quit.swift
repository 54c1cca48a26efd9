import IRC

/// QUIT: this device leaves. The user of an account that is always on stays in its rooms.
enum QuitCommand {
  static let command = Command(name: "QUIT", minimumParameters: 0, handler: .connection(run))

  private static func run(_ call: ConnectionCall) -> Bool {
    let given = TextLimit.truncate(
      call.message.parameters.first ?? "", toBytes: call.core.configuration.kickLength)
    let mayTell = call.session.user.map { user in
      user.rooms.allSatisfy { MessageCommand.obstacle(given, $0, user) == nil }
    }
    let words = given.isEmpty || mayTell == false ? "Client quit" : "Quit: \(given)"
    if let user = call.session.user {
      // As others are told, if it was the last of its devices.
      call.reply.send(Message(source: user.source, command: "QUIT", parameters: [words]))
    }
    call.core.close(call.session, words, quit: words, reply: call.reply)
    return false
  }
}

/// ERROR is for servers; from a client it is ignored.
enum ErrorCommand {
  static let command = Command(name: "ERROR", minimumParameters: 0, handler: .connection { _ in true })
}
