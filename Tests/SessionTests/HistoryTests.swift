import IRC
import ParleySession
import Testing

@Suite("History")
struct HistoryTests {
  private static let caps = "batch server-time message-tags draft/chathistory"
  private static let noon = "2026-11-22T11:00:00.000Z"

  private func history(_ scene: Scene) -> (messages: [ReceivedMessage], isComplete: Bool)? {
    for outcome in scene.outcomes() {
      if case .history(let messages, _, let isComplete) = outcome { return (messages, isComplete) }
    }
    return nil
  }

  @Test("ranges on the wire: our own sequence, then msgid, then time")
  func ranges() {
    let scene = Scene.ready(isupport: Scene.isupport)
    let full = place("m1", Self.noon, 7)
    let named = place("m2", Self.noon)
    let timed = place("", Self.noon)
    let cases: [(HistoryRange, Int, String)] = [
      (.latest, 50, "LATEST #room * 50"), (.latestAfter(full), 50, "LATEST #room parley.chat/seq=7 50"),
      (.after(named), 500, "AFTER #room msgid=m2 100"), (.before(timed), 0, "BEFORE #room timestamp=\(Self.noon) 1"),
      (.between(newer: full, older: named), 10, "BETWEEN #room parley.chat/seq=7 msgid=m2 10"),
    ]
    for (range, limit, wire) in cases {
      scene.perform(.history(chat: "#room", range, limit: limit))
      #expect(scene.said().first?.hasSuffix(" CHATHISTORY \(wire)") == true, "\(wire)")
    }
  }

  @Test("a server that takes times only, or has no sequences")
  func referenceTypes() {
    let scene = Scene.ready(caps: Self.caps, isupport: "MSGREFTYPES=timestamp CHATHISTORY=0")
    scene.perform(.history(chat: "#room", .after(place("m1", Self.noon, 7)), limit: 9_999))
    #expect(scene.said() == ["CHATHISTORY AFTER #room timestamp=\(Self.noon) 1000"])
    let other = Scene.ready(caps: Self.caps, isupport: "CHATHISTORY=20")
    other.perform(.history(chat: "#room", .after(place("m1", Self.noon, 7)), limit: 9_999))
    #expect(other.said() == ["CHATHISTORY AFTER #room msgid=m1 20"])
  }

  @Test("what follows a place in the future is asked for from now on, by the server's clock if it is known")
  func notBeyondNow() {
    func asked(serverIsBehind: Bool, _ range: (Position) -> HistoryRange) -> String? {
      let scene = Scene.ready(caps: Self.caps, isupport: "MSGREFTYPES=timestamp CHATHISTORY=50")
      if serverIsBehind { scene.server("@time=\(Self.noon) :alice!a@h JOIN #room") }
      scene.forget()
      let future = scene.now.adding(milliseconds: 3_600_000)
      scene.perform(
        .history(chat: "#room", range(Position(networkID: "", time: future, sequence: 0)), limit: 50))
      return scene.said().last
    }
    let (now, future) = ("2026-11-22T12:00:00.000Z", "2026-11-22T13:00:00.000Z")
    #expect(asked(serverIsBehind: false) { .after($0) } == "CHATHISTORY AFTER #room timestamp=\(now) 50")
    #expect(asked(serverIsBehind: true) { .after($0) } == "CHATHISTORY AFTER #room timestamp=\(Self.noon) 50")
    #expect(asked(serverIsBehind: true) { .latestAfter($0) } == "CHATHISTORY LATEST #room timestamp=\(Self.noon) 50")
    #expect(asked(serverIsBehind: true) { .before($0) } == "CHATHISTORY BEFORE #room timestamp=\(future) 50")
  }

  @Test("a labelled answer: a batch in a batch, as Parley's server gives it")
  func labeled() {
    let scene = Scene.ready()
    scene.perform(.history(chat: "#room", .latest, limit: 3))
    let label = scene.label()
    scene.server(
      "@label=\(label) :s BATCH +out labeled-response",
      "@batch=out;draft/chathistory-end :s BATCH +in chathistory #room",
      "@batch=in;msgid=m1;time=\(Self.noon);parley.chat/seq=1 :bob!b@h PRIVMSG #room :one",
      "@batch=in;msgid=m2;time=\(Self.noon);parley.chat/seq=2;+reply=m1 :alice!a@h PRIVMSG #room :\u{1}ACTION two\u{1}",
      "@batch=out :s BATCH -in")
    #expect(scene.told() == [])
    scene.server(":s BATCH -out")
    let answer = history(scene)
    #expect(answer?.messages.map(\.text) == ["one", "two"])
    #expect(answer?.messages.map(\.isOwn) == [false, true])
    #expect(answer?.messages.map(\.position) == [place("m1", Self.noon, 1), place("m2", Self.noon, 2)])
    #expect(answer?.messages.map(\.replyTo) == ["", "m1"])
    #expect(answer?.isComplete == true)
  }

  @Test("the label on the batch itself, and a full answer")
  func labelOnBatch() {
    let scene = Scene.ready()
    scene.perform(.history(chat: "#room", .latest, limit: 1))
    let label = scene.label()
    scene.server(
      "@label=\(label) :s BATCH +b chathistory #room", "@batch=b :bob!b@h PRIVMSG #room :one", ":s BATCH -b")
    let answer = history(scene)
    #expect(answer?.messages.count == 1)
    #expect(answer?.isComplete == false)
  }

  @Test("without labels answers are told by target, in order; between them live messages are live")
  func unlabeled() {
    let scene = Scene.ready(caps: Self.caps)
    scene.perform(.history(chat: "#room", .latest, limit: 10), tag: 1)
    scene.perform(.history(chat: "Bob", .latest, limit: 10), tag: 2)
    scene.perform(.history(chat: "#room", .latest, limit: 10), tag: 3)
    scene.forget()
    scene.server(
      ":s BATCH +1 chathistory #Room", "@batch=1 :bob!b@h PRIVMSG #room :first", ":bob!b@h PRIVMSG #room :live",
      ":s BATCH -1",
      ":s BATCH +2 chathistory bob", "@batch=2 :bobby!b@h PRIVMSG alice :to me",
      "@batch=2 :old!a@h PRIVMSG bob :from me",
      ":s BATCH -2", ":s BATCH +3 chathistory #room", ":s BATCH -3")
    let told = scene.told()
    var answers: [String] = []
    for event in told {
      switch event {
      case .message(let message): answers.append("live \(message.text)")
      case .finished(let tag, .history(let messages, _, let isComplete)):
        answers.append("\(tag) \(messages.map { "\($0.chat):\($0.text):\($0.isOwn)" }) \(isComplete)")
      default: answers.append("\(event)")
      }
    }
    // Only nothing is the end on a server that may count what it does not send.
    #expect(
      answers == [
        "live live", "1 [\"#room:first:false\"] false", "2 [\"Bob:to me:false\", \"Bob:from me:true\"] false",
        "3 [] true",
      ])
  }

  @Test("refused history", arguments: [true, false])
  func fail(isLabeled: Bool) {
    let scene = Scene.ready(caps: Self.caps + (isLabeled ? " labeled-response" : ""))
    scene.perform(.history(chat: "#room", .latest, limit: 10))
    let label = isLabeled ? "@label=\(scene.label()) " : ""
    scene.server("\(label):s FAIL CHATHISTORY INVALID_TARGET LATEST #room :No such room")
    #expect(scene.outcomes() == [.refused(code: "INVALID_TARGET", reason: "No such room")])
  }

  @Test("redacted messages are left out, context does not count, other lines change nothing")
  func contents() {
    let scene = Scene.ready(caps: Scene.everything.replacing(" draft/event-playback", with: ""))
    scene.join(names: "@alice bob")
    scene.perform(.history(chat: "#room", .latest, limit: 3))
    let label = scene.label()
    scene.server(
      "@label=\(label);draft/chathistory-end :s BATCH +b chathistory #room",
      "@batch=b;msgid=m1 :bob!b@h PRIVMSG #room :one",
      "@batch=b;msgid=m2 :bob!b@h PRIVMSG #room :two", "@batch=b :bob!b@h REDACT #room m1 :spam",
      "@batch=b;msgid=m3;draft/chathistory-context :bob!b@h PRIVMSG #room :context", "@batch=b :bob!b@h PART #room",
      "@batch=b :bob!b@h TOPIC #room :old", "@batch=b :alice!a@h KICK #room alice", "@batch=b :alice!a@h NICK zed",
      ":s BATCH -b")
    let told = scene.told()
    #expect(told.count == 1)
    guard case .finished(1, .history(let messages, _, true))? = told.first else {
      Issue.record("no history")
      return
    }
    #expect(messages.map(\.text) == ["two", "context"])
    #expect(scene.session.members(of: "#room").map(\.nick) == ["alice", "bob"])
    #expect(scene.session.nick == "alice")
  }

  @Test("with event playback what happened is told in order, has its place, and counts")
  func events() throws {
    let scene = Scene.ready()
    scene.join(names: "@alice bob")
    scene.perform(.history(chat: "#room", .latest, limit: 6))
    let label = scene.label()
    scene.server(
      "@label=\(label) :s BATCH +b chathistory #room",
      "@batch=b;msgid=m1;parley.chat/seq=1 :bob!b@h PRIVMSG #room :one",
      "@batch=b;msgid=r0;draft/chathistory-context;+draft/reply=m1;+draft/react=x :bob!b@h TAGMSG #room",
      "@batch=b;msgid=t;parley.chat/seq=2 :bob!b@h TOPIC #room :tea",
      "@batch=b;msgid=r;parley.chat/seq=3;+draft/reply=m1;+draft/react=y :bob!b@h TAGMSG #room",
      "@batch=b;msgid=e;parley.chat/seq=4 :bob!b@h EDIT #room m1 :won",
      "@batch=b;msgid=d;parley.chat/seq=5 :bob!b@h REDACT #room m1 :spam",
      "@batch=b;msgid=k;parley.chat/seq=6 :bob!b@h KICK #room eve :bye now", ":s BATCH -b")
    guard case .finished(1, .history(let messages, let changes, false))? = scene.told().first else {
      Issue.record("no history")
      return
    }
    #expect(messages.map(\.position.sequence) == [2, 3, 4, 5, 6])
    #expect(messages.map(\.isHidden) == Array(repeating: true, count: 5))
    #expect(changes.count == 6)
    #expect(
      changes.prefix(1) == [
        .reaction(
          chat: "#room", networkID: "m1", nick: "bob", reaction: "x", isAdded: true, isOwn: false,
          Position(networkID: "r0", time: scene.now, sequence: 0))
      ])
    #expect(
      changes[3...4] == [
        .edited(chat: "#room", networkID: "m1", text: "won", Position(networkID: "e", time: scene.now, sequence: 4)),
        .redacted(chat: "#room", networkID: "m1", by: "bob", reason: "spam"),
      ])
    guard case .room(let topic) = changes[1], case .room(let kick) = changes[5] else {
      Issue.record("no room events")
      return
    }
    #expect(
      topic.kind == .topic && topic.text == "tea" && kick.kind == .kicked && kick.target == "eve"
        && kick.text == "bye now")
    // Nothing of it happens now.
    #expect(scene.session.members(of: "#room").map(\.nick) == ["alice", "bob"])
  }

  @Test("a page that says it is the last one is")
  func lastPage() {
    let scene = Scene.ready()
    scene.join(names: "@alice")
    scene.perform(.history(chat: "#room", .latest, limit: 1))
    scene.server(
      "@label=\(scene.label());draft/chathistory-end :s BATCH +b chathistory #room",
      "@batch=b;msgid=m1 :bob!b@h PRIVMSG #room :one", ":s BATCH -b")
    #expect(history(scene)?.isComplete == true)
  }

  @Test("a message of several lines in history is one")
  func severalLines() {
    let scene = Scene.ready()
    scene.join(names: "@alice")
    scene.perform(.history(chat: "#room", .latest, limit: 5))
    scene.server(
      "@label=\(scene.label()) :s BATCH +b chathistory #room",
      "@batch=b;msgid=m1;parley.chat/seq=4 :bob!b@h BATCH +m1 draft/multiline #room",
      "@batch=m1 :bob!b@h PRIVMSG #room :one", "@batch=m1 :bob!b@h PRIVMSG #room :",
      "@batch=m1 :bob!b@h PRIVMSG #room :two ", "@batch=m1;draft/multiline-concat :bob!b@h PRIVMSG #room :three",
      ":bob!b@h BATCH -m1", ":s BATCH -b")
    let messages = history(scene)?.messages
    #expect(messages?.map(\.text) == ["one\n\ntwo three"])
    #expect(messages?.first?.position.sequence == 4 && messages?.first?.position.networkID == "m1")
  }

  @Test("somebody else's account on our nick, long ago, is not ours")
  func ownByAccount() {
    let scene = Scene.ready()
    scene.server(":s 900 alice alice!a@h acc :In")
    scene.forget()
    scene.perform(.history(chat: "#room", .latest, limit: 3))
    let label = scene.label()
    scene.server(
      "@label=\(label) :s BATCH +b chathistory #room", "@batch=b;account=acc :old!a@h PRIVMSG #room :mine",
      "@batch=b;account=stranger :alice!a@h PRIVMSG #room :not mine", "@batch=b :alice!a@h PRIVMSG #room :mine",
      ":s BATCH -b")
    #expect(history(scene)?.messages.map(\.isOwn) == [true, false, true])
  }

  @Test("history that nobody waits for any more is not news", arguments: [true, false])
  func late(isLabeled: Bool) {
    let scene = Scene.ready(caps: Self.caps + (isLabeled ? " labeled-response" : ""))
    scene.perform(.history(chat: "#room", .latest, limit: 10))
    let label = isLabeled ? "@label=\(scene.label()) " : ""
    scene.wait(seconds: 30)
    #expect(scene.outcomes() == [.timedOut])
    scene.server("\(label):s BATCH +b chathistory #room", "@batch=b :bob!b@h PRIVMSG #room :old", ":s BATCH -b")
    #expect(scene.told() == [])
  }

  @Test("what a late answer tells of now still counts")
  func lateJoin() {
    let scene = Scene.ready()
    scene.perform(.join(room: "#x", key: nil))
    let label = scene.label()
    scene.wait(seconds: 30)
    scene.server("@label=\(label) :s BATCH +b labeled-response", "@batch=b :alice!a@h JOIN #x * :A", ":s BATCH -b")
    #expect(scene.session.joinedRooms == ["#x"])
  }

  @Test("an answer that keeps coming is not given up")
  func slow() {
    let scene = Scene.ready(caps: Self.caps)
    scene.perform(.history(chat: "#room", .latest, limit: 10))
    scene.server(":s BATCH +b chathistory #room")
    for _ in 0..<3 {
      scene.wait(seconds: 20)
      scene.server("@batch=b :bob!b@h PRIVMSG #room :x")
    }
    scene.server(":s BATCH -b")
    #expect(history(scene)?.messages.count == 3)
  }

  @Test(
    "played back without being asked for: what was said is news, in order",
    arguments: ["chathistory", "znc.in/playback"])
  func playback(type: String) {
    let scene = Scene.ready(caps: "batch server-time")
    scene.join(names: "@alice bob")
    scene.server(
      ":s BATCH +b \(type) #room", "@batch=b;time=\(Self.noon) :bob!b@h PRIVMSG #room :one",
      "@batch=b :bob!b@h PART #room",
      "@batch=b;time=\(Self.noon) :bob!b@h PRIVMSG #room :two", ":s BATCH -b")
    #expect(scene.messages().map(\.text) == ["one", "two"])
    #expect(scene.session.memberCount(of: "#room") == 2)
  }

  @Test("batches of other kinds are only brackets")
  func netsplit() {
    let scene = Scene.ready()
    scene.join(names: "@alice bob carol")
    scene.server(
      ":s BATCH +n netsplit a b", "@batch=n :bob!b@h QUIT :a b", "@batch=n :carol!c@h QUIT :a b", ":s BATCH -n")
    #expect(scene.roomEvents().map(\.nick) == ["bob", "carol"])
  }

  @Test("more batches than anybody opens: what they hold is not taken for news")
  func tooMany() {
    let scene = Scene.ready()
    for number in 0..<100 { scene.server(":s BATCH +b\(number) chathistory #room") }
    scene.server("@batch=b99 :bob!b@h PRIVMSG #room :old", "@batch=unknown :bob!b@h PRIVMSG #room :old")
    #expect(scene.messages() == [])
  }

  @Test("an answer without end keeps bounded memory, and its end still counts")
  func endless() {
    let scene = Scene.ready()
    scene.perform(.history(chat: "#room", .latest, limit: 5))
    let label = scene.label()
    scene.server("@label=\(label) :s BATCH +b chathistory #room")
    for _ in 0..<1_000 { scene.server("@batch=b :bob!b@h PRIVMSG #room :x") }
    scene.server(":s BATCH -b")
    #expect((history(scene)?.messages.count ?? .max) <= 26)
  }

  @Test("conversations with people and rooms, the oldest first")
  func targets() {
    let scene = Scene.ready(caps: Self.caps)
    let early = place("", "2026-11-22T10:00:00.000Z").time
    let late = place("", "2026-11-22T11:00:00.000Z").time
    scene.perform(.targets(after: early, before: late, limit: 3))
    #expect(scene.said() == ["CHATHISTORY TARGETS timestamp=\(early.iso8601) timestamp=\(late.iso8601) 3"])
    scene.server(
      ":s BATCH +t draft/chathistory-targets", "@batch=t :s CHATHISTORY TARGETS bob \(late.iso8601)",
      "@batch=t :s CHATHISTORY TARGETS #room \(late.iso8601)", "@batch=t :s CHATHISTORY TARGETS carol \(early.iso8601)",
      ":s BATCH -t")
    guard case .targets(let found, isComplete: false)? = scene.outcomes().first else {
      Issue.record("no targets")
      return
    }
    #expect(found.map(\.time) == [early, late, late])
    #expect(Set(found.map(\.name)) == ["carol", "bob", "#room"])
    scene.perform(.targets(after: early, before: late, limit: 3))
    scene.server(":s BATCH +t draft/chathistory-targets", ":s BATCH -t")
    #expect(scene.outcomes() == [.targets([], isComplete: true)])
    scene.perform(.targets(after: early, before: late, limit: 3))
    scene.server(":s FAIL CHATHISTORY INVALID_TARGET LATEST #room :Not about it")
    #expect(scene.outcomes() == [])
    scene.server(":s FAIL CHATHISTORY MESSAGE_ERROR TARGETS :No")
    #expect(scene.outcomes() == [.refused(code: "MESSAGE_ERROR", reason: "No")])
  }
}
