import IRC

/// VERSION: what runs here, and what it supports.
enum VersionCommand {
  static let command = Command(
    name: "VERSION", minimumParameters: 0,
    handler: .user { call in
      guard ServerTarget.isThisServer(call.parameter(0), call) else { return true }
      call.reply.numeric(.version, call.configuration.version, call.configuration.serverName, "IRCv3")
      ISupportTokens.write(to: call.reply, call.core)
      return true
    })
}
