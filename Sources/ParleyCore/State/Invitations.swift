import IRC
import ParleyStore

/// Rooms that somebody has been invited to and has not entered. An account's are stored, a guest's end with the guest.
struct Invitations {
  /// Invitations of one person; beyond, the oldest is forgotten.
  static let limit = 100
  /// Of them from one inviter, so that nobody can push out the others'.
  static let limitPerInviter = 10
  /// Invitations from strangers, which are counted by themselves: guests and new accounts cost little to make, so however many there are
  /// they push out each other's alone.
  static let limitOfStrangers = 20
  /// Seconds for which an account is a stranger.
  private static let newcomerSeconds: Int64 = 86_400
  /// Seconds until an invitation is void.
  static let lifetime: Int64 = 30 * 86_400

  struct Entry {
    let room: RoomID
    let inviter: Identity
    /// `nick!user@host` of the inviter at that time.
    let source: String
    var time: Timestamp
    /// Lets its owner in past bans, key, limit and `+i`; otherwise it only points to the room.
    var admits: Bool
    /// The inviter was a guest then, or its account was new.
    var isFromStranger: Bool

    func isValid(at now: Timestamp) -> Bool { now.seconds - time.seconds < Invitations.lifetime }

    func record(for account: AccountID) -> InvitationRecord {
      InvitationRecord(account: account, room: room, inviter: inviter, source: source, time: time, admits: admits)
    }
  }

  /// Oldest first.
  private(set) var entries: [Entry] = []

  /// Whether somebody has been let into a room. Void entries go within a minute (`removeAll(where:)`).
  func admits(to room: RoomID) -> Bool { entries.contains { $0.room == room && $0.admits } }

  func contains(_ room: RoomID) -> Bool { entries.contains { $0.room == room } }

  /// Whether somebody who invited at that time was a stranger.
  /// - Parameter account: nil: a guest, or an account that is gone.
  static func isStranger(_ account: AccountRecord?, at time: Timestamp) -> Bool {
    account.map { time.seconds - $0.registeredAt.seconds < newcomerSeconds } ?? true
  }

  /// Replaces the one to the same room, but a stranger's does not replace another's: it would be forgotten with the stranger's. What the
  /// one that goes allowed stays allowed.
  /// - Returns: the entry as it is kept, and the rooms of those that had to go for it.
  @discardableResult
  mutating func add(_ entry: Entry) -> (kept: Entry, forgotten: [RoomID]) {
    if let index = entries.firstIndex(where: { $0.room == entry.room }), entry.isFromStranger,
      !entries[index].isFromStranger
    {
      if entry.admits { entries[index].admits = true }
      return (entries[index], [])
    }
    var entry = entry
    if let known = remove(entry.room) { entry.admits = entry.admits || known.admits }
    let forgotten =
      forget(beyond: Self.limitPerInviter) { $0.inviter == entry.inviter }
      + forget(beyond: entry.isFromStranger ? Self.limitOfStrangers : Self.limit) {
        $0.isFromStranger == entry.isFromStranger
      }
    entries.append(entry)
    return (entry, forgotten)
  }

  /// Forgets the oldest entries that count until one more is within the limit.
  private mutating func forget(beyond limit: Int, where counts: (Entry) -> Bool) -> [RoomID] {
    let rooms = entries.filter(counts).map(\.room)
    let forgotten = Array(rooms.prefix(max(0, rooms.count - limit + 1)))
    for room in forgotten { remove(room) }
    return forgotten
  }

  /// As they are stored, the oldest first. Those that are too many go when the next one comes, from the store as well.
  mutating func restore(_ entry: Entry) { entries.append(entry) }

  @discardableResult
  mutating func remove(_ room: RoomID) -> Entry? {
    guard let index = entries.firstIndex(where: { $0.room == room }) else { return nil }
    return entries.remove(at: index)
  }

  /// - Returns: the entries that were in the future.
  mutating func limit(to now: Timestamp) -> [Entry] {
    var limited: [Entry] = []
    for index in entries.indices where entries[index].time > now {
      entries[index].time = now
      limited.append(entries[index])
    }
    return limited
  }

  /// The entries that are in both have the times of the others.
  mutating func restoreTimes(of others: Invitations) {
    for other in others.entries {
      if let index = entries.firstIndex(where: { $0.room == other.room }) { entries[index].time = other.time }
    }
  }

  mutating func removeAll(where isOver: (Entry) -> Bool) { entries.removeAll(where: isOver) }
}

extension User {
  /// An account's are the same on all its devices, and stay; a guest's end with it.
  var invitations: Invitations {
    get { account?.invitations ?? guestInvitations }
    set { if let account { account.invitations = newValue } else { guestInvitations = newValue } }
  }
}

extension Core {
  /// INVITE lines that came while a device was not here.
  /// - Parameter time: when the device was last here; nil: it has never been.
  func showInvitations(to user: User, since time: Timestamp?, _ reply: Reply) {
    let missed = user.invitations.entries.filter { entry in
      entry.isValid(at: certainTime) && time.map { entry.time >= $0 } ?? true
    }
    for entry in missed {
      guard let room = rooms[order: entry.room.rawValue], !room.contains(user) else { continue }
      var line: [UInt8] = []
      Message(source: entry.source, command: "INVITE", parameters: [user.nick, room.name]).encode(into: &line)
      let inviter = entry.inviter.account.flatMap { accounts[$0]?.name } ?? ""
      reply.send(Delivery(line: line, time: entry.time, account: inviter))
    }
  }

  /// Removes invitations that are void, and forgets those to rooms that have ended: the store has removed these with the room.
  func expireInvitations() {
    var changes: [Change] = []
    func clean(_ invitations: inout Invitations, of account: Account?) {
      if invitations.entries.isEmpty { return }
      for entry in invitations.entries where !entry.isValid(at: certainTime) {
        if let account { changes.append(.removeInvitation(account.id, entry.room)) }
      }
      invitations.removeAll { !$0.isValid(at: certainTime) || rooms[order: $0.room.rawValue] == nil }
    }
    for account in accounts.all { clean(&account.invitations, of: account) }
    for guest in guests.values { clean(&guest.guestInvitations, of: nil) }
    // One that cannot be removed now is void after the next start as well.
    if !changes.isEmpty { transact(Transaction(changes)) }
  }

  /// A guest has signed in to an account: its invitations are the account's now.
  func adoptInvitations(of user: User, _ account: Account) -> [Change] {
    let own = user.guestInvitations.entries
    user.guestInvitations = Invitations()
    return own.flatMap { entry -> [Change] in
      let (kept, forgotten) = account.invitations.add(entry)
      return forgotten.map { .removeInvitation(account.id, $0) } + [.putInvitation(kept.record(for: account.id))]
    }
  }
}
