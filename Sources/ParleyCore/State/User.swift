import IRC
import ParleyStore

/// Somebody with a nick: a guest with its one session, or an account with any number of devices, also none.
final class User {
  /// Tells the order in which users have come.
  let number: UInt64
  private(set) var identity: Identity
  private(set) var account: Account?
  private(set) var nick: String
  private(set) var folded: FoldedName
  private(set) var username: String
  /// A cloak: nothing in it tells the address.
  private(set) var host: String
  var realname: String
  /// `nick!user@host`, kept because every message needs it.
  private(set) var source: String
  var sessions: [Session] = []
  /// While changes of its face wait for their place in the order.
  var earlierFace = Earlier<Face>()
  /// Sessions that are over, while their end waits in the order of effects: what is ahead of it still reaches them. A session that
  /// saw its own message acknowledged and not the one before it would have a hole in its history.
  var leavingSessions: [Session] = []
  /// In the order of joining.
  var rooms: [Room] = []
  /// As set by AWAY.
  var awayMessage: String?
  var guestMarkers = ReadMarkers()
  var guestMetadata: [String: String] = [:]
  var earlierMetadata = Earlier<[String: String]>()
  var metadataPace = Pace()
  var guestSilences = Silences()
  var accepted = Accepted()
  /// User mode `R`: private messages from signed-in people only.
  var isRegisteredOnly = false
  fileprivate(set) var isInvisible = false
  /// User mode `w`.
  var wantsWallops = false
  /// User mode `B` (IRCv3 "bot-mode").
  var isBot = false
  fileprivate(set) var operatorGrants: [OperatorGrant] = []
  var isOperator: Bool { !operatorGrants.isEmpty }
  var signedOnAt: Timestamp
  var lastSpokeAt: MonotonicTime
  /// A guest that has sent messages with keys: the store forgets them when it leaves.
  var hasUsedKeys = false
  var guestInvitations = Invitations()

  init(
    number: UInt64, identity: Identity, account: Account?, nick: String, username: String, host: String,
    realname: String, now: Timestamp, instant: MonotonicTime
  ) {
    self.number = number
    self.identity = identity
    self.account = account
    self.nick = nick
    folded = FoldedName(nick)
    self.username = username
    self.host = host
    self.realname = realname
    source = "\(nick)!\(username)@\(host)"
    signedOnAt = now
    lastSpokeAt = instant
  }

  func rename(_ nick: String) {
    self.nick = nick
    folded = FoldedName(nick)
    source = "\(nick)!\(username)@\(host)"
  }

  /// A guest signs in: from now on it looks the same from everywhere.
  func adopt(_ account: Account, identity: Identity, host: String) {
    self.account = account
    self.identity = identity
    self.host = host
    username = Self.username(of: account)
    rename(nick)
  }

  static let disconnectedNotice = "Not connected; messages are kept"

  /// What others see: the message set, or that no device is connected, or nobody at any.
  var away: String? { awayMessage ?? (sessions.allSatisfy(\.isUnattended) ? Self.disconnectedNotice : nil) }

  /// User mode letters, without `+`.
  var modes: String {
    (isBot ? "B" : "") + (isRegisteredOnly ? "R" : "") + (isInvisible ? "i" : "") + (isOperator ? "o" : "")
      + (account == nil ? "" : "r")
      + (wantsWallops ? "w" : "")
  }

  var accountName: String { account?.name ?? "" }

  /// How the log names whoever acts: the account, or a guest's nick.
  var operatorName: String { account?.name ?? nick }

  /// What the server adds to the tags of everything the user does; empty: nothing (bot-mode, "The bot tag").
  var serverTags: String { isBot ? Delivery.botTag : "" }

  var connections: [ConnectionID] { sessions.map(\.id) }

  func connections(except excluded: Session?) -> [ConnectionID] {
    var ids: [ConnectionID] = []
    ids.reserveCapacity(sessions.count)
    for session in sessions where session !== excluded { ids.append(session.id) }
    return ids
  }

  /// Those that have arrived in the order of effects: to be asked when something is released, not when it is decided.
  func reachableConnections(except excluded: Session? = nil) -> [ConnectionID] {
    var ids: [ConnectionID] = []
    for session in sessions + leavingSessions where session.isReachable && session !== excluded {
      ids.append(session.id)
    }
    return ids
  }
}

/// A persistent account, with the record the store has of it.
final class Account {
  let id: AccountID
  var record: AccountRecord
  /// The one user of this account: there from the first sign-in on, and at start for those who are in rooms.
  var user: User?
  /// False until the transaction that creates it is durable.
  var isStored = true
  /// How far each named device has been shown the log; `Account.online` while one is connected.
  var devices: [String: LogPosition] = [:]
  /// When each of them was last here.
  var deviceTimes: [String: Timestamp] = [:]
  var readMarkers = ReadMarkers()
  var metadata: [String: String] = [:]
  var silences = Silences()
  var invitations = Invitations()
  /// Rooms that it has registered or been given. Some may be another's by now, or gone.
  var foundedRooms: Set<RoomID> = []
  var settings: AccountSettings

  /// Stored for a device that is connected: after a crash it means "what had been released".
  static let online: LogPosition = -1
  /// Device names of one account; further ones share the empty name.
  static let maximumDevices = 100

  init(_ record: AccountRecord) {
    id = record.id
    self.record = record
    settings = AccountSettings(account: record.id)
  }

  var name: String { record.name }
  var identity: Identity { Identity(id) }
}

extension User {
  /// The user name of an account: the same from every device.
  static func username(of account: Account) -> String {
    let letters = FoldedName(account.name).description.utf8.filter {
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
    }
    return letters.isEmpty ? "u" : String(decoding: letters.prefix(16), as: UTF8.self)
  }
}

extension Core {
  func setInvisible(_ user: User, _ isOn: Bool) {
    guard user.isInvisible != isOn else { return }
    user.isInvisible = isOn
    invisibleCount += isOn ? 1 : -1
  }

  func setOperatorGrants(_ user: User, _ grants: [OperatorGrant]) {
    let before = user.isOperator
    user.operatorGrants = grants
    if user.isOperator != before { operatorCount += user.isOperator ? 1 : -1 }
  }
}
