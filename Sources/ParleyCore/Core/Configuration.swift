/// What an operator can set of the core's behaviour. Limits are counted in bytes unless they say otherwise.
public struct Configuration: Sendable {
  /// The server's name in every line it sends: a host name.
  public var serverName = "parley.localhost"
  public var networkName = "Parley"
  /// What WHOIS and INFO say of the server.
  public var description = "A Parley server"
  public var version = "parleyd-0.1.0"
  public var messageOfTheDay: [String] = []
  /// What ADMIN says: whom to write to; empty: nothing.
  public var admin = ""
  /// The server joins newly registered accounts to it and offers it to all; empty: none.
  public var lobby = "#lobby"
  /// Room mode `f` that the lobby is made with: lines in so many seconds. 0 lines: none.
  public var lobbyFloodLines = 8
  public var lobbyFloodSeconds = 10
  /// Nobody registers a connection without this PASS; empty: none.
  public var connectionPassword = ""
  public var webircGateways: [WebIRCGateway] = []
  /// IRCv3 sts: seconds that clients go on using TLS; 0: no policy, below 0: clients forget theirs.
  public var stsDuration = 0
  /// Where to with TLS; 0: nobody is sent there.
  public var stsPort = 0
  public var stsPreload = false

  /// Guests may connect without an account.
  public var allowGuests = true
  /// REGISTER creates accounts.
  public var allowRegistration = true
  /// REGISTER is accepted before NICK and USER are complete.
  public var allowRegistrationBeforeConnect = true
  /// Characters of a new password, at least.
  public var passwordLength = 6
  /// REGISTER needs an e-mail address.
  public var requiresEmail = false
  /// The program that sends mail, with its arguments separated by spaces: it reads a mail from standard input. Empty: no mail is sent,
  /// and addresses are believed.
  public var mailCommand = ""
  /// Whom mails come from; empty: parley@ and the server's name.
  public var mailFrom = ""
  /// Accounts stay in their rooms and receive messages while no device is connected.
  public var alwaysOn = true
  /// PBKDF2 iterations of new password verifiers.
  public var passwordIterations = 15_000

  public var nickLength = 32
  public var channelLength = 64
  public var topicLength = 390
  public var awayLength = 200
  public var kickLength = 390
  public var realnameLength = 150
  public var keyLength = 32
  /// Rooms one user may be in.
  public var roomsPerUser = 200
  /// Entries in each of a room's lists.
  public var listEntriesPerRoom = 100
  /// Targets of one PRIVMSG, NOTICE or KICK.
  public var targetsPerCommand = 10
  /// People one may write to privately in a minute; more only if one has spoken with them before. 0: no limit.
  public var peoplePerMinute = 20
  /// draft/metadata-3: keys that a person or a room may have, bytes of a value, keys that a connection may subscribe to.
  public var metadataKeys = 20
  public var metadataValueBytes = 256
  public var metadataSubscriptions = 50
  /// Changes in one MODE with parameters.
  public var modesPerCommand = 13
  /// Devices of one account at a time.
  public var sessionsPerAccount = 20
  /// Connections from one address (IPv4) or /64 (IPv6) at a time; trusted ones are not counted.
  public var connectionsPerAddress = 100
  /// New connections from one address in a minute.
  public var connectionsPerMinute = 200

  /// Guests of one address (IPv4) or /64 (IPv6): new ones in a minute, rooms they enter in a minute, and messages in a minute to people they
  /// have not written to and in rooms they have just entered. 0: any number. Trusted networks have no such limits.
  public var guestConnectionsPerMinute = 100
  public var guestJoinsPerMinute = 60
  public var guestMessagesPerMinute = 60
  /// What is stored in a day for guests of one address and for accounts made there within a day. 0: any number.
  public var guestMessagesPerDay = 5_000
  public var guestBytesPerDay = 4_194_304
  /// A private conversation with a guest goes so many days after its last message; 0: as other messages.
  public var guestRetentionDays = 30

  /// Bytes of a message of several lines (draft/multiline), and its lines.
  public var multilineBytes = 65_536
  public var multilineLines = 1_000
  /// JOIN, PART, QUIT and NICK are kept in rooms' histories, too.
  public var historyComings = false
  /// Messages of one CHATHISTORY answer.
  public var historyLimit = 1000
  /// Messages go when they are older; 0: never.
  public var retentionDays = 0
  /// So many of a conversation are kept; 0: all.
  public var retentionMessages = 0
  /// Messages replayed per conversation to a client without chathistory.
  public var replayLimit = 200
  /// Lines a client may send in the long run, which its event loop sees to. 0: no limit, and what is said is charged to nobody.
  public var linesPerSecond = 10
  /// Unanswered appends of one session before its input waits.
  public var appendsPerSession = 256
  /// Lines of input that may wait for an answer before reading stops.
  public var backlogLines = 64
  /// Bytes of a long answer made in one go; the line that goes beyond it ends the slice.
  public var sliceBytes = 16_384

  /// Seconds of silence before PING, and then before the connection is given up.
  public var pingInterval = 90
  public var pingTimeout = 60
  /// Seconds a connection may take to register.
  public var registrationTimeout = 60

  public init() {}

  /// People or rooms that a long answer looks at in one go, whether they are shown or not.
  var sliceLooks: Int { max(1, sliceBytes / 80) }
}
