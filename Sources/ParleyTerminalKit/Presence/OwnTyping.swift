/// When others are told that we type. "Clients SHOULD NOT send typing notifications more often than every 3 seconds"
/// (IRCv3 typing).
package struct OwnTyping {
  package struct Signal: Equatable {
    package var chat: Int64
    /// 1 types, 2 has paused, 0 stopped.
    package var state: Int32

    package init(chat: Int64, state: Int32) {
      self.chat = chat
      self.state = state
    }
  }

  private struct Told {
    var chat: Int64
    var line: String
    var changedAt: Int64
    var toldAt: Int64
    var isPaused = false
  }

  private static let interval: Int64 = 3_000
  private static let patience: Int64 = 5_000
  private var told: Told?

  package init() {}

  /// - Parameter line: as it is now; nil where nobody is to know, as with commands.
  /// - Returns: what to tell.
  package mutating func update(chat: Int64, line: String?, now: Int64) -> Signal? {
    guard let line, !line.isEmpty else { return stop() }
    guard var told = self.told, told.chat == chat else {
      self.told = Told(chat: chat, line: line, changedAt: now, toldAt: now)
      return Signal(chat: chat, state: 1)
    }
    defer { self.told = told }
    if told.line != line {
      told.line = line
      told.changedAt = now
      guard told.isPaused || now - told.toldAt >= Self.interval else { return nil }
      told.isPaused = false
      told.toldAt = now
      return Signal(chat: chat, state: 1)
    }
    guard !told.isPaused, now - told.changedAt >= Self.patience else { return nil }
    told.isPaused = true
    return Signal(chat: chat, state: 2)
  }

  /// The line was given up, or we went elsewhere.
  package mutating func stop() -> Signal? {
    defer { told = nil }
    return told.map { Signal(chat: $0.chat, state: 0) }
  }

  /// It was sent, which says by itself that we have stopped.
  package mutating func sent() { told = nil }

  /// When `update` has something to tell though no key was pressed.
  package var nextDeadline: Int64? {
    told.flatMap { $0.isPaused ? nil : $0.changedAt + Self.patience }
  }
}
