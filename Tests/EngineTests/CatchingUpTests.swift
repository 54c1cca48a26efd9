import IRC
import ParleyCache
import ParleyEngine
import ParleyTesting
import Testing

@Suite("Catching up")
struct CatchingUpTests {
  @Test("what was said while the connection was broken comes once, in order, before what comes then")
  func afterACut() throws {
    let stage = try Stage()
    let (alice, bob) = try stage.tea()
    bob.say("one", in: "#tea")
    #expect(try alice.heard() == ["bob: one"])
    alice.isServerReachable = false
    alice.cut()
    for number in 2...250 { bob.say("\(number)", in: "#tea") }
    alice.isServerReachable = true
    stage.pass(seconds: 5)
    bob.say("live", in: "#tea")
    #expect(try alice.heard() == (2...250).map { "bob: \($0)" } + ["bob: live"])
    #expect(try alice.transcript("#tea").count == 251)
  }

  @Test("everything that was missed is told, however much it is")
  func complete() throws {
    let stage = try Stage()
    let (alice, bob) = try stage.tea()
    bob.say("first", in: "#tea")
    _ = try alice.heard()
    alice.isServerReachable = false
    alice.cut()
    for number in 1...2_500 { bob.say("\(number)", in: "#tea") }
    alice.isServerReachable = true
    stage.pass(seconds: 5)
    #expect(try alice.heard() == (1...2_500).map { "bob: \($0)" })
    #expect(try alice.gap(in: "#tea") == nil)
    #expect(alice.row("#tea")?.unread == 2_501)
  }

  @Test("pages wait until the host has dispatched what it has")
  func slowHost() throws {
    let stage = try Stage()
    let (alice, bob) = try stage.tea()
    bob.say("first", in: "#tea")
    _ = try alice.heard()
    alice.isServerReachable = false
    alice.cut()
    for number in 1...500 { bob.say("\(number)", in: "#tea") }
    alice.core.waitingEvents = 10_000
    alice.isServerReachable = true
    stage.pass(seconds: 5)
    let first = try alice.heard()
    #expect(!first.isEmpty && first.count <= 100)
    #expect(alice.core.waitsForHost)
    #expect(!alice.isCurrent("#tea"))
    bob.say("live", in: "#tea")
    alice.core.waitingEvents = 0
    alice.act(.networkChanged)
    stage.pass(seconds: 1)
    #expect(try first + alice.heard() == (1...500).map { "bob: \($0)" } + ["bob: live"])
    #expect(alice.isCurrent("#tea"))
  }

  @Test("a host may want less: then a gap is left, which closes when it is asked for")
  func gap() throws {
    let stage = try Stage()
    let (alice, bob) = try stage.tea(catchUpLimit: 2_000)
    bob.say("first", in: "#tea")
    alice.isServerReachable = false
    alice.cut()
    for number in 1...2_500 { bob.say("\(number)", in: "#tea") }
    alice.isServerReachable = true
    stage.pass(seconds: 5)
    var transcript = try alice.transcript("#tea", limit: 1_000)
    #expect(transcript.last == "bob: 2500")
    var rounds = 0
    while let gap = try alice.gap(in: "#tea") {
      rounds += 1
      try #require(rounds < 30)
      #expect(alice.result(alice.act(.backfill(gap: gap)))?.result == 0)
    }
    #expect(rounds > 0)
    transcript = try alice.transcript("#tea", limit: 10_000)
    #expect(transcript == ["bob: first"] + (1...2_500).map { "bob: \($0)" })
  }

  @Test("the first contact with a room shows what was said before, and tells the host of nothing")
  func firstContact() throws {
    let stage = try Stage()
    let (alice, bob) = (try stage.engine("alice"), try stage.engine("bob"))
    bob.connect()
    bob.join("#tea")
    for number in 1...80 { bob.say("\(number)", in: "#tea") }
    alice.connect()
    alice.join("#tea")
    #expect(try alice.heard() == [])
    let transcript = try alice.transcript("#tea")
    #expect(transcript == ["(gap)"] + (31...80).map { "bob: \($0)" })
    bob.say("new", in: "#tea")
    #expect(try alice.heard() == ["bob: new"])
    #expect(alice.row("#tea")?.unread == 1)
  }

  /// An engine that is signed in to an account of that name.
  private func connected(_ name: String, _ stage: Stage, clockOffset: Int64 = 0) throws -> Performer {
    let engine = try stage.engine(name, password: "sesame")
    engine.clockOffset = clockOffset
    try stage.makeAccount(name)
    engine.connect()
    return engine
  }

  @Test("private messages wait on the server for somebody who is away")
  func personsWhileAway() throws {
    let stage = try Stage()
    let (alice, bob) = (try connected("alice", stage), try connected("bob", stage))
    bob.say("hello", in: "alice")
    #expect(try alice.heard() == ["bob: hello"])
    alice.isServerReachable = false
    alice.cut()
    for number in 1...3 { bob.say("\(number)", in: "alice") }
    alice.isServerReachable = true
    stage.pass(seconds: 5)
    #expect(try alice.heard() == ["bob: 1", "bob: 2", "bob: 3"])
    alice.say("back", in: "bob")
    #expect(try bob.heard() == ["alice: back"])
    #expect(try alice.transcript("bob") == ["bob: hello", "bob: 1", "bob: 2", "bob: 3", "alice: back"])
  }

  @Test("the first message of somebody new is told, also if it came while we were away")
  func somebodyNewWhileAway() throws {
    let stage = try Stage()
    let (alice, bob) = (try connected("alice", stage), try connected("bob", stage))
    let carol = try stage.engine("carol")
    carol.connect()
    carol.say("before", in: "alice")
    #expect(try alice.heard() == ["carol: before"])
    alice.isServerReachable = false
    alice.cut()
    bob.say("hello", in: "alice")
    alice.isServerReachable = true
    stage.pass(seconds: 5)
    #expect(try alice.heard() == ["bob: hello"])
    #expect(alice.row("bob")?.unread == 1)
  }

  @Test(
    "the first message of a new person is told after the server's clock was years ahead, whatever this machine's clock says",
    arguments: [0, 10, -10])
  func clocks(years: Int64) throws {
    let year: Int64 = 31_536_000_000
    let stage = try Stage()
    let (alice, bob) = (try connected("alice", stage, clockOffset: years * year), try connected("bob", stage))
    let carol = try stage.engine("carol")
    carol.connect()
    stage.world.now = stage.world.now.adding(milliseconds: 3 * year)
    carol.say("from the future", in: "alice")
    stage.world.now = stage.world.now.adding(milliseconds: -3 * year)
    #expect(try alice.heard() == ["carol: from the future"])
    alice.isServerReachable = false
    alice.cut()
    bob.say("hello", in: "alice")
    alice.isServerReachable = true
    stage.pass(seconds: 5)
    #expect(try alice.heard() == ["bob: hello"])
  }

  @Test("requests that are not shown, however many, hide nothing that was said behind them")
  func behindRequests() throws {
    let stage = try Stage()
    let (alice, bob) = try stage.tea()
    alice.isServerReachable = false
    alice.cut()
    let flooder = stage.world.guest("flooder")
    flooder.send("JOIN #tea")
    for _ in 0..<250 { flooder.send("PRIVMSG #tea :\u{1}VERSION\u{1}") }
    bob.say("after", in: "#tea")
    alice.isServerReachable = true
    stage.pass(seconds: 5)
    bob.say("live", in: "#tea")
    #expect(try alice.heard() == ["bob: after", "bob: live"])
    #expect(try alice.gap(in: "#tea") == nil)
  }

  @Test("who removes somebody from a room stays in it")
  func kicking() throws {
    let stage = try Stage()
    let (alice, bob) = try stage.tea()
    let chat = alice.chat("#tea")
    #expect(alice.result(alice.act(.kick(chat: chat, nick: "bob", reason: "")))?.result == 0)
    #expect(alice.row("#tea")?.isWanted == true)
    #expect(alice.isCurrent("#tea"))
    #expect(bob.row("#tea")?.isWanted == false)
  }

  @Test("leaving and joining that cross end as they were asked last")
  func crossing() throws {
    let stage = try Stage()
    let (alice, bob) = (try stage.engine("alice", password: "sesame"), try stage.engine("bob"))
    try stage.makeAccount("alice")
    alice.connect()
    bob.connect()
    bob.join("#tea")
    stage.world.isDiskHeld = true
    let chat = alice.chat("#tea")
    alice.act(.join(chat: chat, key: nil))
    alice.act(.leave(chat: chat, reason: ""))
    stage.world.isDiskHeld = false
    stage.run()
    #expect(bob.row("#tea")?.memberCount == 1)
    #expect(alice.row("#tea")?.isWanted == false)
    alice.join("#tea")
    stage.world.isDiskHeld = true
    alice.act(.leave(chat: chat, reason: ""))
    let join = alice.act(.join(chat: chat, key: nil))
    stage.world.isDiskHeld = false
    stage.run()
    #expect(alice.result(join)?.result == 0)
    #expect(bob.row("#tea")?.memberCount == 2)
    #expect(alice.row("#tea")?.isWanted == true)
    // A chat that is removed while its room is being joined stays removed.
    alice.act(.leave(chat: chat, reason: ""))
    stage.world.isDiskHeld = true
    alice.act(.join(chat: chat, key: nil))
    alice.act(.removeChat(chat))
    stage.world.isDiskHeld = false
    stage.run()
    #expect(bob.row("#tea")?.memberCount == 1)
    #expect(!alice.knows("#tea"))
  }

  @Test("a chat says when everything is here")
  func current() throws {
    let stage = try Stage()
    let (alice, bob) = (try stage.engine("alice", password: "sesame"), try stage.engine("bob"))
    try stage.makeAccount("alice")
    bob.connect()
    bob.join("#tea")
    alice.connect()
    alice.join("#tea")
    #expect(alice.isCurrent("#tea"))
    alice.isServerReachable = false
    alice.cut()
    #expect(!alice.isCurrent("#tea"))
    for number in 1...250 { bob.say("\(number)", in: "#tea") }
    alice.onEvents = { [unowned alice] in
      if alice.isCurrent("#tea") { #expect((try? alice.transcript("#tea").last) == "bob: 250") }
    }
    alice.isServerReachable = true
    stage.pass(seconds: 5)
    #expect(alice.isCurrent("#tea"))
  }

  @Test("a room that was left without a connection is left when there is one")
  func leftOffline() throws {
    let stage = try Stage()
    let (alice, bob) = try stage.tea()
    let chat = alice.chat("#tea")
    alice.isServerReachable = false
    alice.cut()
    #expect(bob.row("#tea")?.memberCount == 2)
    #expect(alice.result(alice.act(.leave(chat: chat, reason: "tired")))?.result == 0)
    try alice.restart()
    alice.isServerReachable = true
    alice.connect()
    stage.pass(seconds: 2)
    #expect(bob.row("#tea")?.memberCount == 1)
    #expect(alice.row("#tea")?.isWanted == false)
    // It was this once.
    alice.join("#tea")
    #expect(bob.row("#tea")?.memberCount == 2)
    #expect(alice.row("#tea")?.isWanted == true)
  }

  @Test("a program that ended and starts again goes on where it was")
  func afterARestart() throws {
    let stage = try Stage()
    let (alice, bob) = try stage.tea()
    bob.say("one", in: "#tea")
    #expect(try alice.heard() == ["bob: one"])
    try alice.restart()
    bob.say("two", in: "#tea")
    alice.connect()
    stage.pass(seconds: 2)
    bob.say("three", in: "#tea")
    #expect(try alice.heard() == ["bob: two", "bob: three"])
  }
}
