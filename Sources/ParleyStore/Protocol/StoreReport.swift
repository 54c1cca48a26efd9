internal import Synchronization

/// What a store has met and its operator must know, although no caller may be there to be told.
public enum StoreReport: Hashable, Sendable {
  /// Data on the disk is not what was written.
  case damaged(String)
  /// Events of a conversation had times in the future, and have been dated again.
  case timesCorrected(events: Int)
  /// The write-ahead log has grown to so many bytes, because a reader keeps it from being copied back.
  case logIsLarge(bytes: Int)
}

/// Takes reports from a store and its readers, on any thread.
public final class StoreReporter: Sendable {
  private let handler = Mutex<(@Sendable (StoreReport) -> Void)?>(nil)

  public init() {}

  /// From now on reports go to `handler`; before, they are dropped.
  public func report(to handler: @escaping @Sendable (StoreReport) -> Void) { self.handler.withLock { $0 = handler } }

  public func report(_ report: StoreReport) { handler.withLock { $0 }?(report) }
}
