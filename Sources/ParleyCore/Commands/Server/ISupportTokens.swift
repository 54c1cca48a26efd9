import IRC

/// RPL_ISUPPORT: what clients may rely on.
enum ISupportTokens {
  static func write(to reply: Reply, _ configuration: Configuration) {
    for line in ISupport.lines(tokens(configuration)) {
      reply.numeric(.isupport, line + ["are supported by this server"])
    }
  }

  private static func tokens(_ configuration: Configuration) -> [(String, String?)] {
    let targets = configuration.targetsPerCommand
    var tokens: [(String, String?)] = [
      ("AWAYLEN", String(configuration.awayLength)),
      ("CASEMAPPING", "ascii"),
      ("CHANLIMIT", "#:\(configuration.roomsPerUser)"),
      ("CHANMODES", "beI,k,l,CMPRimnst"),
      ("CHANNELLEN", String(configuration.channelLength)),
      ("CHANTYPES", "#"),
      ("CHATHISTORY", String(configuration.historyLimit)),
      ("ELIST", "CMNTU"),
      ("EXCEPTS", "e"),
      ("HOSTLEN", "64"),
      ("INVEX", "I"),
      ("KEYLEN", String(configuration.keyLength)),
      ("KICKLEN", String(configuration.kickLength)),
      ("MAXLIST", "beI:\(configuration.listEntriesPerRoom)"),
      ("MODES", String(configuration.modesPerCommand)),
      ("MSGREFTYPES", "msgid,timestamp,parley.chat/seq"),
      ("NAMELEN", String(configuration.realnameLength)),
      ("NETWORK", configuration.networkName),
      ("NICKLEN", String(configuration.nickLength)),
      ("PREFIX", "(qaohv)~&@%+"),
      ("SAFELIST", nil),
      ("STATUSMSG", "~&@%+"),
      (
        "TARGMAX",
        "PRIVMSG:\(targets),NOTICE:\(targets),TAGMSG:\(targets),KICK:\(targets),NAMES:\(targets),JOIN:,PART:,WHOIS:1,LIST:"
      ),
      ("TOPICLEN", String(configuration.topicLength)),
      ("USERLEN", "16"),
      ("UTF8ONLY", nil),
      ("WHOX", nil),
    ]
    if !configuration.allowGuests { tokens.append(("draft/ACCOUNTREQUIRED", nil)) }
    return tokens
  }
}
