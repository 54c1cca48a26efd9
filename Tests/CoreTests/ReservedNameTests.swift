import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

@Suite("Names of registered rooms")
struct ReservedNameTests {
  private func drop(_ room: String, _ client: Client) throws {
    client.clear()
    client.send("CS DROP \(room)")
    let code = try #require(client.take().last?.parameters.last?.split(separator: " ").last)
    client.send("CS DROP \(room) \(code)")
  }

  @Test func onlyTheFounderRenames() throws {
    let world = try World()
    let (alice, bob) = (world.account("alice"), world.account("bob"))
    alice.send("JOIN #company", "CS REGISTER #company")
    bob.send("JOIN #company")
    alice.send("MODE #company +oa bob bob")
    bob.clear()
    bob.send("RENAME #company #trash")
    #expect(bob.commands() == ["482"])
    // A server operator may, as with ChanServ.
    try world.makeOperator("bob")
    bob.send("OPER bob sesame")
    bob.clear()
    bob.send("RENAME #company #firm")
    #expect(bob.commands().prefix(2) == ["PART", "JOIN"])
    alice.clear()
    world.pass(seconds: 60)
    alice.send("RENAME #firm #company")
    #expect(alice.commands().filter { $0 != "PING" }.prefix(2) == ["PART", "JOIN"])
  }

  @Test func aNameThatWasGivenUpIsKeptForItsFounder() throws {
    let store = MemoryStore()
    var world = try World(store: store)
    var alice = world.account("alice")
    alice.send("JOIN #one", "CS REGISTER #one", "RENAME #one #two", "JOIN #three", "CS REGISTER #three")
    try drop("#three", alice)
    var bob = world.account("bob")
    // The room is still there, and open; its name is not to be had.
    bob.send("JOIN #three")
    alice.send("MODE #three +o bob")
    bob.clear()
    bob.send("CS REGISTER #three")
    #expect(bob.take().last?.parameters.last?.contains("kept for its founder") == true)
    alice.send("PART #three")
    bob.send("PART #three")
    for _ in 0..<2 {
      bob.clear()
      bob.send("JOIN #one", "JOIN #three", "JOIN #THREE", "JOIN #0ne", "JOIN #mine", "RENAME #mine #one")
      let answers = bob.take().filter { ["437", "FAIL"].contains($0.command) }
      #expect(answers.map(\.command) == ["437", "437", "437", "437", "FAIL"])
      #expect(answers.allSatisfy { $0.parameters.last?.contains("kept for the founder") == true })
      // It survives a restart.
      world = try World(store: store)
      bob = world.account("bob")
    }
    alice = world.account("alice")
    alice.clear()
    alice.send("JOIN #three", "CS REGISTER #three", "JOIN #one")
    #expect(alice.commands().filter { $0 == "JOIN" }.count == 2)
    // Now it is registered, and not reserved any more.
    #expect(try store.load().reservations.map(\.name) == ["#one"])
    world.now = world.now.adding(milliseconds: 31 * 86_400_000)
    world.pass(seconds: 61)
    #expect(try store.load().reservations.isEmpty)
    alice.send("PART #one")
    bob.clear()
    bob.send("JOIN #one", "CS REGISTER #one")
    #expect(bob.lines.last?.parameters.last == "#one is yours.")
  }

  @Test func anAccountThatIsDeletedLeavesItsNamesToNobody() throws {
    let store = MemoryStore()
    let world = try World(store: store)
    let alice = world.account("alice")
    alice.send("JOIN #one", "CS REGISTER #one", "JOIN #two", "CS REGISTER #two", "RENAME #two #three")
    let bob = world.account("bob")
    try world.administer("alice") { $0 = nil }
    #expect(try store.load().reservations.allSatisfy { $0.account == nil })
    bob.clear()
    bob.send("JOIN #one", "JOIN #two", "JOIN #three")
    #expect(bob.commands() == ["437", "437", "437"])
    let next = world.account("alice")
    next.clear()
    next.send("JOIN #one")
    #expect(next.commands() == ["437"])
    try world.makeOperator("bob")
    bob.send("OPER bob sesame")
    bob.clear()
    bob.send("JOIN #one", "CS REGISTER #one")
    #expect(bob.lines.last?.parameters.last == "#one is yours.")
  }

  @Test func itHasALimitAndTheDiskMayRefuse() throws {
    let store = MemoryStore()
    let world = try World(store: store)
    let alice = world.account("alice")
    alice.send("JOIN #r0", "CS REGISTER #r0")
    for number in 1...22 {
      world.pass(seconds: 60)
      alice.send("RENAME #r\(number - 1) #r\(number)")
    }
    #expect(try store.load().reservations.count == 20)
    #expect(try !store.load().reservations.contains { $0.name == "#r0" })
    world.pass(seconds: 60)
    store.failure = StoreError(.full, "no room")
    alice.clear()
    alice.send("RENAME #r22 #r23")
    #expect(alice.take().first?.parameters[1] == "STORE_UNAVAILABLE")
    let bob = world.account("bob")
    bob.clear()
    bob.send("JOIN #r23", "PART #r23", "JOIN #r2")
    #expect(bob.commands().filter { $0 == "JOIN" }.count == 1)
    #expect(bob.commands().last == "437")
  }
}
