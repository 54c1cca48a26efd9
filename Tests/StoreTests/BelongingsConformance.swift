import IRC
import ParleyStore
import Testing

/// What belongs to an account, for every `Store`.
@Suite("Belongings of accounts", .serialized)
struct BelongingsConformance {
  private let verification = VerificationRecord(
    account: AccountID(1), email: "alice@example.org", codeHash: [1, 2, 3], isRegistration: true,
    expiresAt: Timestamp(milliseconds: 77))
  private let silence = SilenceRecord(account: AccountID(1), mask: "*!*@bad.example")
  private let settings = AccountSettings(account: AccountID(1), modes: "R", persistence: .off)
  private let roles = RoomRolesRecord(room: RoomID(7), account: AccountID(1), roles: 4)

  private func fill(_ store: any Store) throws {
    var tea = room(7, "#tea")
    tea.founder = AccountID(1)
    _ = try store.outcome(
      .createAccount(account(1, "alice")), .createAccount(account(2, "bob")), .putRoom(tea), .putRoom(room(8, "#cake")),
      .putVerification(verification), .putSilence(silence), .putSettings(settings), .putRoomRoles(roles),
      .putMembership(
        MembershipRecord(room: RoomID(7), account: AccountID(1), roles: 4, joinedAt: verification.expiresAt)),
      .putDevice(DeviceRecord(account: AccountID(1), device: "desk", seen: 3, lastSeenAt: verification.expiresAt)),
      .putSilence(SilenceRecord(account: AccountID(2), mask: "carol!*@*")),
      .putRoomRoles(RoomRolesRecord(room: RoomID(8), account: AccountID(2), roles: 1)))
  }

  @Test("it is loaded again, the latest of each", arguments: StoreKind.all)
  func roundTrip(kind: StoreKind) throws {
    let place = try kind.makePlace()
    var store = try place.open()
    try fill(store)
    store.close()
    store = try place.open()
    var snapshot = try store.load()
    #expect(snapshot.verifications == [verification])
    #expect(snapshot.silences.contains(silence) && snapshot.silences.count == 2)
    #expect(snapshot.settings == [settings])
    #expect(snapshot.roomRoles.contains(roles) && snapshot.roomRoles.count == 2)
    var next = verification
    next.isRegistration = false
    let calm = AccountSettings(account: AccountID(1))
    _ = try store.outcome(
      .putVerification(next), .putSilence(silence), .putSettings(calm), .removeDevice(AccountID(1), device: "desk"),
      .putRoomRoles(RoomRolesRecord(room: RoomID(7), account: AccountID(1), roles: 1)))
    snapshot = try store.load()
    #expect(snapshot.verifications == [next])
    #expect(snapshot.silences.count == 2)
    #expect(snapshot.settings == [calm])
    #expect(snapshot.devices == [])
    #expect(snapshot.roomRoles.first { $0.room == RoomID(7) }?.roles == 1)
    _ = try store.outcome(
      .removeVerification(AccountID(1)), .removeSilence(AccountID(1), mask: silence.mask),
      .removeRoomRoles(RoomID(7), AccountID(1)))
    snapshot = try store.load()
    #expect(snapshot.verifications == [])
    #expect(snapshot.silences.count == 1 && snapshot.roomRoles.count == 1)
  }

  @Test("it goes with the account, and roles with the room", arguments: StoreKind.all)
  func deletion(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    try fill(store)
    for (mode, mask) in [("I", "a:Alice"), ("e", "m:a:ALICE"), ("e", "a:alicex"), ("I", "a:bob"), ("b", "a:alice")] {
      let entry = RoomListEntry(
        room: RoomID(7), mode: Character(mode), mask: mask, setBy: "x", setAt: verification.expiresAt)
      _ = try store.outcome(.putListEntry(entry))
    }
    _ = try store.outcome(.deleteAccount(AccountID(1)), .deleteRoom(RoomID(8)))
    let snapshot = try store.load()
    #expect(snapshot.verifications == [] && snapshot.settings == [] && snapshot.devices == [])
    #expect(snapshot.memberships == [] && snapshot.roomRoles == [])
    #expect(snapshot.silences.map(\.account) == [AccountID(2)])
    #expect(snapshot.rooms.map(\.founder) == [nil])
    // Who has the name next has not been let in, and who was kept out stays out.
    #expect(Set(snapshot.listEntries.map { "\($0.mode) \($0.mask)" }) == ["e a:alicex", "I a:bob", "b a:alice"])
    #expect(try store.check() == [])
  }
}
