public import IRC

/// What a database holds, in numbers.
public struct StoreSummary: Hashable, Sendable {
  public var accounts = 0
  public var rooms = 0
  /// Messages and notices.
  public var messages = 0
  /// When the newest event was stored; nil: there is none.
  public var newest: Timestamp?

  public init() {}
}
