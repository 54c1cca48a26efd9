import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

@Suite("Messages")
struct MessageTests {
  @Test func aRoomMessageReachesEveryoneButItsSender() throws {
    let world = try World()
    let (alice, bob, carol) = (world.guest("alice"), world.guest("bob"), world.guest("carol"))
    for client in [alice, bob, carol] { client.send("JOIN #tea") }
    for client in [alice, bob, carol] { client.clear() }
    alice.send("PRIVMSG #tea :hello there")
    #expect(alice.read() == [])
    #expect(bob.read().map(text) == ["PRIVMSG #tea hello there"])
    #expect(carol.read().map(text) == ["PRIVMSG #tea hello there"])
  }

  @Test func aPrivateMessageReachesOnlyItsRecipient() throws {
    let world = try World()
    let (alice, bob, carol) = (world.guest("alice"), world.guest("bob"), world.guest("carol"))
    alice.send("PRIVMSG bob :secret")
    #expect(bob.read().map(text) == ["PRIVMSG bob secret"])
    #expect(carol.read() == [])
  }

  @Test func nothingIsShownBeforeItIsOnDisk() throws {
    let world = try World()
    let alice = world.guest("alice", "echo-message")
    let bob = world.guest("bob")
    for client in [alice, bob] { client.send("JOIN #tea") }
    for client in [alice, bob] { client.clear() }
    world.isDiskHeld = true
    alice.send("PRIVMSG #tea :hello", "PING :after")
    #expect(alice.read() == [])
    #expect(bob.read() == [])
    world.isDiskHeld = false
    #expect(alice.commands() == ["PRIVMSG", "PONG"])
    #expect(bob.commands() == ["PRIVMSG"])
  }

  @Test func aPongDoesNotWaitWhenNothingIsPending() throws {
    let world = try World()
    let alice = world.guest("alice")
    world.isDiskHeld = true
    alice.send("PING :x")
    #expect(alice.commands() == ["PONG"])
  }

  @Test func aFailedCommitIsToldToTheSenderAndNobodyElse() throws {
    let store = MemoryStore()
    let world = try World(store: store)
    let (alice, bob) = (world.guest("alice"), world.guest("bob"))
    for client in [alice, bob] { client.send("JOIN #tea") }
    for client in [alice, bob] { client.clear() }
    store.failure = StoreError(.full, "no space left")
    alice.send("PRIVMSG #tea :lost")
    #expect(alice.take().map { [$0.command] + $0.parameters.prefix(2) } == [["FAIL", "PRIVMSG", "STORE_UNAVAILABLE"]])
    #expect(bob.read() == [])
    alice.send("PRIVMSG #tea :found")
    #expect(bob.read().map(text) == ["PRIVMSG #tea found"])
  }

  @Test func echoAndLabelComeBackToTheSender() throws {
    let world = try World()
    let alice = world.guest("alice", "echo-message labeled-response batch message-tags server-time")
    alice.send("JOIN #tea")
    alice.clear()
    alice.send("@label=l1;+draft/reply=q PRIVMSG #tea :hello")
    let echo = try #require(alice.take().first)
    #expect(echo[tag: "label"] == "l1")
    #expect(echo[tag: "+draft/reply"] == "q")
    #expect(echo[tag: "msgid"] != nil)
    #expect(echo[tag: "time"] != nil)
  }

  @Test func aRetryWithTheSameKeyIsAnsweredButNotDeliveredAgain() throws {
    let world = try World()
    let alice = world.account("alice", "echo-message message-tags server-time")
    let bob = world.guest("bob")
    for client in [alice, bob] { client.send("JOIN #tea") }
    for client in [alice, bob] { client.clear() }
    alice.send("@+parley.chat/key=d1.7 PRIVMSG #tea :once")
    alice.send("@+parley.chat/key=d1.7 PRIVMSG #tea :once")
    let echoes = alice.take()
    #expect(echoes.count == 2)
    #expect(Set(echoes.map { $0[tag: "msgid"] }).count == 1)
    #expect(bob.read().count == 1)
    alice.send("@+parley.chat/key=d1.7 PRIVMSG #tea :other")
    #expect(alice.take().map { $0.parameters.prefix(2) } == [["PRIVMSG", "KEY_REUSED"]])
    #expect(bob.read() == [])
    alice.send("@+parley.chat/key=nonsense PRIVMSG #tea :x")
    #expect(alice.take().map { $0.parameters.prefix(2) } == [["PRIVMSG", "INVALID_KEY"]])
  }

  @Test func tagMessagesGoToThoseWhoUnderstandThem() throws {
    let world = try World()
    let alice = world.guest("alice", "message-tags")
    let (bob, carol) = (world.guest("bob", "message-tags"), world.guest("carol"))
    for client in [alice, bob, carol] { client.send("JOIN #tea") }
    for client in [alice, bob, carol] { client.clear() }
    alice.send("@+typing=active TAGMSG #tea")
    #expect(bob.take().first?[tag: "+typing"] == "active")
    #expect(carol.read() == [])
  }

  @Test func unknownRecipientsAreNamed() throws {
    let world = try World()
    let alice = world.guest("alice")
    alice.send("PRIVMSG nobody :hi", "PRIVMSG #nowhere :hi", "PRIVMSG", "PRIVMSG bob", "NOTICE nobody :hi")
    #expect(alice.commands() == ["401", "403", "411", "412"])
  }

  @Test func sequenceNumbersAreDenseForThoseWhoAsk() throws {
    let world = try World()
    let alice = world.guest("alice", "echo-message parley.chat/seq")
    alice.send("JOIN #tea")
    alice.clear()
    alice.send("PRIVMSG #tea :1", "PRIVMSG #tea :2", "PRIVMSG #tea :3")
    #expect(alice.take().map { $0[tag: "parley.chat/seq"] } == ["1", "2", "3"])
  }

  @Test func moderationDecidesWhoMaySpeak() throws {
    let world = try World()
    let (alice, bob) = (world.guest("alice"), world.guest("bob"))
    for client in [alice, bob] { client.send("JOIN #tea") }
    alice.send("MODE #tea +m")
    for client in [alice, bob] { client.clear() }
    bob.send("PRIVMSG #tea :hi")
    #expect(bob.commands() == ["404"])
    alice.send("MODE #tea +v bob")
    bob.clear()
    bob.send("PRIVMSG #tea :hi")
    #expect(bob.commands() == [])
    alice.send("MODE #tea -m", "MODE #tea -v bob", "MODE #tea +b bob!*@*")
    bob.clear()
    bob.send("PRIVMSG #tea :hi")
    #expect(bob.commands() == ["404"])
  }

  @Test func manyUnansweredAppendsMakeTheInputWait() throws {
    let world = try World {
      $0.appendsPerSession = 4
      $0.backlogLines = 3
    }
    let alice = world.guest("alice", "echo-message")
    alice.send("JOIN #tea")
    alice.clear()
    world.isDiskHeld = true
    alice.send((1...20).map { "PRIVMSG #tea :\($0)" })
    #expect(!alice.sink.isReadingWanted)
    world.isDiskHeld = false
    #expect(alice.take().map { $0.parameters[1] } == (1...20).map(String.init))
    #expect(alice.sink.isReadingWanted)
  }

  @Test func inputAlsoWaitsForTheMemoryThatItTakes() throws {
    let world = try World { $0.appendsPerSession = 1 }
    let alice = world.guest("alice")
    alice.send("JOIN #tea")
    alice.clear()
    let large = "@+x=" + String(repeating: "x", count: 4_000) + " PING x"
    let small = "@" + (0..<60).map { "+\($0)" }.joined(separator: ";") + " PING x"
    for line in [large, small] {
      world.isDiskHeld = true
      alice.send(["PRIVMSG #tea :1"] + Array(repeating: line, count: 8))
      #expect(alice.sink.isReadingWanted)
      alice.send(Array(repeating: line, count: 12))
      #expect(!alice.sink.isReadingWanted)
      world.isDiskHeld = false
      #expect(alice.take().map(\.command) == Array(repeating: "PONG", count: 20))
      #expect(alice.sink.isReadingWanted)
    }
  }

  @Test func refusedLinesAreAnsweredWithTheirLabels() throws {
    let world = try World()
    let alice = world.guest("alice", "labeled-response batch message-tags")
    let long = String(repeating: "x", count: 600)
    let tags = (0..<70).map { "+t\($0)" }.joined(separator: ";")
    alice.send(
      "@label=1 PRIVMSG alice :\(long)",
      "@label=2 PRIVMSG alice :\(long)\(long)\(long)\(long)\(long)\(long)\(long)\(long)",
      "@label=3;+x=\(String(repeating: "x", count: 4_100)) PING x", "@label=4;\(tags) PING x", "@label=5 NO-COMMAND x",
      "@label=6 NOCOMMAND x", "PRIVMSG alice :\(long)")
    let lines = alice.take()
    #expect(lines.map(\.command) == ["417", "417", "417", "417", "421", "421", "417"])
    #expect(lines.map { $0[tag: "label"] } == ["1", "2", "3", "4", "5", "6", nil])
  }

  @Test func aReaderThatStopsReadingIsCutOff() throws {
    let world = try World()
    let (alice, bob) = (world.guest("alice"), world.guest("bob"))
    for client in [alice, bob] { client.send("JOIN #tea") }
    bob.sink.isStalled = true
    let line = "PRIVMSG #tea :" + String(repeating: "x", count: 400)
    for _ in 0..<40 { alice.send(Array(repeating: line, count: 100)) }
    #expect(!bob.isClosed)
    world.pass(seconds: 35)
    #expect(bob.isClosed)
    #expect(!alice.isClosed)
    #expect(alice.commands().contains("QUIT"))
  }

  /// A line without its source.
  private func text(_ line: String) -> String {
    guard let message = try? Message(parsing: line) else { return line }
    return ([message.command] + message.parameters).joined(separator: " ")
  }

  /// What is retried is where and what was said, under whatever name that goes now.
  @Test func aRetryAfterANameHasChangedIsTheSameMessage() throws {
    let world = try World()
    let (alice, bob) = (world.account("alice"), world.account("bob", "echo-message message-tags"))
    alice.send("JOIN #tea")
    bob.send("JOIN #tea")
    bob.clear()
    bob.send("@+parley.chat/key=d.1 PRIVMSG alice :hi", "@+parley.chat/key=d.2 PRIVMSG #tea :hello")
    let first = bob.take().map { $0[tag: "msgid"] }
    alice.send("NICK ally", "RENAME #tea #coffee")
    bob.clear()
    alice.clear()
    bob.send("@+parley.chat/key=d.1 PRIVMSG alice :hi", "@+parley.chat/key=d.1 PRIVMSG ally :hi")
    bob.send("@+parley.chat/key=d.2 PRIVMSG #coffee :hello")
    #expect(bob.take().map { $0[tag: "msgid"] } == [first[0], first[0], first[1]])
    #expect(alice.lines.isEmpty)
    bob.send("@+parley.chat/key=d.1 PRIVMSG #coffee :hi")
    #expect(bob.take().map { $0.parameters[1] } == ["KEY_REUSED"])
  }
}
