import ParleyTerminalKit

/// What of the current chat a person has seen since it came onto the screen.
struct ShownRows {
  private static let most = 20_000
  private(set) var messages: Set<Int64> = []
  /// The messages that were not cleared off the screen since.
  private var onScreen: Set<Int64> = []
  /// The day of the row that was written last.
  private(set) var day: Clock.Day?

  func contains(_ message: Int64) -> Bool { messages.contains(message) }

  /// Whether it need not be shown when older rows are asked for.
  func isOnScreen(_ message: Int64) -> Bool { onScreen.contains(message) }

  mutating func clear() {
    onScreen = []
    day = nil
  }

  mutating func insert(_ message: Int64) {
    // After months in one chat /more shows the oldest again.
    if messages.count >= Self.most { (messages, onScreen) = ([], []) }
    messages.insert(message)
    onScreen.insert(message)
  }

  /// - Returns: whether the day begins with this row.
  mutating func begins(_ day: Clock.Day) -> Bool {
    guard day != self.day else { return false }
    self.day = day
    return true
  }

  /// The next row shows its day again.
  mutating func forgetDay() { day = nil }
}
