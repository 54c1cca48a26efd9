import IRC

/// A batch that has begun (IRCv3 batch).
struct Batch {
  let type: String
  /// The request it answers.
  var request: UInt64?
  /// Not part of another batch of the same answer.
  var isOutermost = true
  /// Its lines tell of the past.
  var isHistory = false
  /// It answers something that nobody waits for any more: of what it tells, the past is dropped.
  var isUnclaimed = false

  /// A message of several lines.
  var multiline: MultilineBatch?

  init(type: String) { self.type = type }

  static func isHistory(_ type: String) -> Bool {
    type == "chathistory" || type == "draft/chathistory-targets" || type == "znc.in/playback"
  }
}

/// The batches that are open, a bounded number of them.
struct Batches {
  static let maximum = 64

  private var open: [String: Batch] = [:]

  subscript(_ name: String) -> Batch? { open[name] }

  /// One too many is not opened; what belongs to it is then not taken for news.
  mutating func open(_ name: String, _ batch: Batch) {
    guard open.count < Self.maximum || open[name] != nil else { return }
    open[name] = batch
  }

  /// - Returns: whether the line was a part of a message.
  mutating func take(_ message: Message, of name: String) -> Bool {
    guard open[name]?.multiline != nil else { return false }
    open[name]?.multiline?.append(message)
    return true
  }

  mutating func close(_ name: String) -> Batch? { open.removeValue(forKey: name) }
}

/// A message of several lines on its way in (draft/multiline).
struct MultilineBatch {
  static let type = "draft/multiline"
  /// Whatever a server allows: more is cut off.
  private static let maximumBytes = 262_144

  private let opening: Message
  private let target: String
  private var command: String?
  private var text = ""

  init(opening: Message, target: String) {
    self.opening = opening
    self.target = target
  }

  mutating func append(_ line: Message) {
    guard line.command == "PRIVMSG" || line.command == "NOTICE", line.parameters.count >= 2,
      let words = line.parameters.last, text.utf8.count + words.utf8.count < Self.maximumBytes
    else { return }
    if command != nil, !line.tags.contains(where: { $0.key == "draft/multiline-concat" }) { text += "\n" }
    if command == nil { command = line.command }
    text += words
  }

  /// As if it had come in one line: tags and source are the opening's.
  var message: Message? {
    guard let command else { return nil }
    return Message(tags: opening.tags, source: opening.source, command: command, parameters: [target, text])
  }
}
