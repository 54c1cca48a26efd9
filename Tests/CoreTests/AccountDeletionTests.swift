import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

@Suite("Deleting accounts")
struct AccountDeletionTests {
  private func notices(_ client: Client) -> [String] {
    client.take().filter { $0.command == "NOTICE" && $0.source?.hasPrefix("NickServ!") == true }.map {
      $0.parameters[1]
    }
  }

  private func delete(_ client: Client, _ name: String) throws {
    client.clear()
    client.send("NS UNREGISTER \(name) sesame")
    let code = try #require(notices(client).last?.split(separator: " ").last)
    client.send("NS UNREGISTER \(name) \(code)")
  }

  @Test func itTakesThePasswordAndACode() throws {
    let world = try World()
    let (alice, bob) = (world.account("alice"), world.account("bob"))
    for client in [alice, bob] { client.clear() }
    alice.send("NS UNREGISTER alice", "NS UNREGISTER alice guess", "NS UNREGISTER nobody")
    bob.send("NS UNREGISTER alice sesame")
    #expect(
      notices(alice) == [
        "Usage: UNREGISTER alice <password>", "Your account stays: wrong account or password.",
        "There is no account nobody.",
      ])
    #expect(notices(bob) == ["alice is not yours."])
    #expect(!alice.isClosed)
  }

  @Test func nothingOfItIsLeftForWhoeverHasTheNameNext() throws {
    let store = MemoryStore()
    let world = try World(store: store)
    let (desk, phone) = (world.account("alice", device: "desk"), world.account("alice", device: "phone"))
    let bob = world.account("bob")
    desk.send("JOIN #tea", "CS REGISTER #tea", "JOIN #club", "MARKREAD #tea timestamp=2026-01-01T00:00:00.000Z")
    desk.send("SILENCE +mallory", "MODE alice +R")
    try world.administer("alice") { $0?.fingerprints = [String(repeating: "ab", count: 32)] }
    bob.send(
      "JOIN #tea", "JOIN #secret", "MODE #secret +iI a:alice", "PRIVMSG alice :for the old one", "MONITOR + alice")
    bob.clear()
    try delete(desk, "alice")
    #expect(desk.isClosed && phone.isClosed)
    #expect(desk.lines.last?.parameters.first == "Closing link: Account deleted")
    #expect(bob.commands().contains("QUIT") && bob.commands().contains("731"))
    let snapshot = try store.load()
    #expect(snapshot.accounts.map(\.name) == ["bob"])
    #expect(snapshot.devices.allSatisfy { $0.account != AccountID(1) } && snapshot.readMarkers.isEmpty)
    #expect(snapshot.silences.isEmpty && snapshot.settings.isEmpty)
    #expect(snapshot.memberships.allSatisfy { $0.account != AccountID(1) })
    #expect(snapshot.rooms.first { $0.name == "#tea" }?.founder == nil)
    #expect(snapshot.rooms.first { $0.name == "#tea" }?.modes == "nt")
    #expect(!snapshot.rooms.contains { $0.name == "#club" })

    let next = world.account("alice", "draft/chathistory batch", device: "desk")
    #expect(try store.load().accounts.first { $0.name == "alice" }?.id == AccountID(3))
    #expect(!next.lines.contains { $0.command == "JOIN" && $0.parameters[0] != "#lobby" })
    next.clear()
    next.send("CHATHISTORY LATEST bob * 10", "SILENCE", "JOIN #secret", "NS CERT LIST")
    #expect(!next.lines.contains { $0.command == "PRIVMSG" || $0.command == "271" || $0.command == "353" })
    #expect(next.lines.contains { $0.command == "473" })
    // What was said stays under the name it was said under.
    let old = world.account("alice")
    #expect(!old.commands().contains("PRIVMSG"))
  }

  @Test func theCommandLineHasTheSameEffect() throws {
    let store = MemoryStore()
    let world = try World(store: store)
    let alice = world.account("alice")
    let bob = world.guest("bob")
    alice.send("JOIN #tea", "CS REGISTER #tea", "JOIN #club", "CS REGISTER #club")
    bob.send("JOIN #tea")
    bob.clear()
    _ = try store.commit([Transaction(.deleteAccount(AccountID(1)))])
    world.post(.accountsChanged(try store.load().accounts))
    world.run()
    #expect(alice.isClosed)
    #expect(bob.commands() == ["QUIT"])
    bob.send("CS INFO #tea", "CS INFO #club", "NICK alice")
    let said = bob.lines.filter { $0.command == "NOTICE" }.map { $0.parameters[1] }
    #expect(said.contains("Founder: nobody") && said.contains("There is no room #club."))
    #expect(bob.commands().last == "NICK")
    #expect(try store.load().rooms.map(\.name).sorted() == ["#lobby", "#tea"])
  }

  @Test func whileNobodyServesItAsWell() throws {
    let store = MemoryStore()
    var world = try World(store: store)
    world.account("alice").send("JOIN #club", "CS REGISTER #club")
    world.shutDown()
    _ = try store.commit([Transaction(.deleteAccount(AccountID(1)))])
    world = try World(store: store)
    // It is nobody's now, and waits for those who may have been in it.
    #expect(try store.load().rooms.map(\.modes) == ["Pnt", "nt"])
    world.pass(seconds: 1_800)
    #expect(try store.load().rooms.map(\.name) == ["#lobby"])
    world.guest("alice")
  }

  @Test func theDiskRefusingLeavesEverything() throws {
    let store = MemoryStore()
    let world = try World(store: store)
    let alice = world.account("alice")
    alice.clear()
    alice.send("NS UNREGISTER alice sesame")
    let code = try #require(notices(alice).last?.split(separator: " ").last)
    store.failure = StoreError(.full, "no room")
    alice.send("NS UNREGISTER alice \(code)")
    #expect(notices(alice) == ["It could not be stored; nothing changed."])
    alice.send("WHOIS alice")
    #expect(alice.commands().contains("330"))
  }

  /// Whoever registers the name next has not been let in anywhere.
  @Test func entriesThatLetItInAreGoneHoweverItWasDeleted() throws {
    let store = MemoryStore()
    var world = try World(store: store)
    let (founder, alice) = (world.account("founder"), world.account("alice"))
    founder.send(
      "JOIN #club", "MODE #club +i", "MODE #club +I a:Alice", "MODE #club +e m:a:alice", "MODE #club +I a:bob")
    alice.send("QUIT")
    world.shutDown()
    _ = try store.commit([Transaction(.deleteAccount(AccountID(2)))])
    world = try World(store: store)
    let next = world.account("alice")
    next.clear()
    next.send("JOIN #club")
    #expect(next.commands() == ["473"])
    #expect(try store.load().listEntries.map(\.mask) == ["a:bob"])
  }
}
