public import IRC

/// What happened. The raw values are stored; never reuse one.
public enum EventKind: UInt8, Sendable {
  /// What is left of a redacted event: its place.
  case erased = 0
  case message = 1
  case notice = 2
  /// Of the messages without text only those that are kept: reactions, and what asks to be.
  case tagMessage = 3
  /// Took back the event it refers to; the text is the reason.
  case redaction = 4
  /// Gave the message it refers to another text.
  case edit = 5
  // What happened to a room. The text is what follows the room's name on the wire: `bob :reason`, `+o bob`, `:topic`.
  case topic = 6
  case kick = 7
  case mode = 8
  case join = 9
  case part = 10
  case quit = 11
  case nick = 12
}

/// Which kinds of events a reader wants to see.
public struct EventKinds: OptionSet, Hashable, Sendable {
  /// Bit n stands for the kind of raw value n.
  public var rawValue: Int64
  public init(rawValue: Int64) { self.rawValue = rawValue }
  public init(_ kind: EventKind) { rawValue = 1 << Int64(kind.rawValue) }

  public static let messages: Self = [Self(.message), Self(.notice)]
  public static let roomEvents = Self(rawValue: 0b1_1111_1100_0000)
  /// Everything but what has been erased.
  public static let everything = Self(rawValue: 0b1_1111_1111_1110)

  public func contains(_ kind: EventKind) -> Bool { contains(Self(kind)) }
}

/// A sender's own name for a message, so that a retry is recognised. The owner is the event's sender.
public struct IdempotencyKey: Hashable, Sendable {
  /// 1 to 64 bytes.
  public var device: String
  /// Increases with every message of the device; starts at 1.
  public var counter: Int64
  /// A hash over target, command, text and tags: the same key with another body is an error, not a retry.
  public var bodyHash: Int64

  public init(device: String, counter: Int64, bodyHash: Int64) {
    self.device = device
    self.counter = counter
    self.bodyHash = bodyHash
  }
}

/// When an event may be stored. What its key has been seen with before is answered as a duplicate all the same. An append with a
/// condition is the first change of its transaction.
public enum AppendCondition: Hashable, Sendable {
  case always
  /// Only a retry of what is stored is wanted.
  case never
  /// Only if its conversation has been begun.
  case knownConversation
}

/// How much may be attached to one event by tag messages that refer to it: each reader of the event pays for it.
public struct ReferenceLimit: Hashable, Sendable {
  /// Tag messages of everybody, and of the same sender.
  public var all: Int
  public var own: Int
  /// Bytes of the tags of the same sender's.
  public var ownBytes: Int
  public init(all: Int, own: Int, ownBytes: Int) {
    self.all = all
    self.own = own
    self.ownBytes = ownBytes
  }

  public func admits(all: Int, own: Int, ownBytes: Int) -> Bool {
    all <= self.all && own <= self.own && ownBytes <= self.ownBytes
  }
}

/// An event on its way into the log.
public struct NewEvent: Sendable {
  public var conversation: Conversation
  public var kind: EventKind
  public var sender: Identity
  /// `nick!user@host` as shown to others at that time.
  public var source: String
  /// The sender's account name; empty for a guest.
  public var account: String
  /// The room's name, or the recipient's nick at that time.
  public var target: String
  public var text: String
  /// Client-only tags in wire form without `@`, e.g. `+reply=abc;+typing`; empty when none.
  public var clientTags: String
  /// The id of the event it is about; empty: none. One of another conversation counts as none.
  public var reference: String
  /// The wish: the stored time is at least a millisecond after the conversation's last one.
  public var time: Timestamp
  public var key: IdempotencyKey?
  public var condition = AppendCondition.always
  /// Only its sender sees it: the recipient silences the sender, who is not to know.
  public var isUnheard = false
  /// Another text, which only the sender sees; nil: the same.
  public var ownText: String?
  /// How many tag messages may refer to what this one refers to; nil: any number.
  public var referenceLimit: ReferenceLimit?

  public init(
    conversation: Conversation, kind: EventKind, sender: Identity, source: String, account: String, target: String,
    text: String, clientTags: String = "", reference: String = "", time: Timestamp, key: IdempotencyKey? = nil
  ) {
    self.conversation = conversation
    self.kind = kind
    self.sender = sender
    self.source = source
    self.account = account
    self.target = target
    self.text = text
    self.clientTags = clientTags
    self.reference = reference
    self.time = time
    self.key = key
  }
}

extension NewEvent {
  /// The event as its sender sees it.
  public var asSent: NewEvent {
    var event = self
    event.text = ownText ?? text
    return event
  }
}

/// Where an event came to stand.
public struct Receipt: Hashable, Sendable {
  public var position: LogPosition
  /// Rises within the conversation: by one within an epoch, and by more where a new one has begun.
  public var sequence: Int64
  public var messageID: String
  public var time: Timestamp

  public init(position: LogPosition, sequence: Int64, messageID: String, time: Timestamp) {
    self.position = position
    self.sequence = sequence
    self.messageID = messageID
    self.time = time
  }
}

/// An event as read back.
public struct StoredEvent: Sendable {
  public var receipt: Receipt
  public var kind: EventKind
  public var sender: Identity
  public var source: String
  public var account: String
  public var target: String
  public var text: String
  public var clientTags: String
  /// The id of the event it is about; empty: none.
  public var reference: String
  /// Only its sender sees it.
  public var isUnheard = false
  /// What was asked for with `HistoryQuery.contextLimit`.
  public var context: [StoredEvent] = []

  public init(
    receipt: Receipt, kind: EventKind, sender: Identity, source: String, account: String, target: String, text: String,
    clientTags: String, reference: String = ""
  ) {
    self.receipt = receipt
    self.kind = kind
    self.sender = sender
    self.source = source
    self.account = account
    self.target = target
    self.text = text
    self.clientTags = clientTags
    self.reference = reference
  }
}

extension StoredEvent {
  public func isVisible(to reader: Identity?) -> Bool { !isUnheard || sender == reader }
}
