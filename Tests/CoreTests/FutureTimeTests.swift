import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

/// The clock was years ahead for a moment and is right again: nothing keeps a time of that future, here or in the store.
@Suite("Times of the future")
struct FutureTimeTests {
  private static let years: Int64 = 10 * 365 * 86_400_000

  private static func set(_ world: World, by milliseconds: Int64) {
    if milliseconds > 0 { world.certainTime = world.now }
    world.now = world.now.adding(milliseconds: milliseconds)
    if milliseconds < 0 { world.certainTime = nil }
    world.pass(seconds: 2)
  }

  private static func makeWorld(_ store: MemoryStore, now: Timestamp? = nil) throws -> World {
    try World(store: store, now: now) {
      $0.mailCommand = "/usr/sbin/sendmail -t"
      $0.listEntriesPerRoom = 10
    }
  }

  /// What people do while the clock is ahead.
  private static func act(_ world: World) {
    let alice = world.account("alice", "echo-message")
    let bob = world.account("bob", device: "phone")
    bob.send("JOIN #known")
    alice.send("JOIN #known,#keep", "CS REGISTER #keep")
    set(world, by: years)
    alice.send("TOPIC #keep :tea", "MODE #keep +beI x!*@* y!*@* z!*@*", "JOIN #new", "INVITE bob #new", "JOIN #dropped")
    alice.send("CS REGISTER #dropped", "CS DROP #dropped")
    let code = alice.lines.last?.parameters.last?.split(separator: " ").last.map(String.init) ?? ""
    alice.send("CS DROP #dropped \(code)", "PART #dropped")
    bob.send("PART #known", "JOIN #keep", "QUIT")
    world.account("late").send("JOIN #known", "QUIT")
    let wanting = world.connect()
    wanting.send("CAP REQ :draft/account-registration", "NICK mia", "USER mia 0 * :mia")
    wanting.send("REGISTER * mia@example.org sesame", "QUIT")
    world.guest("gone").send("QUIT")
  }

  /// Directory times, named, in their order.
  private static func times(_ snapshot: Snapshot) -> [(String, Timestamp)] {
    var times = snapshot.accounts.map { ("account \($0.name)", $0.registeredAt) }
    for room in snapshot.rooms {
      times.append(("room \(room.name)", room.createdAt))
      if let topic = room.topicSetAt { times.append(("topic of \(room.name)", topic)) }
    }
    times += snapshot.listEntries.map { ("\($0.mode) \($0.mask)", $0.setAt) }
    times += snapshot.memberships.map { ("member", $0.joinedAt) }
    times += snapshot.devices.map { ("device \($0.device)", $0.lastSeenAt) }
    times += snapshot.invitations.map { ("invitation", $0.time) }
    times += snapshot.reservations.map { ("name \($0.name)", $0.until.adding(milliseconds: -30 * 86_400_000)) }
    times += snapshot.verifications.map { ("code", $0.expiresAt.adding(milliseconds: -86_400_000)) }
    return times
  }

  private static func isSound(_ world: World, _ store: MemoryStore) throws -> Bool {
    let future = times(try store.load()).filter { $0.1 > world.now }
    #expect(future.isEmpty, "\(future)")
    return future.isEmpty
  }

  /// What a person is told of those times.
  private static func answers(_ world: World) -> [String] {
    let alice = world.account("alice", "echo-message")
    alice.clear()
    alice.send("TOPIC #keep", "MODE #keep +b", "MODE #keep +e", "MODE #keep +I", "MODE #new", "MODE #keep")
    alice.send("NS INFO late", "CS INFO #dropped")
    let stranger = world.guest("stranger")
    stranger.send("JOIN #dropped")
    defer {
      alice.send("QUIT")
      stranger.send("QUIT")
    }
    return alice.read() + stranger.read()
  }

  /// A line tells of a time in the future, as a date or in seconds.
  private static func isFuture(_ line: String, _ world: World) -> Bool {
    line.split(whereSeparator: { $0 == " " || $0 == ":" }).contains { word in
      word.hasPrefix("2036-") || word.hasPrefix("2037-")
        || Int64(word).map { (world.now.seconds + 1..<10_000_000_000).contains($0) } ?? false
    }
  }

  @Test("while the server runs")
  func running() throws {
    let store = MemoryStore()
    let world = try Self.makeWorld(store)
    Self.act(world)
    // Otherwise nothing of this is tested.
    let before = Self.times(try store.load()).filter { $0.1 > world.now.adding(milliseconds: -Self.years / 2) }
    let kinds = Set(before.map { String($0.0.prefix { $0 != " " }) })
    #expect(
      kinds.isSuperset(of: ["account", "room", "topic", "b", "e", "I", "member", "invitation", "name"]), "\(kinds)")
    Self.set(world, by: -Self.years)
    #expect(try Self.isSound(world, store))
    let here = Self.answers(world)
    #expect(!here.contains { Self.isFuture($0, world) })
    // Memory is what a start would find.
    #expect(Self.answers(try Self.makeWorld(store, now: world.now)) == here)
    let bob = world.account("bob", "server-time", device: "phone")
    let invitation = try #require(bob.lines.first { $0.command == "INVITE" })
    #expect(invitation[tag: "time"].map { $0 <= world.now.iso8601 } == true)
    bob.clear()
    bob.send("WHOWAS gone", "INFO")
    #expect(!bob.read().contains { Self.isFuture($0, world) })
    world.pass(milliseconds: 31 * 86_400_000)
    world.pass(seconds: 70)
    let load = try store.load()
    #expect(load.reservations.isEmpty && load.invitations.isEmpty && load.verifications.isEmpty)
  }

  @Test("over a restart, when the clock is set right meanwhile")
  func restarted() throws {
    let store = MemoryStore()
    let first = try Self.makeWorld(store)
    let now = first.now
    Self.act(first)
    let world = try Self.makeWorld(store, now: now)
    #expect(try Self.isSound(world, store))
    #expect(!Self.answers(world).contains { Self.isFuture($0, world) })
  }

  @Test("also when they cannot be stored at once")
  func unstored() throws {
    let store = MemoryStore()
    let world = try Self.makeWorld(store)
    Self.act(world)
    store.failure = StoreError(.full, "no room")
    Self.set(world, by: -Self.years)
    world.pass(seconds: 3)
    #expect(try Self.isSound(world, store))
    #expect(Self.answers(try Self.makeWorld(store, now: world.now)) == Self.answers(world))
  }

  @Test("accounts that were made a moment before or after the jump are new, also when the clock is right again")
  func ages() throws {
    let world = try World { $0.guestJoinsPerMinute = 1 }
    func fresh(_ nick: String) -> Client {
      let client = world.connect(address: "192.0.2.1", trusted: false)
      client.send(
        "CAP REQ :draft/account-registration", "NICK \(nick)", "USER x 0 * :x", "REGISTER * * sesame", "CAP END")
      return client
    }
    func isLimited(_ client: Client) -> Bool {
      world.pass(seconds: 61)
      client.clear()
      client.send("JOIN #a\(world.now.seconds),#b\(world.now.seconds)")
      return client.commands().contains("FAIL")
    }
    let early = fresh("early")
    Self.set(world, by: Self.years)
    #expect(isLimited(early))
    let late = fresh("late")
    #expect(isLimited(late))
    Self.set(world, by: -Self.years)
    #expect(isLimited(early) && isLimited(late))
    world.pass(milliseconds: 2 * 86_400_000)
    #expect(!isLimited(early) && !isLimited(late))
  }
}
