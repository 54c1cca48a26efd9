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

  mutating func close(_ name: String) -> Batch? { open.removeValue(forKey: name) }
}
