import IRC
import ParleySession
import Testing

@Suite("Messages that go")
struct SendTests {
  private func send(_ text: String, to chat: String = "#room", replyTo: String = "", counter: UInt64 = 0)
    -> SessionCommand
  {
    .send(chat: chat, kind: .text, text: text, replyTo: replyTo, counter: counter)
  }

  private static let labels = "batch message-tags labeled-response echo-message server-time"
  private static let echoes = "message-tags echo-message server-time"

  @Test("with everything: key, reply and label go; the labelled echo is the answer")
  func full() {
    let scene = Scene.ready()
    scene.perform(send("hi", replyTo: "m0", counter: 42), tag: 9)
    let line = scene.said().last ?? ""
    let message = try? Message(parsing: line)
    #expect(message?[tag: "+parley.chat/key"] == "d1.42")
    #expect(message?[tag: "+draft/reply"] == "m0")
    #expect(message?.parameters == ["#room", "hi"])
    let label = message?[tag: "label"] ?? ""
    scene.server(
      "@label=\(label);msgid=m1;time=2026-11-22T11:00:00.000Z;parley.chat/seq=3 :alice!a@h PRIVMSG #room :hi")
    #expect(scene.told() == [.finished(tag: 9, .sent(place("m1", "2026-11-22T11:00:00.000Z", 3)))])
  }

  @Test("a key is only sent to a server that knows keys, a reply only where tags are")
  func bare() {
    let scene = Scene.plain()
    scene.perform(send("hi", replyTo: "m0", counter: 42))
    #expect(scene.said().first == "PRIVMSG #room hi")
    let tagged = Scene.ready(caps: "message-tags")
    tagged.perform(send("hi", replyTo: "m0", counter: 42))
    #expect(tagged.said().first == "@+draft/reply=m0 PRIVMSG #room hi")
  }

  @Test("kinds on the wire")
  func kinds() {
    let scene = Scene.plain()
    scene.perform(.send(chat: "bob", kind: .notice, text: "one", replyTo: "", counter: 0))
    scene.perform(.send(chat: "bob", kind: .action, text: "waves", replyTo: "", counter: 0))
    #expect(scene.said().filter { !$0.hasPrefix("PING") } == ["NOTICE bob one", "PRIVMSG bob :\u{1}ACTION waves\u{1}"])
  }

  @Test("labelled: echoes and refusals find their messages in any order")
  func labels() {
    let scene = Scene.ready(caps: Self.labels)
    scene.perform(send("one"), tag: 1)
    let one = scene.label()
    scene.perform(send("two", to: "bob"), tag: 2)
    let two = scene.label()
    scene.server("@label=\(two) :s 401 alice bob :No such nick", "@label=\(one);msgid=x :alice!a@h PRIVMSG #room :one")
    let told = scene.told()
    #expect(told.first == .finished(tag: 2, .refused(code: "401", reason: "No such nick")))
    #expect(told.count == 2)
  }

  @Test("labelled, with an away message: a batch of both")
  func awayBatch() {
    let scene = Scene.ready(caps: Self.labels)
    scene.perform(send("hi", to: "bob"))
    let label = scene.label()
    scene.server(
      "@label=\(label) :s BATCH +q labeled-response", "@batch=q :s 301 alice bob :at lunch",
      "@batch=q;msgid=m5;time=2026-11-22T11:00:00.000Z :alice!a@h PRIVMSG bob :hi", ":s BATCH -q")
    #expect(scene.told() == [.serverSaid("bob at lunch"), .finished(tag: 1, .sent(place("m5")))])
  }

  @Test("labelled: ACK acknowledges where nothing is echoed, and drops where it should have been")
  func ack() {
    let quiet = Scene.ready(caps: "batch labeled-response message-tags")
    quiet.perform(send("hi"))
    quiet.server("@label=\(quiet.label()) :s ACK")
    #expect(quiet.outcomes() == [.sent(Position(networkID: "", time: quiet.now, sequence: 0))])
    let echoing = Scene.ready(caps: Self.labels)
    echoing.perform(send("hi"))
    echoing.server("@label=\(echoing.label()) :s ACK")
    #expect(echoing.outcomes() == [.refused(code: "", reason: "The server did not take the message")])
  }

  @Test("echo without labels: by target and text, equal ones in order")
  func echoes() {
    let scene = Scene.ready(caps: Self.echoes)
    for tag: UInt64 in 1...3 { scene.perform(send(tag == 2 ? "other" : "same"), tag: tag) }
    scene.forget()
    scene.server(
      "@msgid=a :alice!a@h PRIVMSG #ROOM :same", "@msgid=b :alice!a@h PRIVMSG #room :other",
      "@msgid=c :alice!a@h PRIVMSG #room :same", "@msgid=d :alice!a@h PRIVMSG #room :same")
    let told = scene.told()
    let order = told.compactMap { event -> String? in
      switch event {
      case .finished(let tag, .sent(let position)): "\(tag)\(position.networkID)"
      case .message(let message): "message \(message.position.networkID)"
      default: nil
      }
    }
    #expect(order == ["1a", "2b", "3c", "message d"])
  }

  @Test("an own message of another device, before our echo, is no echo")
  func otherDevice() {
    let scene = Scene.ready(caps: Self.echoes)
    scene.perform(send("mine"))
    scene.server(
      ":alice!a@h PRIVMSG #room :from the phone", ":bob!b@h PRIVMSG #room :mine", ":alice!a@h PRIVMSG #room :mine")
    let told = scene.told()
    #expect(told.count == 3)
    guard case .finished(1, .sent) = told[2] else {
      Issue.record("the echo was not taken")
      return
    }
  }

  @Test("no echo: the PONG behind a message acknowledges it")
  func barrier() {
    let scene = Scene.plain()
    scene.perform(send("one"), tag: 1)
    scene.perform(send("two", to: "nobody"), tag: 2)
    let pings = scene.said().filter { $0.hasPrefix("PING") }.map { $0.dropFirst(5) }
    #expect(pings.count == 2 && pings[0] != pings[1])
    scene.server(
      ":s PONG s \(pings[0])", ":s 401 alice nobody :No such nick", ":s PONG s \(pings[1])", ":s PONG s unknown")
    #expect(
      scene.told() == [
        .finished(tag: 1, .sent(Position(networkID: "", time: scene.now, sequence: 0))),
        .finished(tag: 2, .refused(code: "401", reason: "No such nick")),
      ])
  }

  @Test(
    "errors about a target refuse what was said to it",
    arguments: [
      "401 alice #room :x", "403 alice #ROOM :x", "404 alice #room :x", "477 alice #room :x", "411 alice :x",
      "412 alice :x",
      "417 alice :x", "421 alice PRIVMSG :x", "716 alice #room :x", "531 alice #room :x",
    ])
  func errors(line: String) {
    let scene = Scene.plain()
    scene.perform(send("hi"))
    scene.server(":s 401 alice other :not about it")
    scene.server(":s \(line)")
    #expect(scene.outcomes() == [.refused(code: String(line.prefix(3)), reason: "x")])
  }

  @Test("FAIL about a message refuses it")
  func fail() {
    let scene = Scene.ready(caps: Self.echoes)
    scene.perform(send("hi"))
    scene.server(":s FAIL PRIVMSG STORE_UNAVAILABLE #other :x", ":s FAIL NOTICE X #room :x")
    #expect(scene.outcomes() == [])
    scene.server(":s FAIL PRIVMSG STORE_UNAVAILABLE #room :The disk is full")
    #expect(scene.outcomes() == [.refused(code: "STORE_UNAVAILABLE", reason: "The disk is full")])
  }

  @Test("the end of the connection leaves messages uncertain, all else lost; later commands are lost")
  func ended() {
    let scene = Scene.ready()
    scene.perform(send("hi"), tag: 1)
    scene.perform(.join(room: "#x", key: nil), tag: 2)
    scene.perform(.history(chat: "#room", .latest, limit: 5), tag: 3)
    scene.perform(.register(email: nil), tag: 4)
    scene.forget()
    scene.end()
    scene.perform(send("hi"), tag: 5)
    #expect(scene.outcomes() == [.uncertain, .lost, .lost, .lost, .lost])
    scene.end()
    #expect(scene.told() == [])
  }

  @Test("before the session is ready commands are lost at once")
  func early() {
    let scene = Scene()
    scene.perform(send("hi"), tag: 1)
    scene.start()
    scene.perform(send("hi"), tag: 2)
    #expect(scene.outcomes() == [.lost, .lost])
  }

  @Test("no answer for half a minute: uncertain; an echo that comes then is shown")
  func timeout() {
    let scene = Scene.ready()
    scene.perform(send("hi"))
    let label = scene.label()
    scene.wait(seconds: 29)
    #expect(scene.told() == [])
    scene.wait(seconds: 1)
    #expect(scene.told() == [.finished(tag: 1, .uncertain)])
    scene.server("@label=\(label);msgid=m :alice!a@h PRIVMSG #room :hi")
    #expect(scene.messages().map(\.position.networkID) == ["m"])
  }

  @Test("a server that takes a command each twenty seconds: those behind have their time once it is their turn")
  func slowServer() {
    let scene = Scene.ready(caps: "message-tags echo-message")
    for tag: UInt64 in 1...4 { scene.perform(send("\(tag)"), tag: tag) }
    for tag in [1, 3, 4] {
      scene.wait(seconds: 20)
      scene.server(":alice!a@h PRIVMSG #room :\(tag)")
    }
    let sent = scene.outcomes().filter { if case .sent = $0 { true } else { false } }
    #expect(sent.count == 3)
  }

  @Test(
    "what cannot be sent as one line to one target is not sent",
    arguments: [
      ("#a,#b", "x"), ("", "x"), ("two words", "x"), ("#room", ""), ("#room", "a\0b"), ("#room", "a\0b\nc"),
      ("*", "x"),
      (":x", "x"),
    ])
  func invalid(chat: String, text: String) {
    let scene = Scene.ready()
    scene.perform(send(text, to: chat))
    #expect(scene.said() == [])
    guard case .refused? = scene.outcomes().first else {
      Issue.record("it was not refused")
      return
    }
  }

  @Test("the most text that fits, by how others see us")
  func length() {
    let scene = Scene.plain()
    // ":alice!~alice@host.example PRIVMSG #room :" and CR LF.
    let frame = ":alice!~alice@host.example PRIVMSG #room :\r\n".utf8.count
    #expect(scene.session.maximumText(chat: "#room", kind: .text) == 512 - frame)
    #expect(scene.session.maximumText(chat: "#room", kind: .notice) == 512 - frame + 1)
    #expect(scene.session.maximumText(chat: "#room", kind: .action) == 512 - frame - 9)
    let unknown = Scene()
    #expect(
      unknown.session.maximumText(chat: "bob", kind: .text) == 512 - ":alice!@ PRIVMSG bob :\r\n".utf8.count - 11 - 63)
    let long = Scene.plain(isupport: "LINELEN=2048")
    #expect(long.session.maximumText(chat: "#room", kind: .text) == 2_048 - frame)
    let hostile = Scene.plain(isupport: "LINELEN=0")
    #expect(hostile.session.maximumText(chat: String(repeating: "x", count: 600), kind: .text) == 4)
    let text = String(repeating: "y", count: scene.session.maximumText(chat: "#room", kind: .text))
    scene.perform(send(text))
    #expect(scene.said().first?.hasSuffix(text) == true)
  }

  @Test("our mask is learned wherever the server shows it")
  func mask() {
    let scene = Scene.plain()
    let before = scene.session.maximumText(chat: "#room", kind: .text)
    scene.server(":s 396 alice cloak :is now your displayed host")
    #expect(scene.session.maximumText(chat: "#room", kind: .text) == before + "host.example".count - "cloak".count)
    scene.server(":alice!~alice@cloak CHGHOST u verylongcloak.example")
    #expect(
      scene.session.maximumText(chat: "#room", kind: .text)
        == before + "~alice@host.example".count - "u@verylongcloak.example".count)
  }

  @Test("several lines go as one batch with one label, and their echo answers it")
  func severalLines() {
    let scene = Scene.ready()
    scene.join(names: "@alice")
    scene.forget()
    let long = String(repeating: "word ", count: 150)
    scene.perform(.send(chat: "#room", kind: .text, text: "one\n\n\(long)", replyTo: "m0", counter: 3), tag: 7)
    let said = scene.said()
    let label = said.first?.split(separator: " ").first.map(String.init) ?? ""
    #expect(label.contains("label=") && label.contains("+parley.chat/key=d1.3") && label.contains("+draft/reply=m0"))
    let reference = said.first?.split(separator: " ").dropFirst(2).first.map { String($0.dropFirst()) } ?? ""
    #expect(said.first?.hasSuffix(" BATCH +\(reference) draft/multiline #room") == true)
    #expect(said.last == "BATCH -\(reference)")
    #expect(said[1...2] == ["@batch=\(reference) PRIVMSG #room one", "@batch=\(reference) PRIVMSG #room :"])
    let texts = said[3..<(said.count - 1)].map { String($0.split(separator: ":", maxSplits: 1)[1]) }
    #expect(texts.joined() == long && texts.count == 2 && texts[0].hasSuffix(" "))
    #expect(said.map(\.utf8.count).max() ?? 0 < 600)
    let name = label.split(separator: ";").first { $0.hasPrefix("@label=") }?.dropFirst("@label=".count) ?? ""
    scene.server("@label=\(name);msgid=m9;parley.chat/seq=5 :alice!~alice@host.example BATCH +m9 draft/multiline #room")
    scene.server("@batch=m9 :alice!~alice@host.example PRIVMSG #room one", ":alice!~alice@host.example BATCH -m9")
    guard case .sent(let position)? = scene.outcomes().first else {
      Issue.record("not acknowledged")
      return
    }
    #expect(position.networkID == "m9" && position.sequence == 5)
  }

  @Test("where the server takes one line, several are refused here")
  func noLines() {
    let scene = Scene.ready(caps: "message-tags batch")
    scene.perform(.send(chat: "bob", kind: .text, text: String(repeating: "x", count: 600), replyTo: "", counter: 0))
    guard case .refused? = scene.outcomes().first else {
      Issue.record("it was not refused")
      return
    }
    scene.perform(.send(chat: "bob", kind: .text, text: "a\nb", replyTo: "", counter: 0))
    #expect(scene.outcomes() == [.unsupported] && scene.said().isEmpty)
  }

  @Test("somebody's message of several lines is one, live and cut off")
  func received() {
    let scene = Scene.ready()
    scene.server(
      "@msgid=m1 :bob!b@h BATCH +1 draft/multiline alice", "@batch=1 :bob!b@h PRIVMSG alice :a",
      "@batch=1 :bob!b@h PRIVMSG alice :b")
    #expect(scene.told().isEmpty)
    scene.server("BATCH -1", ":bob!b@h BATCH +2 draft/multiline alice", "BATCH -2")
    guard case .message(let message)? = scene.told().first else {
      Issue.record("no message")
      return
    }
    #expect(message.text == "a\nb" && message.position.networkID == "m1" && message.chat == "bob")
    #expect(scene.told().isEmpty)
  }
}
