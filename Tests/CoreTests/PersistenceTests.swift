import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

@Suite("Persistence and devices")
struct PersistenceTests {
  private func notices(_ client: Client) -> [String] {
    client.take().filter { $0.command == "NOTICE" && $0.source?.hasPrefix("NickServ!") == true }.map {
      $0.parameters[1]
    }
  }

  private func status(_ client: Client) -> [[String]] {
    client.take().filter { $0.command == "PERSISTENCE" }.map { Array($0.parameters.dropFirst()) }
  }

  @Test func whoDoesNotStayLeavesWithTheLastDevice() throws {
    let world = try World()
    let (desk, phone) = (world.account("alice", "draft/persistence"), world.account("alice", "draft/persistence"))
    #expect(status(desk) == [["DEFAULT", "ON"]])
    phone.clear()
    let bob = world.guest("bob")
    for client in [desk, bob] { client.send("JOIN #tea") }
    desk.clear()
    desk.send("PERSISTENCE SET off", "PERSISTENCE GET")
    #expect(status(desk) == [["OFF", "OFF"], ["OFF", "OFF"]])
    #expect(status(phone) == [["OFF", "OFF"]])
    bob.clear()
    desk.send("QUIT")
    #expect(bob.lines.isEmpty)
    phone.send("QUIT")
    #expect(bob.commands() == ["QUIT"])
    let back = world.account("alice")
    #expect(!back.lines.contains { $0.command == "JOIN" })
  }

  @Test func itIsTheAccountsOverARestartWhateverTheServersDefault() throws {
    let store = MemoryStore()
    var world = try World(store: store) { $0.alwaysOn = false }
    let (alice, bob) = (world.account("alice"), world.account("bob"))
    for client in [alice, bob] { client.send("JOIN #tea") }
    alice.send("NS SET ALWAYS-ON true")
    #expect(notices(alice) == ["You stay in your rooms while no device is connected."])
    // The server ends without a word: bob had not asked to stay.
    world = try World(store: store) { $0.alwaysOn = false }
    let carol = world.guest("carol")
    carol.send("JOIN #tea")
    #expect(carol.lines.first { $0.command == "353" }?.parameters.last == "@alice carol")
    // It is waited for, and then no longer.
    #expect(try store.load().memberships.contains { $0.account == AccountID(2) })
    for _ in 0..<36 {
      carol.send("PING here")
      world.pass(seconds: 51)
    }
    #expect(try store.load().memberships.allSatisfy { $0.account == AccountID(1) })
  }

  @Test func itNeedsAnAccountAndAWord() throws {
    let store = MemoryStore()
    let world = try World(store: store)
    let guest = world.guest("guest")
    guest.send("PERSISTENCE GET")
    #expect(guest.lines.map { $0.parameters[1] } == ["ACCOUNT_REQUIRED"])
    let alice = world.account("alice")
    alice.clear()
    alice.send("PERSISTENCE SET", "PERSISTENCE SET perhaps", "PERSISTENCE NONSENSE")
    #expect(alice.take().map { $0.parameters[1] } == ["INVALID_PARAMS", "INVALID_PARAMS", "INVALID_PARAMS"])
    store.failure = StoreError(.full, "no room")
    alice.send("PERSISTENCE SET OFF", "PERSISTENCE GET")
    #expect(alice.lines.first?.parameters[1] == "STORE_UNAVAILABLE")
    #expect(status(alice) == [["DEFAULT", "ON"]])
  }

  @Test func devicesAreListedAndForgotten() throws {
    let store = MemoryStore()
    var world = try World(store: store)
    world.account("alice").send("QUIT")
    world.account("alice", device: "desk").send("QUIT")
    world.account("alice", "draft/chathistory batch", device: "phone").send("QUIT")
    let since = world.now.iso8601
    world.pass(seconds: 5)
    world = try World(store: store)
    let alice = world.account("alice", device: "tablet")
    alice.clear()
    alice.send("NS CLIENTS")
    let lines = notices(alice)
    #expect(lines.count == 5)
    #expect(lines[0].hasPrefix("tablet: connected since ") && lines[0].hasSuffix("(this one)"))
    #expect(lines[1] == "*: last here \(since)")
    #expect(lines[2] == "desk: last here \(since)")
    #expect(lines[3] == "phone: last here \(since)")
    alice.send("NS CLIENTS FORGET desk", "NS CLIENTS FORGET desk", "NS CLIENTS FORGET tablet")
    #expect(notices(alice) == ["desk is forgotten.", "There is no device desk.", "tablet is connected."])
    #expect(Set(try store.load().devices.map(\.device)) == ["", "phone", "tablet"])
  }

  /// What a client with chathistory has fetched, another one of that name has not seen.
  @Test func aVisitMovesNoCursor() throws {
    let world = try World()
    let bob = world.guest("bob")
    world.account("alice", device: "desk").send("QUIT")
    bob.send("PRIVMSG alice :one")
    world.account("alice", "draft/chathistory batch", device: "desk").send("QUIT")
    let back = world.account("alice", device: "desk")
    #expect(back.lines.contains { $0.command == "PRIVMSG" && $0.parameters[1] == "one" })
  }

  /// The disk is full in the moment in which a device leaves: what it misses from then on is replayed all the same.
  @Test func aDeviceThatLeftWhileNothingCouldBeStoredMissesNothing() throws {
    for isRestarted in [false, true] {
      let store = MemoryStore()
      var world = try World(store: store)
      let bob = world.account("bob")
      let phone = world.account("alice", device: "phone")
      phone.send("PING x")
      store.failure = StoreError(.full, "no room")
      phone.send("QUIT")
      #expect(store.failure == nil)
      bob.send("PRIVMSG alice :hi")
      world.pass(seconds: 2)
      if isRestarted { world = try World(store: store) }
      let again = world.account("alice", device: "phone")
      #expect(again.take().filter { $0.command == "PRIVMSG" }.map { $0.parameters[1] } == ["hi"])
    }
  }

  /// What all have been told is stored as soon as it can be.
  @Test func aGuestThatSignedInWhileNothingCouldBeStoredIsStillThere() throws {
    let store = MemoryStore()
    // So that an account without a device has no user.
    var world = try World(store: store) { $0.alwaysOn = false }
    let founder = world.account("founder")
    founder.send("JOIN #tea")
    world.account("alice").send("QUIT")
    let alice = world.guest("ally", "sasl")
    alice.send("JOIN #tea")
    alice.send("AUTHENTICATE PLAIN")
    store.failure = StoreError(.full, "no room")
    alice.send("AUTHENTICATE " + Base64.encode(Array("\0alice\0sesame".utf8)))
    world.pass(seconds: 2)
    world = try World(store: store)
    let again = world.account("founder")
    again.clear()
    again.send("NAMES #tea")
    let names = again.lines.first { $0.command == "353" }?.parameters.last ?? ""
    #expect(names.split(separator: " ").count == 2, "\(names)")
  }
}
