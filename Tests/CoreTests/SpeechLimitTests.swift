import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

/// Slow mode, floods, and messages to many strangers.
@Suite("Limits on what is said")
struct SpeechLimitTests {
  private let capabilities = "echo-message message-tags"

  /// A room with its founder and a member without a role.
  private func room(_ modes: String, _ world: World) -> (founder: Client, member: Client) {
    let founder = world.guest("founder", capabilities)
    founder.send("JOIN #tea", "MODE #tea \(modes)")
    let member = world.guest("member", capabilities)
    member.send("JOIN #tea")
    founder.clear()
    member.clear()
    return (founder, member)
  }

  @Test func whoMayNotSpeakSaysNothingInLeavingEither() throws {
    let world = try World()
    let (founder, member) = room("+m", world)
    member.send("PART #tea :said all the same", "JOIN #tea", "QUIT :said all the same")
    #expect(founder.lines.map(\.command) == ["PART", "JOIN", "QUIT"])
    #expect(!founder.read().contains { $0.contains("said all the same") })
  }

  @Test func tagMessagesThatAreNotKeptObeyTheFloodLimit() throws {
    let world = try World()
    let (founder, member) = room("+f 5:10", world)
    for number in 0..<20 { member.send("@+x=\(number) TAGMSG #tea") }
    #expect(founder.commands().count == 5)
    founder.clear()
    member.send("@+typing=active TAGMSG #tea")
    #expect(founder.commands() == ["TAGMSG"])
  }

  /// A message of so many lines, which are not those of another one.
  private func paste(_ count: Int, _ text: String, to target: String = "#tea", label: String = "") -> [String] {
    ["\(label)BATCH +1 draft/multiline \(target)"]
      + (1...count).map { "@batch=1 PRIVMSG \(target) :\(text) \($0)" } + ["BATCH -1"]
  }

  @Test("a message counts as one for each four of its lines, and a longer one than the flood limit allows is refused")
  func linesCount() throws {
    let world = try World()
    let founder = world.guest("founder")
    founder.send("JOIN #tea", "MODE #tea +f 8:10")
    let member = world.guest("member", "message-tags batch echo-message labeled-response draft/multiline")
    member.send("JOIN #tea")
    func said(_ lines: [String]) -> Int {
      founder.clear()
      member.send(lines)
      return founder.commands().count
    }
    // Five, then two, then one.
    #expect(said(paste(20, "a")) == 20)
    #expect(said(paste(8, "b")) == 8)
    member.clear()
    #expect(said(paste(5, "c", label: "@label=x ")) == 0)
    let refusal = try #require(member.take().last)
    #expect(refusal.command == "FAIL" && refusal[tag: "label"] == "x")
    #expect(refusal.parameters.prefix(3) == ["BATCH", "RATE_LIMITED", "#tea"])
    #expect(refusal.parameters.last?.contains("wait 10 seconds") == true)
    #expect(said(paste(4, "d")) == 4)
    #expect(said(["PRIVMSG #tea :e"]) == 0)
    world.pass(seconds: 10)
    #expect(said(paste(32, "f")) == 32)
    world.pass(seconds: 60)
    member.clear()
    #expect(said(paste(33, "g")) == 0)
    #expect(member.take().last?.parameters.last?.contains("of more than 32 lines is too long here (+f)") == true)
    // In 25 seconds one person says at most 32 lines in each ten of them.
    var lines = 0
    for number in 0..<25 {
      lines += said(paste(10, "h\(number)"))
      world.pass(seconds: 1)
    }
    #expect((60...96).contains(lines))
    // Long texts are compared as a whole.
    world.pass(seconds: 10)
    #expect([said(paste(6, "i")), said(paste(6, "i")), said(paste(6, "i"))] == [6, 6, 0])
  }

  @Test("slow mode alone counts messages")
  func slowModeCountsMessages() throws {
    let world = try World()
    let (founder, _) = room("+W 30", world)
    let member = world.guest("third", "message-tags batch draft/multiline")
    member.send("JOIN #tea")
    founder.clear()
    member.send(paste(40, "a"))
    #expect(founder.commands().count == 40)
    world.pass(seconds: 30)
    member.send(paste(40, "b"))
    #expect(founder.commands().count == 80)
  }

  @Test("the lines of guests' first messages count as well", arguments: ["#tea", "founder"])
  func firstMessages(target: String) throws {
    let world = try World { $0.guestMessagesPerMinute = 5 }
    let founder = world.guest("founder")
    founder.send("JOIN #tea")
    let guest = world.connect(trusted: false)
    guest.send("CAP REQ :batch message-tags draft/multiline", "NICK guest", "USER g 0 * :g", "CAP END", "JOIN #tea")
    founder.clear()
    guest.clear()
    guest.send(paste(21, "a", to: target))
    #expect(founder.lines.isEmpty)
    #expect(guest.take().last?.parameters.last?.contains("more than 20 lines") == true)
    guest.send(paste(16, "b", to: target))
    #expect(founder.commands().count == 16)
    guard target == "#tea" else { return }
    guest.send(paste(8, "c"))
    #expect(guest.take().last?.parameters.prefix(2) == ["BATCH", "RATE_LIMITED"])
    #expect(founder.commands().count == 16)
  }

  @Test func modesAreShownAndKept() throws {
    let store = MemoryStore()
    var world = try World(store: store)
    let alice = world.account("alice")
    alice.send("JOIN #tea", "MODE #tea +Wf 30 5:10")
    alice.clear()
    alice.send(
      "MODE #tea +W 0", "MODE #tea +W 1000000", "MODE #tea +f 5", "MODE #tea +f 0:5", "MODE #tea +W", "MODE #tea")
    #expect(alice.commands() == ["696", "696", "696", "696", "696", "324", "329"])
    #expect(alice.lines[5].parameters.suffix(3) == ["+ntWf", "30", "5:10"])
    world = try World(store: store)
    let again = world.account("alice")
    again.clear()
    again.send("MODE #tea", "MODE #tea -Wf", "MODE #tea")
    #expect(again.lines[0].parameters.suffix(3) == ["+ntWf", "30", "5:10"])
    #expect(again.lines[2].parameters == ["#tea", "-Wf"])
    #expect(again.lines[3].parameters.last == "+nt")
  }

  @Test func slowModeNamesTheSecondsLeftAndStoresNothing() throws {
    let world = try World()
    let (founder, member) = room("+W 30", world)
    member.send("PRIVMSG #tea :one", "PRIVMSG #tea :two")
    #expect(member.commands() == ["PRIVMSG", "404"])
    #expect(member.take().last?.parameters.last?.contains("wait 30 seconds") == true)
    #expect(founder.take().map(\.parameters.last) == ["one"])
    world.pass(seconds: 20)
    // Leaving does not shorten it.
    member.send("PART #tea", "JOIN #tea")
    member.clear()
    member.send("PRIVMSG #tea :two")
    #expect(member.take().last?.parameters.last?.contains("wait 10 seconds") == true)
    member.send("TAGMSG #tea", "NOTICE #tea :two", "PRIVMSG @#tea :two")
    #expect(member.take().map(\.command) == ["TAGMSG", "FAIL", "404"])
    world.pass(seconds: 10)
    member.send("PRIVMSG #tea :two")
    #expect(member.take().map(\.command) == ["PRIVMSG"])
    let history = try world.store.reader().history(
      HistoryQuery(conversation: .room(RoomID(2)), range: .latest(after: nil), limit: 10, kinds: .messages))
    #expect(history.map(\.text) == ["one", "two"])
  }

  @Test func whoHasARoleIsExempt() throws {
    let world = try World()
    let (founder, member) = room("+Wf 30 1:60", world)
    founder.send("PRIVMSG #tea :a", "PRIVMSG #tea :a", "PRIVMSG #tea :a", "MODE #tea +v member")
    #expect(!founder.commands().contains("404"))
    member.clear()
    member.send("PRIVMSG #tea :b", "PRIVMSG #tea :b", "PRIVMSG #tea :b")
    #expect(member.commands() == ["PRIVMSG", "PRIVMSG", "PRIVMSG"])
  }

  @Test func floodsAndRepetitionsAreRefused() throws {
    let world = try World()
    let (_, member) = room("+f 4:20", world)
    member.send("PRIVMSG #tea :buy", "PRIVMSG #tea :buy", "PRIVMSG #tea :buy", "PRIVMSG #tea :c", "PRIVMSG #tea :d")
    member.send("PRIVMSG #tea :e")
    let lines = member.take()
    #expect(lines.map(\.command) == ["PRIVMSG", "PRIVMSG", "404", "PRIVMSG", "PRIVMSG", "404"])
    #expect(lines[2].parameters.last?.contains("the same") == true)
    #expect(lines[5].parameters.last?.contains("too many") == true)
    world.pass(seconds: 20)
    member.send("PRIVMSG #tea :buy")
    #expect(member.commands() == ["PRIVMSG"])
  }

  /// The client that did not see its echo sends it again: the key tells, whatever the limits say.
  @Test func aRetryOfWhatIsStoredIsNeverRefused() throws {
    let store = MemoryStore()
    var world = try World(store: store)
    let alice = world.account("alice")
    alice.send("JOIN #tea", "MODE #tea +W 60")
    var bob = world.account("bob", capabilities)
    bob.send("JOIN #tea")
    bob.clear()
    for number in 1...3 {
      bob.send("@+parley.chat/key=p.\(number) PRIVMSG #tea :\(number)")
      world.pass(seconds: 60)
    }
    bob.clear()
    world = try World(store: store)
    bob = world.account("bob", capabilities)
    bob.clear()
    for number in 1...4 { bob.send("@+parley.chat/key=p.\(number) PRIVMSG #tea :\(number)") }
    // The first one did not count, as it was a retry: so the fourth may be said.
    #expect(bob.take().map(\.command) == ["PRIVMSG", "PRIVMSG", "PRIVMSG", "PRIVMSG"])
    bob.send("@+parley.chat/key=p.5 PRIVMSG #tea :5", "@+parley.chat/key=p.4 PRIVMSG #tea :4")
    #expect(bob.take().map(\.command) == ["404", "PRIVMSG"])
    world.pass(seconds: 60)
    bob.clear()
    bob.send("@+parley.chat/key=p.5 PRIVMSG #tea :5")
    #expect(bob.take().map(\.command) == ["PRIVMSG"])
  }

  /// By themselves: a word can be mended at once, and nothing gets past the limits by changing what was said.
  @Test func editsAndReactionsAreCounted() throws {
    let world = try World()
    let capabilities = "echo-message message-tags parley.chat/edit"
    let founder = world.guest("founder", capabilities)
    founder.send("JOIN #tea", "MODE #tea +W 30")
    let member = world.guest("member", capabilities)
    member.send("JOIN #tea")
    member.clear()
    member.send("PRIVMSG #tea :teh")
    let id = try #require(member.take().first?[tag: "msgid"])
    founder.clear()
    member.send("EDIT #tea \(id) :the", "EDIT #tea \(id) :a")
    #expect(member.lines.map(\.command) == ["EDIT", "FAIL"])
    #expect(member.take().last?.parameters.prefix(3) == ["EDIT", "RATE_LIMITED", "#tea"])
    let reaction = "@+draft/reply=\(id);+draft/react=x TAGMSG #tea"
    member.send(reaction, reaction)
    #expect(member.take().map(\.command) == ["TAGMSG", "TAGMSG"])
    #expect(founder.take().map(\.command) == ["EDIT", "TAGMSG", "TAGMSG"])
    founder.send("MODE #tea -W+f 2:60")
    world.pass(seconds: 50)
    member.send("PING here")
    founder.send("PING here")
    world.pass(seconds: 11)
    member.clear()
    member.send(reaction, "@+typing=active TAGMSG #tea", reaction, reaction, "EDIT #tea \(id) :b", "EDIT #tea \(id) :c")
    member.send("EDIT #tea \(id) :d", "PRIVMSG #tea :e", "PRIVMSG #tea :f", "PRIVMSG #tea :g")
    #expect(
      member.take().map(\.command) == [
        "TAGMSG", "TAGMSG", "TAGMSG", "FAIL", "EDIT", "EDIT", "FAIL", "PRIVMSG", "PRIVMSG", "404",
      ])
  }

  @Test func anEditsRetryIsNeverRefused() throws {
    let store = MemoryStore()
    var world = try World(store: store)
    let alice = world.account("alice")
    alice.send("JOIN #tea", "MODE #tea +W 60")
    let capabilities = "echo-message message-tags parley.chat/edit"
    var bob = world.account("bob", capabilities)
    bob.send("JOIN #tea")
    bob.clear()
    bob.send("PRIVMSG #tea :teh")
    let id = try #require(bob.take().first?[tag: "msgid"])
    bob.send("@+parley.chat/key=p.1 EDIT #tea \(id) :the")
    world = try World(store: store)
    bob = world.account("bob", capabilities)
    bob.clear()
    bob.send("@+parley.chat/key=p.1 EDIT #tea \(id) :the", "@+parley.chat/key=p.2 EDIT #tea \(id) :a")
    bob.send("@+parley.chat/key=p.3 EDIT #tea \(id) :b", "@+parley.chat/key=p.1 EDIT #tea \(id) :the")
    #expect(bob.take().map(\.command) == ["EDIT", "EDIT", "FAIL", "EDIT"])
    store.failure = StoreError(.full, "no room")
    world.pass(seconds: 60)
    bob.clear()
    store.failure = StoreError(.full, "no room")
    bob.send("@+parley.chat/key=p.3 EDIT #tea \(id) :b")
    bob.send("@+parley.chat/key=p.3 EDIT #tea \(id) :b")
    #expect(bob.take().map(\.command) == ["FAIL", "EDIT"])
  }

  @Test func whatTheDiskRefusedDoesNotCount() throws {
    let store = MemoryStore()
    let world = try World(store: store)
    let (_, member) = room("+W 60", world)
    store.failure = StoreError(.full, "no room")
    member.send("PRIVMSG #tea :one")
    #expect(member.commands() == ["FAIL"])
    member.clear()
    member.send("PRIVMSG #tea :one")
    #expect(member.commands() == ["PRIVMSG"])
  }

  // MARK: - Strangers

  private func crowd(_ world: World, _ count: Int) -> [Client] { (1...count).map { world.guest("p\($0)") } }

  private func stranger(_ world: World, _ nick: String) -> Client {
    let client = world.connect(trusted: false)
    client.send("CAP REQ :echo-message message-tags", "NICK \(nick)", "USER x 0 * :x", "CAP END")
    client.clear()
    return client
  }

  @Test func manyStrangersInAMinuteAreTooMany() throws {
    let world = try World { $0.peoplePerMinute = 3 }
    let people = crowd(world, 5)
    let spammer = stranger(world, "spammer")
    for number in 1...4 { spammer.send("PRIVMSG p\(number) :buy") }
    #expect(spammer.commands() == ["PRIVMSG", "PRIVMSG", "PRIVMSG", "439"])
    #expect(people[3].lines.isEmpty)
    spammer.clear()
    // Whom one has just written to is no stranger; neither is oneself, who gets the message and its echo.
    spammer.send("PRIVMSG p1 :more", "PRIVMSG spammer :note", "NOTICE p5 :buy", "TAGMSG p5")
    #expect(spammer.take().map(\.command) == ["PRIVMSG", "PRIVMSG", "PRIVMSG", "FAIL", "FAIL"])
    // A new connection from there does not begin again.
    spammer.close()
    let again = stranger(world, "again")
    again.send("PRIVMSG p4 :buy")
    #expect(again.take().map(\.command) == ["439"])
    world.pass(seconds: 60)
    again.send("PRIVMSG p4 :buy")
    #expect(again.take().map(\.command) == ["PRIVMSG"])
  }

  @Test func whoHasSpokenBeforeIsNoStranger() throws {
    let world = try World { $0.peoplePerMinute = 1 }
    let people = crowd(world, 3)
    let alice = stranger(world, "alice")
    people[0].send("PRIVMSG alice :hello")
    alice.clear()
    alice.send("PRIVMSG p2 :hello", "PRIVMSG p1 :hello yourself", "PRIVMSG p3 :hello")
    #expect(alice.take().map(\.command) == ["PRIVMSG", "PRIVMSG", "439"])
  }

  @Test func trustedConnectionsAndAServerWithoutTheLimitAreFree() throws {
    for (limit, isTrusted) in [(1, true), (0, false)] {
      let world = try World { $0.peoplePerMinute = limit }
      _ = crowd(world, 3)
      let client = isTrusted ? world.guest("bridge", capabilities) : stranger(world, "alice")
      for number in 1...3 { client.send("PRIVMSG p\(number) :hello") }
      #expect(client.commands() == ["PRIVMSG", "PRIVMSG", "PRIVMSG"])
    }
  }
}
