import IRC

/// One row of the command table: guards that hold for every handler stand here, not in the handlers.
struct Command: Sendable {
  /// What a handler gets, by the state a connection must be in. Each returns true when its answer is complete, false when it
  /// has parked the session and will finish the reply itself.
  enum Handler: Sendable {
    /// Before and after registration.
    case connection(@Sendable (ConnectionCall) -> Bool)
    /// Before registration only; afterwards 462.
    case registration(@Sendable (RegistrationCall) -> Bool)
    /// After registration only; before it 451.
    case user(@Sendable (UserCall) -> Bool)
    /// The same for server operators only; for others 481.
    case serverOperator(@Sendable (UserCall) -> Bool)
  }

  let name: String
  let minimumParameters: Int
  let handler: Handler
  /// It waits while its payer may not work.
  let isCostly: Bool
  /// It waits while its payer has said more than its supply.
  let isTalk: Bool

  init(name: String, minimumParameters: Int, handler: Handler) {
    self.name = name
    self.minimumParameters = minimumParameters
    self.handler = handler
    isCostly = WorkCost.costly.contains(name)
    isTalk = WorkCost.talk.contains(name)
  }
}

struct ConnectionCall {
  let core: Core
  let session: Session
  let message: Message
  let reply: Reply
}

struct RegistrationCall {
  let core: Core
  let session: Session
  let registration: Registration
  let message: Message
  let reply: Reply
}

struct UserCall {
  let core: Core
  let session: Session
  let user: User
  let message: Message
  let reply: Reply

  var configuration: Configuration { core.configuration }
  var parameters: [String] { message.parameters }

  /// The parameter at the index, or nil if it is missing or empty.
  func parameter(_ index: Int) -> String? {
    guard index < parameters.count, !parameters[index].isEmpty else { return nil }
    return parameters[index]
  }
}

/// Every command the server knows.
enum CommandTable {
  static let commands: [String: Command] = {
    var table: [String: Command] = [:]
    for command in all { table[command.name] = command }
    return table
  }()

  static let all: [Command] =
    [
      // Connection
      WebIRCCommand.command, CapCommand.command, AuthenticateCommand.command, PassCommand.command, NickCommand.command,
      UserCommand.command,
      PingCommand.command, PongCommand.command, QuitCommand.command, ErrorCommand.command,
      // Accounts
      RegisterCommand.command, VerifyCommand.command, PersistenceCommand.command, OperCommand.command,
      // Messages
      MessageCommand.privmsg, MessageCommand.notice, MessageCommand.tagmsg, ChatHistoryCommand.command,
      HistoryCommand.command,
      BatchCommand.command, RedactCommand.command, EditCommand.command, MarkReadCommand.command,
      // Rooms
      JoinCommand.command, PartCommand.command, KickCommand.command, InviteCommand.command, TopicCommand.command,
      NamesCommand.command, ListCommand.command, ModeCommand.command, RenameCommand.command,
      // People
      WhoCommand.command, WhoisCommand.command, AwayCommand.command, SetnameCommand.command,
      UserhostCommand.command, IsonCommand.command, WhowasCommand.command, MonitorCommand.command,
      SilenceCommand.command, AcceptCommand.command, MetadataCommand.command,
      // Server
      MOTDCommand.command, LUsersCommand.command, VersionCommand.command, TimeCommand.command, InfoCommand.command,
      ISupportCommand.command, AdminCommand.command, LinksCommand.command, StatsCommand.command, HelpCommand.help,
      HelpCommand.helpop, KillCommand.command, WallopsCommand.command,
    ] + Service.shortcutCommands
}
