import IRC
import ParleyStore

/// Times that a clock that was ahead has left in the directory.
///
/// What happens is dated by the clock as it is, also while that is doubted, because after a long time without the server the clock is
/// right and the certain time is not. So times in the future are possible. They end at the start and when the clock is set back: what
/// claims to have happened in the future has happened now, and what is kept for a time is kept for that time from now on.
extension Core {
  /// Called at the start and after the clock has been set back. What the store may refuse, because it is damaged there, is stored by
  /// itself: the others are stored all the same.
  func limitTimes() {
    limitReadMarkers()
    var limit = TimeLimit(now: now)
    for room in rooms.values.sorted(by: { $0.id < $1.id }) where !room.isVoid { limit.apply(to: room, self) }
    for account in accounts.all {
      guard account.isStored else {
        // It is being stored with the time that it was given.
        if account.record.registeredAt > now { unsettled.hasFutureTimes = true }
        continue
      }
      limit.apply(to: account)
      limitRegistration(of: account)
    }
    limitReservations()
    limitVerifications()
    limitWhatIsNotStored()
    guard !limit.changes.isEmpty else { return }
    store(limit.changes, undo: limit.undos)
  }

  /// A refusal is not undone or tried again: nothing is stored, and what is told here is right.
  fileprivate func store(_ changes: [Change], undo undos: [(Core) -> Void]) {
    transact(
      Transaction(changes),
      undo: { core in
        for undo in undos.reversed() { undo(core) }
        core.unsettled.hasFutureTimes = true
      })
  }

  private func limitRegistration(of account: Account) {
    guard account.record.registeredAt > now else { return }
    let time = now
    updateAccount(account, for: nil, { $0.registeredAt = time }) { [unowned self] result in
      switch result {
      case .done, .damaged: break
      // If another process has changed it in this moment, its record comes first.
      default: unsettled.hasFutureTimes = true
      }
    }
  }

  private func limitReservations() {
    let last = now.adding(milliseconds: NameReservations.lifetime * 1_000)
    for before in reservations.limit(to: last) {
      store(
        [.putReservation(NameReservation(name: before.name, account: before.account, until: last))],
        undo: [{ core in core.reservations.setEnd(before.until, of: before.name) }])
    }
  }

  private func limitVerifications() {
    let last = now.adding(milliseconds: Verification.lifetime * 1_000)
    for (account, before) in accounts.verifications
    where account.isStored && !before.isDamaged && before.expiresAt > last {
      var record = before
      record.expiresAt = last
      accounts.setVerification(record, of: account)
      let undo = { (core: Core) in
        if core.accounts.verification(of: account) == record { core.accounts.setVerification(before, of: account) }
      }
      store([.putVerification(record)], undo: [undo])
    }
  }

  private func limitWhatIsNotStored() {
    startedAt = min(startedAt, now)
    departed.limit(to: now)
    for user in users.values { user.signedOnAt = min(user.signedOnAt, now) }
    for guest in guests.values { _ = guest.guestInvitations.limit(to: now) }
    for session in sessions.values { session.connectedAt = min(session.connectedAt, now) }
  }
}

/// Changes that bring times of the future back, made here and yet to be stored.
private struct TimeLimit {
  let now: Timestamp
  var changes: [Change] = []
  /// Each takes one of them back here.
  var undos: [(Core) -> Void] = []

  mutating func apply(to room: Room, _ core: Core) {
    let (created, topic) = (room.record.createdAt, room.record.topicSetAt)
    if created > now || topic.map({ $0 > now }) ?? false {
      room.record.createdAt = min(created, now)
      room.record.topicSetAt = topic.map { min($0, now) }
      let limited = room.record.topicSetAt
      let undo = { (_: Core) in
        room.record.createdAt = created
        if room.record.topicSetAt == limited { room.record.topicSetAt = topic }
      }
      core.store([.putRoom(room.record)], undo: [undo])
    }
    for mode in "beI" { applyToList(mode, of: room) }
    for (member, before) in room.limitJoining(to: now) {
      undos.append { _ in room.setJoining(before, of: member.user, number: member.number) }
      guard let account = member.user.account else { continue }
      changes.append(.putMembership(core.membershipRecord(of: member, in: room, account.id)))
    }
    for before in room.awaited.values where before.joinedAt > now {
      var record = before
      record.joinedAt = now
      room.awaited[record.account] = record
      changes.append(.putMembership(record))
      undos.append { _ in room.awaited[before.account]?.joinedAt = before.joinedAt }
    }
  }

  private mutating func applyToList(_ mode: Character, of room: Room) {
    let before = room[list: mode]
    guard before.contains(where: { $0.setAt > now }) else { return }
    var list = before
    for index in list.indices where list[index].setAt > now {
      list[index].setAt = now
      changes.append(.putListEntry(list[index]))
    }
    room[list: mode] = list
    undos.append { _ in
      for old in before {
        if let index = room[list: mode].firstIndex(where: { $0.mask == old.mask }) {
          room[list: mode][index].setAt = old.setAt
        }
      }
    }
  }

  mutating func apply(to account: Account) {
    let before = account.invitations
    let limited = account.invitations.limit(to: now)
    if !limited.isEmpty {
      changes += limited.map { .putInvitation($0.record(for: account.id)) }
      undos.append { _ in account.invitations.restoreTimes(of: before) }
    }
    for (device, time) in account.deviceTimes.sorted(by: { $0.key < $1.key }) where time > now {
      account.deviceTimes[device] = now
      undos.append { _ in account.deviceTimes[device] = time }
      // Of one that is connected, the store is told more when it leaves.
      guard let seen = account.devices[device], seen != Account.online else { continue }
      changes.append(.putDevice(DeviceRecord(account: account.id, device: device, seen: seen, lastSeenAt: now)))
    }
  }
}
