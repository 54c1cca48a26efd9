import IRC
import ParleyCache
import ParleySession

/// An identity as the engine's core holds it.
final class Identity {
  let id: Int64
  var state: IdentityState
  /// The host wants it connected.
  var isWanted = false
  var session: ClientSession?
  /// The connection of the session, or of the attempt.
  var connection: ConnectionID?
  var attempts: UInt64 = 0
  var failures = 0
  var retryAt: Timestamp?
  var onlineSince: Timestamp?
  /// A pin that did not match while we look whether an authority vouches for the server instead.
  var mismatch: String?
  /// An authority no longer vouches for the server: we look at the certificate it shows now, and ask.
  var isProbing = false
  /// How the attempt in progress, or the connection, verifies the server.
  var verification = Endpoint.Verification.none

  var password: [UInt8]?
  /// The server's own, for PASS.
  var serverPassword: String?
  /// The host's for this run; goes before `password`, which stays as it is when this one is wrong.
  var givenPassword: [UInt8]?
  /// An answer that the server has not judged yet. It is kept once it has worked.
  var offered: (secret: [UInt8], keep: Int32)?
  /// Which of them this connection signs in with.
  var secretSource = SecretSource.none
  /// How often the server has refused the kept password since it worked.
  var rejections = 0
  /// The host has not answered.
  var hasGivenUp = false
  /// TLS in place of plaintext, because the network has asked for it.
  var isUpgraded = false
  /// Why nothing vouches for the server, where that needs a person.
  var distrust: String?
  /// What was answered for an account that is being made.
  var newPassword: (secret: [UInt8], keep: Int32)?
  var away: String?
  /// What the session was begun with.
  var begun: (nick: String, away: String?) = ("", nil)

  /// What to do when a command of the session is finished.
  var waiting: [UInt64: Waiting] = [:]
  var outbox = Outbox()
  /// Persons' chats are complete as of now.
  var personsAreLive = false
  /// Chats of persons that are being caught up with.
  var personsCatchingUp: Set<Int64> = []
  /// Persons' chats that end, on the server, with the message that they end with here.
  var personsIntact: Set<Int64> = []
  /// One of the chats could not be compared with the server's.
  var hasUnverified = false
  var targetPages = 0
  /// How often the server could not say who has written, on this connection.
  var failedTargets = 0
  /// When to ask it again.
  var catchUpAgainAt: Timestamp?
  /// When rooms that were left offline, and that the server has not put us into, count as left.
  var hasLeftAt: Timestamp?
  /// Rooms to be joined again, when others have answered.
  var joinsDue: [Int64] = []
  /// Rooms that were refused when they were to be joined again: when to try the next time, and the pause after that.
  var refusedJoins: [Int64: (at: Timestamp, pause: Int64)] = [:]
  /// Rooms (folded) whose chats were removed while the server was still to say that we are in them, or out.
  private var abandoned: Set<String> = []
  var intake = Intake()
  /// Rows of the server's chat since it was last made shorter; at first it may be too long.
  var notices = 100
  /// Rows that stand for messages that were played back on this connection, without ids.
  var replayed: Set<Int64> = []
  /// When to send again what the server could not store.
  var sendAgainAt: Timestamp?

  init(_ state: IdentityState) {
    id = state.id
    self.state = state
  }

  var link: Link? { state.settings["link"].flatMap(Link.init) }

  /// A repeated attempt is recognised on the next connection, too. The server keeps the keys of an account; those of a guest end
  /// with its session, so that a repeated message would be said twice.
  var keysAreKept: Bool { session?.supports(.keys) == true && session?.account != nil }

  private static let mostReplayed = 65_536

  func noteReplayed(_ message: Int64) {
    if replayed.count >= Self.mostReplayed { replayed = [] }
    replayed.insert(message)
  }

  var isOnline: Bool { session?.isReady == true }

  func isAbandoned(_ room: String) -> Bool { !abandoned.isEmpty && abandoned.contains(Directory.fold(room)) }

  func abandon(_ room: String) { abandoned.insert(Directory.fold(room)) }

  func comeBack(to room: String) { abandoned.remove(Directory.fold(room)) }

  /// What belongs to one connection ends with it.
  func forgetConnection() {
    session = nil
    connection = nil
    outbox.rewind()
    personsAreLive = false
    personsCatchingUp = []
    personsIntact = []
    hasUnverified = false
    catchUpAgainAt = nil
    hasLeftAt = nil
    joinsDue = []
    refusedJoins = [:]
    abandoned = []
    sendAgainAt = nil
    replayed = []
  }

  /// The largest number of messages on their way.
  static let window = 16
}

/// Where the password comes from that a connection signs in with.
enum SecretSource {
  case none
  /// The host's for this run.
  case given
  /// An answer to a question.
  case offered
  case kept
}

/// What a command of a session was for.
enum Waiting {
  case message(Int64)
  case request(Int64, chat: Int64)
  case join(chat: Int64)
  case rooms(Int64)
  case register(Int64)
  /// Another nick; with the setting from before.
  case nick(Int64, before: String)
  case catchUp(chat: Int64, CatchUpStep)
  case targets
  /// The server is told how far we have read.
  case marker(chat: Int64, Timestamp)
  case backfill(request: Int64, gap: Int64)
  case nothing

  /// The host's request that it finishes; nil: none of the host's.
  var request: Int64? {
    switch self {
    case .request(let request, _), .rooms(let request), .register(let request), .backfill(let request, _),
      .nick(let request, _):
      request
    case .message, .join, .catchUp, .targets, .marker, .nothing: nil
    }
  }
}

enum CatchUpStep: Equatable {
  /// The first contact: the newest page.
  case first
  /// What comes after the cursor.
  case after
  /// Too much is missing: the newest page, and a gap before it.
  case latest
  /// The server does not have the cursor's message any more: what it has before that.
  case rewind
}
