import IRC
import ParleySession
import Seeded
import Testing

@Suite("Hostile servers and broken connections")
struct HostileTests {
  /// A whole life: negotiation, SCRAM up to the server's turn, welcome, a room, commands.
  private static let script: [String] = [
    ":s NOTICE * :Looking you up", ":s CAP * LS * :\(Scene.everything)", ":s CAP * LS :sasl=PLAIN",
    ":s CAP * ACK :\(Scene.everythingNamed) sasl", "AUTHENTICATE +", ":s 900 * *!*@* alice :In", ":s 903 * :Done",
    ":s 001 alice :Welcome alice!a@h", ":s 005 alice \(Scene.isupport) :are supported", ":s 375 alice :-",
    ":s 372 alice :-",
    ":s 376 alice :End", ":alice!a@h JOIN #room * :Alice", ":s 332 alice #room :Topic",
    ":s 353 alice = #room :@alice bob",
    ":s 366 alice #room :End", ":s BATCH +b chathistory #room", "@batch=b;msgid=1 :bob!b@h PRIVMSG #room :old",
    ":s BATCH -b",
    "@msgid=2 :alice!a@h PRIVMSG #room :hi", ":bob!b@h QUIT :bye",
  ]

  /// Gives a session commands whenever it is ready for them, and counts what comes of them.
  private struct Ledger {
    var given: Set<UInt64> = []
    var finished: [UInt64: Int] = [:]
    var isReady = false

    mutating func act(_ scene: Scene) {
      for event in scene.told() {
        switch event {
        case .ready: isReady = true
        case .secretNeeded: scene.supply("secret")
        case .finished(let tag, _): finished[tag, default: 0] += 1
        default: break
        }
      }
    }

    mutating func give(_ commands: [SessionCommand], _ scene: Scene) {
      for command in commands {
        let tag = UInt64(given.count) + 1
        given.insert(tag)
        scene.perform(command, tag: tag)
      }
    }

    var isRight: Bool { Set(finished.keys) == given && finished.values.allSatisfy { $0 == 1 } }
  }

  private static let commands: [SessionCommand] = [
    .send(chat: "#room", kind: .text, text: "hi", replyTo: "", counter: 1),
    .send(chat: "bob", kind: .action, text: "waves", replyTo: "1", counter: 2), .join(room: "#other", key: "k"),
    .part(room: "#room", reason: "x"), .topic(room: "#room", "x"), .kick(room: "#room", nick: "bob", reason: ""),
    .invite(room: "#room", nick: "bob"), .nick("alicia"), .away("x"), .away(nil), .list(pattern: "x"),
    .history(chat: "#room", .latest, limit: 5),
    .targets(after: Timestamp(milliseconds: 0), before: Timestamp(milliseconds: 9), limit: 5),
    .react(chat: "#room", networkID: "1", reaction: "x", isAdded: true),
    .redact(chat: "#room", networkID: "1", reason: ""),
    .mark(chat: "#room", Timestamp(milliseconds: 0)), .register(email: nil), .verify(account: "a", code: "c"),
    .raw("VERSION"),
  ]

  @Test("a line without end ends the connection")
  func lineWithoutEnd() {
    let scene = Scene.ready()
    let piece = [UInt8](repeating: 0x61, count: 65_536)
    for _ in 0..<16 { scene.bytes(piece) }
    #expect(!scene.session.wantsClose)
    scene.bytes(piece)
    #expect(scene.told() == [.refused(code: "", reason: "The server sends a line without end", isPermanent: false)])
    #expect(scene.session.wantsClose)
  }

  @Test("the connection is cut at every byte of a session: every command is finished once")
  func cut() {
    let bytes = Array(Self.script.map { $0 + "\r\n" }.joined().utf8)
    for length in 0...bytes.count {
      let scene = Scene(signIn: .plain(account: "alice"))
      var ledger = Ledger()
      scene.start()
      var start = 0
      // Read by read, a line each, as a network would; the last one is cut.
      while start < length {
        let end = bytes[start..<length].firstIndex(of: 10).map { $0 + 1 } ?? length
        scene.bytes(Array(bytes[start..<end]))
        start = end
        ledger.act(scene)
        if ledger.isReady, ledger.given.isEmpty { ledger.give(Self.commands, scene) }
      }
      ledger.give([.join(room: "#late", key: nil)], scene)
      scene.end()
      ledger.act(scene)
      #expect(ledger.isRight, "cut after \(length) bytes")
    }
  }

  @Test("how a stream is cut into reads makes no difference")
  func reads() {
    func run(_ size: Int) -> [String] {
      let scene = Scene(signIn: .plain(account: "alice"))
      var told: [String] = []
      scene.start()
      for line in Self.script {
        let bytes = Array((line + "\r\n").utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
          scene.bytes(Array(bytes[start..<min(start + size, bytes.count)]))
        }
        for event in scene.told() {
          if case .secretNeeded = event { scene.supply("secret") }
          told.append("\(event)")
        }
      }
      return told
    }
    let whole = run(10_000)
    #expect(whole.count > 10)
    for size in [1, 2, 3, 7, 64] { #expect(run(size) == whole) }
  }

  @Test("random lines, from noise to almost right, in every state", arguments: 0..<24)
  func fuzz(seed: Int) {
    var random = SeededRandom(seed: UInt64(seed))
    for _ in 0..<20 {
      let scene = Scene(signIn: seed % 2 == 0 ? .automatic(account: "alice") : .none)
      scene.session.wantsRawLines = Bool.random(using: &random)
      var ledger = Ledger()
      scene.start()
      for line in Self.script.prefix(Int.random(in: 0...Self.script.count, using: &random)) {
        scene.server(line)
        ledger.act(scene)
      }
      for _ in 0..<150 {
        scene.bytes(Self.line(&random) + [13, 10])
        ledger.act(scene)
        if Int.random(in: 0..<8, using: &random) == 0, let command = Self.commands.randomElement(using: &random) {
          ledger.give([command], scene)
        }
        if Int.random(in: 0..<40, using: &random) == 0 { scene.wait(seconds: Int64.random(in: 0...40, using: &random)) }
        #expect(scene.session.output.count <= 2 * 65_536 && scene.session.events.count < 5_000)
        #expect(scene.session.memberCount(of: "#room") <= 200_000)
        #expect(scene.session.maximumText(chat: "#room", kind: .text) >= 4)
        if let deadline = scene.session.deadline { #expect(deadline > scene.now.adding(milliseconds: -1)) }
        if Bool.random(using: &random) { _ = scene.said() }
      }
      scene.end()
      ledger.act(scene)
      #expect(ledger.isRight, "seed \(seed)")
    }
  }

  @Test("a server that only asks gets bounded answers")
  func flood() {
    let scene = Scene.ready()
    let ping = Array("PING :\(String(repeating: "x", count: 300))\r\n".utf8)
    for _ in 0..<2_000 { scene.bytes(ping) }
    #expect(scene.session.output.count < 66_000)
    scene.perform(.raw("TIME"))
    guard case .refused? = scene.outcomes().first else {
      Issue.record("more was written")
      return
    }
  }

  @Test("a line without end, and one that is too long")
  func endlessLine() {
    let scene = Scene.ready()
    let piece = [UInt8](repeating: 0x61, count: 10_000)
    for _ in 0..<100 { scene.bytes(piece) }
    scene.server("", ":bob!b@h PRIVMSG alice :after")
    #expect(scene.messages().map(\.text) == ["after"])
  }

  @Test("lists of capabilities without end")
  func endlessCapabilities() {
    let scene = Scene()
    scene.start()
    for _ in 0..<1_000 { scene.server(":s CAP * LS * :" + String(repeating: "some-capability ", count: 30)) }
    scene.forget()
    scene.server(":s CAP * LS :batch")
    #expect(scene.said() == ["CAP REQ batch"])
  }

  // MARK: Lines

  private static let words = [
    "alice", "bob", "#room", "#other", "*", "s", "+b", "-b", "b", "x", "", "chathistory", "labeled-response", "LS",
    "ACK", "NAK",
    "NEW", "DEL", "sasl", "batch", "152", "+o", "-v", "=", "SUCCESS", "timestamp=2026-11-22T11:00:00.000Z",
    "PREFIX=(ov)@+",
    "CASEMAPPING=rfc1459", "CHANTYPES=#&", "\u{1}VERSION\u{1}", "\u{1}ACTION x\u{1}", "@alice", "G@", "0",
    "99999999999", "👍", "a,b",
    "TARGETS", "CHATHISTORY", "PRIVMSG", "JOIN", "REGISTER",
  ]
  private static let named = [
    "PRIVMSG", "NOTICE", "TAGMSG", "JOIN", "PART", "KICK", "QUIT", "NICK", "MODE", "TOPIC", "INVITE", "AWAY", "ACCOUNT",
    "CHGHOST",
    "BATCH", "CAP", "AUTHENTICATE", "FAIL", "REDACT", "MARKREAD", "REGISTER", "VERIFY", "CHATHISTORY", "PING", "PONG",
    "ACK", "WARN",
  ]
  private static let numerics = [
    1, 4, 5, 263, 301, 305, 306, 315, 321, 322, 323, 324, 329, 331, 332, 333, 341, 352, 353, 354, 366, 372, 375, 376,
    396, 400, 401,
    403, 404, 412, 417, 421, 422, 431, 432, 433, 437, 441, 442, 443, 451, 461, 470, 471, 475, 477, 482, 716, 900, 901,
    903, 904, 908,
  ]

  private static func line(_ random: inout SeededRandom) -> [UInt8] {
    if Int.random(in: 0..<6, using: &random) == 0 {
      return (0..<Int.random(in: 0...80, using: &random)).map { _ in
        let byte = UInt8.random(in: 0...255, using: &random)
        return byte == 10 || byte == 13 ? 32 : byte
      }
    }
    func word(_ random: inout SeededRandom) -> String { words.randomElement(using: &random) ?? "x" }
    var text = ""
    switch Int.random(in: 0..<6, using: &random) {
    case 0: text += "@label=p\(Int.random(in: 1...40, using: &random)) "
    case 1: text += "@batch=b "
    case 2: text += "@msgid=1;+draft/reply=1;+draft/react=x;+typing=active;account=alice;time=2026-11-22T11:00:00.000Z "
    case 3: text += "@batch=b;label=p\(Int.random(in: 1...40, using: &random));parley.chat/seq=\(word(&random)) "
    default: break
    }
    text += [":alice!a@h ", ":bob!b@h ", ":s ", ":irc.test ", "", ":@! "].randomElement(using: &random) ?? ""
    if Bool.random(using: &random) {
      text += named.randomElement(using: &random) ?? "X"
    } else {
      let number = numerics.randomElement(using: &random) ?? 1
      text += String(repeating: "0", count: 3 - String(number).count) + String(number)
    }
    for _ in 0..<Int.random(in: 0...5, using: &random) { text += " " + word(&random) }
    if Bool.random(using: &random) { text += " :" + word(&random) + " " + word(&random) }
    return Array(text.utf8)
  }
}
