import IRC

/// TIME: the server's clock, UTC.
enum TimeCommand {
  static let command = Command(
    name: "TIME", minimumParameters: 0,
    handler: .user { call in
      guard ServerTarget.isThisServer(call.parameter(0), call) else { return true }
      let now = call.core.now
      call.reply.numeric(.time, call.configuration.serverName, String(now.seconds), "0", now.iso8601)
      return true
    })
}
