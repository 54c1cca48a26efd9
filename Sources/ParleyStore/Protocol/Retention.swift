/// How much of a conversation is kept. What is stricter counts; a room may keep less than the server (`RoomRecord`), not more. Of a
/// room that has ended nothing is kept.
public struct RetentionPolicy: Hashable, Sendable {
  /// The newest messages, with whatever else has happened since the oldest of them; 0: all.
  public var messages: Int
  /// Those that are not older; 0: however old.
  public var seconds: Int

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
