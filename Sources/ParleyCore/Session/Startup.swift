import IRC
import ParleyStore

/// The state as the store has it, when the server starts.
extension Core {
  func restore(_ snapshot: Snapshot) {
    var byID: [RoomID: Room] = [:]
    for record in snapshot.rooms {
      let room = Room(record)
      room.isDamaged = record.isDamaged || snapshot.damagedRooms.contains(record.id)
      rooms[room.folded] = room
      byID[record.id] = room
    }
    for record in snapshot.metadata {
      if case .room(let id) = record.owner { byID[id]?.metadata[record.key] = record.value }
    }
    for roles in snapshot.roomRoles { byID[roles.room]?.keptRoles[roles.account] = Roles(rawValue: roles.roles) }
    for entry in snapshot.listEntries { byID[entry.room]?[list: entry.mode].append(entry) }
    for membership in snapshot.memberships.sorted(by: { ($0.account, $0.room) < ($1.account, $1.room) }) {
      guard let room = byID[membership.room], let account = accounts[membership.account] else { continue }
      // Who does not stay without a device is waited for.
      guard persists(account) else {
        room.awaited[account.id] = membership
        continue
      }
      let user = account.user ?? makeUser(of: account)
      room.add(
        user, roles: Roles(rawValue: membership.roles), at: membership.joinedAt, since: membership.since,
        isShown: true)
    }
    // Deleted by another process, while nobody was here to see it.
    for room in byID.values.sorted(by: { $0.id < $1.id }) where room.isRegistered {
      if let founder = room.record.founder.flatMap({ accounts[$0] }) {
        founder.foundedRooms.insert(room.id)
        continue
      }
      room.record.founder = nil
      room.set("r", false)
      transact(Transaction([.putRoom(room.record)] + room.dropAllRoles() + reserve(room.name, for: nil)))
    }
    // Into a room by invitation only nobody comes who cannot show to have been there.
    for room in rooms.values.sorted(by: { $0.id < $1.id }) where room.has("i") {
      let mayBeEntered = room.record.founder != nil || !room.awaited.isEmpty || !room[list: "I"].isEmpty
      if !mayBeEntered { endIfEmpty(room) }
    }
    for (fingerprint, holders) in accounts.sharedFingerprints() {
      outputs.notes.append(
        Note(
          .warning, "certificate.shared",
          [("fingerprint", fingerprint), ("accounts", holders.map(\.name).joined(separator: " "))]))
    }
    limitTimes()
    awaitedUntil = instant.adding(milliseconds: Self.waitingTime * 1_000)
    awaitedRooms = Set(rooms.values.filter(\.isOnlyAwaited).map(\.id))
    openLobby()
    // Those who were connected when a run ended without a word.
    for record in snapshot.devices where record.seen == Account.online {
      transact(
        Transaction(
          .putDevice(
            DeviceRecord(
              account: record.account, device: record.device, seen: snapshot.releasedPosition,
              lastSeenAt: min(record.lastSeenAt, now)))))
    }
  }

  /// Seconds that rooms wait, after a start, for people who could not stay without a connection: guests, and accounts that do not stay
  /// without a device.
  static let waitingTime: Int64 = 1_800

  /// Rooms that nobody came back to end.
  func endWaiting() {
    guard let awaitedUntil, instant >= awaitedUntil else { return }
    self.awaitedUntil = nil
    awaitedRooms = []
    for room in rooms.values.sorted(by: { $0.id < $1.id }) {
      let gone = room.awaited.keys.sorted().filter { id in accounts[id]?.user.map { !room.contains($0) } ?? true }
      room.awaited = [:]
      for account in gone { unsettled.memberships.insert(.init(room: room.id, account: account)) }
      endIfEmpty(room)
    }
  }

  func openLobby() {
    let name = configuration.lobby
    guard !name.isEmpty, rooms[FoldedName(name)] == nil else { return }
    var record = RoomRecord(id: takeRoomID(), name: name, createdAt: now, modes: "Pnt")
    // Everybody may enter it, so it is where spam comes first.
    if configuration.lobbyFloodLines > 0 {
      (record.floodLines, record.floodSeconds) = (configuration.lobbyFloodLines, configuration.lobbyFloodSeconds)
    }
    let room = Room(record)
    rooms[room.folded] = room
    transact(
      Transaction(.putRoom(record)),
      undo: { core in
        core.void(room)
        core.unsettled.hasNoLobby = true
      },
      settle: { core, outcome in
        // A damaged room has the name. The next start tries it again.
        guard case .refused = outcome else { return }
        core.void(room)
        core.outputs.notes.append(
          Note(.error, "store.failed", [("error", "the lobby \(name) cannot be made: another room has its name")]))
      })
  }

  func takeRoomID() -> RoomID {
    defer { nextRoom += 1 }
    return RoomID(nextRoom)
  }

  /// The user of an account without a connected device, under the nick it last had or, if somebody took it, its own name.
  private func makeUser(of account: Account) -> User {
    var nick = account.record.nick.isEmpty ? account.name : account.record.nick
    let isAnothers = accounts[nick].map { $0 !== account } ?? false
    if users[FoldedName(nick)] != nil || isAnothers || Service.named(nick) != nil { nick = account.name }
    let user = User(
      number: takeUserNumber(), identity: account.identity, account: account, nick: nick,
      username: User.username(of: account),
      host: Cloak.host(account: account.name, secret: secret), realname: account.record.realname, now: now,
      instant: instant)
    users[user.folded] = user
    account.user = user
    adoptModes(user)
    return user
  }
}
