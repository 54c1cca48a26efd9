import ParleyStore

/// Room modes that take a parameter when they are set and none when they are unset, besides `l`: CHANMODES' type C.
enum RoomParameter: CaseIterable {
  /// `W` SECONDS: slow mode.
  case slow
  /// `f` LINES:SECONDS: floods and repetitions.
  case flood
  /// `H` MESSAGES:DURATION: how much is kept.
  case history

  init?(mode: Character) {
    guard let parameter = Self.allCases.first(where: { $0.mode == mode }) else { return nil }
    self = parameter
  }

  var mode: Character {
    switch self {
    case .slow: "W"
    case .flood: "f"
    case .history: "H"
    }
  }

  /// What it must look like, for people.
  var words: String {
    switch self {
    case .slow: "Slow mode takes 1 to \(SpeechBook.longestPause) seconds"
    case .flood: "A flood limit is LINES:SECONDS, with 1 to 100 lines in 1 to 3600 seconds"
    case .history: "What is kept is MESSAGES:DURATION, such as 1000:7d, 0:12h or 500:0"
    }
  }

  /// As it is shown; nil: not set.
  func text(of record: RoomRecord) -> String? {
    switch self {
    case .slow: record.slowSeconds > 0 ? String(record.slowSeconds) : nil
    case .flood: record.floodLines > 0 ? "\(record.floodLines):\(record.floodSeconds)" : nil
    case .history:
      record.retention.isUnlimited
        ? nil : "\(record.retention.messages):\(Duration(seconds: record.retention.seconds).text)"
    }
  }

  /// - Returns: false when the text is no such parameter; nothing is changed then.
  func set(_ text: String, in record: inout RoomRecord) -> Bool {
    switch self {
    case .slow:
      guard let seconds = Int(text), (1...SpeechBook.longestPause).contains(seconds) else { return false }
      record.slowSeconds = seconds
    case .flood:
      let parts = text.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count == 2, let lines = Int(parts[0]), let seconds = Int(parts[1]), (1...100).contains(lines),
        (1...3600).contains(seconds)
      else { return false }
      (record.floodLines, record.floodSeconds) = (lines, seconds)
    case .history:
      let parts = text.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count == 2, let messages = Int(parts[0]), (0...1_000_000_000).contains(messages),
        let duration = Duration(parts[1]), messages > 0 || duration.seconds > 0
      else { return false }
      record.retention = RetentionPolicy(messages: messages, seconds: duration.seconds)
    }
    return true
  }

  func clear(in record: inout RoomRecord) {
    switch self {
    case .slow: record.slowSeconds = 0
    case .flood: (record.floodLines, record.floodSeconds) = (0, 0)
    case .history: record.retention = RetentionPolicy()
    }
  }
}
