import IRC
import ParleyStore

/// One connection as the core sees it: a device of a user, or not yet anybody's.
final class Session {
  enum Phase {
    case registering(Registration)
    case registered(User)
    case closed
  }

  /// What the session's input waits for; until then its lines queue up in `backlog`.
  enum Wait {
    case job
    case slice(SliceSource)
    case appends
    /// What it was answered has not left.
    case outbox
  }

  let id: ConnectionID
  /// As its listener told, or WEBIRC.
  var info: ConnectionInfo
  /// It came from a gateway's address and counts among the connections of the address it has now.
  var isCounted = false
  /// Commands it has given before its registration was complete.
  var commandCount = 0
  var phase: Phase
  var capabilities: CapabilitySet = []
  /// Its welcome has left, and with it the place from which it is shown what is new.
  var isReachable = false
  /// 301 or 302 and above (cap-notify implied), as given with CAP LS.
  var capVersion = 301
  var sasl: SASLExchange?
  /// Signed in to just now, while already registered, and under which device name.
  var newAccount: (account: Account, device: String)?
  /// Failed password checks of this connection.
  var authenticationFailures = 0
  /// Password checks that this connection has asked for, and those of them that were turned away.
  var passwordAttempts = 0
  var turnsMissed = 0
  /// Wrong codes it has given to VERIFY.
  var wrongCodes = 0
  /// The device name given when signing in, `account@device`; empty when none.
  var device = ""

  var typing = TypingThrottle()
  /// A batch it has opened (client-batch).
  var batch: ClientBatch?
  /// Nobody is at it: it does not make its user present.
  var isUnattended = false
  /// Nicks it watches with MONITOR, as it wrote them.
  var monitored: [FoldedName: String] = [:]
  /// Keys it has subscribed to with METADATA, in that order.
  var metadataKeys: [String] = []
  /// Set with METADATA before registration.
  var earlyMetadata: [String: String] = [:]

  var wait: Wait?
  var output = OutputBudget()
  /// Long answers whose turn has not come.
  var longAnswers: [SliceSource] = []
  /// What it was too slow for, and has room for now.
  var backlogToShow: Backlog?
  /// Deliveries after this position were left out because its send queue was full; nil: none that it has not been shown since.
  var skippedAfter: LogPosition?
  /// Rooms that its user has left and that it has not been told of, should something of them have been left out.
  var leftRooms: [LeftRoom] = []
  /// The last positions it has written to itself: their echo was its own.
  var ownPositions = OwnPositions()
  var backlog: [InboundLine] = []
  var isReadingPaused = false
  /// Transactions of this session that the store has not answered.
  var appendsInFlight = 0

  /// Since when its input has waited for an answer, and how many seconds it has waited before its registration was complete: time that
  /// the server takes does not count as the client's.
  var parkedAt: MonotonicTime?
  var parkedSeconds: Int64 = 0

  var lastHeardAt: MonotonicTime
  /// The time of day, to be shown.
  var connectedAt: Timestamp
  let openedAt: MonotonicTime
  /// Its device's place in the log is kept: it is replayed what it has missed.
  var usesCursor = false
  /// It has not been shown everything it has missed.
  var isReplaying = false
  /// Something it has missed could not be read: its device's place in the log stays before that.
  private(set) var isCursorHeld = false
  /// It has not been shown all its rooms.
  var isArriving = false
  /// A PING was sent, and nothing has been heard since.
  var isPingOutstanding = false
  /// A PING was sent, and its PONG has not come.
  var awaitsPong = false
  var pingedAt: MonotonicTime
  /// Everything up to here had been sent when the last PING left, and up to `confirmed` when the last answered one did.
  var pingPosition: LogPosition = 0
  var confirmed: LogPosition = 0

  init(id: ConnectionID, info: ConnectionInfo, registration: Registration, now: Timestamp, instant: MonotonicTime) {
    self.id = id
    self.info = info
    phase = .registering(registration)
    lastHeardAt = instant
    connectedAt = now
    openedAt = instant
    pingedAt = instant
  }

  var user: User? {
    if case .registered(let user) = phase { return user }
    return nil
  }

  /// What is released reaches it in order, with nothing left out before it.
  var isShownEverything: Bool { !isReplaying && skippedAfter == nil && !isCursorHeld }

  /// The session is over. What it has begun holds the session, which would never be freed, and is dropped with it.
  func end() {
    phase = .closed
    (backlog, longAnswers, wait) = ([], [], nil)
    (batch, sasl) = (nil, nil)
  }

  /// The device is shown what comes after this position when it signs in again.
  func holdCursor(at position: LogPosition) {
    isCursorHeld = true
    confirmed = min(confirmed, position)
    pingPosition = confirmed
  }

  /// The session becomes another account's, and has been shown nothing of that.
  func forgetCursor() {
    (usesCursor, isCursorHeld) = (false, false)
    // A PONG on its way tells nothing of what the next account has been shown.
    (awaitsPong, pingPosition) = (false, 0)
  }

  var isClosed: Bool {
    if case .closed = phase { return true }
    return false
  }

  /// How replies address it: the nick, or `*` before there is one.
  var addressee: String {
    switch phase {
    case .registered(let user): user.nick
    case .registering(let registration): registration.nick.isEmpty ? "*" : registration.nick
    case .closed: "*"
    }
  }

  /// The same as lines have told of it.
  var shownAddressee: String { user?.shownNick ?? addressee }

  /// The account it is signed in to.
  var account: Account? {
    switch phase {
    case .registered(let user): user.account
    case .registering(let registration): registration.account
    case .closed: nil
    }
  }

  func has(_ capability: Capability) -> Bool { capabilities.contains(capability) }
}

/// What a connection has told of itself so far.
final class Registration {
  var nick = ""
  /// The last one that was refused because somebody has it.
  var takenNick = ""
  var username = ""
  var realname = ""
  var password: String?
  /// As set by AWAY.
  var awayMessage: String?
  /// Between CAP LS or REQ and CAP END.
  var isNegotiating = false
  var account: Account?
  /// REGISTER has been asked for and waits for the store: registration waits, too.
  var isCreatingAccount = false
}
