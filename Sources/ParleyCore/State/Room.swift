import IRC
import ParleyStore

/// A room (channel). It lives while it has members; accounts are members until they part, connected or not.
final class Room {
  struct Member {
    let user: User
    var roles: Roles
    fileprivate(set) var joinedAt: Timestamp
    /// The last position of the log when it joined; nothing is after it until the join is stored.
    var since = LogPosition.max
    /// Tells one membership from the next.
    let number: UInt64
    /// Its JOIN has been shown.
    var isShown: Bool
    /// As far as lines have told of them.
    var shownRoles: Roles
  }

  /// Topic, modes, key and limit as they are stored.
  var record: RoomRecord
  private(set) var folded: FoldedName
  /// When it was given its name, if not at the beginning.
  var renamedAt: MonotonicTime?
  let conversation: Conversation
  private(set) var members: [Member] = []
  /// Memberships that are over, while their end waits for its place in the order of effects.
  private var departing: [UInt64: Member] = [:]
  /// Of `members`: whose JOIN has not been shown.
  private var hiddenCount = 0
  private var earlierRecord = Earlier<RoomRecord>()
  /// That the store has not answered, the oldest first.
  var changes: [RoomChange] = []
  var earlierMetadata = Earlier<[String: String]>()
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
  /// The account that its founder wants to give it to, and that has not accepted it.
  var offeredTo: AccountID?
  /// Its creation could not be stored.
  var isVoid = false
  /// Something of it was lost by damage of the database, perhaps who is to come back.
  var isDamaged = false

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
  var isKept: Bool { isPermanent || isRegistered || isDamaged }

  /// After a start it waits for those who were in it, and nobody has come back.
  var isOnlyAwaited: Bool { members.isEmpty && !isKept }

  /// Only its members may learn that the room exists, those included whose departure has not been shown yet.
  func isHidden(from user: User) -> Bool { (isSecret || isOnlyAwaited) && !contains(user) && !isShown(user) }

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

  /// How many get what is said to everybody.
  var connectionCount: Int { members.reduce(0) { $0 + $1.user.sessions.count } }

  func contains(_ user: User) -> Bool { index[ObjectIdentifier(user)] != nil }

  func member(_ user: User) -> Member? {
    guard let position = index[ObjectIdentifier(user)] else { return nil }
    return members[position]
  }

  func roles(of user: User) -> Roles? { member(user)?.roles }

  /// - Parameter isShown: false: others see it when `show` is called.
  func add(_ user: User, roles: Roles, at time: Timestamp, since: LogPosition = .max, isShown: Bool = false) {
    guard index[ObjectIdentifier(user)] == nil else { return }
    lastNumber += 1
    append(
      Member(
        user: user, roles: roles, joinedAt: time, since: since, number: lastNumber, isShown: isShown, shownRoles: roles)
    )
  }

  private func append(_ member: Member) {
    index[ObjectIdentifier(member.user)] = members.count
    members.append(member)
    if !member.isShown { hiddenCount += 1 }
    member.user.rooms.append(self)
  }

  /// It has joined: what comes now is after that.
  /// - Parameter number: of the membership that began then.
  func setSince(_ position: LogPosition, of user: User, number: UInt64) {
    guard let place = index[ObjectIdentifier(user)], members[place].number == number, members[place].since == .max
    else { return }
    members[place].since = position
  }

  /// - Returns: the members who had joined in the future, and when that was.
  func limitJoining(to now: Timestamp) -> [(Member, before: Timestamp)] {
    members.indices.filter { members[$0].joinedAt > now }.map { place in
      let before = members[place].joinedAt
      members[place].joinedAt = now
      return (members[place], before)
    }
  }

  /// - Parameter number: of the membership that has begun then.
  func setJoining(_ time: Timestamp, of user: User, number: UInt64) {
    guard let place = index[ObjectIdentifier(user)], members[place].number == number else { return }
    members[place].joinedAt = time
  }

  /// A member leaves. Others see it go when `finishDeparture` is called.
  func remove(_ user: User) {
    guard let member = member(user) else { return }
    departing[member.number] = member
    withdraw(user)
  }

  /// Takes somebody out who never was in: nobody has seen the JOIN.
  func withdraw(_ user: User) {
    guard let position = index.removeValue(forKey: ObjectIdentifier(user)) else { return }
    if !members[position].isShown { hiddenCount -= 1 }
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

  /// A departure that could not be stored: the member is in as before.
  func takeBack(_ member: Member) {
    let known = departing.removeValue(forKey: member.number)
    guard index[ObjectIdentifier(member.user)] == nil else { return }
    append(known ?? member)
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

/// The room as the lines that have left describe it.
extension Room {
  /// Topic, modes and name as they have been shown.
  var shownRecord: RoomRecord { earlierRecord.value ?? record }
  var shownName: String { shownRecord.name }

  /// The record has changed. `endChange` follows at the change's place in the order.
  func beginChange(from before: RoomRecord) { earlierRecord.begin(before) }

  /// - Parameter after: nil: the change has failed.
  func endChange(_ after: RoomRecord?) { earlierRecord.end(after.map { record in { $0 = record } }) }

  /// The JOIN that began a membership has its place here.
  func show(_ number: UInt64, of user: User) {
    if let position = index[ObjectIdentifier(user)], members[position].number == number {
      if !members[position].isShown { hiddenCount -= 1 }
      members[position].isShown = true
    } else {
      departing[number]?.isShown = true
    }
  }

  /// A change of roles has its place here.
  func showRoles(_ roles: Roles, _ number: UInt64, of user: User) {
    if let position = index[ObjectIdentifier(user)], members[position].number == number {
      members[position].shownRoles = roles
    } else {
      departing[number]?.shownRoles = roles
    }
  }

  /// The end of a membership has its place here.
  /// - Returns: false if nobody has seen the JOIN, because it could not be stored.
  @discardableResult
  func finishDeparture(_ number: UInt64) -> Bool { departing.removeValue(forKey: number)?.isShown ?? true }

  /// Members whose departure has not been shown, in the order of joining.
  var departingMembers: [Member] {
    departing.isEmpty ? [] : departing.values.filter(\.isShown).sorted { $0.number < $1.number }
  }

  /// How many are in it for those who have read the lines so far.
  var shownCount: Int { members.count - hiddenCount + departingMembers.count }

  /// Everybody who is in it for those who have read the lines so far.
  var shownMembers: [Member] { members.filter(\.isShown) + departingMembers }

  func isShown(_ user: User) -> Bool {
    member(user)?.isShown == true || departing.values.contains { $0.user === user && $0.isShown }
  }

  func shownRoles(of user: User) -> Roles? {
    if let member = member(user), member.isShown { return member.shownRoles }
    return departing.values.first { $0.user === user && $0.isShown }?.shownRoles
  }
}

/// A list of masks, ready to be matched: every message of a member without a role asks.
private struct MaskList {
  var entries: [RoomListEntry] = [] {
    didSet {
      bans = entries.map { Ban($0.mask) }
      found = bans.isEmpty ? nil : MatchCache()
      foundWithMutes = bans.isEmpty ? nil : MatchCache()
    }
  }
  private var bans: [Ban] = []
  private var found: MatchCache?
  private var foundWithMutes: MatchCache?

  /// - Parameter includingMutes: also bans from speaking only.
  func matches(_ user: User, includingMutes: Bool = false) -> Bool {
    guard let cache = includingMutes ? foundWithMutes : found else { return false }
    return cache.matches(user) { user in bans.contains { (includingMutes || !$0.isMute) && $0.matches(user) } }
  }
}
