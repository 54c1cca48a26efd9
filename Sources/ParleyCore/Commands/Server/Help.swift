import IRC

/// HELP and HELPOP: what commands there are, and what each does (modern.ircdocs.horse, "HELP message").
enum HelpCommand {
  static let help = Command(name: "HELP", minimumParameters: 0, handler: .user(run))
  static let helpop = Command(name: "HELPOP", minimumParameters: 0, handler: .user(run))

  private static func run(_ call: UserCall) -> Bool {
    let subject = (call.parameter(0) ?? "").uppercased()
    let lines = subject.isEmpty ? overview : HelpTexts.of[subject]
    let shown = subject.isEmpty ? "*" : TextLimit.truncate(subject, toBytes: 64)
    guard let lines, let title = lines.first else {
      call.reply.numeric(.helpNotFound, shown, "No help is available on this")
      return true
    }
    call.reply.numeric(.helpStart, shown, title)
    for line in lines.dropFirst() { call.reply.numeric(.helpTxt, shown, line) }
    call.reply.numeric(.endOfHelp, shown, "End of /HELP")
    return true
  }

  private static let overview: [String] = {
    var lines = ["Commands of this server; HELP COMMAND says more about one:"]
    var line = ""
    for name in HelpTexts.of.keys.sorted() {
      if line.utf8.count + name.utf8.count > 70 {
        lines.append(line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + name
    }
    return lines + [line]
  }()
}

/// How each command is written, and what it does.
enum HelpTexts {
  static let of: [String: [String]] = [
    "ACCEPT": ["ACCEPT <nick>|-<nick>[,…], or *", "Lets a guest write to you while you have mode R."],
    "ADMIN": ["ADMIN", "Says whom to ask about this server."],
    "AUTHENTICATE": ["AUTHENTICATE <mechanism or data>", "Signs in with SASL; clients do this by themselves."],
    "AWAY": ["AWAY [<text>]", "Says that you are not there; without text, that you are back."],
    "BATCH": [
      "BATCH +<tag> draft/multiline <target>, or -<tag>",
      "Sends a message of several lines; clients do this by themselves.",
    ],
    "CAP": ["CAP LS|LIST|REQ|END …", "Negotiates what your client understands; clients do this by themselves."],
    "CHANSERV": ["CHANSERV <command>, or CS", "Asks ChanServ about rooms; CS HELP lists its commands."],
    "CHATHISTORY": [
      "CHATHISTORY BEFORE|AFTER|LATEST|AROUND|BETWEEN <target> … <limit>, or TARGETS <from> <to> <limit>",
      "Shows what was said before.",
    ],
    "EDIT": ["EDIT <target> <message id> <text>", "Gives a message of yours another text."],
    "HELP": ["HELP [<command>]", "Shows this help."],
    "HISTORY": [
      "HISTORY <room or nick> [<count> [<number of a message>]]",
      "Shows the last messages of a room, or what you and somebody have written; those before the message with that number.",
    ],
    "INFO": ["INFO", "Says what runs here."],
    "INVITE": ["INVITE <nick> <room>", "Invites somebody into a room. Without parameters: lists your invitations."],
    "ISON": ["ISON <nick> …", "Says which of these are connected."],
    "JOIN": ["JOIN <room>[,<room>…] [<key>[,<key>…]]", "Enters rooms. Accounts stay in their rooms until they PART."],
    "KICK": ["KICK <room> <nick> [<reason>]", "Removes somebody from a room you run."],
    "KILL": ["KILL <nick> [<reason>]", "Ends somebody's connections; for operators."],
    "LINKS": ["LINKS", "Lists the servers of this network, of which there is one."],
    "LIST": [
      "LIST [<masks and conditions>] [<conditions>]",
      "Lists rooms. Masks and conditions have commas between them: masks, !masks, >n and <n members, C>m C<m T>m T<m minutes.",
    ],
    "LUSERS": ["LUSERS", "Says how many people and rooms there are."],
    "MARKREAD": [
      "MARKREAD <target> [timestamp=<time>]", "Shows or sets up to when you have read; clients do this by themselves.",
    ],
    "METADATA": [
      "METADATA <target> GET|LIST|SET|CLEAR|SUB|UNSUB|SUBS|SYNC …",
      "What people and rooms tell of themselves, key by key.",
    ],
    "MODE": ["MODE <room or nick> [<modes> <parameters>…]", "Shows or changes modes."],
    "MONITOR": ["MONITOR +|- <nick>[,<nick>…], or C, L, S", "Tells when these people come and go."],
    "MOTD": ["MOTD", "Shows the message of the day."],
    "NAMES": ["NAMES <room>[,<room>…]", "Lists the members of rooms."],
    "NICK": ["NICK <nick>", "Changes your nick."],
    "NICKSERV": ["NICKSERV <command>, or NS", "Asks NickServ about accounts; NS HELP lists its commands."],
    "NOTICE": ["NOTICE <target>[,<target>…] <text>", "Says something that no program must answer."],
    "OPER": ["OPER <account> <password>", "Takes up an operator's privileges."],
    "PART": ["PART <room>[,<room>…] [<reason>]", "Leaves rooms."],
    "PASS": ["PASS <password>", "Gives the server's password, before anything else."],
    "PERSISTENCE": [
      "PERSISTENCE GET, PERSISTENCE SET ON|OFF|DEFAULT", "Whether your account stays while no device is connected.",
    ],
    "PING": ["PING <token>", "Is answered with PONG and the token."],
    "PONG": ["PONG <token>", "Answers a PING."],
    "PRIVMSG": ["PRIVMSG <target>[,<target>…] <text>", "Says something to rooms or people."],
    "QUIT": ["QUIT [<reason>]", "Ends this connection."],
    "REDACT": [
      "REDACT <target> <message id> [<reason>]", "Takes back a message of yours, or of others in a room you run.",
    ],
    "REGISTER": ["REGISTER * <email or *> <password>", "Makes an account of your nick."],
    "RENAME": ["RENAME <room> <new name> [<reason>]", "Gives a room you run another name; it keeps everything else."],
    "SETNAME": ["SETNAME <real name>", "Changes your real name."],
    "SILENCE": [
      "SILENCE [+|-<mask>[,…]]",
      "Whom you do not want to hear from in private: nick!user@host with * and ?, or a:<account>.",
    ],
    "STATS": ["STATS u|o", "Says since when the server runs, or, to operators, who its operators are."],
    "TAGMSG": ["TAGMSG <target>", "Sends tags without text, such as reactions."],
    "TIME": ["TIME", "Says what time it is here, UTC."],
    "TOPIC": ["TOPIC <room> [<text>]", "Shows or sets a room's topic."],
    "USER": ["USER <name> 0 * <real name>", "Introduces you when you connect."],
    "USERHOST": ["USERHOST <nick> …", "Says where people are connected from, as far as anybody may know."],
    "VERIFY": ["VERIFY <account> <code>", "Proves an account's e-mail address with the code that was sent there."],
    "VERSION": ["VERSION", "Says which version runs here, and what it supports."],
    "WALLOPS": ["WALLOPS <text>", "Says something to everybody with user mode w; for operators."],
    "WEBIRC": [
      "WEBIRC <password> <gateway> <hostname> <ip> [<options>]", "Says whom a web gateway speaks for; for gateways.",
    ],
    "WHO": ["WHO <room or mask> [o][%<fields>[,<token>]]", "Lists people."],
    "WHOIS": ["WHOIS <nick>", "Says what may be known of somebody."],
    "WHOWAS": ["WHOWAS <nick> [<count>]", "Says who used a nick that is free now."],
  ]
}
