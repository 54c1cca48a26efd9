public import IRC
public import ParleyStore

/// Names a connection for as long as it lives. Carries the event loop that owns it, so that effects find their way.
///
/// Layout: loop in the top 8 bits, slot in the next 24, generation in the low 32. A slot is reused, a generation is not.
public struct ConnectionID: Hashable, Comparable, Sendable {
  public let rawValue: UInt64

  public init(loop: Int, slot: Int, generation: UInt32) {
    rawValue = UInt64(loop & 0xFF) << 56 | UInt64(slot & 0xFF_FFFF) << 32 | UInt64(generation)
  }

  @inlinable public var loop: Int { Int(rawValue >> 56) }
  @inlinable public var slot: Int { Int((rawValue >> 32) & 0xFF_FFFF) }
  @inlinable public var generation: UInt32 { UInt32(truncatingIfNeeded: rawValue) }

  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// What a listener knows of a connection when it is accepted and, for TLS, the handshake is done.
public struct ConnectionInfo: Sendable {
  /// The peer's address without port: never shown to other users.
  public var address: String
  public var isSecure: Bool
  /// Lower-case hexadecimal SHA-256 of the client's certificate, when it presented one.
  public var certificateFingerprint: String?
  /// Loopback, where plaintext passwords are acceptable.
  public var isLoopback: Bool
  public var isWebSocket: Bool
  /// Exempt from rate limits.
  public var isTrusted: Bool

  public init(
    address: String, isSecure: Bool, certificateFingerprint: String? = nil, isLoopback: Bool, isWebSocket: Bool = false,
    isTrusted: Bool
  ) {
    self.address = address
    self.isSecure = isSecure
    self.certificateFingerprint = certificateFingerprint
    self.isLoopback = isLoopback
    self.isWebSocket = isWebSocket
    self.isTrusted = isTrusted
  }
}

/// One line from a client, parsed on its event loop.
public enum InboundLine: Sendable {
  case message(Message)
  /// More than 510 bytes, or more than 4,096 bytes of tags, or too many tags: 417. The label if it could be read.
  case tooLong(label: String?)
  /// Not UTF-8: FAIL INVALID_UTF8. The command and the label if they could be read.
  case invalidUTF8(command: String, label: String?)
  /// What stands where the command should cannot be one: 421. The label if it could be read.
  case invalidCommand(label: String?)
  /// A line that holds NUL or a CR that does not end it: FAIL INVALID_LINE. The command and the label if they could be read.
  case forbiddenByte(command: String, label: String?)
  /// Nothing but tags or a source. Ignored.
  case malformed
  /// The connection has ended, and this is behind the last line that it brought: carried out in order with the lines.
  case end(DisconnectReason)
}

extension InboundLine {
  /// Something that somebody says.
  package var isTalk: Bool {
    guard case .message(let message) = self else { return false }
    return WorkCost.talk.contains(message.command)
  }

  /// The memory that the line takes while it waits, roughly: its texts, and what each of them costs beside its bytes.
  var memoryBytes: Int {
    let textBytes = 48
    guard case .message(let message) = self else { return 2 * textBytes }
    let tags = message.tags.reduce(0) { $0 + 2 * textBytes + $1.key.utf8.count + $1.value.utf8.count }
    return message.parameters.reduce(tags + 2 * textBytes) { $0 + textBytes + $1.utf8.count }
  }
}

/// What was not delivered to a connection because its send queue was full.
public struct Backlog: Sendable {
  /// Everything up to here was delivered; nil: everything that is in the log.
  public var after: LogPosition?
  /// Deliveries that were left out.
  public var skipped: Int
  /// Some of them are not in the log: who came, who went.
  public var hasLostEvents: Bool
  public init(after: LogPosition?, skipped: Int, hasLostEvents: Bool) {
    self.after = after
    self.skipped = skipped
    self.hasLostEvents = hasLostEvents
  }
}

public enum DisconnectReason: Sendable {
  /// The client closed the connection properly.
  case closed
  /// The network failed; the text says how.
  case failed(String)
  /// The client did not read what it was sent.
  case sendQueueExceeded
}

/// Work that the core asks for and that comes back as an event.
public struct JobID: Hashable, Sendable {
  public let rawValue: UInt64
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

public enum QueryResult: Sendable {
  case page(HistoryPage)
  case found(StoredEvent?)
  case summaries([ConversationSummary], looked: Int)
  case conversation(Conversation?)
  case account(AccountRecord?)
  case failed(StoreError)
}

/// Everything that can happen to the core. Events are handled one after the other, each at a given time.
public enum CoreEvent: Sendable {
  case connected(ConnectionID, ConnectionInfo)
  case received(ConnectionID, [InboundLine])
  case disconnected(ConnectionID, DisconnectReason)
  /// What `Effect.sendSlice` had sent has left the outbox: the next slice may come.
  case drained(ConnectionID)
  /// Deliveries after this position are being left out, because the client reads too slowly for what others say.
  case skipping(ConnectionID, after: LogPosition)
  /// The client has read too slowly for what others said, and its outbox is empty now: what was left out has to be replayed.
  case fellBehind(ConnectionID, Backlog)
  /// The client takes what it is sent, but may not have come to what was sent last: it is alive, whether or not it answers.
  case reading(ConnectionID)
  /// The answer to `LoopEffect.reportTaken`. false: something was left out, or the connection ended before.
  case taken(JobID, Bool)
  /// The oldest unanswered transactions are durable, these are their outcomes in order.
  case committed([Outcome])
  /// The oldest unanswered `count` transactions did not happen. The store refuses all others of that epoch, too.
  case commitFailed(StoreError)
  case answered(JobID, QueryResult)
  /// A password check is done: the verifier computed from the given password.
  case derived(JobID, PasswordVerifier)
  /// The operator's program has taken a mail, or not.
  case mailed(JobID, Bool)
  /// Accounts as another process left them.
  case accountsChanged([AccountRecord])
  case reconfigured(Configuration)
  /// About once a second.
  case tick
  /// Nothing has happened, and something waits that may go on (`Core.hasWork`).
  case wake
  /// Nothing more will be accepted: tell everybody, let what is accepted become durable, close.
  case shutdown(String)
}
