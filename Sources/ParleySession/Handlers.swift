import IRC

/// What each command and numeric means for everybody, whoever asked. Answers to requests are read before.
enum Handlers {
  typealias Handler = @Sendable (ClientSession, Incoming) -> Void

  /// Lines without a row that are numerics go to the server's chat.
  static let table: [String: Handler] = Dictionary(
    connection + signingIn + talk + roomChanges + people + roomReplies, uniquingKeysWith: { first, _ in first })

  private static let connection: [(String, Handler)] = [
    ("CAP", { $0.handleCAP($1) }),
    ("PING", { $0.handlePing($1) }),
    ("PONG", { _, _ in }),
    ("ERROR", { $0.handleError($1) }),
    ("KILL", { $0.handleKill($1) }),
    ("001", { $0.handleWelcome($1) }),
    ("004", { $0.handleMyInfo($1) }),
    ("005", { $0.handleISupport($1) }),
    ("376", { session, _ in session.becomeReady() }),
    ("422", { session, _ in session.becomeReady() }),
    ("396", { $0.handleHostHidden($1) }),
    ("421", { $0.handleUnknownCommand($1) }),
    ("451", { session, _ in session.handleNoCAP() }),
    ("431", { $0.handleNickRefused($1) }),
    ("432", { $0.handleNickRefused($1) }),
    ("433", { $0.handleNickCollision($1) }),
    ("436", { $0.handleNickCollision($1) }),
    ("437", { $0.handleNickCollision($1) }),
    ("463", { $0.handleRefusal($1, isPermanent: false) }),
    ("464", { $0.handleRefusal($1, isPermanent: true) }),
    ("465", { $0.refuse(code: "465", reason: $1.text, isPermanent: true) }),
    ("FAIL", { $0.handleFail($1) }),
    ("WARN", { $0.say($1.text) }),
    ("NOTE", { $0.say($1.text) }),
    ("ACK", { _, _ in }),
    ("BATCH", { _, _ in }),
  ]

  private static let signingIn: [(String, Handler)] = [
    ("AUTHENTICATE", { $0.handleAuthenticate($1) }),
    ("900", { $0.handleLoggedIn($1) }),
    ("901", { $0.handleLoggedOut($1) }),
    ("902", { $0.handleSASLFailure($1) }),
    ("903", { $0.handleSASLSuccess($1) }),
    ("904", { $0.handleSASLFailure($1) }),
    ("905", { $0.handleSASLFailure($1) }),
    ("906", { $0.handleSASLAborted($1) }),
    ("907", { $0.handleSASLAlready($1) }),
    ("908", { $0.handleSASLMechanisms($1) }),
  ]

  private static let talk: [(String, Handler)] = [
    ("PRIVMSG", { $0.handleMessage($1) }),
    ("NOTICE", { $0.handleMessage($1) }),
    ("TAGMSG", { $0.handleTagMessage($1) }),
    ("REDACT", { $0.handleRedact($1) }),
    ("EDIT", { $0.handleEdit($1) }),
    ("MARKREAD", { $0.handleMarkRead($1) }),
    ("401", { $0.handleNoTarget($1) }),
    ("403", { $0.handleNoTarget($1) }),
    ("404", { $0.handleNoTarget($1) }),
  ]

  private static let roomChanges: [(String, Handler)] = [
    ("JOIN", { $0.handleJoin($1) }),
    ("PART", { $0.handlePart($1) }),
    ("KICK", { $0.handleKick($1) }),
    ("TOPIC", { $0.handleTopic($1) }),
    ("MODE", { $0.handleMode($1) }),
    ("INVITE", { $0.handleInvite($1) }),
  ]

  private static let people: [(String, Handler)] = [
    ("NICK", { $0.handleNick($1) }),
    ("QUIT", { $0.handleQuit($1) }),
    ("AWAY", { $0.handleAway($1) }),
    ("ACCOUNT", { $0.handleAccount($1) }),
    ("CHGHOST", { $0.handleChangedHost($1) }),
    ("SETNAME", { _, _ in }),
    ("305", { _, _ in }),
    ("306", { _, _ in }),
  ]

  private static let roomReplies: [(String, Handler)] = [
    ("331", { $0.handleTopicReply($1, topic: "") }),
    ("332", { $0.handleTopicReply($1, topic: $1.text) }),
    ("353", { $0.handleNames($1) }),
    ("366", { $0.handleEndOfNames($1) }),
    ("352", { $0.handleWho($1) }),
    ("354", { $0.handleWhoX($1) }),
    ("315", { _, _ in }),
    ("324", { _, _ in }),
    ("329", { _, _ in }),
    ("333", { _, _ in }),
    ("321", { _, _ in }),
    ("323", { _, _ in }),
    ("328", { _, _ in }),
  ]
}
