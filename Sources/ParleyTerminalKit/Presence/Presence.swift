/// Whether somebody sits before the terminal: messages that scroll by unseen are not read.
package struct Presence {
  /// Milliseconds after a key for which somebody is there.
  private static let attention: Int64 = 120_000
  private var lastKey: Int64 = 0
  /// The newest message that was shown while nobody was there; 0: none.
  package private(set) var unread: Int64 = 0

  package init() {}

  package func isPresent(now: Int64) -> Bool { now - lastKey < Self.attention }

  /// - Returns: the message up to which everything has now been seen; nil if there is nothing new.
  package mutating func key(now: Int64) -> Int64? {
    lastKey = now
    defer { unread = 0 }
    return unread == 0 ? nil : unread
  }

  /// A message was shown to nobody.
  /// - Returns: whether it is the first one.
  package mutating func miss(_ message: Int64) -> Bool {
    defer { unread = message }
    return unread == 0
  }

  package mutating func forget() { unread = 0 }
}
