/// A position in the event log: 1, 2, 3 … in commit order over the whole server. Zero means "before everything".
public typealias LogPosition = Int64

/// A persistent account. Positive.
public struct AccountID: Hashable, Comparable, Sendable {
  public let rawValue: Int64
  public init(_ rawValue: Int64) { self.rawValue = rawValue }
  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// A room. Positive, never reused: a room created again under an old name has a new identifier and no history.
public struct RoomID: Hashable, Comparable, Sendable {
  public let rawValue: Int64
  public init(_ rawValue: Int64) { self.rawValue = rawValue }
  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// Somebody who can send and be sent to: an account (positive) or one guest session (negative, random).
public struct Identity: Hashable, Comparable, Sendable {
  public let rawValue: Int64
  public init(rawValue: Int64) { self.rawValue = rawValue }
  public init(_ account: AccountID) { rawValue = account.rawValue }

  /// A guest lives as long as its session; 62 random bits keep guests of different lives apart.
  public static func guest(random: UInt64) -> Identity { Identity(rawValue: -1 - Int64(random >> 2)) }
  /// The server itself, as author of notices.
  public static let server = Identity(rawValue: 0)

  public var account: AccountID? { rawValue > 0 ? AccountID(rawValue) : nil }
  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// Where events are kept. Each conversation numbers its events by itself.
public enum Conversation: Hashable, Sendable {
  case room(RoomID)
  /// Two parties, the lower identity first. Build it with `Conversation(_:_:)`. Both may be the same: notes to oneself.
  case direct(Identity, Identity)

  public init(_ one: Identity, _ other: Identity) {
    self = one < other ? .direct(one, other) : .direct(other, one)
  }
}
