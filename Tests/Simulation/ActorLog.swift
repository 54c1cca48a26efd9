import IRC

/// Where something is said, as its people call it: a room's name, or both accounts in order.
struct Place: Hashable, Comparable {
  let name: String
  /// The accounts that may read it.
  let readers: Set<String>

  static func room(_ name: String, _ members: some Sequence<String>) -> Place {
    Place(name: name, readers: Set(members))
  }

  static func between(_ one: String, _ other: String) -> Place {
    Place(name: one < other ? "\(one)+\(other)" : "\(other)+\(one)", readers: [one, other])
  }

  static func < (a: Self, b: Self) -> Bool { a.name < b.name }
}

/// A message as somebody saw it.
struct Seen: Hashable {
  var messageID: String
  var time: String
  var sequence: Int
  var sender: String
  var text: String

  /// What tells that a message has another text, or is taken back, has a place of its own. Its text here: the command, the id of
  /// the message, and the new text or the reason.
  init(messageID: String, time: String, sequence: Int, sender: String, text: String) {
    self.messageID = messageID
    self.time = time
    self.sequence = sequence
    self.sender = sender
    self.text = text
  }

  var change: Change? {
    guard let kind = Change.Kind.allCases.first(where: { text.hasPrefix($0.rawValue + " ") }) else { return nil }
    let words = text.split(separator: " ", maxSplits: 2)
    return words.count == 3 ? Change(kind: kind, messageID: String(words[1])) : nil
  }

  /// What was said: of a change the new text or the reason.
  var words: String { change == nil ? text : String(text.split(separator: " ", maxSplits: 2)[2]) }
}

/// What somebody does to a message.
struct Change: Hashable {
  /// By the command.
  enum Kind: String, CaseIterable {
    case edit = "EDIT"
    case redaction = "REDACT"
  }

  let kind: Kind
  /// The message it is about.
  let messageID: String

  /// As `Seen.text` has it.
  func text(_ words: String) -> String { "\(kind.rawValue) \(messageID) \(words)" }
}

/// What the actors of a run did and saw. Everything the checker knows.
struct ActorLog {
  enum Outcome: Hashable {
    case unknown
    case ok(messageID: String, time: String)
    /// It is there; nobody said under which id.
    case done
    case fail
  }

  /// One message somebody wanted to send, once.
  struct Sending {
    let token: String
    let account: String
    let place: Place
    let text: String
    /// With a key an attempt may be repeated.
    let hasKey: Bool
    /// Of a message that was there.
    var change: Change?
    var attempts: [Outcome] = []

    /// As it stands in history.
    var shownText: String { change?.text(text) ?? text }
  }

  /// A message that came by itself, or the echo of one's own.
  struct Delivery {
    let actor: String
    /// Connections of an actor, counted.
    let session: Int
    let place: String
    let seen: Seen
    /// The echo of something that had been sent before, which may be older than what came before it; or of one's own message while
    /// those of others are left out for a slow reader.
    let isOfRetry: Bool
  }

  /// A line that mentions a message.
  struct Sighting {
    let actor: String
    let account: String
    let token: String
  }

  /// What somebody who may read a place found there at the end.
  struct History {
    let actor: String
    let place: String
    let messages: [Seen]
    /// An engine keeps messages, and not what has happened to them; of what was taken back it knows the id.
    var isOfEngine = false
    var removed: Set<String> = []
    /// What it says the server has lost.
    var lost: Set<String> = []
  }

  var sendings: [Sending] = []
  /// Sendings whose host was told that they are safe: an engine holds them.
  var promises: Set<Int> = []
  var deliveries: [Delivery] = []
  var sightings: [Sighting] = []
  /// Read through CHATHISTORY when everything was quiet.
  var histories: [History] = []
  /// What clients that keep a copy had by then.
  var copies: [History] = []
  /// Messages of which the server said that there are none.
  var unknownMessages: Set<String> = []
  /// What one may read and nobody else, by its token; the owner is an account, or one life of an account.
  var secrets: [String: String] = [:]
  /// Up to where an account has read a place: everything a device was ever told, and what it was told at the end.
  var markers: [Marker] = []
  /// The earliest time that the server's clock was set back to, as markers have it: those in its future ended there.
  private(set) var earliestSetBack: String?

  mutating func setBack(to time: String) { earliestSetBack = min(earliestSetBack ?? time, time) }

  /// Whether a marker may follow another one: it is not earlier, but for clocks that were set back.
  func mayFollow(_ known: String, _ time: String) -> Bool {
    // Times are written with the same length.
    time != "*" && time >= min(known, earliestSetBack ?? known)
  }

  struct Marker {
    let actor: String
    let account: String
    let place: String
    let time: String
    let isFinal: Bool
  }

  /// How often somebody has done what is rarely done, and been told that it is done.
  var deeds: [String: Int] = [:]

  mutating func done(_ deed: String) { deeds[deed, default: 0] += 1 }

  // MARK: - Losses of a server that was restored

  /// Who has seen which messages, in order: what was seen before a backup is in it.
  struct Observation {
    let messageID: String
    /// The server has just said so.
    let isLive: Bool
  }

  /// How much had been observed at a time, and which changes had been done.
  struct Moment {
    let observations: Int
    let done: Set<Int>
  }

  private(set) var observations: [Observation] = []
  /// What was observed in these, and not before or later, may be lost.
  private(set) var losses: [Range<Int>] = []
  /// Changes of which somebody was told that they are done, and that may be lost.
  private(set) var lostChanges: Set<Int> = []
  /// What the numbers of each run of the server begin with.
  var epochs: [Int] = []
  /// Reactions that somebody sent, by place: each has a number if it was stored.
  var reactions: [String: Int] = [:]

  mutating func observe(_ messageID: String, isLive: Bool) {
    observations.append(Observation(messageID: messageID, isLive: isLive))
  }

  private var doneChanges: Set<Int> { Set(sendings.indices.filter { sendings[$0].attempts.contains(.done) }) }

  var moment: Moment { Moment(observations: observations.count, done: doneChanges) }

  mutating func lose(since moment: Moment) {
    losses.append(moment.observations..<observations.count)
    lostChanges.formUnion(doneChanges.subtracting(moment.done))
  }

  /// Messages that may be lost.
  var losable: Set<String> {
    guard let first = losses.map(\.lowerBound).min() else { return [] }
    var firm: Set<String> = []
    for (index, observation) in observations.enumerated() {
      // An engine's host may learn late of what has been lost meanwhile.
      if index < first || observation.isLive && !losses.contains(where: { $0.contains(index) }) {
        firm.insert(observation.messageID)
      }
    }
    return Set(observations.map(\.messageID)).subtracting(firm)
  }

  /// Things that went wrong on the way, in words.
  var complaints: [String] = []

  static let tokenLength = 8

  /// The text begins with it.
  static func token(_ number: Int) -> String {
    let digits = String(number)
    return "TOK" + String(repeating: "0", count: tokenLength - 3 - digits.count) + digits
  }

  /// All tokens within some bytes.
  static func tokens(in bytes: UnsafeBufferPointer<UInt8>) -> [String] {
    var found: [String] = []
    var index = 0
    while index + tokenLength <= bytes.count {
      if bytes[index] == 0x54, bytes[index + 1] == 0x4F, bytes[index + 2] == 0x4B,
        bytes[(index + 3)..<(index + tokenLength)].allSatisfy({ (0x30...0x39).contains($0) })
      {
        found.append(String(decoding: bytes[index..<index + tokenLength], as: UTF8.self))
        index += tokenLength
      } else {
        index += 1
      }
    }
    return found
  }
}
