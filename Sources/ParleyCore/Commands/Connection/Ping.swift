import IRC

/// PING: answered at its place in the order, so a client that has the PONG has everything that was done before it.
enum PingCommand {
  static let command = Command(name: "PING", minimumParameters: 0, handler: .connection(run))

  private static func run(_ call: ConnectionCall) -> Bool {
    guard let token = call.message.parameters.first else {
      call.reply.numeric(.noOrigin, "No origin specified")
      return true
    }
    let name = call.core.configuration.serverName
    call.reply.send(Message(source: name, command: "PONG", parameters: [name, token]))
    return true
  }
}

/// PONG: the client has read everything up to our PING.
enum PongCommand {
  static let command = Command(name: "PONG", minimumParameters: 0, handler: .connection(run))

  private static func run(_ call: ConnectionCall) -> Bool {
    if call.session.awaitsPong { call.core.emit(.answered(call.session.id)) }
    call.session.awaitsPong = false
    if call.session.skippedAfter == nil {
      call.session.confirmed = max(call.session.confirmed, call.session.pingPosition)
    }
    return true
  }
}
