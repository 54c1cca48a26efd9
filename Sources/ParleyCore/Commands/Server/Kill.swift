import IRC

/// KILL: an operator ends somebody's connections (modern.ircdocs.horse, "KILL message"). An account's place in its rooms stays.
enum KillCommand {
  static let command = Command(name: "KILL", minimumParameters: 1, handler: .serverOperator(run))

  private static func run(_ call: UserCall) -> Bool {
    let nick = call.parameters[0]
    guard let target = call.core.users[FoldedName(nick)] else {
      call.reply.numeric(.noSuchNick, nick.isEmpty ? "*" : nick, "No such nick")
      return true
    }
    let comment = TextLimit.truncate(call.parameter(1) ?? "No reason given", toBytes: call.configuration.kickLength)
    let words = "Killed (\(call.user.nick) (\(comment)))"
    // One's own connection comes last: its answer leaves before it.
    for session in target.sessions where session !== call.session {
      let reply = call.core.makeReply(session, label: nil)
      reply.send(Message(source: call.user.source, command: "KILL", parameters: [target.nick, comment]))
      call.core.close(session, words, reply: reply)
    }
    call.core.log(.killed(nick: target.nick, by: call.user.operatorName, reason: comment), of: call.session)
    guard target === call.user else { return true }
    call.core.close(call.session, words, reply: call.reply)
    return false
  }
}
