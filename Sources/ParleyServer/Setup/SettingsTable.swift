import IRC
import ParleyCore

/// All settings, in the order in which `parleyd config` and the manual page show them. The configuration file, `--set`, the
/// command's options and the documentation know nothing that does not stand here.
public enum SettingsTable {
  public struct Section: Sendable {
    public let title: String
    public let settings: [Setting]
  }

  public static let sections = [
    Section(title: "Name and place", settings: place),
    Section(title: "Network", settings: network),
    Section(title: "Proxies, gateways and TLS", settings: gateways),
    Section(title: "Who may do what", settings: admission),
    Section(title: "What people are told", settings: texts),
    Section(title: "Limits on connections", settings: connections),
    Section(title: "Limits on names and texts", settings: lengths),
    Section(title: "Limits on rooms and people", settings: rooms),
    Section(title: "Limits for guests and the lobby", settings: guests),
    Section(title: "History", settings: history),
    Section(title: "Log and metrics", settings: log),
    Section(title: "Machine", settings: machine),
  ]

  public static let all = sections.flatMap(\.settings)
  package static let byKey = Dictionary(uniqueKeysWithValues: all.map { ($0.key, $0) })

  private static let place: [Setting] = [
    .text(
      "data-folder", \.server.dataFolder, unit: "path",
      "Folder of the database, the generated certificate and parleyd.conf.", .restart, check: notEmpty),
    .text(
      "name", \.server.core.serverName, unit: "host name with a dot",
      "The server's name, best the one that clients connect to.", .restart
    ) { (text) throws(BadValue) in
      if !ServerName.isValid(text) {
        throw BadValue("`\(text)` is no server name: a host name with a dot, such as chat.example.org")
      }
    },
    .text("network", \.server.core.networkName, unit: "one word", "The network's name as clients show it.") {
      (text) throws(BadValue) in
      try notEmpty(text)
      try oneWord(text)
    },
  ]

  private static let network: [Setting] = [
    .list(
      "listen", \.server.listeners, unit: "ircs://ADDRESS:PORT, irc://, wss:// or ws://",
      "Where to listen: ircs with TLS, irc in plaintext; wss and ws the same for WebSocket. Port 0: any free one.",
      .restart,
      parse: { (text) throws(BadValue) in try Listener(url: text) }, render: \.description),
    .list(
      "websocket-origins", \.server.webSocketOrigins, unit: "https://HOST, with * and ?",
      "Web pages, by their origin, that may connect with WebSocket; none given: all.",
      parse: { (text) throws(BadValue) in
        guard text.contains("://"), !text.hasSuffix("/"), text.utf8.count <= 255 else {
          throw BadValue("`\(text)` is no origin such as https://chat.example.org or https://*.example.org")
        }
        try oneWord(text)
        return text
      }, render: { $0 }),
    .flag(
      "insecure-plaintext", \.server.allowInsecurePlaintext, "Allow plaintext listeners that are not on loopback.",
      .restart),
    .text(
      "certificate", \.server.certificatePath, unit: "path",
      "PEM file with the certificate chain; empty: certificate.pem in the data folder, generated.", check: anything),
    .text(
      "key", \.server.keyPath, unit: "path",
      "PEM file with its private key; empty: key.pem in the data folder, generated.", check: anything),
    .list(
      "trust", \.server.trusted, unit: "ADDRESS/LENGTH",
      "Networks whose connections are exempt from limits per address.",
      parse: network, render: \.description),
  ]

  private static let admission: [Setting] = [
    .text(
      "connection-password", \.server.core.connectionPassword, unit: "text",
      "Nobody connects without this password (PASS); empty: none.", isSecret: true, check: anything),
    .flag("guests", \.server.core.allowGuests, "People may connect without an account."),
    .flag("registration", \.server.core.allowRegistration, "People may create accounts themselves (REGISTER)."),
    .flag(
      "registration-before-connect", \.server.core.allowRegistrationBeforeConnect,
      "REGISTER is accepted before a connection has completed its registration."),
    .flag("email-required", \.server.core.requiresEmail, "REGISTER needs an e-mail address."),
    .text(
      "mail-command", \.server.core.mailCommand, unit: "path and arguments",
      "Program that reads a mail and sends it, such as /usr/sbin/sendmail -t: e-mail addresses are then verified; empty: they are not."
    ) { (text) throws(BadValue) in
      if !text.isEmpty, !text.hasPrefix("/") { throw BadValue("`\(text)` does not begin with the path of a program") }
    },
    .text(
      "mail-from", \.server.core.mailFrom, unit: "e-mail address",
      "Whom mails come from; empty: parley@ and the server's name."
    ) { (text) throws(BadValue) in
      if !text.isEmpty, !MailAddress.isValid(text) { throw BadValue("`\(text)` is no e-mail address") }
    },
    .number(
      "password-length", \.server.core.passwordLength, 1...300, unit: "characters",
      "How long a new password must be at least."),
    .flag(
      "always-on", \.server.core.alwaysOn, "Accounts stay in their rooms and receive messages while they are offline."),
    .text(
      "lobby", \.server.core.lobby, unit: "room",
      "Room that new accounts are joined to and that is offered to all; empty: none."
    ) { (text) throws(BadValue) in
      if text.isEmpty { return }
      if !Names.isValidChannel(text, maximumLength: 64) {
        throw BadValue("`\(text)` is no room: # and up to 63 bytes without comma or space")
      }
    },
    .number(
      "password-iterations", \.server.core.passwordIterations, 4096...200_000, unit: "PBKDF2 rounds",
      "Work behind each new password: dear to guess, dear to check."),
  ]

  private static let texts: [Setting] = [
    .list(
      "motd", \.server.core.messageOfTheDay, unit: "text", "A line of the message of the day; quote it to keep spaces.",
      parse: { (text) throws(BadValue) in
        if text.utf8.count > 400 { throw BadValue("a line has at most 400 bytes, this one \(text.utf8.count)") }
        return text
      }, render: { $0 }),
    .text(
      "description", \.server.core.description, unit: "text", "What WHOIS and INFO say of the server."
    ) { (text) throws(BadValue) in
      try notEmpty(text)
      if text.utf8.count > 200 { throw BadValue("a description has at most 200 bytes, this one \(text.utf8.count)") }
    },
    .text(
      "admin", \.server.core.admin, unit: "text", "Whom to write to about the server, for ADMIN; empty: nobody."
    ) { (text) throws(BadValue) in
      if text.utf8.count > 200 { throw BadValue("at most 200 bytes, these are \(text.utf8.count)") }
    },
    .text("version", \.server.core.version, unit: "one word", "What the server says it is.") {
      (text) throws(BadValue) in
      try notEmpty(text)
      try oneWord(text)
    },
  ]

  private static let connections: [Setting] = [
    .number(
      "max-connections", \.server.maximumConnections, 1...1_000_000, unit: "connections",
      "Connections at a time, over all addresses."),
    .number(
      "connections-per-address", \.server.core.connectionsPerAddress, 1...1_000_000, unit: "connections",
      "Connections at a time from one IPv4 address or IPv6 /64. It is never more than a quarter of max-connections."),
    .number(
      "connections-per-minute", \.server.core.connectionsPerMinute, 1...1_000_000, unit: "connections",
      "New connections in a minute from one IPv4 address or IPv6 /64."),
    .number(
      "sessions-per-account", \.server.core.sessionsPerAccount, 1...10_000, unit: "connections",
      "Devices of one account at a time."),
    .number(
      "line-burst", \.server.lineBurst, 0...1_000_000, unit: "lines",
      "Lines a client may send at once; beyond them its input waits. 0: no limit."),
    .number(
      "lines-per-second", \.server.linesPerSecond, 0...1_000_000, unit: "lines per second",
      "Lines a client may send in the long run. 0: no limit, neither on lines nor on what they bring to others."),
    .number(
      "send-queue", \.server.sendQueueBytes, 65_536...1_073_741_824, unit: "bytes",
      "What may wait for a reader. Messages beyond it come later, from the log; a peer that takes nothing for 30 seconds "
        + "while it is full is disconnected."),
    .number(
      "ping-interval", \.server.core.pingInterval, 5...86_400, unit: "seconds", "Silence after which a client is asked."
    ),
    .number(
      "ping-timeout", \.server.core.pingTimeout, 5...86_400, unit: "seconds",
      "Further silence after which the connection is given up, unless the peer still reads what it was sent before."),
    .number(
      "registration-timeout", \.server.core.registrationTimeout, 5...3600, unit: "seconds",
      "Time to get from the connection to the welcome."),
  ]

  private static let lengths: [Setting] = [
    .number("nick-length", \.server.core.nickLength, 1...64, unit: "bytes", "Length of a nick."),
    .number("channel-length", \.server.core.channelLength, 2...128, unit: "bytes", "Length of a room's name."),
    .number("topic-length", \.server.core.topicLength, 1...390, unit: "bytes", "Length of a topic."),
    .number("away-length", \.server.core.awayLength, 1...390, unit: "bytes", "Length of an away message."),
    .number("kick-length", \.server.core.kickLength, 1...390, unit: "bytes", "Length of a kick's reason."),
    .number("realname-length", \.server.core.realnameLength, 1...390, unit: "bytes", "Length of a real name."),
    .number("key-length", \.server.core.keyLength, 1...128, unit: "bytes", "Length of a room's key."),
  ]

  private static let rooms: [Setting] = [
    .number("rooms-per-user", \.server.core.roomsPerUser, 1...100_000, unit: "rooms", "Rooms one user may be in."),
    .number(
      "list-entries-per-room", \.server.core.listEntriesPerRoom, 1...100_000, unit: "entries",
      "Entries in each of a room's lists of bans, exemptions and invitations."),
    .number(
      "targets-per-command", \.server.core.targetsPerCommand, 1...100, unit: "targets",
      "Targets of one PRIVMSG, NOTICE or KICK."),
    .number(
      "people-per-minute", \.server.core.peoplePerMinute, 0...100_000, unit: "people",
      "People one may write to in a minute, except those one has spoken with before. 0: no limit."),
    .number(
      "metadata-keys", \.server.core.metadataKeys, 1...1000, unit: "keys",
      "Keys that a person or a room may have in its METADATA."),
    .number(
      "metadata-value-bytes", \.server.core.metadataValueBytes, 1...256, unit: "bytes",
      "Length of a value in METADATA."),
    .number(
      "metadata-subscriptions", \.server.core.metadataSubscriptions, 1...1000, unit: "keys",
      "Keys of METADATA that a connection may subscribe to."),
    .number(
      "modes-per-command", \.server.core.modesPerCommand, 1...13, unit: "changes",
      "Changes with parameters in one MODE."),
  ]

  private static let history: [Setting] = [
    .number(
      "history-limit", \.server.core.historyLimit, 1...10_000, unit: "messages",
      "Messages in one answer to CHATHISTORY or HISTORY."),
    .number(
      "retention-days", \.server.core.retentionDays, 0...36_500, unit: "days",
      "How long messages are kept; rooms may keep less (mode H). 0: for ever."),
    .number(
      "retention-messages", \.server.core.retentionMessages, 0...1_000_000_000, unit: "messages",
      "How many messages of a conversation are kept; rooms may keep less (mode H). 0: all."),
    .number(
      "replay-limit", \.server.core.replayLimit, 1...10_000, unit: "messages",
      "Missed messages per conversation that a client without CHATHISTORY is shown when it signs in."),
    .number(
      "multiline-bytes", \.server.core.multilineBytes, 512...1_048_576, unit: "bytes",
      "Text of one message of several lines."),
    .number(
      "multiline-lines", \.server.core.multilineLines, 2...10_000, unit: "lines",
      "Lines of one message of several lines."),
    .flag(
      "history-comings", \.server.core.historyComings,
      "Keep who joins, leaves and changes nick in rooms' histories, too."),
  ]

  private static let log: [Setting] = [
    .choice("log-level", \.logLevel, "The least important kind of line that is still logged."),
    .text(
      "metrics", \.server.metricsAddress, unit: "ADDRESS:PORT on loopback",
      "Where GET /metrics (Prometheus' format) and GET /healthz are answered, such as 127.0.0.1:9469; empty: nowhere.",
      .restart
    ) { (text) throws(BadValue) in
      if !text.isEmpty { _ = try Listener(metrics: text) }
    },
    .flag("log-addresses", \.server.logAddresses, "Write people's network addresses into the log."),
  ]

  private static let machine: [Setting] = [
    .number("threads", \.server.threads, 1...64, unit: "threads", "Event loops.", .restart),
    .number(
      "password-threads", \.server.passwordThreads, 1...64, unit: "threads", "Threads that check passwords.", .restart),
    .number("reader-threads", \.server.readerThreads, 1...64, unit: "threads", "Threads that read history.", .restart),
    .number(
      "appends-per-session", \.server.core.appendsPerSession, 1...100_000, unit: "messages",
      "Messages of one client on their way to the disk before its input waits."),
    .number(
      "backlog-lines", \.server.core.backlogLines, 1...100_000, unit: "lines",
      "Lines of one client that may wait for an answer before its input waits."),
    .number(
      "slice-bytes", \.server.core.sliceBytes, 1_024...65_536, unit: "bytes",
      "Bytes of a long answer that are made in one go."),
  ]

  @Sendable private static func anything(_ text: String) throws(BadValue) {}

  @Sendable private static func notEmpty(_ text: String) throws(BadValue) {
    if text.isEmpty { throw BadValue("it must not be empty") }
  }

  @Sendable private static func oneWord(_ text: String) throws(BadValue) {
    if text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) { throw BadValue("`\(text)` is not one word") }
  }
}
