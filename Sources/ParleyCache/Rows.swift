public import IRC

/// A row of the table of identities.
public struct IdentityRow: Sendable, Equatable {
  public var id: Int64
  /// `link`, `nick`, and every other setting, by its key.
  public var settings: [String: String]

  public init(id: Int64, settings: [String: String]) {
    self.id = id
    self.settings = settings
  }
}

/// Where the newest message stands that a chat has without a hole before it: what catching up continues from.
public struct Cursor: Sendable, Equatable {
  public var networkID: String
  public var time: Timestamp
  public var sequence: Int64

  public init(networkID: String, time: Timestamp, sequence: Int64) {
    self.networkID = networkID
    self.time = time
    self.sequence = sequence
  }
}

public struct ChatRow: Sendable, Equatable {
  public enum Kind: Int64, Sendable { case room = 1, person = 2, server = 3 }

  public var id: Int64
  public var identity: Int64
  public var kind: Kind
  /// As people see it; `foldedName` is unique within an identity.
  public var name: String
  public var foldedName: String
  public var topic = ""
  /// Joined whenever there is a connection.
  public var isWanted = false
  /// The room's key; empty: none.
  public var key = ""
  /// Messages of others after the marker, and those of them that name us.
  public var unread: Int64 = 0
  public var mentions: Int64 = 0
  public var memberCount: Int64 = 0
  /// The last message that was read; 0: none.
  public var marker: Int64 = 0
  /// The newest message that somebody said; 0: none.
  public var last: Int64 = 0
  public var lastTime = Timestamp(milliseconds: 0)
  public var lastNick = ""
  /// At most 200 bytes.
  public var lastText = ""
  /// nil: nothing is known of its history yet.
  public var cursor: Cursor?
  /// "draft", "pinned", "muted", "x-…".
  public var settings: [String: String] = [:]

  public init(id: Int64, identity: Int64, kind: Kind, name: String, foldedName: String) {
    self.id = id
    self.identity = identity
    self.kind = kind
    self.name = name
    self.foldedName = foldedName
  }
}

/// A row of a chat. Numbers of `kind`, `state` and `result` are those of parley.h.
public struct MessageRow: Sendable, Equatable {
  public enum State: Int64, Sendable { case sent = 0, pending = 1, failed = 2, removed = 3 }

  /// 0 until it is inserted.
  public var id: Int64 = 0
  public var chat: Int64
  public var kind: Int64
  public var state = State.sent
  /// Why it failed: a PARLEY_E_… number; else 0.
  public var result: Int64 = 0
  public var isOwn = false
  public var isMention = false
  public var time: Timestamp
  /// The server's number in this conversation; 0: none.
  public var sequence: Int64 = 0
  /// `msgid`; empty: none. Unique within a chat.
  public var networkID = ""
  public var text = ""
  /// The text is not the first one.
  public var isEdited = false
  /// The server has lost it.
  public var isLost = false
  public var nick = ""
  public var account: String?
  public var target = ""
  public var reason = ""
  /// The msgid of what it answers; empty: nothing.
  public var replyNetworkID = ""
  /// That message's id if it is here; 0. Filled in when read.
  public var replyTo: Int64 = 0
  /// Filled in when read; in the order in which they came first.
  public var reactions: [ReactionRow] = []

  public init(chat: Int64, kind: Int64, time: Timestamp) {
    self.chat = chat
    self.kind = kind
    self.time = time
  }
}

public struct ReactionRow: Sendable, Equatable {
  public var text: String
  public var people: Int64
  public var isOwn: Bool

  public init(text: String, people: Int64, isOwn: Bool) {
    self.text = text
    self.people = people
    self.isOwn = isOwn
  }
}

/// A message that waits for its acknowledgement.
public struct OutboxRow: Sendable, Equatable {
  /// The message's row.
  public var message: Int64
  public var chat: Int64
  public var identity: Int64
  /// The counter of its idempotency key, unique and rising within an identity.
  public var counter: UInt64
  /// It was written to a connection, and nobody knows what became of it.
  public var wasAttempted: Bool
  /// The request that sent it; 0 after a restart.
  public var request: Int64
  public var kind: Int64
  public var text: String
  public var replyNetworkID: String

  public init(
    message: Int64, chat: Int64, identity: Int64, counter: UInt64, wasAttempted: Bool, request: Int64, kind: Int64,
    text: String, replyNetworkID: String
  ) {
    self.message = message
    self.chat = chat
    self.identity = identity
    self.counter = counter
    self.wasAttempted = wasAttempted
    self.request = request
    self.kind = kind
    self.text = text
    self.replyNetworkID = replyNetworkID
  }
}

public struct MemberRow: Sendable, Equatable {
  public var nick: String
  public var account: String?
  public var roles: String
  public var isAway: Bool

  public init(nick: String, account: String?, roles: String, isAway: Bool) {
    self.nick = nick
    self.account = account
    self.roles = roles
    self.isAway = isAway
  }
}

/// Both ends of a gap: what is known on either side of it; nil: nothing.
public struct GapEnds: Sendable, Equatable {
  public var older: Cursor?
  public var newer: Cursor?

  public init(older: Cursor?, newer: Cursor?) {
    self.older = older
    self.newer = newer
  }
}
