import IRC
import ParleySession
import Testing

@Suite("Messages that come")
struct MessageTests {
  @Test("a message in a room, with everything its tags tell")
  func inRoom() {
    let scene = Scene.ready()
    scene.join("#Room", names: "@alice bob")
    scene.server(
      "@msgid=m1;time=2026-11-22T11:00:00.500Z;account=bobby;parley.chat/seq=7;+draft/reply=m0 "
        + ":bob!b@h PRIVMSG #room :hello all")
    #expect(
      scene.messages() == [
        ReceivedMessage(
          chat: "#Room", nick: "bob", account: "bobby", kind: .text, text: "hello all",
          position: place("m1", "2026-11-22T11:00:00.500Z", 7), replyTo: "m0", isOwn: false, isMention: false)
      ])
  }

  @Test("the chat a message belongs to")
  func chats() {
    let scene = Scene.ready()
    scene.join("#Room", names: "@alice bob")
    let cases: [(line: String, chat: String, isOwn: Bool)] = [
      (":bob!b@h PRIVMSG alice :x", "bob", false),
      (":bob!b@h NOTICE ALICE :x", "bob", false),
      (":alice!a@h PRIVMSG bob :x", "bob", true),
      (":ALICE!a@h PRIVMSG #ROOM :x", "#Room", true),
      (":bob!b@h PRIVMSG @#room :x", "#Room", false),
      (":bob!b@h NOTICE +#room :x", "#Room", false),
      (":bob!b@h PRIVMSG #elsewhere :x", "#elsewhere", false),
      (":alice!a@h PRIVMSG alice :x", "alice", true),
      (":bob PRIVMSG alice :x", "bob", false),
    ]
    for (line, chat, isOwn) in cases {
      scene.server(line)
      let message = scene.messages().first
      #expect(message?.chat == chat, "\(line)")
      #expect(message?.isOwn == isOwn, "\(line)")
    }
  }

  @Test("another device of our account, under whatever nick, is ours")
  func ownAccount() {
    let scene = Scene.ready()
    scene.server(":s 900 alice alice!a@h acc :In")
    scene.forget()
    scene.server(
      "@account=Acc :alice2!a@h PRIVMSG bob :x", "@account=Acc :alice2!a@h PRIVMSG alice :x",
      "@account=other :bob!b@h PRIVMSG alice :x")
    let messages = scene.messages()
    #expect(messages.map(\.isOwn) == [true, true, false])
    #expect(messages.map(\.chat) == ["bob", "alice2", "bob"])
  }

  @Test("what the server itself says is for its own chat")
  func server() {
    let scene = Scene.ready()
    scene.server(
      ":irc.test NOTICE alice :one", "NOTICE alice :two", ":other.server NOTICE $* :three", ":irc.test 251 alice :four",
      ":irc.test 311 alice bob b h * :Bob B.", "NOTE * X :five", "FAIL * INTERNAL :six")
    #expect(
      scene.told()
        == ["one", "two", "three", "four", "bob b h * Bob B.", "five", "six"].map { SessionEvent.serverSaid($0) })
  }

  @Test("kinds: text, notice, action")
  func kinds() {
    let scene = Scene.ready()
    scene.server(
      ":bob!b@h PRIVMSG alice :\u{1}ACTION waves\u{1}", ":bob!b@h PRIVMSG alice :\u{1}action unfinished",
      ":bob!b@h NOTICE alice :\u{1}ACTION noted\u{1}", ":bob!b@h NOTICE alice :plain", ":bob!b@h PRIVMSG alice :\u{1}")
    let messages = scene.messages()
    #expect(messages.map(\.kind) == [.action, .action, .notice, .notice])
    #expect(messages.map(\.text) == ["waves", "unfinished", "noted", "plain"])
  }

  @Test(
    "mentions are words",
    arguments: [
      ("alice: hi", true), ("hi ALICE!", true), ("hello,alice,bye", true), ("alice's", true), ("(alice)", true),
      ("[alice]", true), ("@alice", true), ("ask alice.", true), ("alice", true), ("\"alice\"", true),
      ("über alice", true),
      ("malice", false), ("alices", false), ("alice_", false), ("alice-x", false), ("alice2", false),
      ("alice[m]", false),
      ("https://example.org/alice", false), ("http://alice/ x", false), ("www.alice.org", false),
      ("alice@example.org", false),
      ("alice.example.org", false), ("éalice", false), ("alic", false), ("", false), ("alice|away", false),
    ])
  func mentions(text: String, isMention: Bool) {
    let scene = Scene.ready()
    scene.server(":bob!b@h PRIVMSG #room :\(text)", ":alice!a@h PRIVMSG #room :\(text)")
    #expect(scene.messages().map(\.isMention) == [isMention, false])
  }

  @Test("a long word that begins with us again and again takes no long time")
  func longWord() {
    let scene = Scene.ready(nick: "a")
    let took = ContinuousClock().measure {
      for _ in 0..<5 { scene.server(":bob!b@h PRIVMSG #room :\(String(repeating: "a_", count: 7_500))") }
    }
    #expect(scene.messages().map(\.isMention) == Array(repeating: false, count: 5))
    #expect(took < .seconds(10))
  }

  @Test("bytes that are not UTF-8 are repaired")
  func latin1() {
    let scene = Scene.ready()
    scene.bytes(Array(":bob!b@h PRIVMSG alice :caf".utf8) + [0xE9] + Array("\r\n".utf8))
    #expect(scene.messages().map(\.text) == ["caf\u{FFFD}"])
  }

  @Test("without server-time our own clock counts")
  func ownClock() {
    let scene = Scene.plain()
    scene.wait(seconds: 5)
    scene.server(":bob!b@h PRIVMSG alice :x", "@time=yesterday :bob!b@h PRIVMSG alice :x")
    #expect(
      scene.messages().map(\.position)
        == Array(repeating: Position(networkID: "", time: scene.now, sequence: 0), count: 2))
  }

  @Test("reactions, redactions, markers and typing that come")
  func others() {
    let scene = Scene.ready()
    scene.join(names: "@alice bob")
    scene.server(
      "@+draft/reply=m1;+draft/react=👍 :bob!b@h TAGMSG #room",
      "@+draft/reply=m1;+draft/unreact=👍 :alice!a@h TAGMSG #room",
      "@+draft/react=👍 :bob!b@h TAGMSG #room", ":bob!b@h REDACT #room m2 :spam", ":bob!b@h REDACT alice m3",
      ":s MARKREAD #room timestamp=2026-11-22T11:00:00.000Z", ":s MARKREAD bob *",
      "@+typing=active :bob!b@h TAGMSG alice",
      "@+typing=done :bob!b@h TAGMSG #ROOM", "@+typing=active :alice!a@h TAGMSG #room",
      "@+typing=dancing :bob!b@h TAGMSG #room")
    #expect(
      scene.told() == [
        .reaction(
          chat: "#room", networkID: "m1", nick: "bob", reaction: "👍", isAdded: true, isOwn: false,
          Position(networkID: "", time: scene.now, sequence: 0)),
        .reaction(
          chat: "#room", networkID: "m1", nick: "alice", reaction: "👍", isAdded: false, isOwn: true,
          Position(networkID: "", time: scene.now, sequence: 0)),
        .redacted(chat: "#room", networkID: "m2", by: "bob", reason: "spam"),
        .redacted(chat: "bob", networkID: "m3", by: "bob", reason: ""),
        .marker(chat: "#room", place("").time),
        .typing(chat: "bob", nick: "bob", state: .active), .typing(chat: "#room", nick: "bob", state: .done),
      ])
  }

  // MARK: CTCP

  @Test("VERSION and PING are answered by notice, once in two seconds")
  func ctcp() {
    let scene = Scene.ready()
    scene.server(":bob!b@h PRIVMSG alice :\u{1}VERSION\u{1}", ":bob!b@h PRIVMSG alice :\u{1}PING 1\u{1}")
    #expect(scene.said() == ["NOTICE bob :\u{1}VERSION Parley test\u{1}"])
    #expect(scene.told() == [])
    scene.wait(seconds: 2)
    scene.server(":bob!b@h PRIVMSG alice :\u{1}PING é\u{2}\(String(repeating: "x", count: 100))\u{1}")
    #expect(scene.said() == ["NOTICE bob :\u{1}PING \(String(repeating: "x", count: 64))\u{1}"])
  }

  @Test("nothing else is answered: other CTCP, in rooms, by notice, from ourselves, from the past")
  func ctcpIgnored() {
    let scene = Scene.ready()
    scene.server(
      ":bob!b@h PRIVMSG alice :\u{1}FINGER\u{1}", ":bob!b@h PRIVMSG alice :\u{1}DCC SEND x 1 2 3\u{1}",
      ":bob!b@h PRIVMSG #room :\u{1}VERSION\u{1}", ":bob!b@h NOTICE alice :\u{1}VERSION\u{1}",
      ":alice!a@h PRIVMSG alice :\u{1}VERSION\u{1}", ":s BATCH +b chathistory bob",
      "@batch=b :bob!b@h PRIVMSG alice :\u{1}VERSION\u{1}", ":s BATCH -b")
    #expect(scene.said() == [])
    #expect(scene.told() == [])
  }
}
