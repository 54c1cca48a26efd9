import IRC
import ParleySession
import Testing

@Suite("Commands and their answers")
struct CommandTests {
  /// A command, what it is on the wire, what the server says and what comes of it.
  struct Case: Sendable, CustomTestStringConvertible {
    let command: SessionCommand
    let wire: String
    let answer: [String]
    let outcome: Outcome
    var caps = ""

    var testDescription: String { "\(wire) – \(answer.first ?? "")" }
  }

  static let marked = Timestamp(milliseconds: 1_795_345_200_000)

  static let cases: [Case] = [
    Case(
      command: .join(room: "#New", key: nil), wire: "JOIN #New", answer: [":alice!a@h JOIN #new"],
      outcome: .joined(room: "#new")),
    Case(
      command: .join(room: "#new", key: "k"), wire: "JOIN #new k", answer: [":s 475 alice #new :Bad key"],
      outcome: .refused(code: "475", reason: "Bad key")),
    Case(
      command: .join(room: "#new", key: nil), wire: "JOIN #new",
      answer: [":s 470 alice #new ##new :Forwarding", ":alice!a@h JOIN ##new"], outcome: .joined(room: "##new")),
    Case(
      command: .join(room: "#new", key: nil), wire: "JOIN #new", answer: [":s 437 alice #new :Unavailable"],
      outcome: .refused(code: "437", reason: "Unavailable")),
    Case(
      command: .part(room: "#room", reason: "bye now"), wire: "PART #room :bye now",
      answer: [":alice!a@h PART #room :bye now"],
      outcome: .done),
    Case(
      command: .part(room: "#room", reason: ""), wire: "PART #room", answer: [":s 442 alice #room :Not there"],
      outcome: .refused(code: "442", reason: "Not there")),
    Case(
      command: .topic(room: "#room", "new topic"), wire: "TOPIC #room :new topic",
      answer: [":alice!a@h TOPIC #room :new topic"], outcome: .done),
    Case(
      command: .topic(room: "#room", ""), wire: "TOPIC #room :", answer: [":s 482 alice #room :Not an operator"],
      outcome: .refused(code: "482", reason: "Not an operator")),
    Case(
      command: .invite(room: "#room", nick: "bob"), wire: "INVITE bob #room", answer: [":s 341 alice bob #room"],
      outcome: .done),
    Case(
      command: .invite(room: "#room", nick: "bob"), wire: "INVITE bob #room",
      answer: [":s 443 alice bob #room :is there"],
      outcome: .refused(code: "443", reason: "is there")),
    Case(
      command: .kick(room: "#room", nick: "bob", reason: "no"), wire: "KICK #room bob no",
      answer: [":alice!a@h KICK #room bob :no"], outcome: .done),
    Case(
      command: .kick(room: "#room", nick: "bob", reason: ""), wire: "KICK #room bob",
      answer: [":s 441 alice bob #room :not there"], outcome: .refused(code: "441", reason: "not there")),
    Case(command: .nick("carol"), wire: "NICK carol", answer: [":alice!a@h NICK carol"], outcome: .done),
    Case(command: .away("gone out"), wire: "AWAY :gone out", answer: [":s 306 alice :away"], outcome: .done),
    Case(command: .away(nil), wire: "AWAY", answer: [":s 305 alice :back"], outcome: .done),
    Case(
      command: .list(pattern: nil), wire: "LIST",
      answer: [
        ":s 321 alice Channel :Users", ":s 322 alice #a 2 :one", ":s 322 alice #b 30 :two", ":s 323 alice :End",
      ],
      outcome: .rooms([
        ListedRoom(name: "#b", topic: "two", memberCount: 30), ListedRoom(name: "#a", topic: "one", memberCount: 2),
      ])),
    Case(
      command: .list(pattern: "SWIFT"), wire: "LIST",
      answer: [
        ":s 322 alice #swift 2 :one", ":s 322 alice #b 30 :about Swift", ":s 322 alice #c 9 :no",
        ":s 322 alice bad -5 :swift",
        ":s 323 alice :End",
      ],
      outcome: .rooms([
        ListedRoom(name: "#b", topic: "about Swift", memberCount: 30),
        ListedRoom(name: "#swift", topic: "one", memberCount: 2),
      ])),
    Case(
      command: .list(pattern: nil), wire: "LIST", answer: [":s 263 alice LIST :Try again later"],
      outcome: .refused(code: "263", reason: "Try again later")),
    Case(
      command: .mark(chat: "bob", marked), wire: "MARKREAD bob timestamp=\(marked.iso8601)",
      answer: [":s MARKREAD bob timestamp=\(marked.iso8601)"], outcome: .done, caps: "draft/read-marker"),
    Case(
      command: .mark(chat: "bob", marked), wire: "MARKREAD bob timestamp=\(marked.iso8601)",
      answer: [":s FAIL MARKREAD INTERNAL_ERROR bob :No"], outcome: .refused(code: "INTERNAL_ERROR", reason: "No"),
      caps: "draft/read-marker"),
    Case(
      command: .redact(chat: "#room", networkID: "m1", reason: "a reason"), wire: "REDACT #room m1 :a reason",
      answer: [":alice!a@h REDACT #room m1 :a reason"], outcome: .done, caps: "message-tags draft/message-redaction"),
    Case(
      command: .redact(chat: "#room", networkID: "m1", reason: ""), wire: "REDACT #room m1",
      answer: [":s FAIL REDACT REDACT_FORBIDDEN #room m1 :No"],
      outcome: .refused(code: "REDACT_FORBIDDEN", reason: "No"),
      caps: "message-tags draft/message-redaction"),
    Case(
      command: .edit(chat: "#room", networkID: "m1", text: "new words"), wire: "EDIT #room m1 :new words",
      answer: ["@msgid=e1 :alice!a@h EDIT #room m1 :new words"], outcome: .done, caps: "message-tags parley.chat/edit"),
    Case(
      command: .edit(chat: "#room", networkID: "m1", text: "new words"), wire: "EDIT #room m1 :new words",
      answer: [":s FAIL EDIT EDIT_FORBIDDEN #room m1 :No"], outcome: .refused(code: "EDIT_FORBIDDEN", reason: "No"),
      caps: "message-tags parley.chat/edit"),
    Case(
      command: .react(chat: "#room", networkID: "m1", reaction: "👍", isAdded: true),
      wire: "@+draft/reply=m1;+draft/react=👍 TAGMSG #room",
      answer: ["@+draft/reply=m1;+draft/react=👍 :alice!a@h TAGMSG #room"], outcome: .done,
      caps: "message-tags echo-message"),
    Case(
      command: .react(chat: "#room", networkID: "m1", reaction: "👍", isAdded: false),
      wire: "@+draft/reply=m1;+draft/unreact=👍 TAGMSG #room", answer: [":s 404 alice #room :No"],
      outcome: .refused(code: "404", reason: "No"), caps: "message-tags"),
    Case(
      command: .verify(account: "alice", code: "123"), wire: "VERIFY alice 123",
      answer: [":s VERIFY SUCCESS alice :Welcome"], outcome: .done, caps: "draft/account-registration"),
    Case(
      command: .verify(account: "alice", code: "123"), wire: "VERIFY alice 123",
      answer: [":s FAIL VERIFY INVALID_CODE alice :Wrong"], outcome: .refused(code: "INVALID_CODE", reason: "Wrong"),
      caps: "draft/account-registration"),
    Case(
      command: .ignore("bob", isIgnored: true), wire: "SILENCE +bob!*@*", answer: [":alice!a@h SILENCE +bob!*@*"],
      outcome: .done),
    Case(
      command: .ignore("a:bob", isIgnored: false), wire: "SILENCE -a:bob", answer: [":alice!a@h SILENCE -a:bob"],
      outcome: .done),
    Case(
      command: .ignore("bob", isIgnored: true), wire: "SILENCE +bob!*@*",
      answer: [":s 511 alice bob!*@* :Your silence list is full"],
      outcome: .refused(code: "511", reason: "Your silence list is full")),
    Case(
      command: .ignored, wire: "SILENCE",
      answer: [
        ":s 271 alice alice bob!*@*", ":s 271 alice a:carol", ":s 271 alice alice *!*@*.example.org pdc",
        ":s 272 alice :End of silence list",
      ], outcome: .masks(["bob", "a:carol", "*!*@*.example.org"])),
    Case(command: .raw("WHOIS bob"), wire: "WHOIS bob", answer: [], outcome: .done),
  ]

  @Test("without labels", arguments: cases)
  func unlabeled(item: Case) {
    let scene = Scene.ready(caps: item.caps)
    scene.join(names: "@alice bob")
    scene.perform(item.command)
    #expect(scene.said().first == item.wire)
    for line in item.answer { scene.server(line) }
    #expect(scene.outcomes() == [item.outcome])
    scene.end()
    #expect(scene.outcomes() == [])
  }

  @Test("with labels: the last line has the label, or all are in a batch", arguments: cases, [true, false])
  func labeled(item: Case, isBatch: Bool) {
    let scene = Scene.ready(caps: item.caps + " batch labeled-response message-tags")
    scene.join(names: "@alice bob")
    scene.perform(item.command)
    guard item.wire != "WHOIS bob" else { return }
    let message = try? Message(parsing: scene.said().first ?? "")
    let label = message?[tag: "label"] ?? "(none)"
    func tagged(_ line: String, _ tag: String) -> String {
      line.hasPrefix("@") ? "@\(tag);" + line.dropFirst() : "@\(tag) " + line
    }
    if isBatch || item.answer.count > 1 {
      scene.server("@label=\(label) :s BATCH +x labeled-response")
      for line in item.answer { scene.server(tagged(line, "batch=x")) }
      scene.server(":s BATCH -x")
    } else {
      for line in item.answer { scene.server(tagged(line, "label=\(label)")) }
    }
    #expect(scene.outcomes() == [item.outcome])
  }

  @Test("what the network cannot do is said at once")
  func unsupported() {
    let scene = Scene.plain()
    let commands: [SessionCommand] = [
      .react(chat: "#room", networkID: "m", reaction: "x", isAdded: true),
      .redact(chat: "#room", networkID: "m", reason: ""),
      .history(chat: "#room", .latest, limit: 1), .targets(after: Self.marked, before: Self.marked, limit: 1),
      .mark(chat: "#room", Self.marked), .register(email: nil), .verify(account: "a", code: "b"),
    ]
    for command in commands { scene.perform(command) }
    #expect(scene.said() == [])
    #expect(scene.outcomes() == Array(repeating: .unsupported, count: commands.count))
  }

  @Test("names that would be several, or none, are not sent")
  func names() {
    let scene = Scene.ready()
    let commands: [SessionCommand] = [
      .join(room: "#a,#b", key: nil), .join(room: "0", key: nil), .join(room: "#a", key: "x,y"),
      .join(room: "#a b", key: nil),
      .ignore("a,b", isIgnored: true), .ignore("-bob", isIgnored: true), .ignore("", isIgnored: true),
      .part(room: "#a,#b", reason: ""), .topic(room: "bob", "x"), .kick(room: "#room", nick: "a,b", reason: ""),
      .invite(room: "#room", nick: ""), .nick("#room"), .raw("two\r\nlines"), .raw(""), .raw("@"),
      .raw(String(repeating: "x", count: 5_000)), .react(chat: "#room", networkID: "", reaction: "x", isAdded: true),
      .react(chat: "#room", networkID: "m", reaction: String(repeating: "x", count: 65), isAdded: true),
      .mark(chat: "", Self.marked), .history(chat: "a b", .latest, limit: 5),
      .redact(chat: "#room", networkID: "a b", reason: "x"),
    ]
    for command in commands {
      scene.perform(command)
      #expect(scene.said() == [], "\(command)")
      guard case .refused? = scene.outcomes().first else {
        Issue.record("\(command) was not refused")
        return
      }
    }
  }

  @Test("joining where we are, and leaving where we are not, is done already")
  func already() {
    let scene = Scene.ready()
    scene.join("#Room")
    scene.perform(.join(room: "#room", key: nil))
    scene.perform(.part(room: "#elsewhere", reason: ""))
    #expect(scene.outcomes() == [.joined(room: "#Room"), .done])
    #expect(scene.said() == [])
  }

  @Test("what is done already is judged by what is on its way")
  func pipelined() {
    let scene = Scene.plain()
    let commands: [SessionCommand] = [
      .join(room: "#x", key: nil), .part(room: "#X", reason: ""), .join(room: "#x", key: nil), .nick("bob"),
      .nick("alice"),
    ]
    for command in commands { scene.perform(command) }
    let lines = scene.said()
    #expect(lines.prefix(5) == ["JOIN #x", "PART #X", "JOIN #x", "NICK bob", "NICK alice"])
    #expect(lines.count == 6)
    scene.server(
      ":alice!a@h JOIN #x", ":alice!a@h PART #x", ":alice!a@h JOIN #x", ":alice!a@h NICK bob", ":bob!a@h NICK alice")
    #expect(scene.outcomes() == [.joined(room: "#x"), .done, .joined(room: "#x"), .done, .done])
  }

  @Test("a topic that stays the same: the PONG behind it")
  func sameTopic() {
    let scene = Scene.plain()
    scene.join()
    scene.perform(.topic(room: "#room", "x"))
    let token = scene.said().last?.dropFirst(5) ?? ""
    scene.server(":s PONG s :\(token)")
    #expect(scene.outcomes() == [.done])
  }

  @Test("own reactions and redactions are told, echoed or not")
  func ownReaction() {
    let event = SessionEvent.reaction(
      chat: "#room", networkID: "m", nick: "alice", reaction: "x", isAdded: true, isOwn: true,
      Position(networkID: "", time: Scene.ready().now, sequence: 0))
    let scene = Scene.ready(caps: "message-tags draft/message-redaction")
    scene.perform(.react(chat: "#room", networkID: "m", reaction: "x", isAdded: true))
    scene.server(":s PONG s :\(scene.said().last?.dropFirst(5) ?? "")")
    #expect(scene.told() == [event, .finished(tag: 1, .done)])
    scene.perform(.redact(chat: "#room", networkID: "m", reason: "r"))
    scene.server(":s PONG s :\(scene.said().last?.dropFirst(5) ?? "")")
    #expect(
      scene.told() == [.redacted(chat: "#room", networkID: "m", by: "alice", reason: "r"), .finished(tag: 1, .done)])
    let echoing = Scene.ready()
    echoing.perform(.react(chat: "#room", networkID: "m", reaction: "x", isAdded: true))
    echoing.server("@label=\(echoing.label());+draft/reply=m;+draft/react=x :alice!a@h TAGMSG #room")
    #expect(echoing.told() == [event, .finished(tag: 1, .done)])
  }

  @Test("an answer that never comes: timed out, and later news are news")
  func timeout() {
    let scene = Scene.plain()
    scene.perform(.join(room: "#x", key: nil))
    scene.wait(seconds: 30)
    #expect(scene.outcomes() == [.timedOut])
    scene.server(":alice!a@h JOIN #x")
    #expect(scene.session.joinedRooms == ["#x"])
  }

  @Test("a list that is long in coming is not given up while it comes, and keeps the largest rooms")
  func longList() {
    let scene = Scene.plain()
    scene.perform(.list(pattern: nil))
    for number in 0..<12_000 {
      if number % 3_000 == 0 {
        scene.wait(seconds: 25)
        scene.server("PING x")
      }
      scene.server(":s 322 alice #r\(number) \(number) :t")
    }
    scene.server(":s 323 alice :End")
    guard case .rooms(let rooms)? = scene.outcomes().first else {
      Issue.record("no list")
      return
    }
    #expect(rooms.count == 5_000)
    #expect(rooms.first?.memberCount == 11_999 && rooms.last?.memberCount == 7_000)
  }

  // MARK: A new account

  @Test("making an account asks for its password, and nobody sees it")
  func register() {
    let scene = Scene.ready(caps: "draft/account-registration standard-replies") { $0.session.wantsRawLines = true }
    scene.perform(.register(email: nil), tag: 4)
    #expect(scene.told() == [.secretNeeded(.newAccount, account: "alice", isRetry: false)])
    #expect(scene.said() == [])
    scene.wait(seconds: 59)
    scene.supply("correct horse")
    #expect(scene.said() == ["REGISTER * * :correct horse"])
    #expect(scene.told() == [])
    scene.server(":s REGISTER SUCCESS alice :Welcome")
    let told = scene.told().filter { if case .line = $0 { false } else { true } }
    #expect(told == [.ownAccountChanged("alice"), .finished(tag: 4, .done)])
    #expect(scene.session.account == "alice")
  }

  @Test(
    "accounts that are not made",
    arguments: [
      (":s FAIL REGISTER ACCOUNT_EXISTS alice :Taken", "ACCOUNT_EXISTS", "Taken"),
      (":s REGISTER VERIFICATION_REQUIRED alice :Look into your mail", "VERIFICATION_REQUIRED", "Look into your mail"),
      (":s 421 alice REGISTER :Unknown command", "421", "Unknown command"),
    ])
  func notRegistered(line: String, code: String, reason: String) {
    let scene = Scene.ready(caps: "draft/account-registration")
    scene.perform(.register(email: "alice@example.org"))
    scene.supply("secret")
    #expect(scene.said() == ["REGISTER * alice@example.org secret"])
    scene.forget()
    scene.server(line)
    #expect(scene.outcomes() == [.refused(code: code, reason: reason)])
  }

  @Test("labelled, with an ACK before the verdict")
  func registerAck() {
    let scene = Scene.ready()
    scene.perform(.register(email: nil))
    scene.supply("secret")
    scene.server("@label=\(scene.label()) :s ACK", ":s REGISTER SUCCESS alice :Welcome")
    #expect(scene.outcomes() == [.done])
  }

  @Test("no password, a bad one, or a second account at once: refused, and the session goes on")
  func noPassword() {
    let scene = Scene.ready()
    scene.perform(.register(email: nil), tag: 1)
    scene.perform(.register(email: nil), tag: 2)
    scene.supply(nil)
    scene.perform(.register(email: nil), tag: 3)
    scene.session.supplySecret([0x61, 0xFF], now: scene.now)
    scene.perform(.register(email: nil), tag: 4)
    scene.supply("two\r\nlines")
    let outcomes = scene.outcomes()
    #expect(outcomes.count == 4)
    #expect(outcomes.allSatisfy { if case .refused = $0 { true } else { false } })
    #expect(scene.said() == [])
    #expect(!scene.session.wantsClose)
  }
}
