import IRC
import ParleyStore

/// WHOIS: what may be known of a user. Never an address, except one's own.
enum WhoisCommand {
  static let command = Command(name: "WHOIS", minimumParameters: 0, handler: .user(run))

  private static func run(_ call: UserCall) -> Bool {
    guard let asked = call.parameter(call.parameters.count > 1 ? 1 : 0) else {
      call.reply.numeric(.noNicknameGiven, "No nickname given")
      return true
    }
    let nick = String(asked.split(separator: ",").first ?? "*")
    if let service = Service.named(nick) {
      let server = call.configuration.serverName
      call.reply.numeric(.whoisUser, service.nick, Service.username, server, "*", service.summary)
      call.reply.numeric(.whoisServer, service.nick, server, call.configuration.description)
      call.reply.numeric(.endOfWhois, service.nick, "End of /WHOIS list")
      return true
    }
    guard let user = call.core.users[FoldedName(nick)] else {
      call.reply.numeric(.noSuchNick, nick, "No such nick")
      call.reply.numeric(.endOfWhois, nick, "End of /WHOIS list")
      return true
    }
    describe(user, call)
    call.reply.numeric(.endOfWhois, user.nick, "End of /WHOIS list")
    return true
  }

  private static func describe(_ user: User, _ call: UserCall) {
    let reply = call.reply
    let isSelf = user === call.user
    call.core.charge(call.session, 1 + user.rooms.count + user.sessions.count)
    reply.numeric(.whoisUser, user.nick, user.username, user.host, "*", user.realname)
    reply.list(.whoisChannels, [user.nick]) { list in
      for room in user.rooms {
        let isShared = room.contains(call.user)
        guard isSelf || isShared || (!room.isSecret && !user.isInvisible) else { continue }
        let roles = room.roles(of: user) ?? []
        let prefix = reply.session.has(.multiPrefix) ? roles.prefixes : roles.highestPrefix.map(String.init) ?? ""
        list.add(prefix + room.name)
      }
    }
    reply.numeric(
      .whoisServer, user.nick, call.configuration.serverName, call.configuration.description)
    if let away = user.away { reply.numeric(.away, user.nick, away) }
    if user.isOperator { reply.numeric(.whoisOperator, user.nick, "is a server operator") }
    if user.isBot { reply.numeric(.whoisBot, user.nick, "is a bot") }
    if let account = user.account { reply.numeric(.whoisAccount, user.nick, account.name, "is logged in as") }
    if isSelf {
      reply.numeric(.whoisModes, user.nick, "is using modes +\(user.modes)")
      for session in user.sessions {
        // A parameter in the middle cannot begin with a colon.
        let address = session.info.address.hasPrefix(":") ? "0" + session.info.address : session.info.address
        reply.numeric(
          .whoisActually, user.nick, "\(user.username)@\(address)", address,
          "is connecting from (only you see this)")
      }
    }
    if !user.sessions.isEmpty, user.sessions.allSatisfy(\.info.isSecure) {
      reply.numeric(.whoisSecure, user.nick, "is using a secure connection")
    }
    if reply.session.isMetadataAware {
      for (key, value) in MetadataTarget.user(user).sorted { reply.numeric(.whoisKeyValue, user.nick, key, "*", value) }
    }
    if isSelf, let fingerprint = call.session.info.certificateFingerprint {
      reply.numeric(.whoisCertFP, user.nick, "has client certificate fingerprint \(fingerprint)")
    }
    reply.numeric(
      .whoisIdle, user.nick, String(call.core.instant.seconds - user.lastSpokeAt.seconds),
      String(user.signedOnAt.seconds), "seconds idle, signon time")
  }
}
