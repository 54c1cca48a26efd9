import IRC
import ParleySession

/// A session and a server whose lines the test writes, on a clock that only the test moves.
final class Scene {
  let session: ClientSession
  private(set) var now = Timestamp(iso8601: "2026-11-22T12:00:00.000Z") ?? Timestamp(milliseconds: 0)

  init(
    nick: String = "alice", signIn: SessionSettings.SignIn = .none, isPrivate: Bool = true,
    hasCertificate: Bool = false,
    away: String? = nil, isSecure: Bool = true, caution: Int = 0, refusesPlain: Bool = false,
    serverPassword: String? = nil
  ) {
    var settings = SessionSettings(
      nick: nick, username: "Alice!", realName: "Alice A.", signIn: signIn, isPrivate: isPrivate,
      hasCertificate: hasCertificate, clientName: "Parley test", device: "d1", away: away)
    settings.isSecure = isSecure
    settings.caution = caution
    settings.serverPassword = serverPassword
    settings.refusesPlain = refusesPlain
    session = ClientSession(settings: settings, nonce: Array(0..<24), now: now)
  }

  /// Everything Parley's own server offers.
  static let everything =
    "account-notify account-tag away-notify batch cap-notify chghost echo-message extended-join invite-notify "
    + "labeled-response message-tags multi-prefix server-time setname standard-replies userhost-in-names draft/chathistory "
    + "draft/read-marker draft/message-redaction draft/account-registration parley.chat/seq draft/event-playback "
    + "draft/multiline=max-bytes=65536,max-lines=1000 parley.chat/edit"
  /// The same without values.
  static let everythingNamed = everything.split(separator: " ").map { $0.prefix { $0 != "=" } }.joined(separator: " ")
  static let isupport =
    "CASEMAPPING=ascii CHANTYPES=# CHANMODES=beI,k,l,imnst PREFIX=(qaohv)~&@%+ STATUSMSG=~&@%+ NICKLEN=20 NETWORK=Test "
    + "CHATHISTORY=100 MSGREFTYPES=msgid,timestamp,parley.chat/seq SILENCE=100"

  /// A session that is ready, with everything that was said and told until then forgotten.
  static func ready(
    caps: String = everything, isupport: String = isupport, nick: String = "alice",
    configure: (Scene) -> Void = { _ in }
  ) -> Scene {
    let scene = Scene(nick: nick)
    configure(scene)
    scene.start()
    scene.server(":irc.test CAP * LS :\(caps)")
    for line in scene.said() where line.hasPrefix("CAP REQ") {
      let list = line.dropFirst("CAP REQ ".count).drop { $0 == ":" }
      scene.server(":irc.test CAP * ACK :\(list)")
    }
    scene.welcome(nick: nick, isupport: isupport)
    scene.forget()
    return scene
  }

  /// Without any capability.
  static func plain(isupport: String = isupport) -> Scene { ready(caps: "", isupport: isupport) }

  func start() { session.start(now: now) }

  func welcome(nick: String = "alice", isupport: String = Scene.isupport) {
    server(
      ":irc.test 001 \(nick) :Welcome \(nick)!~alice@host.example", ":irc.test 005 \(nick) \(isupport) :are supported",
      ":irc.test 376 \(nick) :End of MOTD")
  }

  /// The server sends lines, all in one read.
  func server(_ lines: String...) { bytes(Array(lines.map { $0 + "\r\n" }.joined().utf8)) }

  func bytes(_ bytes: [UInt8]) { bytes.withUnsafeBytes { session.receive($0, now: now) } }

  func wait(seconds: Int64) { wait(milliseconds: seconds * 1_000) }

  func wait(milliseconds: Int64) {
    now = now.adding(milliseconds: milliseconds)
    session.advance(to: now)
  }

  func perform(_ command: SessionCommand, tag: UInt64 = 1) { session.perform(command, tag: tag, now: now) }

  func supply(_ secret: String?) { session.supplySecret(secret.map { Array($0.utf8) }, now: now) }

  func quit(_ reason: String = "") { session.quit(reason: reason, now: now) }

  func end() { session.ended(now: now) }

  /// Takes the lines the session has said since the last time.
  func said() -> [String] {
    let text = String(decoding: session.output, as: UTF8.self)
    session.output = []
    return text.split(separator: "\r\n").map(String.init)
  }

  /// Takes what the session has told since the last time.
  func told() -> [SessionEvent] {
    defer { session.events = [] }
    return session.events
  }

  func forget() {
    _ = said()
    _ = told()
  }

  /// The label of the last line said, which it takes.
  func label() -> String {
    let line = said().last ?? ""
    let tags = (try? Message(parsing: line))?.tags ?? []
    return tags.first { $0.key == "label" }?.value ?? "(none)"
  }

  /// Takes what came of commands.
  func outcomes() -> [Outcome] {
    told().compactMap { event in
      if case .finished(_, let outcome) = event { outcome } else { nil }
    }
  }

  func messages() -> [ReceivedMessage] {
    told().compactMap { event in
      if case .message(let message) = event { message } else { nil }
    }
  }

  func roomEvents() -> [RoomEvent] {
    told().compactMap { event in
      if case .room(let event) = event { event } else { nil }
    }
  }

  /// We come into a room of those.
  func join(_ room: String = "#room", names: String = "@alice") {
    server(
      ":alice!~alice@host.example JOIN \(room) * :Alice A.", ":irc.test 353 alice = \(room) :\(names)",
      ":irc.test 366 alice \(room) :End of /NAMES list")
    answerWho()
    forget()
  }

  /// Answers the WHO that follows joining, which most scenes do not look at.
  func answerWho() {
    for line in said() {
      guard let message = try? Message(parsing: line), message.command == "WHO" else { continue }
      let label = message[tag: "label"].map { "@label=\($0) " } ?? ""
      server("\(label):irc.test 315 alice \(message.parameters.first ?? "*") :End of /WHO list")
    }
  }
}

/// A place as servers tell it.
func place(_ id: String, _ time: String = "2026-11-22T11:00:00.000Z", _ sequence: Int64 = 0) -> Position {
  Position(networkID: id, time: Timestamp(iso8601: time) ?? Timestamp(milliseconds: -1), sequence: sequence)
}
