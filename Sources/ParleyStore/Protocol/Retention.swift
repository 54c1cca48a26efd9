import IRC

/// How much of a conversation is kept. What is stricter counts; a room may keep less than the server (`RoomRecord`), not more. Of a
/// room that has ended nothing is kept.
public struct RetentionPolicy: Hashable, Sendable {
  /// The newest messages, with whatever else has happened since the oldest of them; 0: all.
  public var messages: Int
  /// Those that are not older; 0: however old.
  public var seconds: Int
  /// What guests have left. The server's policy has it, a room's has not.
  public var guests = GuestRetention()

  public init(messages: Int = 0, seconds: Int = 0) {
    self.messages = messages
    self.seconds = seconds
  }

  public var isUnlimited: Bool { messages <= 0 && seconds <= 0 }

  public func limited(by other: RetentionPolicy) -> RetentionPolicy {
    func stricter(_ a: Int, _ b: Int) -> Int { a > 0 && b > 0 ? min(a, b) : max(a, b, 0) }
    return RetentionPolicy(
      messages: stricter(messages, other.messages), seconds: stricter(seconds, other.seconds))
  }
}

/// How long private conversations with guests are kept.
public struct GuestRetention: Hashable, Sendable {
  /// Since the last message; 0: as others are.
  public var seconds: Int
  /// Guests who have been connected for longer than that: their conversations go on.
  public var staying: Set<Identity>

  /// - Parameter time: of the last message, in milliseconds.
  func isOver(_ time: Int64, now: Timestamp) -> Bool {
    seconds > 0 && time < now.adding(milliseconds: -Int64(seconds) * 1_000).milliseconds
  }

  func keeps(_ low: Int64, _ high: Int64) -> Bool {
    staying.contains(Identity(rawValue: low)) || staying.contains(Identity(rawValue: high))
  }

  public init(seconds: Int = 0, staying: Set<Identity> = []) {
    self.seconds = seconds
    self.staying = staying
  }
}
