import IRC
import ParleyStore
import Testing

/// Accounts, rooms and what belongs to them, for every `Store`.
@Suite("Directory", .serialized)
struct DirectoryConformance {
  @Test("everything put is loaded again", arguments: StoreKind.all)
  func roundTrip(kind: StoreKind) throws {
    let place = try kind.makePlace()
    var store = try place.open()
    let verifier = PasswordVerifier(
      salt: [1, 2, 3], iterations: 4_096, storedKey: Array(repeating: 4, count: 32),
      serverKey: Array(repeating: 5, count: 32))
    var alice = account(3, "Alice")
    alice.verifier = verifier
    alice.fingerprints = ["aa", "bb"]
    alice.email = "alice@example.org"
    alice.realname = "Alice Ärmel"
    alice.isOperator = true
    let bob = account(4, "bob")
    var lobby = room(7, "#Lobby")
    lobby.founder = AccountID(3)
    lobby.topic = "Welcome"
    lobby.topicSetBy = "alice"
    lobby.topicSetAt = Timestamp(milliseconds: 99)
    lobby.modes = "nt"
    lobby.key = "sesame"
    lobby.limit = 12
    lobby.slowSeconds = 30
    (lobby.floodLines, lobby.floodSeconds) = (5, 10)
    lobby.retention = RetentionPolicy(messages: 100, seconds: 3_600)
    let ban = RoomListEntry(
      room: lobby.id, mode: "b", mask: "*!*@bad", setBy: "alice", setAt: Timestamp(milliseconds: 3))
    let membership = MembershipRecord(
      room: lobby.id, account: alice.id, roles: 9, joinedAt: Timestamp(milliseconds: 4))
    let device = DeviceRecord(account: alice.id, device: "", seen: 0, lastSeenAt: Timestamp(milliseconds: 8))
    let marker = ReadMarkerRecord(account: alice.id, target: "#lobby", time: Timestamp(milliseconds: 12))
    let metadata = [
      MetadataRecord(owner: .account(alice.id), key: "avatar", value: "https://example.org/a"),
      MetadataRecord(owner: .room(lobby.id), key: "url", value: "two words"),
    ]
    #expect(
      try store.outcome(
        .createAccount(account(5, "gone")),
        .putMetadata(MetadataRecord(owner: .account(AccountID(5)), key: "a", value: "b")),
        .deleteAccount(AccountID(5)), .putRoom(room(5, "#gone")),
        .putMetadata(MetadataRecord(owner: .room(RoomID(5)), key: "a", value: "b")), .deleteRoom(RoomID(5)))
        == .committed([]))
    let outcome = try store.outcome(
      .createAccount(alice), .createAccount(bob), .putRoom(lobby), .putRoom(room(8, "#other")), .putListEntry(ban),
      .putMembership(membership), .putDevice(device), .putReadMarker(marker),
      .putReadMarker(ReadMarkerRecord(account: alice.id, target: "#old", time: Timestamp(milliseconds: 2))),
      .removeReadMarker(alice.id, target: "#old"), .putMetadata(metadata[0]),
      .putMetadata(MetadataRecord(owner: .room(lobby.id), key: "url", value: "old")), .putMetadata(metadata[1]),
      .putMetadata(MetadataRecord(owner: .account(alice.id), key: "b", value: "c")),
      .removeMetadata(.account(alice.id), key: "b"))
    #expect(outcome == .committed([]))
    store.close()
    store = try place.open()
    let snapshot = try store.load()
    #expect(Set(snapshot.accounts) == [alice, bob])
    #expect(Set(snapshot.rooms) == [lobby, room(8, "#other")])
    #expect(snapshot.listEntries == [ban])
    var stored = membership
    stored.since = 0
    #expect(snapshot.memberships == [stored])
    #expect(snapshot.devices == [device])
    #expect(snapshot.readMarkers == [marker])
    #expect(Set(snapshot.metadata) == Set(metadata))
    #expect(snapshot.nextAccount == 6 && snapshot.nextRoom == 9)
    #expect(snapshot.secret.count == 32)
    #expect(Set(try store.reader().accounts()) == [alice, bob])
    #expect(try store.check() == [])
  }

  @Test("an account's name is unique under ASCII case folding", arguments: StoreKind.all)
  func accountNames(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    _ = try store.outcome(.createAccount(account(1, "Alice")))
    #expect(try store.outcome(.createAccount(account(2, "aLICE"))) == .refused(.nameTaken))
    #expect(try store.outcome(.createAccount(account(1, "carol"))) == .refused(.changedMeanwhile))
    #expect(try store.outcome(.createAccount(account(2, "ärger"))) == .committed([]))
    #expect(try store.outcome(.createAccount(account(3, "Ärger"))) == .committed([]))
  }

  @Test("an account is changed only from its latest revision", arguments: StoreKind.all)
  func compareAndSet(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    var alice = account(1, "alice")
    _ = try store.outcome(.createAccount(alice), .createAccount(account(2, "bob")))
    alice.nick = "alice_"
    #expect(try store.outcome(.updateAccount(alice)) == .committed([]))
    #expect(try store.outcome(.updateAccount(alice)) == .refused(.changedMeanwhile))
    alice.revision = 1
    alice.name = "BOB"
    #expect(try store.outcome(.updateAccount(alice)) == .refused(.nameTaken))
    alice.name = "ALICE"
    #expect(try store.outcome(.updateAccount(alice)) == .committed([]))
    let stored = try #require(try store.load().accounts.first { $0.id == alice.id })
    #expect(stored.revision == 2 && stored.name == "ALICE" && stored.nick == "alice_")
    #expect(try store.outcome(.updateAccount(account(9, "nobody"))) == .refused(.changedMeanwhile))
  }

  @Test(
    "a deleted account takes its places and keys with it, not its messages, and its id stays used",
    arguments: StoreKind.all)
  func deleteAccount(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    let id = AccountID(11)
    _ = try store.outcome(
      .createAccount(account(11, "alice")), .putRoom(room(1, "#lobby")),
      .putMembership(MembershipRecord(room: RoomID(1), account: id, roles: 0, joinedAt: Timestamp(milliseconds: 1))),
      .putDevice(DeviceRecord(account: id, device: "phone", seen: 0, lastSeenAt: Timestamp(milliseconds: 1))))
    try store.append(message("still here", key: key(1)))
    _ = try store.outcome(.deleteAccount(id))
    let snapshot = try store.load()
    #expect(snapshot.accounts.isEmpty && snapshot.memberships.isEmpty && snapshot.devices.isEmpty)
    #expect(snapshot.nextAccount == 12)
    #expect(try store.outcome(.createAccount(account(11, "mallory"))) == .refused(.changedMeanwhile))
    #expect(try store.outcome(.createAccount(account(12, "alice"))) == .committed([]))
    #expect(try store.reader().texts(.latest(after: nil)) == ["still here"])
    #expect(try store.check() == [])
  }

  @Test("rooms: put again, renamed, refused, deleted with lists and members", arguments: StoreKind.all)
  func rooms(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    let entry = RoomListEntry(
      room: RoomID(1), mode: "I", mask: "x!*@*", setBy: "a", setAt: Timestamp(milliseconds: 1))
    var again = entry
    again.setBy = "b"
    _ = try store.outcome(
      .createAccount(account(1, "a")), .putRoom(room(1, "#one")), .putListEntry(entry), .putListEntry(again),
      .putMembership(
        MembershipRecord(room: RoomID(1), account: AccountID(1), roles: 1, joinedAt: Timestamp(milliseconds: 1))))
    #expect(try store.load().listEntries == [again])
    #expect(try store.outcome(.putRoom(room(2, "#ONE"))) == .refused(.nameTaken))
    #expect(try store.outcome(.putRoom(room(1, "#ONE"))) == .committed([]))
    #expect(try store.load().memberships.count == 1)
    _ = try store.outcome(.removeListEntry(RoomID(1), mode: "b", mask: "x!*@*"))
    #expect(try store.load().listEntries.count == 1)
    _ = try store.outcome(.removeListEntry(RoomID(1), mode: "I", mask: "x!*@*"))
    #expect(try store.load().listEntries.isEmpty)
    _ = try store.outcome(.removeMembership(RoomID(1), AccountID(1)))
    #expect(try store.load().memberships.isEmpty)
    _ = try store.outcome(.putListEntry(entry))
    _ = try store.outcome(.deleteRoom(RoomID(1)))
    #expect(try store.outcome(.putRoom(room(2, "#one"))) == .committed([]))
    let snapshot = try store.load()
    #expect(snapshot.rooms.map(\.id) == [RoomID(2)] && snapshot.listEntries.isEmpty && snapshot.nextRoom == 3)
  }

  @Test("a renamed room's members keep what they have read, and nobody else", arguments: StoreKind.all)
  func movedMarkers(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    func marker(_ account: Int64, _ target: String, _ time: Int64) -> ReadMarkerRecord {
      ReadMarkerRecord(account: AccountID(account), target: target, time: Timestamp(milliseconds: time))
    }
    _ = try store.outcome(
      .createAccount(account(1, "a")), .createAccount(account(2, "b")), .createAccount(account(3, "c")),
      .putRoom(room(1, "#old")))
    for id in [Int64(1), 2] {
      _ = try store.outcome(
        .putMembership(
          MembershipRecord(room: RoomID(1), account: AccountID(id), roles: 0, joinedAt: Timestamp(milliseconds: 1))))
    }
    _ = try store.outcome(
      .putReadMarker(marker(1, "#old", 5)), .putReadMarker(marker(1, "#new", 9)), .putReadMarker(marker(2, "#new", 7)),
      .putReadMarker(marker(3, "#old", 8)))
    _ = try store.outcome(.putRoom(room(1, "#new")), .moveReadMarkers(RoomID(1), from: "#old", to: "#new"))
    #expect(Set(try store.load().readMarkers) == [marker(1, "#new", 5), marker(2, "#new", 7), marker(3, "#old", 8)])
  }

  @Test("a device's place is put again; the released position only grows", arguments: StoreKind.all)
  func cursors(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    try store.append(message("a"))
    try store.append(message("b"))
    _ = try store.outcome(.createAccount(account(1, "a")))
    for seen in [LogPosition(1), 2] {
      _ = try store.outcome(
        .putDevice(
          DeviceRecord(account: AccountID(1), device: "d", seen: seen, lastSeenAt: Timestamp(milliseconds: seen))),
        .released(seen))
    }
    _ = try store.outcome(.released(1))
    let snapshot = try store.load()
    #expect(snapshot.devices.map(\.seen) == [2] && snapshot.releasedPosition == 2 && snapshot.lastPosition == 2)
  }

  @Test("a certificate belongs to one account", arguments: StoreKind.all)
  func certificates(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    var alice = account(1, "alice")
    alice.fingerprints = ["aa", "bb"]
    var bob = account(2, "bob")
    bob.fingerprints = ["cc", "bb"]
    #expect(try store.outcome(.createAccount(alice)) == .committed([]))
    #expect(try store.outcome(.createAccount(bob)) == .refused(.certificateTaken))
    bob.fingerprints = ["b"]
    #expect(try store.outcome(.createAccount(bob)) == .committed([]))
    bob.fingerprints = ["b", "aa"]
    #expect(try store.outcome(.updateAccount(bob)) == .refused(.certificateTaken))
    #expect(try store.load().accounts.last?.fingerprints == ["b"])
    alice.fingerprints = ["bb"]
    #expect(try store.outcome(.updateAccount(alice)) == .committed([]))
    #expect(try store.outcome(.updateAccount(bob)) == .committed([]))
    #expect(try store.check() == [])
  }

  @Test("invitations go with their account and room, reserved names go to nobody", arguments: StoreKind.all)
  func invitationsAndNames(kind: StoreKind) throws {
    let place = try kind.makePlace()
    var store = try place.open()
    func invitation(_ account: Int64, _ room: Int64, admits: Bool = true) -> InvitationRecord {
      InvitationRecord(
        account: AccountID(account), room: RoomID(room), inviter: Identity(rawValue: -7), source: "bob!b@host",
        time: Timestamp(milliseconds: 5), admits: admits)
    }
    _ = try store.outcome(
      .createAccount(account(1, "a")), .createAccount(account(2, "b")), .putRoom(room(1, "#one")),
      .putRoom(room(2, "#two")),
      .putInvitation(invitation(1, 1)), .putInvitation(invitation(1, 1, admits: false)),
      .putInvitation(invitation(1, 2)),
      .putInvitation(invitation(2, 1)), .putInvitation(invitation(2, 2)), .removeInvitation(AccountID(2), RoomID(1)))
    let kept = NameReservation(name: "#Old", account: AccountID(1), until: Timestamp(milliseconds: 9))
    var other = NameReservation(name: "#other", account: AccountID(2), until: Timestamp(milliseconds: 8))
    let nobody = NameReservation(name: "#nobody", account: nil, until: Timestamp(milliseconds: 7))
    _ = try store.outcome(
      .putReservation(NameReservation(name: "#OLD", account: nil, until: Timestamp(milliseconds: 1))),
      .putReservation(kept),
      .putReservation(other), .putReservation(nobody),
      .putReservation(NameReservation(name: "#gone", account: nil, until: Timestamp(milliseconds: 1))),
      .removeReservation(name: "#GONE"))
    store.close()
    store = try place.open()
    #expect(Set(try store.load().invitations) == [invitation(1, 1, admits: false), invitation(1, 2), invitation(2, 2)])
    #expect(Set(try store.load().reservations) == [kept, other, nobody])
    _ = try store.outcome(.deleteRoom(RoomID(2)), .deleteAccount(AccountID(2)))
    other.account = nil
    #expect(try store.load().invitations == [invitation(1, 1, admits: false)])
    #expect(Set(try store.load().reservations) == [kept, other, nobody])
  }
}
