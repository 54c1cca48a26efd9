import IRC

/// MOTD: the message of the day.
enum MOTDCommand {
  static let command = Command(
    name: "MOTD", minimumParameters: 0,
    handler: .user { call in
      guard ServerTarget.isThisServer(call.parameter(0), call) else { return true }
      write(to: call.reply, call.configuration)
      return true
    })

  static func write(to reply: Reply, _ configuration: Configuration) {
    guard !configuration.messageOfTheDay.isEmpty else { return reply.numeric(.noMotd, "MOTD File is missing") }
    reply.numeric(.motdStart, "- \(configuration.serverName) Message of the day -")
    for line in configuration.messageOfTheDay {
      reply.numeric(.motd, "- " + TextLimit.truncate(line, toBytes: 400))
    }
    reply.numeric(.endOfMotd, "End of /MOTD command")
  }
}

/// Commands that may name a server: there is only this one.
enum ServerTarget {
  static func isThisServer(_ name: String?, _ call: UserCall) -> Bool {
    guard let name else { return true }
    let isOurs = Mask(name).matches(call.configuration.serverName) || call.core.users[FoldedName(name)] != nil
    if !isOurs { call.reply.numeric(.noSuchServer, name, "No such server") }
    return isOurs
  }
}
