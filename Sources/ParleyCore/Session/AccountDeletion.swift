import IRC
import ParleyStore

/// The end of an account, by its owner, an operator or another process.
extension Core {
  /// Deletes an account in the store. Until that is durable it goes on as before: `forget` must follow.
  func deleteAccount(_ account: Account, for session: Session, _ then: @escaping (Core, Bool) -> Void) {
    transact(
      Transaction(.deleteAccount(account.id)), for: session,
      fail: { core, _ in then(core, false) },
      settle: { core, _ in then(core, true) })
  }

  /// An account that the store no longer has: nothing of it is left for whoever registers its name next. Its devices are told why their
  /// connections end.
  func forget(_ account: Account) {
    accounts.retire(account)
    endOperatorGrants(by: account)
    if let user = account.user {
      for session in user.sessions { close(session, "Account deleted") }
      if account.user === user { quit(user, "Account deleted") }
    }
    reservations.forget(account.id)
    for room in rooms.values.sorted(by: { $0.id < $1.id }) { disown(room, account) }
  }

  private func disown(_ room: Room, _ account: Account) {
    var changes: [Change] = []
    // Who has the name next has not been let in.
    for mode: Character in ["e", "I"] {
      let masks = ["a:" + account.name, "m:a:" + account.name].map { FoldedName($0) }
      let own = room[list: mode].filter { masks.contains(FoldedName($0.mask)) }
      for entry in own { changes.append(.removeListEntry(room.id, mode: mode, mask: entry.mask)) }
      if !own.isEmpty { room[list: mode].removeAll { own.contains($0) } }
    }
    room.keptRoles[account.id] = nil
    let wasFounder = room.record.founder == account.id
    if wasFounder {
      // Whoever finds the room gone must not found another one in its place.
      if room.isRegistered { changes += reserve(room.name, for: nil) }
      room.record.founder = nil
      room.set("r", false)
      changes.append(.putRoom(room.record))
      changes += room.dropAllRoles()
    }
    if !changes.isEmpty { transact(Transaction(changes)) }
    if wasFounder { endIfEmpty(room) }
  }
}
