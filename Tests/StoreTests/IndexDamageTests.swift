import Foundation
import IRC
import ParleyStore
import SQLite
import Synchronization
import Testing

/// Rows and index entries that do not agree any more, because a bit of one of them has flipped on the disk: what has to be written is
/// written, and nothing is believed that is wrong.
@Suite("Indexes that do not agree with their tables", .serialized)
struct IndexDamageTests {
  private static let low = Identity(rawValue: 0x0112_2334_4556_6778)
  /// Differs from `low` by the bit that is flipped.
  private static let neighbour = Identity(rawValue: 0x0112_2334_4556_6779)
  private static let high = Identity(rawValue: 0x0223_3445_5667_788a)
  private static let room = RoomID(0x0334_4556_6778_899a)
  private static let time: Int64 = 1_800_000_000_000

  private static func bytes(_ number: Int64, _ count: Int = 8) -> [UInt8] {
    (0..<count).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }

  /// Flips a bit of what stands in a small table or index, and nowhere else.
  private func flip(_ bytes: [UInt8], in object: String, of folder: Folder) throws {
    let page = try Database(path: folder.file, access: .readWrite)
      .prepare("SELECT rootpage FROM sqlite_schema WHERE name = ?").first(object) { Int($0.int(0)) }
    let start = (try #require(page) - 1) * 4_096
    let url = URL(fileURLWithPath: folder.file)
    var data = try Data(contentsOf: url)
    var isFound = false
    // SQLite leaves old copies of a row in its page.
    while let range = data.range(of: Data(bytes), in: start..<start + 4_096) {
      data[range.upperBound - 1] ^= 1
      isFound = true
    }
    try #require(isFound)
    try data.write(to: url)
  }

  /// Counts what the operator is told.
  private final class Damages: Sendable {
    private let number = Mutex(0)
    var count: Int { number.withLock { $0 } }
    func add() { number.withLock { $0 += 1 } }
  }

  private func open(_ folder: Folder) throws -> (store: SQLiteStore, damages: Damages) {
    let store = try folder.open(.serve)
    let damages = Damages()
    store.reporter.report { if case .damaged = $0 { damages.add() } }
    return (store, damages)
  }

  private func say(_ text: String, from sender: Identity, as nick: String = "carol", time: Int64 = time) -> NewEvent {
    let isLow = sender == Self.low
    return message(
      text, from: sender, to: Conversation(Self.low, Self.high), at: time, as: "\(isLow ? nick : "davenick")!user@host",
      target: isLow ? "davenick" : nick)
  }

  @Test(
    "a private conversation goes on after damage of its row or of an index",
    arguments: [
      ("direct_conversations", bytes(low.rawValue), "carol"), ("direct_conversations", bytes(high.rawValue), "carol"),
      ("direct_conversations", bytes(time + 1, 6), "carol"),
      ("direct_conversations", Array("davenick".utf8), "carol"),
      ("direct_by_low_last", bytes(low.rawValue), "carol"), ("direct_by_high_last", bytes(high.rawValue), "carol"),
      ("direct_by_high_last", bytes(time + 1, 6), "carol"), ("direct_by_high", bytes(high.rawValue), "another"),
      ("direct_by_low", bytes(low.rawValue), "another"),
    ])
  func conversations(object: String, bytes: [UInt8], nick: String) throws {
    let folder = try Folder()
    var store = try folder.open(.serve)
    try store.append(say("one", from: Self.low))
    try store.append(say("two", from: Self.high, time: Self.time + 1))
    let other = Conversation(Self.neighbour, Self.high)
    try store.append(message("other", from: Self.neighbour, to: other, at: 5))
    #expect(try store.check() == [])
    try store.maintainFully()
    store.close()
    try flip(bytes, in: object, of: folder)

    let damages: Damages
    (store, damages) = try open(folder)
    #expect(try store.append(say("three", from: Self.low, as: nick, time: Self.time + 2)).sequence == 3)
    // Both nicks are written, whoever speaks.
    let last = try store.append(
      message(
        "four", from: Self.high, to: Conversation(Self.low, Self.high), at: Self.time + 3, as: "eve!user@host",
        target: nick))
    #expect(last.sequence == 4)
    #expect(damages.count == 1)
    let reader = try store.reader()
    #expect(
      try reader.texts(.latest(after: nil), in: Conversation(Self.low, Self.high)) == ["one", "two", "three", "four"])
    #expect(try reader.texts(.latest(after: nil), in: other) == ["other"])
    for person in [Self.low, Self.high] {
      let missed = try reader.missed(by: person, after: 3, kinds: .everything)
      #expect(missed.map(\.position) == [last.position])
      #expect(missed.map(\.isAnswered) == [true])
    }
    #expect(try reader.missed(by: Self.neighbour, after: 3, kinds: .everything).isEmpty)
    #expect(try store.check() == [])
  }

  @Test("an account whose name is damaged is deleted, and not the entry of the account that has that name")
  func deletedAccounts() throws {
    for others in [["zetaname0"], ["bob"]] {
      let folder = try Folder()
      var store = try folder.open(.serve)
      _ = try store.outcome(.createAccount(account(11, "zetaname1")))
      for (index, name) in others.enumerated() {
        _ = try store.outcome(.createAccount(account(12 + Int64(index), name)))
      }
      store.close()
      try flip(Array("zetaname1".utf8), in: "accounts", of: folder)
      (store, _) = try open(folder)
      #expect(try store.load().accounts.map(\.name).sorted() == (["zetaname1"] + others).sorted())
      #expect(try store.outcome(.deleteAccount(AccountID(11))) == .committed([]))
      #expect(try store.load().accounts.map(\.name) == others)
      for name in others { #expect(try store.reader().account(named: name)?.isDamaged == false) }
      #expect(try store.check() == [])
      #expect(try store.outcome(.createAccount(account(20, "zetaname1"))) == .committed([]))
      store.close()
    }
  }

  @Test("an account whose name is damaged in the index only can be changed")
  func changedAccounts() throws {
    let folder = try Folder()
    var store = try folder.open(.serve)
    var changed = account(11, "zetaname1")
    _ = try store.outcome(.createAccount(changed), .createAccount(account(12, "bob")))
    store.close()
    try flip(Array("zetaname1".utf8), in: "sqlite_autoindex_accounts_1", of: folder)
    let damages: Damages
    (store, damages) = try open(folder)
    changed.email = "zeta@mail.example"
    #expect(try store.outcome(.updateAccount(changed)) == .committed([]))
    #expect(damages.count == 1)
    #expect(try store.reader().account(named: "zetaname1")?.email == "zeta@mail.example")
    #expect(try store.check() == [])
  }

  @Test("a name is put back while other damaged rows stay damaged")
  func restoredNames() throws {
    let folder = try Folder()
    var store = try folder.open(.serve)
    var (damaged, named) = (account(11, "first"), account(12, "zetaname1"))
    damaged.realname = "somebody's real name"
    named.nick = "nick"
    _ = try store.outcome(.createAccount(damaged), .createAccount(named), .createAccount(account(13, "third")))
    store.close()
    try flip(Array("somebody's real name".utf8), in: "accounts", of: folder)
    try flip(Array("zetaname1".utf8), in: "accounts", of: folder)
    (store, _) = try open(folder)
    #expect(try store.load().accounts.filter(\.isDamaged).count == 2)
    #expect(try store.outcome(.deleteAccount(AccountID(11))) == .committed([]))
    // Only its name was damaged.
    #expect(try store.load().accounts.map(\.isDamaged) == [false, false])
    #expect(try store.load().accounts.map(\.nick).sorted() == ["nick", "third"])
    #expect(try store.check() == [])
  }

  /// A room with a member and a ban, and a reserved name.
  private func filled() throws -> Folder {
    let folder = try Folder()
    let store = try folder.open(.serve)
    let bob = AccountID(Self.high.rawValue)
    let someTime = Timestamp(milliseconds: 5)
    _ = try store.outcome(
      .createAccount(account(Self.low.rawValue, "alice")), .createAccount(account(Self.high.rawValue, "bob")),
      .putRoom(RoomRecord(id: Self.room, name: "#zetaroom", createdAt: someTime)),
      .putMembership(MembershipRecord(room: Self.room, account: bob, roles: 4, joinedAt: someTime)),
      .putListEntry(
        RoomListEntry(room: Self.room, mode: "b", mask: "*!*@listed.example", setBy: "alice", setAt: someTime)),
      .putVerification(
        VerificationRecord(
          account: bob, email: "bob@mail.example", codeHash: [9], isRegistration: false, expiresAt: someTime)),
      .putReservation(NameReservation(name: "#former", account: bob, until: someTime)))
    #expect(try store.check() == [])
    store.close()
    return folder
  }

  @Test("a room that has lost a membership or a ban is named, also when the row has lost its room")
  func damagedRooms() throws {
    for (table, bytes) in [
      ("memberships", Self.bytes(Self.room.rawValue)), ("memberships", Self.bytes(Self.high.rawValue)),
      ("list_entries", Self.bytes(Self.room.rawValue)), ("list_entries", Array("*!*@listed.example".utf8)),
    ] {
      let folder = try filled()
      var store = try folder.open(.serve)
      #expect(try store.load().damagedRooms.isEmpty)
      store.close()
      try flip(bytes, in: table, of: folder)
      (store, _) = try open(folder)
      let snapshot = try store.load()
      #expect(snapshot.damagedRooms.contains(Self.room))
      #expect(snapshot.memberships.isEmpty == (table == "memberships"))
      #expect(snapshot.rooms.first?.modes == (table == "memberships" ? "" : "i"))
      store.close()
    }
  }

  @Test("what belongs to a room or an account goes with it, also what is damaged")
  func removed() throws {
    for (table, bytes) in [
      ("memberships", Self.bytes(Self.high.rawValue)), ("list_entries", Array("*!*@listed.example".utf8)),
    ] {
      let folder = try filled()
      try flip(bytes, in: table, of: folder)
      let (store, damages) = try open(folder)
      #expect(try store.outcome(.deleteRoom(Self.room)) == .committed([]))
      #expect(damages.count == 1)
      #expect(try store.load().rooms.isEmpty)
      #expect(try store.check() == [])
      store.close()
    }
  }

  @Test("a damaged reservation or verification is not replaced, only removed")
  func notReplaced() throws {
    let folder = try filled()
    let bob = AccountID(Self.high.rawValue)
    try flip(Self.bytes(Self.high.rawValue), in: "reserved_names", of: folder)
    try flip(Array("bob@mail.example".utf8), in: "verifications", of: folder)
    let (store, _) = try open(folder)
    let snapshot = try store.load()
    #expect(snapshot.reservations.map(\.isDamaged) == [true] && snapshot.verifications.map(\.isDamaged) == [true])
    let someTime = Timestamp(milliseconds: 9)
    #expect(
      try store.outcome(.putReservation(NameReservation(name: "#FORMER", account: nil, until: someTime)))
        == .refused(.damaged))
    // Nothing else of the transaction is stored, either.
    #expect(
      try store.outcome(
        .putMetadata(MetadataRecord(owner: .account(bob), key: "url", value: "x")),
        .putVerification(
          VerificationRecord(account: bob, email: "x@y", codeHash: [], isRegistration: true, expiresAt: someTime)))
        == .refused(.damaged))
    #expect(try store.load().metadata.isEmpty)
    #expect(try store.load().reservations.first?.isDamaged == true)
    #expect(
      try store.outcome(.removeReservation(name: "#former"), .removeVerification(bob)) == .committed([]))
    #expect(try store.check() == [])
  }

  @Test("a server does not start with another secret or epoch than it had; a check tells of it")
  func keys() throws {
    let folder = try Folder()
    let random = (0..<UInt8(EpochSeed.randomBytes)).map { $0 &* 7 &+ 3 }
    let seed = EpochSeed(
      now: Timestamp(milliseconds: Self.time), random: random, markPath: folder.path + "/mark")
    func open(_ mode: SQLiteStore.Mode) throws -> SQLiteStore {
      try SQLiteStore(
        path: folder.file, mode: mode, epoch: mode == .serve ? seed : nil, makeSecret: { (0..<32).map { $0 } })
    }
    var store = try open(.serve)
    try store.append(message("one"))
    store.close()
    for (table, bytes) in [("epochs", Array(random.prefix(16))), ("state", (0..<32).map { UInt8($0) })] {
      let sound = try Data(contentsOf: URL(fileURLWithPath: folder.file))
      try flip(bytes, in: table, of: folder)
      let error = #expect(throws: StoreError.self) { try open(.serve) }
      #expect(error?.kind == .fatal)
      #expect(error?.description.contains("a row of \(table) is damaged") == true)
      #expect(error?.description.contains("parleyd restore") == true)
      store = try open(.administer)
      #expect(try store.check().contains { $0.hasPrefix("a row of \(table) is damaged") })
      store.close()
      try sound.write(to: URL(fileURLWithPath: folder.file))
    }
    store = try open(.serve)
    #expect(try store.reader().texts(.latest(after: nil)) == ["one"])
  }

  @Test("a database that cannot be looked through is copied all the same, and the backup fails")
  func unreadableBackup() throws {
    let folder = try filled()
    let page = try Database(path: folder.file, access: .readWrite)
      .prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'metadata'").first { Int($0.int(0)) }
    let url = URL(fileURLWithPath: folder.file)
    var data = try Data(contentsOf: url)
    // No page has this type.
    data[(try #require(page) - 1) * 4_096] = 0xff
    try data.write(to: url)
    let store = try folder.open(.administer)
    let target = try Folder()
    let error = #expect(throws: StoreError.self) { try store.backup(to: target.file) }
    #expect(error?.description.hasPrefix("the copy was made") == true)
    #expect(FileManager.default.fileExists(atPath: target.file))
    #expect(!FileManager.default.fileExists(atPath: target.file + ".partial"))
    #expect(!(try store.check()).isEmpty)
    store.close()
  }

  @Test("retention goes on over an event that its index has in another conversation")
  func retention() throws {
    let folder = try filled()
    var store = try folder.open(.serve)
    try store.append(message("one", to: .room(Self.room)))
    store.close()
    try flip(Self.bytes(Self.room.rawValue), in: "events", of: folder)
    let damages: Damages
    (store, damages) = try open(folder)
    _ = try store.outcome(.expire(RetentionPolicy(seconds: 1), now: Timestamp(milliseconds: 100_000)))
    try store.maintainFully()
    #expect(damages.count >= 2)
    #expect(try store.append(message("two", to: .room(Self.room))).position == 2)
  }
}
