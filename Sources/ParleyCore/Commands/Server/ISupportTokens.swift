import IRC

/// ISUPPORT: what clients may rely on, also before registration (IRCv3 "extended-isupport").
enum ISupportCommand {
  static let command = Command(name: "ISUPPORT", minimumParameters: 0, handler: .connection(run))

  private static func run(_ call: ConnectionCall) -> Bool {
    if call.session.user == nil, !call.session.has(.draftExtendedIsupport) {
      call.reply.numeric(.notRegistered, "Register first")
    } else {
      ISupportTokens.write(to: call.reply, call.core)
    }
    return true
  }
}

/// RPL_ISUPPORT.
enum ISupportTokens {
  static func write(to reply: Reply, _ core: Core) { write(core.supportLines, to: reply, core) }

  static func lines(_ configuration: Configuration) -> [[String]] { ISupport.lines(tokens(configuration)) }

  /// What is different with other settings; `-TOKEN` for those that are gone.
  static func changes(from before: Configuration, to after: Configuration) -> [(String, String?)] {
    let (old, new) = (tokens(before), tokens(after))
    let changed = new.filter { token in !old.contains { $0.0 == token.0 && $0.1 == token.1 } }
    return changed + old.filter { token in !new.contains { $0.0 == token.0 } }.map { ("-" + $0.0, nil) }
  }

  static func write(_ tokens: [(String, String?)], to reply: Reply, _ core: Core) {
    write(ISupport.lines(tokens), to: reply, core)
  }

  private static func write(_ lines: [[String]], to reply: Reply, _ core: Core) {
    let server = core.configuration.serverName
    let isBatched = reply.session.has(.draftExtendedIsupport) && reply.session.has(.batch)
    let batch = isBatched ? core.randomName() : nil
    if let batch {
      reply.send(Message(source: server, command: "BATCH", parameters: ["+" + batch, "draft/isupport"]))
    }
    for line in lines {
      reply.send(
        Message(
          source: server, command: Numeric.isupport.text,
          parameters: [reply.addressee] + line + ["are supported by this server"]),
        inBatch: batch)
    }
    if let batch { reply.send(Message(source: server, command: "BATCH", parameters: ["-" + batch])) }
  }

  private static func tokens(_ configuration: Configuration) -> [(String, String?)] {
    let targets = configuration.targetsPerCommand
    var tokens: [(String, String?)] = [
      ("ACCOUNTEXTBAN", "a"),
      ("AWAYLEN", String(configuration.awayLength)),
      ("BOT", "B"),
      ("CASEMAPPING", "ascii"),
      ("CHANLIMIT", "#:\(configuration.roomsPerUser)"),
      ("CHANMODES", "beI,k,HWfl,CJMPRimnrst"),
      ("CHANNELLEN", String(configuration.channelLength)),
      ("CHANTYPES", "#"),
      ("CHATHISTORY", String(configuration.historyLimit)),
      ("ELIST", "CMNTU"),
      ("EXCEPTS", "e"),
      ("EXTBAN", "," + Ban.types),
      ("HOSTLEN", "64"),
      ("INVEX", "I"),
      ("KEYLEN", String(configuration.keyLength)),
      ("KICKLEN", String(configuration.kickLength)),
      ("MAXLIST", "beI:\(configuration.listEntriesPerRoom)"),
      ("MODES", String(configuration.modesPerCommand)),
      ("MONITOR", String(MonitorBook.limit)),
      ("MSGREFTYPES", "msgid,timestamp,parley.chat/seq"),
      ("NAMELEN", String(configuration.realnameLength)),
      ("NETWORK", configuration.networkName),
      ("NICKLEN", String(configuration.nickLength)),
      ("PREFIX", "(qaohv)~&@%+"),
      ("SAFELIST", nil),
      ("SILENCE", String(Silences.limit)),
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
