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

  @Test(
    "text that is not UTF-8 is read as Windows-1252",
    arguments: [
      ([0xE9], "é"), ([0x47, 0x72, 0xFC, 0xDF, 0x65, 0x20, 0x96, 0x20, 0x80], "Grüße – €"),
      ([0x81, 0xE9], "\u{FFFD}é"),
      // A character that a server has cut in the middle spoils only itself.
      (Array("größ".utf8.dropLast()), "grö\u{FFFD}"), (Array("größ".utf8), "größ"),
      ([0xC3, 0xA9, 0x20, 0xE9], "é \u{FFFD}"),
    ])
  func legacy(bytes: [UInt8], text: String) {
    let scene = Scene.ready()
    scene.bytes(Array("@+draft/reply=ü1 :bob!b@h PRIVMSG alice :".utf8) + bytes + Array("\r\n".utf8))
    let messages = scene.messages()
    #expect(messages.map(\.text) == [text])
    #expect(messages.map(\.replyTo) == ["ü1"])
  }

  @Test(
    "who is named between colours, or beside letters of other scripts, is mentioned",
    arguments: [
      ("\u{3}04alice\u{3} hey", true), ("\u{3}4,12alice", true), ("\u{2}alice\u{2}: hi", true),
      ("\u{4}FF0000alice", true), ("aliceさん、ありがとう", true), ("你好alice在吗", true), ("alice님", true),
      ("alice/bob", true), ("\u{3}4m\u{3}alice", false), ("https://example.org/\u{3}4alice", false),
    ])
  func mentionBesideOthers(text: String, isMention: Bool) {
    let scene = Scene.ready()
    scene.server(":bob!b@h PRIVMSG #room :\(text)")
    #expect(scene.messages().map(\.isMention) == [isMention])
  }

  @Test("a nick of ideographs is a part of other words beside them")
  func ideographicNick() {
    let scene = Scene.ready(nick: "小明")
    scene.server(":bob!b@h PRIVMSG #room :小明 hi", ":bob!b@h PRIVMSG #room :大小明日", ":bob!b@h PRIVMSG #room :hi小明hi")
    #expect(scene.messages().map(\.isMention) == [true, false, true])
  }

  @Test("no time lies in the future, and what was said before we came is known as that")
  func times() {
    let scene = Scene.ready(caps: "server-time message-tags")
    scene.server("@time=\(scene.now.iso8601) :alice!a@h JOIN #room")
    scene.forget()
    let (past, future) = (scene.now.adding(milliseconds: -60_000), scene.now.adding(milliseconds: 86_400_000))
    scene.server(
      "@time=\(past.iso8601) :bob!b@h PRIVMSG #room :old", "@time=\(future.iso8601) :bob!b@h PRIVMSG #room :early",
      ":bob!b@h PRIVMSG #room :now")
    let messages = scene.messages()
    #expect(messages.map(\.position.time) == [past, scene.now, scene.now])
    #expect(messages.map(\.isReplayed) == [true, false, false])
    scene.server("@time=\(past.iso8601) :bob!b@h PRIVMSG #room :late")
    #expect(scene.messages().map(\.isReplayed).last == false, "it comes behind what is live")
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
