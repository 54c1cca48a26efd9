import IRC
import ParleyStore

/// Roles in a registered room outlive membership: whoever comes back has them again. A founder's is the room's own.
extension Room {
  /// Changes what an account's role is while it is not there. To be taken back with the change it belongs to.
  /// - Returns: what to store; nil for a room that keeps no roles, and when nothing changes.
  func keepRoles(_ roles: Roles, of account: Account) -> Change? {
    let kept = roles.subtracting(.founder)
    guard isRegistered, (keptRoles[account.id] ?? []) != kept else { return nil }
    keptRoles[account.id] = kept.isEmpty ? nil : kept
    guard !kept.isEmpty else { return .removeRoomRoles(id, account.id) }
    return .putRoomRoles(RoomRolesRecord(room: id, account: account.id, roles: kept.rawValue))
  }

  /// With what an account comes in.
  func kept(for account: Account) -> Roles {
    guard isRegistered else { return [] }
    let own = keptRoles[account.id] ?? []
    return record.founder == account.id ? own.union(.founder) : own
  }

  /// It is registered now: those who are in it keep what they have.
  func keepAllRoles() -> [Change] {
    members.compactMap { member in member.user.account.flatMap { keepRoles(member.roles, of: $0) } }
  }

  /// It is nobody's any more.
  func dropAllRoles() -> [Change] {
    defer { keptRoles = [:] }
    return keptRoles.keys.sorted().map { .removeRoomRoles(id, $0) }
  }
}
