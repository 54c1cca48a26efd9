import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

/// LIST with conditions (ISUPPORT `ELIST=CMNTU`).
@Suite("LIST")
struct ListTests {
  private func listed(_ client: Client, _ request: String) -> [String] {
    client.clear()
    client.send(request)
    #expect(client.commands().last == "323", "\(request)")
    return client.lines.filter { $0.command == "322" }.map { $0.parameters[1] }
  }

  private func world() throws -> (World, Client) {
    let world = try World { $0.lobby = "" }
    let (alice, bob, carol) = (world.guest("alice"), world.guest("bob"), world.guest("carol"))
    alice.send("JOIN #one,#two,#three", "TOPIC #one :first")
    world.pass(milliseconds: 30 * 60_000)
    bob.send("JOIN #two,#three")
    carol.send("JOIN #three,#new")
    alice.send("TOPIC #two :second")
    return (world, alice)
  }

  @Test func members() throws {
    let (world, alice) = try world()
    defer { world.shutDown() }
    #expect(listed(alice, "LIST >1") == ["#two", "#three"])
    #expect(listed(alice, "LIST <2") == ["#one", "#new"])
    #expect(listed(alice, "LIST >1,<3") == ["#two"])
    #expect(listed(alice, "LIST >0,>2") == ["#three"], "all conditions hold")
    #expect(listed(alice, "LIST >-1").count == 4)
    #expect(listed(alice, "LIST <99999999999999999999999").count == 4)
    #expect(listed(alice, "LIST >99999999999999999999999") == [])
  }

  @Test func names() throws {
    let (world, alice) = try world()
    defer { world.shutDown() }
    #expect(listed(alice, "LIST #ONE,#three,#nowhere") == ["#one", "#three"])
    #expect(listed(alice, "LIST *t*") == ["#two", "#three"])
    #expect(listed(alice, "LIST !*t*") == ["#one", "#new"])
    #expect(listed(alice, "LIST #t*,!*two") == ["#three"])
    #expect(listed(alice, "LIST channel") == [])
    #expect(listed(alice, "LIST :").count == 4)
  }

  @Test func times() throws {
    let (world, alice) = try world()
    defer { world.shutDown() }
    #expect(listed(alice, "LIST C>10") == ["#one", "#two", "#three"])
    #expect(listed(alice, "LIST C<10") == ["#new"])
    #expect(listed(alice, "LIST C>10,C<60") == ["#one", "#two", "#three"])
    #expect(listed(alice, "LIST C>60") == [])
    #expect(listed(alice, "LIST T<10") == ["#two"])
    #expect(listed(alice, "LIST T>10") == ["#one"])
    #expect(listed(alice, "LIST t>10,c>10,>0,#o*") == ["#one"])
    #expect(listed(alice, "LIST T>10,T<20") == [], "no time is both")
    alice.send("TOPIC #one :")
    #expect(listed(alice, "LIST T<10") == ["#two"], "a room without a topic has no time of it")
  }

  @Test func conditionsThatAreNoneAndSecondParameters() throws {
    let (world, alice) = try world()
    defer { world.shutDown() }
    for condition in ["<", ">", "<abc", "C<", "T>x", ">1x"] { #expect(listed(alice, "LIST \(condition)") == []) }
    #expect(listed(alice, "LIST #t* >2") == ["#three"], "masks first, conditions behind them")
    #expect(listed(alice, "LIST #one irc.example.org") == ["#one"])
    alice.clear()
    alice.send("LIST #one other.example.org")
    #expect(alice.commands() == ["402"])
  }

  @Test func emptyRoomsThatWaitAfterAStartAreNotThere() throws {
    let store = MemoryStore()
    let before = try World(store: store) { $0.lobby = "" }
    let guest = before.guest("guest")
    guest.send("JOIN #den", "TOPIC #den :ours")
    before.shutDown()
    let world = try World(store: store) { $0.lobby = "" }
    let alice = world.guest("alice")
    #expect(listed(alice, "LIST") == [])
    alice.send("LUSERS", "TOPIC #den", "MODE #den", "NAMES #den", "WHO #den", "METADATA #den LIST")
    #expect(alice.lines.first { $0.command == "254" }?.parameters[1] == "0")
    #expect(!alice.commands().contains("332") && !alice.commands().contains("324"))
    alice.send("JOIN #den")
    #expect(alice.lines.contains { $0.command == "332" && $0.parameters[2] == "ours" }, "it has waited for them")
    #expect(listed(alice, "LIST") == ["#den"])
    alice.send("LUSERS")
    #expect(alice.lines.first { $0.command == "254" }?.parameters[1] == "1")
  }

  @Test func aLongListComesInSlicesWhileRoomsComeAndGo() throws {
    let world = try World {
      $0.lobby = ""
      $0.sliceBytes = 800
    }
    let alice = world.guest("alice")
    for number in 0..<100 { alice.send("JOIN #r\(number)") }
    let bob = world.guest("bob")
    func post(_ client: Client, _ command: String, _ parameters: String...) {
      world.post(.received(client.id, [.message(Message(command: command, parameters: parameters))]))
    }
    post(bob, "LIST")
    for number in 0..<100 where number % 2 == 0 { post(alice, "PART", "#r\(number)") }
    for number in 0..<10 { post(alice, "JOIN", "#new\(number)") }
    world.run()
    let names = bob.lines.filter { $0.command == "322" }.map { $0.parameters[1] }
    #expect(Set(names).count == names.count, "no room twice")
    #expect(Set(names).isSuperset(of: (0..<100).filter { $0 % 2 == 1 }.map { "#r\($0)" }))
    #expect(bob.commands().last == "323")
  }
}
