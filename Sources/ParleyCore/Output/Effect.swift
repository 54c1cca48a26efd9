public import IRC
public import ParleyStore

/// What an event loop has to do, in this order. The core writes one such list per loop and tick; nothing else writes to a
/// connection, so what a client sees is in the core's order.
public enum LoopEffect: Sendable {
  /// Encoded lines for one connection.
  case send(ConnectionID, [UInt8])
  /// The same, and `CoreEvent.drained` is wanted once the connection's outbox is (nearly) empty.
  case sendSlice(ConnectionID, [UInt8])
  /// One line to many, encoded as each one's capabilities want it.
  case deliver(Delivery, to: Audience)
  case capabilities(ConnectionID, CapabilitySet)
  case join(ConnectionID, RoomID)
  case part(ConnectionID, RoomID)
  /// Registration is complete: the registration time-out no longer applies, and `Audience.everyone` includes it.
  case registered(ConnectionID)
  /// Whether a guest is at the connection from here on, or an account's device.
  case guest(ConnectionID, Bool)
  /// Hold back reading until `resume`: the client's input is waiting for an answer.
  case pause(ConnectionID)
  case resume(ConnectionID)
  /// From here on deliveries to this connection are kept aside (within its send queue's bound) while `send` passes: what the
  /// client has missed is being replayed, and must come before what is new.
  case hold(ConnectionID)
  /// What was kept aside follows, in order, and deliveries pass again.
  case release(ConnectionID)
  /// A PING stands behind everything that the connection has been sent so far: `CoreEvent.reading` is wanted while the peer works its
  /// way to it.
  case asked(ConnectionID)
  /// The PING has been answered: the peer has read everything up to it.
  case answered(ConnectionID)
  /// `CoreEvent.taken` is wanted: whether the peer's system takes everything that the connection has been sent so far. It follows also
  /// after `close`.
  case reportTaken(ConnectionID, JobID)
  /// Send these last bytes, then close; `disconnected` does not follow. What is kept aside is not sent: the client has not been
  /// shown what is before it, and is shown both when it comes back.
  case close(ConnectionID, [UInt8])
}

/// Who gets a delivery. Lists name connections of any loop; each loop serves its own.
public enum Audience: Sendable {
  case connection(ConnectionID)
  case connections([ConnectionID])
  /// Everybody in a room but one.
  case room(RoomID, except: ConnectionID?)
  /// Everybody in any of these rooms, once; without the given connections.
  case rooms([RoomID], except: [ConnectionID])
  /// All registered connections.
  case everyone
}

public enum StoreQuery: Sendable {
  case history(HistoryQuery)
  case find(messageID: String, Conversation)
  case summaries(Identity, rooms: [RoomID], after: Timestamp, before: Timestamp, kinds: EventKinds, limit: Int)
  /// Private conversations with news.
  case missed(Identity, after: LogPosition, kinds: EventKinds)
  case conversation(Identity, nick: String)
  /// An account that another process may have made or changed.
  case account(name: String)
}

/// What the core wants done after an event. `transactions` and `loops` are in order; the rest is unordered work.
public struct Outputs: Sendable {
  /// For the store thread, in order. All belong to the core's current epoch.
  public var transactions: [Transaction] = []
  /// Index: the loop.
  public var loops: [[LoopEffect]]
  public var queries: [(JobID, StoreQuery)] = []
  public var derivations: [(JobID, password: [UInt8], salt: [UInt8], iterations: Int)] = []
  public var mails: [(JobID, Mail)] = []
  /// Things to log; never with message text, passwords or addresses.
  public var notes: [Note] = []
  /// Everything has been said and nothing is pending: the process may end.
  public var isFinished = false
  /// The store failed beyond repair: the process must end now, with this reason.
  public var fatal: StoreError?

  public init(loops count: Int) { loops = Array(repeating: [], count: count) }
}

/// A line of the server's log.
public struct Note: Sendable {
  public enum Level: Sendable { case debug, info, notice, warning, error }
  public var level: Level
  public var event: String
  public var fields: [(String, String)]
  public init(_ level: Level, _ event: String, _ fields: [(String, String)] = []) {
    self.level = level
    self.event = event
    self.fields = fields
  }
}
