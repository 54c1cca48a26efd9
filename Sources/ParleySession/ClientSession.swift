public import IRC

/// One connection's life as a client, from its first byte to its last: bytes and commands in, bytes and events out. No I/O,
/// clock or randomness of its own, no trap on anything a server sends, bounded memory.
///
/// Whoever drives it calls one of the inputs, then takes `output` and `events`, then waits for more bytes or `deadline`.
///
/// A line's way: `receive` frames it, `take` parses it and finds the request it answers (`Requests`), and the table of handlers
/// (`Handlers`) does what it means for everybody. A command's way: `perform`, one function of `Commands/`, a `Request` that waits.
public final class ClientSession {
  /// Lines of a server may be this long without their tags; some send more than 512.
  public static let maximumLine = 16_384
  /// A server that sends so many bytes without a line's end is given up: reading them costs time and brings nothing.
  private static let maximumUnended = 1_048_576

  /// Bytes to be written to the connection, in order. The driver takes and empties them.
  public var output: [UInt8] = []
  /// What has happened, in order. The driver takes and empties them.
  public var events: [SessionEvent] = []
  /// The connection has to be closed once `output` is written.
  public internal(set) var wantsClose = false
  /// Whether `.line` events are wanted.
  public var wantsRawLines = false

  /// Milliseconds between `now` and the time of day: 0 unless whoever tells the time does so by a clock that nobody sets.
  public var wallOffset: Int64 = 0

  /// How far the connection has come.
  enum Phase { case idle, registering, welcomed, ready, closed }

  let settings: SessionSettings
  var phase = Phase.idle
  var now: Timestamp
  var framer = LineFramer(limit: ParserLimits.client.contentBytes)

  var registration = Registration()
  var capabilities = Capabilities()
  var signIn: SigningIn
  var ownNick: OwnNick
  /// nil: not signed in.
  public internal(set) var account: String?
  /// How others see us, as far as the server has shown it: what counts against the length of our messages.
  var ownUser: String?
  var ownHost: String?
  /// The source of 001.
  var serverName: String?
  /// What the server says that it runs (004).
  var software = ""
  /// When the last message was sent.
  var lastSend: Timestamp?
  /// When we were let in, by the server's clock if it tells the time.
  var welcomedAt: Timestamp?
  /// Bytes that came since the last line that was short enough.
  private var unendedBytes = 0

  var network = Network()
  var rooms = Rooms()
  var requests = Requests()
  var batches = Batches()
  var typingOut = TypingOut()
  var pulse: Pulse
  var ctcpAnswers = CTCPAnswers()
  /// A `.refused` or `.signInFailed` has been told: there is one reason for an end.
  var hasToldEnd = false
  var isQuitting = false

  /// - Parameters:
  ///   - settings: see `SessionSettings`.
  ///   - nonce: at least 24 random bytes, for SCRAM.
  ///   - now: the time; it only ever comes in by these parameters.
  public init(settings: SessionSettings, nonce: [UInt8], now: Timestamp) {
    self.settings = settings
    self.now = now
    signIn = SigningIn(settings: settings, nonce: nonce)
    ownNick = OwnNick(wanted: settings.nick)
    pulse = Pulse(now: now)
  }

  /// The server's clock minus `now`, in milliseconds, as the welcome or our own JOIN showed it. Times of messages do not show it: they
  /// never go back within a conversation, so that they stay ahead after the server's clock has been set back.
  var serverOffset: Int64?

  /// The server's time of day; nil: it has not been shown on this connection.
  public var serverClock: Timestamp? { serverOffset.map { now.adding(milliseconds: $0) } }

  /// The time of messages for which the server tells none.
  var wallClock: Timestamp { now.adding(milliseconds: wallOffset) }

  // MARK: Inputs

  /// The connection stands.
  public func start(now: Timestamp) {
    self.now = now
    guard phase == .idle else { return }
    beginRegistration()
  }

  /// Bytes have come, cut anywhere.
  public func receive(_ bytes: UnsafeRawBufferPointer, now: Timestamp) {
    self.now = now
    guard phase != .idle, phase != .closed else { return }
    pulse.heard(at: now)
    var hasEnded = false
    framer.consume(bytes) { frame in
      if case .line(let line) = frame {
        hasEnded = true
        take(line)
      }
    }
    unendedBytes = hasEnded ? 0 : unendedBytes + bytes.count
    if unendedBytes > Self.maximumUnended { return refuse(code: "", reason: "The server sends a line without end") }
    settle()
  }

  /// Time has passed; see `deadline`.
  public func advance(to now: Timestamp) {
    self.now = now
    guard phase != .idle, phase != .closed else { return }
    runTimers()
    settle()
  }

  /// Says QUIT; the connection is to be closed after it.
  public func quit(reason: String, now: Timestamp) {
    self.now = now
    guard phase != .closed, !isQuitting else { return }
    isQuitting = true
    if phase != .idle { write(Message(command: "QUIT", parameters: reason.isEmpty ? [] : [limited(reason, 300)])) }
    wantsClose = true
  }

  /// The connection is gone. Finishes every command that was not: `.uncertain` for messages, `.lost` for all else.
  public func ended(now: Timestamp) {
    self.now = now
    // A server that cuts us off after a wrong secret has said its last word about signing in.
    if let failure = signIn.lastFailure, signIn.isAsking {
      tellEnd(.signInFailed(code: failure.code, reason: failure.reason))
    }
    phase = .closed
    wantsClose = true
    signIn.forget()
    for request in requests.takeAll() { finish(request.tag, request.asking.lost) }
  }

  // MARK: What is known

  /// Registered and MOTD read.
  public var isReady: Bool { phase == .ready }
  /// Ours now; before 001 the one asked for.
  public var nick: String { ownNick.current }
  /// ISUPPORT `NETWORK`.
  public var networkName: String? { network.support.network }

  /// A name in the network's small letters.
  public func fold(_ name: String) -> String { network.mapping.fold(name) }

  /// How the network folds names.
  public var caseMapping: CaseMapping { network.mapping }

  /// Whether a name is a room's rather than a person's.
  public func isRoom(_ name: String) -> Bool { network.isRoom(name) }

  /// As the server spells them, in the order of their folded names.
  public var joinedRooms: [String] { rooms.names }

  /// By role, then by folded nick; none for a room we are not in.
  public func members(of room: String) -> [RoomMember] { rooms.members(of: key(room), prefixes: network.prefixes) }

  /// How many `members(of:)` would give.
  public func memberCount(of room: String) -> Int { rooms[key(room)]?.members.count ?? 0 }
}
