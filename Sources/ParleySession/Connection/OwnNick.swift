import IRC

/// Our nick: the one wanted, the one we have, and the way back from the second to the first.
struct OwnNick {
  /// How long to wait before asking for a taken nick again.
  static let pause: Int64 = 60_000
  /// RFC 2812, section 1.2.1: what every server takes.
  static let smallestLimit = 9
  private static let maximumAttempts = 100

  var wanted: String
  var current: String
  /// When to ask for the wanted nick again; nil: never.
  var nextTry: Timestamp?
  private var attempts = 0
  private var limit: Int?

  /// Somebody else had it. A server that gives us another nick for its own reasons is not argued with.
  var wasTaken: Bool { attempts > 0 }

  init(wanted: String) {
    self.wanted = wanted
    current = wanted
  }

  /// Another nick after a collision, within `maximum` bytes if that is known; nil when enough were tried.
  mutating func alternative(maximum: Int?) -> String? {
    guard attempts < Self.maximumAttempts else { return nil }
    attempts += 1
    let suffix = attempts <= 2 ? String(repeating: "_", count: attempts) : String(attempts - 2)
    let room = (maximum ?? limit).map { max($0, suffix.utf8.count + 1) }
    current = TextLimit.truncate(wanted, toBytes: (room ?? .max) - suffix.utf8.count) + suffix
    return current
  }

  /// The server has named a nick that we have asked for, cut.
  mutating func learnLimit(from given: String) {
    guard !given.isEmpty, given.utf8.count < current.utf8.count, current.utf8.starts(with: given.utf8) else { return }
    limit = given.utf8.count
  }

  /// After ERR_ERRONEUSNICKNAME: the same, shorter, in case that it was too long; nil when that cannot be the reason.
  mutating func shorter() -> String? {
    guard limit == nil, current.utf8.count > Self.smallestLimit else { return nil }
    limit = Self.smallestLimit
    if attempts > 0 { return alternative(maximum: nil) }
    current = TextLimit.truncate(wanted, toBytes: Self.smallestLimit)
    return current
  }
}

extension ClientSession {
  func isOwnNick(_ nick: String) -> Bool { network.mapping.equal(nick, ownNick.current) }

  /// 433, 436, 437 while registering.
  func handleNickCollision(_ line: Incoming) {
    guard phase == .registering else { return }
    ownNick.learnLimit(from: line.parameter(1))
    let next = ownNick.alternative(maximum: network.support.nickLength)
    guard let next else { return refuse(code: line.message.command, reason: line.text) }
    write(Message(command: "NICK", parameters: [next]))
  }

  /// 431, 432 while registering.
  func handleNickRefused(_ line: Incoming) {
    guard phase == .registering else { return }
    guard let next = ownNick.shorter() else {
      return refuse(code: line.message.command, reason: line.text, isPermanent: true)
    }
    write(Message(command: "NICK", parameters: [next]))
  }

  /// Asks for the nick that was taken. Its answer is nobody's but ours.
  func regainNick() {
    guard phase == .ready, !isQuitting, !isOwnNick(ownNick.wanted) else {
      ownNick.nextTry = nil
      return
    }
    ownNick.nextTry = now.adding(milliseconds: OwnNick.pause)
    // Somebody is changing the nick right now: that decides what is wanted.
    guard !requests.contains(where: { $0.command == "NICK" }) else { return }
    ask(Message(command: "NICK", parameters: [ownNick.wanted]), tag: nil, NickAsking(nick: ownNick.wanted))
  }

  /// Somebody gives up a nick.
  func nickBecameFree(_ nick: String) {
    if ownNick.nextTry != nil, network.mapping.equal(nick, ownNick.wanted) { regainNick() }
  }

  func handleNick(_ line: Incoming) { renamed(line, from: line.source.name, isOwn: line.isFromOwnNick) }

  /// An answer that says our new nick, and not the old one.
  func becameKnown(as line: Incoming) { renamed(line, from: ownNick.current, isOwn: true) }

  private func renamed(_ line: Incoming, from old: String, isOwn: Bool) {
    let new = line.parameter(0)
    guard !new.isEmpty, new.utf8.count <= Rooms.nickLimit, !old.isEmpty else { return }
    if isOwn {
      learnOwnMask(line.source)
      ownNick.current = new
      // Back, or called something else by somebody who wants it so.
      ownNick.nextTry = nil
    }
    for room in rooms.rename(key(old), to: new, key: key(new)) {
      tellRoom(line, .renamed, room, target: new, concernsUs: isOwn)
    }
    if isOwn { events.append(.ownNickChanged(new)) } else { nickBecameFree(old) }
  }

  /// A source of ours: how long our messages become where others read them.
  func learnOwnMask(_ source: Source) {
    if let user = source.user, !user.isEmpty, user != "*" { ownUser = limited(user, 64) }
    if let host = source.host, !host.isEmpty, host != "*" { ownHost = limited(host, 255) }
  }
}
