import ParleyStore

/// Room modes that take a parameter when they are set and none when they are unset, besides `l`: CHANMODES' type C.
enum RoomParameter: CaseIterable {
  /// `W` SECONDS: slow mode.
  case slow
  /// `f` LINES:SECONDS: floods and repetitions.
  case flood

  init?(mode: Character) {
    guard let parameter = Self.allCases.first(where: { $0.mode == mode }) else { return nil }
    self = parameter
  }

  var mode: Character {
    switch self {
    case .slow: "W"
    case .flood: "f"
    }
  }

  /// What it must look like, for people.
  var words: String {
    switch self {
    case .slow: "Slow mode takes 1 to \(SpeechBook.longestPause) seconds"
    case .flood: "A flood limit is LINES:SECONDS, with 1 to 100 lines in 1 to 3600 seconds"
    }
  }

  /// As it is shown; nil: not set.
  func text(of record: RoomRecord) -> String? {
    switch self {
    case .slow: record.slowSeconds > 0 ? String(record.slowSeconds) : nil
    case .flood: record.floodLines > 0 ? "\(record.floodLines):\(record.floodSeconds)" : nil
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
    }
    return true
  }

  func clear(in record: inout RoomRecord) {
    switch self {
    case .slow: record.slowSeconds = 0
    case .flood: (record.floodLines, record.floodSeconds) = (0, 0)
    }
  }
}
