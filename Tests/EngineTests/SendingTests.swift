import IRC
import ParleyCache
import ParleyCore
import ParleyEngine
import ParleyTesting
import Testing

@Suite("Sending")
struct SendingTests {
  @Test("a message is pending until the server has it, and then is where the server put it")
  func acknowledged() throws {
    let stage = try Stage()
    let (alice, bob) = (try stage.engine("alice"), try stage.engine("bob"))
    alice.connect()
    bob.connect()
    alice.join("#tea")
    bob.join("#tea")
    stage.world.isDiskHeld = true
    let request = alice.say("hello", in: "#tea")
    #expect(alice.result(request) == nil)
    #expect(try alice.transcript("#tea") == ["alice: hello?"])
    #expect(alice.state?.pending == 1)
    stage.world.isDiskHeld = false
    stage.run()
    #expect(alice.result(request)?.result == 0)
    #expect(try alice.transcript("#tea") == ["alice: hello"])
    #expect(alice.state?.pending == 0)
    #expect(try bob.heard() == ["alice: hello"])
  }

  @Test("a text is cut at line ends only, and what else begins a new line stays in it")
  func lines() throws {
    let stage = try Stage { $0.multilineBytes = 0 }
    let (alice, bob) = (try stage.engine("alice"), try stage.engine("bob"))
    alice.connect()
    bob.connect()
    alice.join("#tea")
    bob.join("#tea")
    alice.say("one\ntwo\r\n\r\nthree\rfour\u{B}\u{C}\u{85}\u{2028}\u{2029}still four", in: "#tea")
    #expect(
      try bob.heard() == [
        "alice: one", "alice: two", "alice: three", "alice: four\u{B}\u{C}\u{85}\u{2028}\u{2029}still four",
      ])
  }

  @Test("what is said offline is sent later, once and in order")
  func offline() throws {
    let stage = try Stage()
    let (alice, bob) = (try stage.engine("alice"), try stage.engine("bob"))
    bob.connect()
    bob.join("#tea")
    alice.join("#tea")
    let requests = (1...40).map { alice.say("\($0)", in: "#tea") }
    #expect(requests.allSatisfy { alice.result($0) == nil })
    try alice.restart()
    alice.connect()
    stage.pass(seconds: 2)
    #expect(try bob.heard() == (1...40).map { "alice: \($0)" })
    #expect(try alice.transcript("#tea") == (1...40).map { "alice: \($0)" })
  }

  @Test("a message whose answer was lost is asked for again and not said twice")
  func answerLost() throws {
    let stage = try Stage()
    let (alice, bob) = try stage.tea()
    stage.world.isDiskHeld = true
    alice.say("hello", in: "#tea")
    alice.isServerReachable = false
    alice.cut()
    stage.world.isDiskHeld = false
    stage.run()
    #expect(try bob.heard() == ["alice: hello"])
    #expect(try alice.transcript("#tea") == ["alice: hello?"])
    bob.say("meanwhile", in: "#tea")
    alice.isServerReachable = true
    stage.pass(seconds: 5)
    #expect(try bob.heard() == [])
    #expect(try alice.transcript("#tea") == ["alice: hello", "bob: meanwhile"])
    // Its own message was never anything but the one it has sent.
    #expect(try alice.heard() == ["bob: meanwhile"])
  }

  @Test("a guest's message whose answer was lost has an uncertain fate, and is not said twice")
  func guestsAnswerLost() throws {
    let stage = try Stage()
    let (alice, bob) = (try stage.engine("alice"), try stage.engine("bob"))
    for performer in [alice, bob] {
      performer.connect()
      performer.join("#tea")
    }
    stage.world.isDiskHeld = true
    let request = alice.say("hello", in: "#tea")
    alice.isServerReachable = false
    alice.cut()
    stage.world.isDiskHeld = false
    stage.run()
    alice.isServerReachable = true
    stage.pass(seconds: 5)
    #expect(alice.result(request)?.result == EngineError.uncertain.code)
    #expect(try alice.transcript("#tea").last == "alice: hello!")
    #expect(try bob.heard() == ["alice: hello"])
  }

  @Test("messages that are put back, parked and discarded keep their order")
  func manyInOrder() throws {
    let stage = try Stage()
    let (alice, bob) = try stage.tea()
    stage.world.isDiskHeld = true
    for number in 1...60 { alice.say("\(number)", in: "#tea") }
    alice.isServerReachable = false
    alice.cut()
    stage.world.isDiskHeld = false
    stage.run()
    for number in 61...1_500 { alice.say("\(number)", in: "#tea") }
    let rows = try #require(try alice.reader.history(chat: alice.chat("#tea"), anchor: 0, before: 1, after: 0))
    #expect(alice.result(alice.act(.discard(message: try #require(rows.last).id)))?.result == 0)
    alice.isServerReachable = true
    stage.pass(seconds: 10)
    #expect(try bob.heard() == (1...1_499).map { "alice: \($0)" })
    #expect(alice.state?.pending == 0)
  }

  @Test("what the server refuses has failed, with its reason, and can be tried again")
  func refused() throws {
    let stage = try Stage()
    let (alice, bob) = (try stage.engine("alice"), try stage.engine("bob"))
    alice.connect()
    bob.connect()
    let request = alice.say("anybody?", in: "nobody")
    #expect(alice.result(request)?.result == -17)
    #expect(try alice.transcript("nobody") == ["alice: anybody?!"])
    let nobody = try stage.engine("nobody")
    nobody.connect()
    let row = try #require(try alice.reader.history(chat: alice.chat("nobody"), anchor: 0, before: 1, after: 0)?.first)
    #expect(!row.reason.isEmpty)
    #expect(alice.result(alice.act(.resend(message: row.id)))?.result == 0)
    #expect(try nobody.heard() == ["alice: anybody?"])
  }

  @Test("a text of several lines is one message where the server takes it")
  func severalLines() throws {
    let stage = try Stage()
    let (alice, bob) = (try stage.engine("alice"), try stage.engine("bob"))
    alice.connect()
    bob.connect()
    let words = Array(repeating: "word", count: 200).joined(separator: " ")
    #expect(alice.result(alice.say("\none\r\n\r\n\(words)\n\n", in: "bob"))?.result == 0)
    #expect(try bob.heard() == ["alice: one\n\n\(words)"])
    #expect(try alice.transcript("bob") == ["alice: one\n\n\(words)"])
  }

  @Test("a text of several lines is several messages and one request where the server takes one")
  func lineEnds() throws {
    let stage = try Stage { $0.multilineBytes = 0 }
    let (alice, bob) = (try stage.engine("alice"), try stage.engine("bob"))
    alice.connect()
    bob.connect()
    let text = "one\n\ntwo\n" + Array(repeating: "word", count: 200).joined(separator: " ")
    let request = alice.say(text, in: "bob")
    #expect(alice.result(request)?.result == 0)
    let heard = try bob.heard()
    #expect(heard.prefix(2) == ["alice: one", "alice: two"])
    #expect(heard.count > 4)
    #expect(
      heard.dropFirst(2).map { $0.dropFirst(7) }.joined(separator: " ")
        == text.split(separator: "\n").last.map(String.init))
  }

  @Test("a long text is as many messages as the server's limit on lines asks for")
  func manyLines() throws {
    let stage = try Stage { $0.multilineLines = 4 }
    let (alice, bob) = (try stage.engine("alice"), try stage.engine("bob"))
    alice.connect()
    bob.connect()
    let words = (0..<1_000).map { "word\($0)" }.joined(separator: " ")
    #expect(alice.result(alice.say(words, in: "bob"))?.result == 0)
    let heard = try bob.heard().map { $0.dropFirst(7) }
    #expect(heard.count > 5)
    #expect(heard.joined(separator: " ") == words)
  }

  @Test("many large messages that have waited are all sent")
  func muchHasWaited() throws {
    let stage = try Stage { $0.multilineBytes = 65_536 }
    let (alice, bob) = (try stage.engine("alice"), try stage.engine("bob"))
    alice.connect()
    bob.connect()
    alice.act(.disconnect(alice.identity, reason: ""))
    let requests = (0..<20).map { number in
      alice.say("\(number) " + String(repeating: "some words ", count: 5_800), in: "bob")
    }
    alice.connect()
    for _ in 0..<300 where alice.result(requests[19]) == nil { stage.pass(seconds: 1) }
    #expect(requests.map { alice.result($0)?.result } == Array(repeating: 0, count: 20))
    #expect(try bob.heard().map { String($0.dropFirst(7).prefix { $0 != " " }) } == (0..<20).map(String.init))
  }
}
