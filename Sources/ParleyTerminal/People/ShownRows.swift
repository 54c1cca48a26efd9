import ParleyTerminalKit

/// What of the current chat a person has seen since it came onto the screen.
struct ShownRows {
  private static let most = 20_000
  private(set) var messages: Set<Int64> = []
  /// The day of the row that was written last.
  private(set) var day: Clock.Day?

  func contains(_ message: Int64) -> Bool { messages.contains(message) }

  mutating func insert(_ message: Int64) {
    // Whoever leaves the program open for months gets the oldest again with /more.
    if messages.count >= Self.most { messages = [] }
    messages.insert(message)
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
