import IRC

/// INFO: what this server is, and since when it runs (modern.ircdocs.horse, "INFO message").
enum InfoCommand {
  static let command = Command(
    name: "INFO", minimumParameters: 0,
    handler: .user { call in
      guard ServerTarget.isThisServer(call.parameter(0), call) else { return true }
      call.reply.numeric(.info, call.configuration.description)
      call.reply.numeric(.info, "Running \(call.configuration.version)")
      call.reply.numeric(.info, "Running since \(call.core.startedAt.iso8601)")
      call.reply.numeric(.endOfInfo, "End of /INFO list")
      return true
    })
}
