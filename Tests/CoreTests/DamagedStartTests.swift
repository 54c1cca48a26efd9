import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

/// A server that starts on a damaged database: what stands for a damaged row is not taken for what was written, and nothing is removed for
/// the damage.
@Suite("Starts on damaged data")
struct DamagedStartTests {
  private static let day: Int64 = 86_400_000
  private static let never = Timestamp(milliseconds: .max)

  private func world(_ store: any Store, now: Timestamp? = nil) throws -> World {
    try World(store: store, now: now) { $0.mailCommand = "/usr/sbin/sendmail -t" }
  }

  /// As long as anything waits or is kept for a time.
  private func passLong(_ world: World) {
    world.pass(milliseconds: 40 * Self.day)
    world.pass(seconds: 62)
  }

  private func signIn(_ world: World, _ name: String) -> String? {
    let client = world.connect()
    client.send("CAP REQ :sasl", "AUTHENTICATE PLAIN", "AUTHENTICATE " + Base64.encode(Array("\0\(name)\0sesame".utf8)))
    return client.commands().last
  }

  @Test("an account with a damaged verification stays, and stays closed; an operator opens it, with its address")
  func verification() throws {
    let store = MemoryStore()
    var world = try world(store)
    let alice = world.guest("alice", "draft/account-registration sasl")
    alice.send("REGISTER * alice@example.org sesame", "QUIT")
    store.damage { snapshot in
      snapshot.verifications = snapshot.verifications.map {
        var damaged = VerificationRecord(
          account: $0.account, email: "", codeHash: [], isRegistration: true, expiresAt: Self.never)
        damaged.isDamaged = true
        return damaged
      }
    }
    for _ in 0..<2 {
      world = try self.world(store, now: world.now)
      passLong(world)
      #expect(signIn(world, "alice") == "902")
      #expect(try store.load().accounts.map(\.name) == ["alice"])
      #expect(try store.load().verifications.map(\.isDamaged) == [true])
    }
    let root = world.account("root")
    try world.makeOperator("root")
    root.send("OPER root sesame", "NS SAVERIFY alice")
    #expect(signIn(world, "alice") == "903")
    #expect(try store.load().verifications.isEmpty)
    #expect(try store.load().accounts.first { $0.name == "alice" }?.email == "alice@example.org")
  }

  @Test("a name with a damaged reservation is free for nobody but server operators, for good")
  func reservation() throws {
    let store = MemoryStore()
    var world = try world(store)
    let alice = world.account("alice")
    alice.send("JOIN #named", "CS REGISTER #named", "CS DROP #named")
    let code = try #require(alice.take().last?.parameters.last?.split(separator: " ").last)
    alice.send("CS DROP #named \(code)", "PART #named")
    store.damage { snapshot in
      snapshot.reservations = snapshot.reservations.map {
        var damaged = NameReservation(name: $0.name, account: nil, until: Self.never)
        damaged.isDamaged = true
        return damaged
      }
    }
    try #require(try store.load().reservations.count == 1)
    for _ in 0..<2 {
      world = try self.world(store, now: world.now)
      passLong(world)
      let alice = world.account("alice")
      alice.clear()
      alice.send("JOIN #named")
      #expect(alice.commands().contains("437"))
      #expect(try store.load().reservations.map(\.isDamaged) == [true])
    }
    let root = world.account("root")
    try world.makeOperator("root")
    root.send("OPER root sesame", "JOIN #named", "CS REGISTER #named")
    #expect(try store.load().reservations.isEmpty)
    #expect(try store.load().rooms.first { $0.name == "#named" }?.modes.contains("r") == true)
  }

  @Test("a room that has lost its members by damage does not end, and is no stranger's", arguments: [true, false])
  func members(isKnown: Bool) throws {
    let store = MemoryStore()
    var world = try world(store)
    world.account("alice").send("JOIN #team")
    store.damage { snapshot in
      snapshot.memberships = []
      if isKnown { snapshot.damagedRooms = Set(snapshot.rooms.map(\.id)) }
    }
    for _ in 0..<2 {
      world = try self.world(store, now: world.now)
      passLong(world)
      // Otherwise nothing of this is tested.
      #expect(try store.load().rooms.contains { $0.name == "#team" } == isKnown)
    }
    let bob = world.account("bob")
    bob.clear()
    bob.send("JOIN #team", "PART #team")
    #expect(bob.lines.contains { $0.command == "353" && $0.parameters.last == "@bob" } == !isKnown)
    #expect(try store.load().rooms.contains { $0.name == "#team" } == isKnown)
  }

  @Test("a room whose row is damaged stays closed and does not end, also an empty one that is invitation-only")
  func room() throws {
    let store = MemoryStore()
    var world = try World(store: store) { $0.lobby = "#lobby" }
    #expect(try store.load().rooms.map(\.name) == ["#lobby"])
    store.damage { snapshot in
      snapshot.rooms = snapshot.rooms.map {
        var damaged = RoomRecord(id: $0.id, name: $0.name, createdAt: Timestamp(milliseconds: 0), modes: "inst")
        damaged.isDamaged = true
        return damaged
      }
    }
    for _ in 0..<2 {
      world = try World(store: store, now: world.now) { $0.lobby = "#lobby" }
      passLong(world)
      let guest = world.guest("mia")
      guest.send("JOIN #lobby")
      #expect(guest.commands().contains("473"))
      #expect(try store.load().rooms.map(\.isDamaged) == [true])
    }
  }

  @Test("in a lobby that the store refuses, because a damaged room has its name, nobody talks")
  func refusedLobby() throws {
    let store = RefusingStore(room: "#lobby")
    let world = try World(store: store) { $0.lobby = "#lobby" }
    #expect(world.notes.contains { $0.event == "store.failed" })
    let guest = world.guest("mia")
    guest.send("JOIN #lobby", "PRIVMSG #lobby :hello")
    #expect(!guest.commands().contains("JOIN"))
    #expect(guest.lines.contains { $0.command == "FAIL" && $0.parameters.prefix(2) == ["JOIN", "STORE_UNAVAILABLE"] })
    world.pass(seconds: 5)
    #expect(store.refusals == 2)
  }

  @Test("a damaged room or account does not keep the times of others in the future, and is not tried for ever")
  func futureTimes() throws {
    let memory = MemoryStore()
    let store = RefusingStore(memory, room: "")
    let world = try World(store: store)
    world.certainTime = world.now
    world.now = world.now.adding(milliseconds: 3_650 * Self.day)
    let alice = world.account("alice")
    alice.send("JOIN #one", "JOIN #two", "MODE #two +b x!*@*")
    world.account("bob")
    memory.damage { snapshot in
      for index in snapshot.rooms.indices where snapshot.rooms[index].name == "#one" {
        snapshot.rooms[index].isDamaged = true
      }
      for index in snapshot.accounts.indices where snapshot.accounts[index].name == "alice" {
        snapshot.accounts[index].isDamaged = true
      }
    }
    world.now = world.now.adding(milliseconds: -3_650 * Self.day)
    world.certainTime = nil
    world.pass(seconds: 2)
    let snapshot = try memory.load()
    #expect(snapshot.rooms.first { $0.name == "#two" }.map { $0.createdAt <= world.now } == true)
    #expect(snapshot.listEntries.allSatisfy { $0.setAt <= world.now })
    #expect(snapshot.memberships.allSatisfy { $0.joinedAt <= world.now })
    #expect(snapshot.accounts.first { $0.name == "bob" }.map { $0.registeredAt <= world.now } == true)
    #expect(snapshot.rooms.first { $0.name == "#one" }.map { $0.createdAt > world.now } == true)
    let refusals = store.refusals
    #expect(refusals > 0)
    world.pass(seconds: 10)
    #expect(store.refusals == refusals)
  }
}

/// A store that refuses to make a room of a name, and counts what is refused.
private final class RefusingStore: Store {
  private let store: MemoryStore
  private let room: String
  private(set) var refusals = 0

  init(_ store: MemoryStore = MemoryStore(), room: String) {
    self.store = store
    self.room = room
  }

  func commit(_ batch: [Transaction]) throws(StoreError) -> [Outcome] {
    var outcomes: [Outcome] = []
    for transaction in batch {
      let isRefused = transaction.changes.contains {
        if case .putRoom(let record) = $0 { record.name == room } else { false }
      }
      let outcome = isRefused ? Outcome.refused(.nameTaken) : try store.commit([transaction])[0]
      if case .refused = outcome { refusals += 1 }
      outcomes.append(outcome)
    }
    return outcomes
  }

  func load() throws(StoreError) -> Snapshot { try store.load() }
  func reader() throws(StoreError) -> any StoreReader { try store.reader() }
  func maintain() throws(StoreError) -> Bool { try store.maintain() }
  func changedElsewhere() throws(StoreError) -> Bool { try store.changedElsewhere() }
  func backup(to path: String) throws(StoreError) { try store.backup(to: path) }
  func check() throws(StoreError) -> [String] { try store.check() }
  func close() { store.close() }
}
