import IRC
import ParleyStore

/// Rooms that somebody has been invited to and has not entered. An account's are stored, a guest's end with the guest.
struct Invitations {
  /// Invitations of one person; beyond, the oldest is forgotten.
  static let limit = 100
  /// Of them from one inviter, so that nobody can push out the others'.
  static let limitPerInviter = 10
  /// Seconds until an invitation is void.
  static let lifetime: Int64 = 30 * 86_400

  struct Entry {
    let room: RoomID
    let inviter: Identity
    /// `nick!user@host` of the inviter at that time.
    let source: String
    let time: Timestamp
    /// Lets its owner in past bans, key, limit and `+i`; otherwise it only points to the room.
    var admits: Bool

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

  /// Replaces the one to the same room; what that one allowed stays allowed.
  /// - Returns: the entry as it is kept, and the rooms of those that had to go for it.
  @discardableResult
  mutating func add(_ entry: Entry) -> (kept: Entry, forgotten: [RoomID]) {
    var entry = entry
    if let known = remove(entry.room) { entry.admits = entry.admits || known.admits }
    var forgotten: [RoomID] = []
    let own = entries.filter { $0.inviter == entry.inviter }
    if own.count >= Self.limitPerInviter, let oldest = own.first {
      remove(oldest.room)
      forgotten.append(oldest.room)
    } else if entries.count >= Self.limit {
      forgotten.append(entries.removeFirst().room)
    }
    entries.append(entry)
    return (entry, forgotten)
  }

  @discardableResult
  mutating func remove(_ room: RoomID) -> Entry? {
    guard let index = entries.firstIndex(where: { $0.room == room }) else { return nil }
    return entries.remove(at: index)
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
    if missed.isEmpty { return }
    let ids = Set(missed.map(\.room))
    var living: [RoomID: Room] = [:]
    for room in rooms.values where ids.contains(room.id) { living[room.id] = room }
    for entry in missed {
      guard let room = living[entry.room], !room.contains(user) else { continue }
      var line: [UInt8] = []
      Message(source: entry.source, command: "INVITE", parameters: [user.nick, room.name]).encode(into: &line)
      let inviter = entry.inviter.account.flatMap { accounts[$0]?.name } ?? ""
      reply.send(Delivery(line: line, time: entry.time, account: inviter))
    }
  }

  /// Removes invitations that are void, and forgets those to rooms that have ended: the store has removed these with the room.
  func expireInvitations() {
    var living: Set<RoomID>?
    var changes: [Change] = []
    func clean(_ invitations: inout Invitations, of account: Account?) {
      if invitations.entries.isEmpty { return }
      let ids = living ?? Set(rooms.values.map(\.id))
      living = ids
      for entry in invitations.entries where !entry.isValid(at: certainTime) {
        if let account { changes.append(.removeInvitation(account.id, entry.room)) }
      }
      invitations.removeAll { !$0.isValid(at: certainTime) || !ids.contains($0.room) }
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
