import IRC
import ParleyStore

/// What is so here and could not be stored, and that nobody waits for to try again: done again every second until the store takes it.
struct Unsettled {
  struct Device: Hashable {
    let account: AccountID
    let name: String
  }

  struct Membership: Hashable {
    let room: RoomID
    let account: AccountID
  }

  /// How far a device has been shown the log.
  var devices: Set<Device> = []
  /// People who have left, or, if they are members, are in.
  var memberships: Set<Membership> = []
  /// Guests whose keys are to be forgotten.
  var guests: Set<Identity> = []
  /// A room may be empty that is not kept.
  var hasEmptyRooms = false
  var hasNoLobby = false
  /// Times of a clock that was ahead are still there.
  var hasFutureTimes = false
}

extension Core {
  func storeAgain() {
    if unsettled.hasNoLobby {
      unsettled.hasNoLobby = false
      openLobby()
    }
    if unsettled.hasFutureTimes {
      unsettled.hasFutureTimes = false
      limitTimes()
    }
    // Until then they are empty for a reason.
    if unsettled.hasEmptyRooms, awaitedUntil == nil {
      unsettled.hasEmptyRooms = false
      for room in rooms.values.sorted(by: { $0.id < $1.id }) { endIfEmpty(room) }
    }
    let (devices, memberships, guests) = (unsettled.devices, unsettled.memberships, unsettled.guests)
    (unsettled.devices, unsettled.memberships, unsettled.guests) = ([], [], [])
    var changes: [Change] = []
    for device in devices.sorted(by: { ($0.account, $0.name) < ($1.account, $1.name) }) {
      guard let account = accounts[device.account], let seen = account.devices[device.name] else { continue }
      changes.append(
        .putDevice(
          DeviceRecord(
            account: account.id, device: device.name, seen: seen, lastSeenAt: account.deviceTimes[device.name] ?? now)))
    }
    for membership in memberships.sorted(by: { ($0.account, $0.room) < ($1.account, $1.room) }) {
      let user = accounts[membership.account]?.user
      if let user, let room = user.rooms.first(where: { $0.id == membership.room }), let member = room.member(user) {
        changes.append(.putMembership(membershipRecord(of: member, in: room, membership.account)))
      } else {
        changes.append(.removeMembership(membership.room, membership.account))
      }
    }
    changes += guests.sorted().map { .forgetGuest($0) }
    guard !changes.isEmpty else { return }
    transact(
      Transaction(changes),
      undo: { core in
        core.unsettled.devices.formUnion(devices)
        core.unsettled.memberships.formUnion(memberships)
        core.unsettled.guests.formUnion(guests)
      })
  }

  func membershipRecord(of member: Room.Member, in room: Room, _ account: AccountID) -> MembershipRecord {
    var record = MembershipRecord(
      room: room.id, account: account, roles: member.roles.rawValue, joinedAt: member.joinedAt)
    record.since = member.since
    return record
  }
}
