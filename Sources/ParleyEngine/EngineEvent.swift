public import ParleySession

/// What a host is told. Events carry ids; what they point at is read when they are dispatched.
public struct EngineEvent: Sendable {
  /// The values are the bits of parley.h.
  public enum Kind: UInt64, Sendable {
    case identity = 1, chat = 2, message = 4, changed = 8, history = 16, members = 32, typing = 64, queued = 128,
      done = 256, ask = 512, overrun = 1024, raw = 2048
  }

  public var kind: Kind
  public var identity: Int64 = 0
  public var chat: Int64 = 0
  public var message: Int64 = 0
  public var request: Int64 = 0
  /// The caller's own number for the request; 0: none.
  public var tag: Int64 = 0
  public var result: Int32 = 0
  public var value: Int64 = 0
  public var nick: String?
  public var code: String?
  public var text: String?
  /// What `rooms` brought.
  public var rooms: [ListedRoom]?

  public init(_ kind: Kind) { self.kind = kind }
}

/// An identity as the host sees it.
public struct IdentityState: Sendable, Equatable {
  /// The values are PARLEY_STATE_….
  public enum State: Int32, Sendable { case offline = 0, connecting, signingIn, online, waiting, stopped }

  public var id: Int64
  public var state = State.offline
  public var result: Int32 = 0
  /// Milliseconds since 1970; 0: none.
  public var retryTime: Int64 = 0
  public var pending: Int64 = 0
  /// It has as many chats as are kept.
  public var isFull = false
  public var reason = ""
  public var nick: String
  public var account: String?
  public var network: String
  public var host: String
  public var features: Set<Feature> = []
  public var settings: [String: String]

  public init(id: Int64, nick: String, network: String, host: String, settings: [String: String]) {
    self.id = id
    self.nick = nick
    self.network = network
    self.host = host
    self.settings = settings
  }
}
