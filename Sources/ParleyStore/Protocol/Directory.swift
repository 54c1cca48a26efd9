public import IRC

/// What the server keeps of a password: RFC 5802's verifier for SCRAM-SHA-256, never the password.
public struct PasswordVerifier: Hashable, Sendable {
  public var salt: [UInt8]
  public var iterations: Int
  /// 32 bytes each.
  public var storedKey: [UInt8]
  public var serverKey: [UInt8]

  public init(salt: [UInt8], iterations: Int, storedKey: [UInt8], serverKey: [UInt8]) {
    self.salt = salt
    self.iterations = iterations
    self.storedKey = storedKey
    self.serverKey = serverKey
  }
}

public struct AccountRecord: Hashable, Sendable {
  public var id: AccountID
  /// As registered; unique under ASCII case folding.
  public var name: String
  /// The nick this account last used; it is restored with the account at start.
  public var nick: String
  public var realname: String
  /// nil: no password, only certificates.
  public var verifier: PasswordVerifier?
  /// Lower-case hexadecimal SHA-256 fingerprints of client certificates that may sign in with SASL EXTERNAL.
  public var fingerprints: [String]
  public var email: String
  public var registeredAt: Timestamp
  /// Not empty: the account may not sign in, and this is why.
  public var suspension: String
  /// May use OPER's privileges once signed in.
  public var isOperator: Bool
  /// Counts changes; a change is accepted only against the revision it was made from.
  public var revision: Int64
  /// What is stored of it is damaged: nothing of it is known but its name, and it cannot be changed.
  public var isDamaged = false

  public init(
    id: AccountID, name: String, nick: String, realname: String = "", verifier: PasswordVerifier?,
    fingerprints: [String] = [], email: String = "", registeredAt: Timestamp, suspension: String = "",
    isOperator: Bool = false, revision: Int64 = 0
  ) {
    self.id = id
    self.name = name
    self.nick = nick
    self.realname = realname
    self.verifier = verifier
    self.fingerprints = fingerprints
    self.email = email
    self.registeredAt = registeredAt
    self.suspension = suspension
    self.isOperator = isOperator
    self.revision = revision
  }
}

public struct RoomRecord: Hashable, Sendable {
  public var id: RoomID
  /// As created, with its `#`; unique under ASCII case folding.
  public var name: String
  public var createdAt: Timestamp
  public var founder: AccountID?
  public var topic: String
  public var topicSetBy: String
  public var topicSetAt: Timestamp?
  /// Mode letters without parameters, e.g. `nt`.
  public var modes: String
  /// Empty: none.
  public var key: String
  /// 0: none.
  public var limit: Int
  /// Mode `W`: seconds between two messages of a member without a role; 0: none.
  public var slowSeconds = 0
  /// Mode `f`: messages of such a member in so many seconds; 0: any number.
  public var floodLines = 0
  public var floodSeconds = 0
  /// Mode `H`: how much of its messages is kept, if that is less than what the server keeps.
  public var retention = RetentionPolicy()
  /// What is stored of it is damaged: nothing of it is known but its name, and it can be neither changed nor removed.
  public var isDamaged = false

  public init(
    id: RoomID, name: String, createdAt: Timestamp, founder: AccountID? = nil, topic: String = "",
    topicSetBy: String = "", topicSetAt: Timestamp? = nil, modes: String = "", key: String = "", limit: Int = 0
  ) {
    self.id = id
    self.name = name
    self.createdAt = createdAt
    self.founder = founder
    self.topic = topic
    self.topicSetBy = topicSetBy
    self.topicSetAt = topicSetAt
    self.modes = modes
    self.key = key
    self.limit = limit
  }
}

/// One entry of a room's ban, exemption or invitation list.
public struct RoomListEntry: Hashable, Sendable {
  public var room: RoomID
  /// `b`, `e` or `I`.
  public var mode: Character
  public var mask: String
  public var setBy: String
  public var setAt: Timestamp

  public init(room: RoomID, mode: Character, mask: String, setBy: String, setAt: Timestamp) {
    self.room = room
    self.mode = mode
    self.mask = mask
    self.setBy = setBy
    self.setAt = setAt
  }
}

/// An account's place in a room.
public struct MembershipRecord: Hashable, Sendable {
  public var room: RoomID
  public var account: AccountID
  /// Bits of `IRC.Roles`.
  public var roles: UInt8
  public var joinedAt: Timestamp
  /// The last position of the log when it joined. Where the store does not have the membership yet, `.max` stands for the last
  /// position there is, and what it has is not changed.
  public var since = LogPosition.max

  public init(room: RoomID, account: AccountID, roles: UInt8, joinedAt: Timestamp) {
    self.room = room
    self.account = account
    self.roles = roles
    self.joinedAt = joinedAt
  }
}

/// How far a device of an account has been shown the log. The empty device name stands for clients that give none.
public struct DeviceRecord: Hashable, Sendable {
  public var account: AccountID
  public var device: String
  public var seen: LogPosition
  public var lastSeenAt: Timestamp

  public init(account: AccountID, device: String, seen: LogPosition, lastSeenAt: Timestamp) {
    self.account = account
    self.device = device
    self.seen = seen
    self.lastSeenAt = lastSeenAt
  }
}

/// Up to when an account has read a room or a private conversation.
public struct ReadMarkerRecord: Hashable, Sendable {
  public var account: AccountID
  /// The folded name of the room or person.
  public var target: String
  public var time: Timestamp

  public init(account: AccountID, target: String, time: Timestamp) {
    self.account = account
    self.target = target
    self.time = time
  }
}

/// Whose metadata it is.
public enum MetadataOwner: Hashable, Sendable {
  case account(AccountID)
  case room(RoomID)
}

/// One key of an account's or a room's metadata (IRCv3 draft/metadata-3).
public struct MetadataRecord: Hashable, Sendable {
  public var owner: MetadataOwner
  public var key: String
  public var value: String

  public init(owner: MetadataOwner, key: String, value: String) {
    self.owner = owner
    self.key = key
    self.value = value
  }
}
