public import IRC

/// The ingredients of a new epoch. Every start of a server begins one, so that ids and numbers of messages that an older copy of
/// the database does not know are not given to others.
public struct EpochSeed: Sendable {
  /// Random bytes that a seed needs.
  public static let randomBytes = 24

  /// The wall clock.
  public var now: Timestamp
  /// `randomBytes` random bytes.
  public var random: [UInt8]
  /// A file that no backup contains. It says how far numbers may have been given out.
  public var markPath: String

  public init(now: Timestamp, random: [UInt8], markPath: String) {
    self.now = now
    self.random = random
    self.markPath = markPath
  }
}
