import IRC
import ParleyStore

/// A room (channel). It lives while it has members; accounts are members until they part, connected or not.
final class Room {
  struct Member {
    let user: User
    var roles: Roles
    let joinedAt: Timestamp
    /// The last position of the log when it joined; nothing is after it until the join is stored.
    var since = LogPosition.max
    /// Tells one membership from the next.
    let number: UInt64
  }

  /// Topic, modes, key and limit as they are stored.
  var record: RoomRecord
  private(set) var folded: FoldedName
  /// When it was given its name, if not at the beginning.
  var renamedAt: MonotonicTime?
  let conversation: Conversation
  private(set) var members: [Member] = []
  private var lastNumber: UInt64 = 0
  private var index: [ObjectIdentifier: Int] = [:]
  /// Bans `b`, ban exemptions `e`, invitation exemptions `I`, each in the order set.
  private var bans = MaskList()
  private var exemptions = MaskList()
  private var invitationMasks = MaskList()
  private(set) var modes: Set<Character> = []
  var metadata: [String: String] = [:]
  /// What members without a role have said of late, while modes `W` or `f` ask for it.
  var speech = SpeechBook()
  /// Of accounts, whether they are members or not, in a registered room.
  var keptRoles: [AccountID: Roles] = [:]
  /// After a start, until `Core.awaitedUntil`: of accounts that were in it and could not stay.
  var awaited: [AccountID: MembershipRecord] = [:]
  /// Its creation could not be stored.
  var isVoid = false

  init(_ record: RoomRecord) {
    self.record = record
    folded = FoldedName(record.name)
    conversation = .room(record.id)
    modes = Set(record.modes)
  }

  var id: RoomID { record.id }
  var name: String { record.name }
  var isSecret: Bool { modes.contains("s") }
  /// Kept without members: the lobby, and what an operator made so.
  var isPermanent: Bool { modes.contains("P") }
  /// Somebody's, who has registered it with ChanServ.
  var isRegistered: Bool { modes.contains("r") }
  /// Does not end with its last member.
  var isKept: Bool { isPermanent || isRegistered }

  func has(_ mode: Character) -> Bool { modes.contains(mode) }

  func set(_ mode: Character, _ isOn: Bool) {
    if isOn { modes.insert(mode) } else { modes.remove(mode) }
    record.modes = String(modes.sorted())
  }

  /// The record as it was.
  func restore(_ record: RoomRecord) {
    self.record = record
    modes = Set(record.modes)
  }

  /// Whoever keeps rooms by name has to be told.
  func rename(_ name: String) {
    record.name = name
    folded = FoldedName(name)
  }

  func contains(_ user: User) -> Bool { index[ObjectIdentifier(user)] != nil }

  func member(_ user: User) -> Member? {
    guard let position = index[ObjectIdentifier(user)] else { return nil }
    return members[position]
  }

  func roles(of user: User) -> Roles? { member(user)?.roles }

  func add(_ user: User, roles: Roles, at time: Timestamp, since: LogPosition = .max) {
    guard index[ObjectIdentifier(user)] == nil else { return }
    index[ObjectIdentifier(user)] = members.count
    lastNumber += 1
    members.append(Member(user: user, roles: roles, joinedAt: time, since: since, number: lastNumber))
    user.rooms.append(self)
  }

  /// It has joined: what comes now is after that.
  /// - Parameter number: of the membership that began then.
  func setSince(_ position: LogPosition, of user: User, number: UInt64) {
    guard let place = index[ObjectIdentifier(user)], members[place].number == number, members[place].since == .max
    else { return }
    members[place].since = position
  }

  func remove(_ user: User) {
    guard let position = index.removeValue(forKey: ObjectIdentifier(user)) else { return }
    let last = members.count - 1
    if position != last {
      members[position] = members[last]
      index[ObjectIdentifier(members[position].user)] = position
    }
    members.removeLast()
    if let place = user.rooms.firstIndex(where: { $0 === self }) { user.rooms.remove(at: place) }
  }

  /// What counts when one acts on another: 0 for nobody in particular, up to 5. The founder of a room is its founder whatever
  /// role it shows, and so is a server operator in a room of the server's own.
  func rank(of user: User) -> Int {
    if let account = user.account, record.founder == account.id, contains(user) { return Roles.founder.rank }
    if isPermanent, user.isOperator { return Roles.founder.rank }
    return roles(of: user)?.rank ?? 0
  }

  func setRoles(_ roles: Roles, of user: User) {
    guard let position = index[ObjectIdentifier(user)] else { return }
    members[position].roles = roles
  }

  subscript(list mode: Character) -> [RoomListEntry] {
    get {
      switch mode {
      case "b": bans.entries
      case "e": exemptions.entries
      default: invitationMasks.entries
      }
    }
    set {
      switch mode {
      case "b": bans.entries = newValue
      case "e": exemptions.entries = newValue
      default: invitationMasks.entries = newValue
      }
    }
  }

  /// May not come in.
  func isBanned(_ user: User) -> Bool { bans.matches(user) && !exemptions.matches(user) }

  /// May not speak.
  func isMuted(_ user: User) -> Bool {
    bans.matches(user, includingMutes: true) && !exemptions.matches(user, includingMutes: true)
  }

  func isInvited(_ user: User) -> Bool { user.invitations.admits(to: id) || invitationMasks.matches(user) }

  /// As RPL_CHANNELMODEIS shows it; the key only to members.
  func modeString(showingKey: Bool) -> [String] {
    var letters = "+" + String(modes.sorted())
    var parameters: [String] = []
    if !record.key.isEmpty {
      letters += "k"
      parameters.append(showingKey ? record.key : "*")
    }
    if record.limit > 0 {
      letters += "l"
      parameters.append(String(record.limit))
    }
    for parameter in RoomParameter.allCases {
      guard let text = parameter.text(of: record) else { continue }
      letters.append(parameter.mode)
      parameters.append(text)
    }
    return [letters] + parameters
  }
}

/// A list of masks, ready to be matched: every message of a member without a role asks.
private struct MaskList {
  var entries: [RoomListEntry] = [] { didSet { bans = entries.map { Ban($0.mask) } } }
  private var bans: [Ban] = []

  /// - Parameter includingMutes: also bans from speaking only.
  func matches(_ user: User, includingMutes: Bool = false) -> Bool {
    bans.contains { (includingMutes || !$0.isMute) && $0.matches(user) }
  }
}
