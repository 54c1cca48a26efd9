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

  private static let editMark = "EDIT "

  /// What tells that a message has another text has a place of its own.
  static func edit(of messageID: String, _ text: String) -> String { "\(editMark)\(messageID) \(text)" }

  var isEdit: Bool { text.hasPrefix(Self.editMark) }

  /// The message that was edited, and its new text.
  var edit: (messageID: String, text: String)? {
    guard isEdit else { return nil }
    let words = text.dropFirst(Self.editMark.count).split(separator: " ", maxSplits: 1)
    return words.count == 2 ? (String(words[0]), String(words[1])) : nil
  }
}

/// What the actors of a run did and saw. Everything the checker knows.
struct ActorLog {
  enum Outcome: Hashable {
    case unknown
    case ok(messageID: String, time: String)
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
    /// The message it gives another text.
    var edited: String?
    var attempts: [Outcome] = []
  }

  /// A message that came by itself, or the echo of one's own.
  struct Delivery {
    let actor: String
    /// Connections of an actor, counted.
    let session: Int
    let place: String
    let seen: Seen
    /// The echo of something that had been sent before: it may be older than what came before it.
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
    /// An engine keeps messages, and not what has happened to them.
    var isOfEngine = false
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
