import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

/// IRCv3 "multiline" and "client-batch".
@Suite("Messages of several lines")
struct MultilineTests {
  private static let all =
    "message-tags batch echo-message server-time labeled-response draft/multiline draft/chathistory"

  private func sendLines(_ client: Client, _ target: String, _ lines: [String], tags: String = "") {
    client.send(
      ["\(tags)BATCH +1 draft/multiline \(target)"] + lines.map { "@batch=1\($0)" } + ["BATCH -1"])
  }

  @Test(
    "a batch with a line that cannot be read is refused as a whole",
    arguments: [
      String(repeating: "x", count: 600), "nul\u{0}byte",
    ])
  func spoiledLine(text: String) throws {
    let world = try World()
    let alice = world.account("alice", Self.all)
    let bob = world.account("bob", Self.all)
    for client in [alice, bob] { client.send("JOIN #tea") }
    for client in [alice, bob] { client.clear() }
    sendLines(alice, "#tea", [" PRIVMSG #tea :first", " PRIVMSG #tea :" + text], tags: "@label=7 ")
    let answers = alice.take()
    #expect(
      answers.contains { $0.command == "FAIL" && $0[tag: "label"] == "7" && $0.parameters[1] == "MULTILINE_INVALID" })
    #expect(!answers.contains { $0.command == "PRIVMSG" || $0.command == "ACK" })
    #expect(bob.commands() == [])
  }

  @Test func oneMessageForThoseWhoUnderstandItLinesForOthers() throws {
    let world = try World()
    let alice = world.account("alice", Self.all)
    let bob = world.account("bob", Self.all)
    let old = world.guest("old", "message-tags")
    for client in [alice, bob, old] { client.send("JOIN #tea") }
    for client in [alice, bob, old] { client.clear() }
    sendLines(
      alice, "#tea",
      [
        " PRIVMSG #tea :hello", " PRIVMSG #tea :", " PRIVMSG #tea :how is ",
        ";draft/multiline-concat PRIVMSG #tea :everyone?",
      ], tags: "@label=7;+x=y ")
    let echo = alice.take()
    #expect(echo.map(\.command) == ["BATCH", "PRIVMSG", "PRIVMSG", "PRIVMSG", "PRIVMSG", "BATCH"])
    #expect(echo[0][tag: "label"] == "7" && echo[0][tag: "+x"] == "y")
    let got = bob.take()
    let id = try #require(got[0][tag: "msgid"])
    #expect(got[0].parameters == ["+" + id, "draft/multiline", "#tea"] && got[5].parameters == ["-" + id])
    #expect(got[1...4].map { $0.parameters[1] } == ["hello", "", "how is ", "everyone?"])
    #expect(got[1...4].allSatisfy { $0[tag: "batch"] == id && $0[tag: "msgid"] == nil })
    #expect(got[4].tags.contains { $0.key == "draft/multiline-concat" } && got[3].tags.count == 1)
    let plain = old.take()
    #expect(plain.map { $0.parameters[1] } == ["hello", "how is ", "everyone?"])
    #expect(plain.map { $0[tag: "msgid"] } == [id, nil, nil])
    // In history it is one, nested in the answer's batch.
    bob.send("CHATHISTORY LATEST #tea * 5")
    let history = bob.take()
    #expect(history.map(\.command) == ["BATCH", "BATCH", "PRIVMSG", "PRIVMSG", "PRIVMSG", "PRIVMSG", "BATCH", "BATCH"])
    #expect(history[1][tag: "batch"] == String(history[0].parameters[0].dropFirst()))
  }

  @Test func aKeyMakesTheWholeBatchOne() throws {
    let world = try World()
    let alice = world.account("alice", Self.all)
    let bob = world.account("bob", Self.all)
    for _ in 1...2 {
      sendLines(alice, "bob", [" PRIVMSG bob :a", " PRIVMSG bob :b"], tags: "@+parley.chat/key=d.1 ")
    }
    #expect(alice.take().filter { $0.command == "BATCH" && $0[tag: "msgid"] != nil }.count == 2)
    #expect(bob.commands().filter { $0 == "PRIVMSG" }.count == 2)
  }

  @Test func whatIsNoBatchIsRefusedAndTheRestOfItIgnored() throws {
    let world = try World()
    let alice = world.account("alice", Self.all)
    let bob = world.account("bob", Self.all)
    alice.clear()
    bob.clear()
    let cases: [(lines: [String], code: [String])] = [
      (["BATCH +1 draft/multiline bob", "@batch=2 PRIVMSG bob :x"], ["MULTILINE_INVALID"]),
      (["BATCH +1 draft/multiline bob", "PRIVMSG bob :x"], ["MULTILINE_INVALID"]),
      (["BATCH +1 draft/multiline bob", "@batch=1 PRIVMSG bob :x", "@batch=1 NOTICE bob :x"], ["MULTILINE_INVALID"]),
      (["BATCH +1 draft/multiline bob", "@batch=1 PRIVMSG eve :x"], ["MULTILINE_INVALID_TARGET", "bob", "eve"]),
      (["BATCH +1 draft/multiline bob", "@batch=1 JOIN #x"], ["MULTILINE_INVALID"]),
      (
        ["BATCH +1 draft/multiline bob", "@batch=1 PRIVMSG bob :x", "@batch=1;draft/multiline-concat PRIVMSG bob :"],
        ["MULTILINE_INVALID"]
      ),
      (["BATCH +1 draft/multiline bob", "@batch=1 PRIVMSG bob :", "BATCH -1"], ["MULTILINE_INVALID"]),
      (["BATCH +1 draft/multiline a,b"], ["MULTILINE_INVALID"]),
      (["BATCH +1 draft/multiline"], ["MULTILINE_INVALID"]),
      (["BATCH +1 netsplit bob"], ["UNKNOWN_TYPE", "1", "netsplit"]),
      (["BATCH +a,b draft/multiline bob"], ["INVALID_REFTAG", "a,b"]),
      (["BATCH nonsense"], ["INVALID_REFTAG", "nonsense"]),
      (["@batch=9 PRIVMSG bob :x"], ["MULTILINE_INVALID"]),
      (["BATCH -9"], ["MULTILINE_INVALID"]),
    ]
    for (lines, code) in cases {
      alice.send(lines)
      // The rest of a broken batch is not said.
      if lines[0].hasPrefix("BATCH +1"), lines.last != "BATCH -1" {
        alice.send("@batch=1 PRIVMSG bob :late", "BATCH -1")
      }
      let answers = alice.take()
      #expect(answers.map(\.command) == ["FAIL"], "\(lines)")
      #expect(answers.first.map { Array($0.parameters.dropFirst().dropLast()) } == code, "\(lines)")
    }
    #expect(bob.lines.isEmpty)
    // And nothing of it is left.
    sendLines(alice, "bob", [" PRIVMSG bob :fine"])
    #expect(bob.take().map { $0.parameters.last } == ["fine"])
  }

  @Test func bothLimitsHoldAndTheTimeIsLimited() throws {
    let world = try World { ($0.multilineLines, $0.multilineBytes) = (3, 1_000) }
    let alice = world.account("alice", Self.all)
    sendLines(alice, "alice", Array(repeating: " PRIVMSG alice :x", count: 4))
    #expect(
      alice.take().filter { $0.command == "FAIL" }.map(\.parameters).map { $0[1...2] } == [
        ["MULTILINE_MAX_LINES", "3"]
      ])
    sendLines(alice, "alice", Array(repeating: " PRIVMSG alice :" + String(repeating: "x", count: 400), count: 3))
    #expect(
      alice.take().filter { $0.command == "FAIL" }.map(\.parameters).map { $0[1...2] } == [
        ["MULTILINE_MAX_BYTES", "1000"]
      ])
    alice.send("BATCH +1 draft/multiline alice", "PING x")
    #expect(alice.commands() == ["PONG"])
    world.pass(seconds: 61)
    alice.clear()
    alice.send("@batch=1 PRIVMSG alice :x", "BATCH -1")
    #expect(alice.take().map { $0.parameters[1] } == ["TIMEOUT"])
  }

  @Test func aLineTooLongForItsReadersIsRefusedAsEver() throws {
    let world = try World()
    let alice = world.account("alice", Self.all)
    alice.clear()
    sendLines(alice, "alice", [" PRIVMSG alice :x", " PRIVMSG alice :" + String(repeating: "x", count: 490)])
    #expect(alice.commands() == ["417"])
  }

  /// Clients that do not know them get each line as a message of its own: what a message may not be, none of its lines may be.
  @Test func noLineIsWhatAMessageMayNotBe() throws {
    let world = try World()
    let founder = world.guest("founder")
    founder.send("JOIN #tea", "MODE #tea +C")
    let alice = world.account("alice", Self.all)
    alice.send("JOIN #tea")
    for second in [" PRIVMSG #tea :\u{1}VERSION\u{1}", ";draft/multiline-concat PRIVMSG #tea :\u{1}VERSION\u{1}"] {
      founder.clear()
      alice.clear()
      sendLines(alice, "#tea", [" PRIVMSG #tea :hello", second])
      #expect(alice.commands() == ["404"])
      #expect(founder.lines.isEmpty)
    }
    sendLines(alice, "#tea", [" PRIVMSG #tea :\u{1}ACTION waves\u{1}", " PRIVMSG #tea :hello"])
    #expect(founder.commands() == ["PRIVMSG", "PRIVMSG"])
  }
}
