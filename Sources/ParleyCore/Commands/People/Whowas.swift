import IRC

/// WHOWAS: who had a nick (modern.ircdocs.horse, "WHOWAS message"), the latest first.
enum WhowasCommand {
  static let command = Command(name: "WHOWAS", minimumParameters: 0, handler: .user(run))

  private static func run(_ call: UserCall) -> Bool {
    guard let nick = call.parameter(0) else {
      call.reply.numeric(.noNicknameGiven, "No nickname given")
      return true
    }
    guard ServerTarget.isThisServer(call.parameter(2), call) else { return true }
    let asked = call.parameter(1).flatMap { Int($0) } ?? 0
    let found = call.core.departed.entries(of: nick).prefix(asked > 0 ? asked : .max)
    for entry in found {
      call.reply.numeric(.whowasUser, entry.nick, entry.username, entry.host, "*", entry.realname)
      call.reply.numeric(.whoisServer, entry.nick, call.configuration.serverName, entry.leftAt.iso8601)
    }
    if found.isEmpty { call.reply.numeric(.wasNoSuchNick, nick, "There was no such nickname") }
    call.reply.numeric(.endOfWhowas, nick, "End of WHOWAS")
    return true
  }
}
