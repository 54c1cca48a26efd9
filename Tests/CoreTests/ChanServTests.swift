import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

@Suite("ChanServ")
struct ChanServTests {
  private func notices(_ client: Client) -> [String] {
    client.take().filter { $0.command == "NOTICE" && $0.source == "ChanServ!services@irc.example.org" }.map {
      $0.parameters[1]
    }
  }

  private func names(_ client: Client, _ room: String) -> Set<String> {
    client.clear()
    client.send("NAMES \(room)")
    return Set(
      client.take().filter { $0.command == "353" }.flatMap { $0.parameters[3].split(separator: " ").map(String.init) })
  }

  @Test func aRegisteredRoomStaysAndKnowsItsFounder() throws {
    let store = MemoryStore()
    var world = try World(store: store)
    var alice = world.account("alice")
    alice.send("JOIN #tea")
    alice.clear()
    alice.send("PRIVMSG chanserv :Register #tea")
    let lines = alice.read()
    #expect(lines.contains(":ChanServ!services@irc.example.org MODE #tea +q alice"))
    #expect(lines.contains(":ChanServ!services@irc.example.org MODE #tea +r"))
    alice.send("PART #tea")
    world = try World(store: store)
    let bob = world.guest("bob")
    bob.send("JOIN #tea")
    #expect(!bob.lines.contains { $0.command == "MODE" })
    #expect(names(bob, "#tea") == ["bob"])
    alice = world.account("alice")
    alice.send("JOIN #tea")
    #expect(names(bob, "#tea") == ["bob", "~alice"])
  }

  @Test func onlyItsOperatorRegistersIt() throws {
    let world = try World()
    let (alice, bob) = (world.account("alice"), world.account("bob"))
    let guest = world.guest("carol")
    alice.send("JOIN #tea", "MODE #tea +o bob")
    for client in [bob, guest] { client.send("JOIN #tea") }
    alice.send("MODE #tea +o bob")
    for client in [alice, bob, guest] { client.clear() }
    guest.send("CS REGISTER #tea", "CS REGISTER #nowhere")
    bob.send("CS REGISTER #tea", "CS REGISTER #lobby")
    #expect(notices(guest) == ["Sign in first: a room belongs to an account.", "There is no room #nowhere."])
    #expect(notices(bob) == ["#tea was made by alice, who alone can register it.", "#lobby belongs to the server."])
    alice.send("MODE #tea +r")
    #expect(alice.commands() == ["481"])
  }

  @Test func itIsGivenUpWithACode() throws {
    let world = try World()
    let alice = world.account("alice")
    alice.send("JOIN #tea", "CS REGISTER #tea")
    alice.clear()
    alice.send("CS DROP #tea", "CS DROP #tea nonsense")
    let said = notices(alice)
    let code = try #require(said.first?.split(separator: " ").last)
    alice.send("PART #tea", "CS DROP #tea \(code)")
    #expect(notices(alice) == ["#tea is not registered any more."])
    alice.send("CS INFO #tea")
    #expect(notices(alice) == ["There is no room #tea."])
  }

  @Test func aFounderGivesRolesFromOutside() throws {
    let world = try World()
    let (alice, bob) = (world.account("alice"), world.account("bob"))
    alice.send("JOIN #tea", "CS REGISTER #tea")
    bob.send("JOIN #tea")
    alice.send("PART #tea")
    alice.clear()
    bob.send("CS OP #tea")
    #expect(notices(bob) == ["Your role in #tea is too low for this."])
    alice.send("CS OP #tea bob", "CS OP #tea nobody")
    #expect(notices(alice) == ["Done.", "They are not in #tea."])
    #expect(names(bob, "#tea") == ["@bob"])
    bob.send("CS DEOP #tea")
    #expect(names(bob, "#tea") == ["bob"])
  }

  @Test func itIsTransferred() throws {
    let world = try World()
    let (alice, bob) = (world.account("alice"), world.account("bob"))
    alice.send("JOIN #tea", "CS REGISTER #tea")
    bob.send("JOIN #tea")
    alice.clear()
    bob.send("CS TRANSFER #tea bob")
    bob.send("CS ACCEPT #tea")
    #expect(notices(bob) == ["#tea is not yours.", "Nobody wants to give you #tea."])
    alice.send("CS TRANSFER #tea nobody", "CS TRANSFER #tea bob", "CS TRANSFER #tea bob")
    let offer = "#tea is bob's once they say: /msg ChanServ ACCEPT #tea"
    #expect(notices(alice) == ["There is no account nobody.", offer, offer])
    #expect(names(bob, "#tea") == ["~alice", "bob"])
    bob.clear()
    alice.send("CS TRANSFER #tea bob")
    #expect(notices(bob) == [], "it is told once")
    bob.send("CS ACCEPT #tea")
    #expect(notices(bob) == ["#tea is bob's."])
    #expect(names(bob, "#tea") == ["@alice", "~bob"])
    alice.send("CS INFO #tea")
    #expect(notices(alice).contains("Founder: bob"))
  }

  @Test func rolesOutliveLeavingAndARestart() throws {
    let store = MemoryStore()
    var world = try World(store: store)
    var (alice, bob) = (world.account("alice"), world.account("bob"))
    alice.send("JOIN #tea")
    bob.send("JOIN #tea")
    alice.send("CS REGISTER #tea", "MODE #tea +o bob")
    bob.send("PART #tea", "JOIN #tea")
    #expect(names(alice, "#tea") == ["~alice", "@bob"])
    // Not in a room that is nobody's.
    alice.send("JOIN #cake")
    bob.send("JOIN #cake")
    alice.send("MODE #cake +v bob")
    bob.send("PART #cake", "JOIN #cake", "PART #tea")
    #expect(names(alice, "#cake") == ["@alice", "bob"])
    world = try World(store: store)
    (alice, bob) = (world.account("alice"), world.account("bob"))
    bob.send("JOIN #tea")
    #expect(names(alice, "#tea") == ["~alice", "@bob"])
    alice.send("MODE #tea -o bob")
    bob.send("PART #tea", "JOIN #tea")
    #expect(names(alice, "#tea") == ["~alice", "bob"])
    #expect(try store.load().roomRoles.map(\.account) == [AccountID(1)])
  }

  @Test func rolesAreGivenToWhoIsNotThere() throws {
    let store = MemoryStore()
    let world = try World(store: store)
    let (alice, bob) = (world.account("alice"), world.account("bob"))
    alice.send("JOIN #tea", "CS REGISTER #tea")
    alice.clear()
    bob.send("CS AMODE #tea +o bob")
    #expect(notices(bob) == ["Your role in #tea is too low for this."])
    alice.send("CS AMODE #tea +v bob", "CS AMODE #tea +q bob", "CS AMODE #tea +v nobody", "CS AMODE #tea")
    #expect(notices(alice).filter { $0.hasPrefix("bob") || $0 == "Done." } == ["Done.", "bob: +v"])
    bob.send("JOIN #tea")
    #expect(names(alice, "#tea") == ["~alice", "+bob"])
    store.failure = StoreError(.full, "no room")
    alice.clear()
    alice.send("CS AMODE #tea -v bob")
    #expect(notices(alice) == ["The change could not be stored; nothing changed."])
    bob.send("PART #tea", "JOIN #tea")
    #expect(names(alice, "#tea") == ["~alice", "+bob"])
    alice.send("CS AMODE #tea -v bob")
    #expect(names(alice, "#tea") == ["~alice", "bob"])
  }

  @Test func anAccountHasOnlySoMany() throws {
    let world = try World()
    let alice = world.account("alice")
    for number in 0...20 { alice.send("JOIN #r\(number)", "CS REGISTER #r\(number)") }
    #expect(notices(alice).filter { $0.hasSuffix("is yours.") }.count == 20)
  }

  @Test func whatTheDiskRefusesIsNotSo() throws {
    let store = MemoryStore()
    let world = try World(store: store)
    let alice = world.account("alice")
    alice.send("JOIN #tea")
    alice.clear()
    store.failure = StoreError(.full, "no room")
    alice.send("CS REGISTER #tea")
    #expect(notices(alice) == ["The change could not be stored; nothing changed."])
    #expect(names(alice, "#tea") == ["@alice"])
    alice.send("MODE #tea")
    #expect(alice.lines.first?.parameters.last == "+nt")
  }
}
