public import IRC

/// What a session has found out. The whole contract with whoever drives it.
public enum SessionEvent: Sendable, Equatable {
  // MARK: The connection

  /// A secret is needed to go on; answer with `supplySecret(_:)`. `isRetry`: the last one was wrong.
  case secretNeeded(SecretPurpose, account: String, isRetry: Bool)
  /// Registered and MOTD read: everything may be sent now.
  case ready
  /// The server does not accept the account and password or certificate, or has no way to sign in that both sides know. The
  /// session has closed or will close.
  case signInFailed(code: String, reason: String)
  /// The server ends the connection, or will not have us: `ERROR`, 465, 464 … `isPermanent`: trying again is of no use.
  case refused(code: String, reason: String, isPermanent: Bool)
  /// The network is to be reached by TLS only, at this port. The session has closed.
  case secureConnectionNeeded(port: UInt16)
  /// The network is to be reached by TLS only for so long; 0: not any more.
  case strictTransport(seconds: Int64)
  case ownNickChanged(String)
  /// nil: signed out.
  case ownAccountChanged(String?)
  /// `supports(_:)` or `networkName` may answer otherwise than before.
  case supportChanged
  /// A line as it came or went, without its end. Never lines with secrets. Only with `wantsRawLines`.
  case line(String, isOutgoing: Bool)

  // MARK: What was said

  /// Live, in order. An own message from another device of the account is `isOwn`. The echo of a message that this session has sent
  /// comes as `.finished`, not here.
  case message(ReceivedMessage)
  case typing(chat: String, nick: String, state: TypingState)
  case reaction(chat: String, networkID: String, nick: String, reaction: String, isAdded: Bool, isOwn: Bool, Position)
  case redacted(chat: String, networkID: String, by: String, reason: String)
  /// A message has another text now. `Position.sequence` orders the edits of one message; 0: this one stands in no history.
  case edited(chat: String, networkID: String, text: String, Position)
  /// A read marker of this account, from the server.
  case marker(chat: String, Timestamp)

  // MARK: What happened in rooms

  /// Somebody's coming, going …; see `RoomEvent`.
  case room(RoomEvent)
  /// The members of a room are complete, or have changed. Coalesced: at most one for a room in one batch of input.
  case membersChanged(room: String)
  /// A topic that was told, not set: after joining. Empty: none.
  case topicIs(room: String, String)
  /// A line for the server's chat: notices, MOTD, numerics nothing else takes.
  case serverSaid(String)

  // MARK: Answers

  /// A command given to the session is finished; each is, exactly once, when the session ends at the latest (`.lost`, or
  /// `.uncertain` for a message that was sent).
  case finished(tag: UInt64, Outcome)
}

public enum SecretPurpose: Sendable, Equatable { case signIn, newAccount }

public enum TypingState: Int, Sendable, Equatable { case done = 0, active = 1, paused = 2 }

/// Where a message stands, as far as the server has told.
public struct Position: Sendable, Equatable, Hashable {
  /// `msgid`; empty: none.
  public var networkID: String
  public var time: Timestamp
  /// `parley.chat/seq`; 0: none.
  public var sequence: Int64

  public init(networkID: String, time: Timestamp, sequence: Int64) {
    self.networkID = networkID
    self.time = time
    self.sequence = sequence
  }
}

public enum MessageKind: Int, Sendable, Equatable { case text = 1, notice = 2, action = 3 }

/// A person or room with whom or in which there are messages.
public struct HistoryTarget: Sendable, Equatable {
  public var name: String
  /// Of the newest message.
  public var time: Timestamp
  /// Its number in the conversation (`parley.chat/seq`); 0: the server does not tell.
  public var sequence: Int64
}

/// A PRIVMSG or NOTICE, live or from history.
public struct ReceivedMessage: Sendable, Equatable {
  /// The chat it belongs to, as the server spells it: the room, or the other person; empty: the server's chat.
  public var chat: String
  public var nick: String
  /// nil: none or not known.
  public var account: String?
  public var kind: MessageKind
  public var text: String
  public var position: Position
  /// `+draft/reply` or `+reply`: the msgid of what it answers; empty: nothing.
  public var replyTo: String
  public var isOwn: Bool
  /// Names our nick as a word, and is not ours.
  public var isMention: Bool
  /// In history only: something that nobody is shown, such as a CTCP request. Its place counts.
  public var isHidden: Bool
  /// From history, or said before we were there: it may be here already.
  public var isReplayed: Bool
  /// That is sure: it came in a batch of history, or the server's own clock says so.
  public var isSurelyReplayed: Bool

  public init(
    chat: String, nick: String, account: String?, kind: MessageKind, text: String, position: Position, replyTo: String,
    isOwn: Bool, isMention: Bool, isHidden: Bool = false,
    isReplayed: Bool = false, isSurelyReplayed: Bool = false
  ) {
    self.chat = chat
    self.nick = nick
    self.account = account
    self.kind = kind
    self.text = text
    self.position = position
    self.replyTo = replyTo
    self.isOwn = isOwn
    self.isMention = isMention
    self.isHidden = isHidden
    self.isReplayed = isReplayed
    self.isSurelyReplayed = isSurelyReplayed
  }
}

/// What happens in rooms besides talk. For people in several rooms (QUIT, NICK) one event for each room.
public struct RoomEvent: Sendable, Equatable {
  public enum Kind: Int, Sendable, Equatable {
    case joined = 16, left = 17, kicked = 18, renamed = 19, topic = 20, mode = 21, invited = 22
  }

  public var kind: Kind
  /// The room; for an invitation to us the room we are invited to, which we are not in.
  public var room: String
  /// Who did it.
  public var nick: String
  public var account: String?
  /// Who was kicked or invited, the new nick; else empty.
  public var target: String
  /// The reason, the topic, the modes with their parameters.
  public var text: String
  public var position: Position
  /// We did it, or (kicked, invited) it was done to us.
  public var concernsUs: Bool

  public init(
    kind: Kind, room: String, nick: String, account: String? = nil, target: String = "", text: String = "",
    position: Position, concernsUs: Bool
  ) {
    self.kind = kind
    self.room = room
    self.nick = nick
    self.account = account
    self.target = target
    self.text = text
    self.position = position
    self.concernsUs = concernsUs
  }
}

/// A member of a room.
public struct RoomMember: Sendable, Equatable {
  public var nick: String
  public var account: String?
  /// Prefixes, highest first.
  public var roles: String
  public var isAway: Bool

  public init(nick: String, account: String?, roles: String, isAway: Bool) {
    self.nick = nick
    self.account = account
    self.roles = roles
    self.isAway = isAway
  }
}

/// A row of `LIST`.
public struct ListedRoom: Sendable, Equatable {
  public var name: String
  public var topic: String
  public var memberCount: Int

  public init(name: String, topic: String, memberCount: Int) {
    self.name = name
    self.topic = topic
    self.memberCount = memberCount
  }
}

/// How a command ended.
public enum Outcome: Sendable, Equatable {
  case done
  /// A message was acknowledged, with its place as far as the server tells (no echo: no msgid, our own clock).
  case sent(Position)
  /// In a room now, under the name the server uses.
  case joined(room: String)
  /// Oldest first, hidden ones as well. `changes`: reactions, redactions, edits, and what happened to a room, in order.
  /// `isComplete`: the server has nothing more in that direction.
  case history([ReceivedMessage], changes: [SessionEvent] = [], isComplete: Bool)
  /// In the order of their times. `isComplete`: as above.
  case targets([HistoryTarget], isComplete: Bool)
  case rooms([ListedRoom])
  /// Nicks, and masks where they are no nicks.
  case masks([String])
  /// The server's word (a numeric, or the code of FAIL) and its text.
  case refused(code: String, reason: String)
  case unsupported
  case timedOut
  /// The session ended before the answer; it was not sent, or is harmless to repeat.
  case lost
  /// A message was sent, and the session ended before the answer. Repeating it may say it twice, unless `keys` are supported.
  case uncertain

  public static func == (left: Outcome, right: Outcome) -> Bool {
    switch (left, right) {
    case (.done, .done), (.unsupported, .unsupported), (.timedOut, .timedOut), (.lost, .lost), (.uncertain, .uncertain):
      true
    case (.sent(let a), .sent(let b)): a == b
    case (.joined(let a), .joined(let b)): a == b
    case (.history(let a, let c, let x), .history(let b, let d, let y)): a == b && c == d && x == y
    case (.targets(let a, let x), .targets(let b, let y)): a.elementsEqual(b, by: ==) && x == y
    case (.rooms(let a), .rooms(let b)): a == b
    case (.masks(let a), .masks(let b)): a == b
    case (.refused(let a, let x), .refused(let b, let y)): a == b && x == y
    default: false
    }
  }
}
