import ParleyStore

/// Decides when the store's log is copied back. Used by the store's thread.
struct LogKeeper {
  /// Pages of 4 KiB from which on copying is worth its syncs although commits go on.
  private static let busyPages = 4_000
  /// Pages that a commit may wait for.
  private static let lastPages = 1_000
  /// Milliseconds without a commit after which a smaller log is copied, too.
  private static let quiet: Int64 = 5_000
  /// Milliseconds between two passes when a reader is in the way.
  private static let pause: Int64 = 1_000

  private let relief: any LogRelief
  private let thread: LogReliefThread
  private var committedAt: Int64 = 0
  private var hasCommitted = true
  private var nextPass: Int64 = 0

  init(_ relief: any LogRelief, _ thread: LogReliefThread) {
    self.relief = relief
    self.thread = thread
  }

  var pages: Int { relief.logPages }

  mutating func committed(at now: Int64) {
    committedAt = now
    hasCommitted = true
  }

  /// Called often.
  mutating func advance(at now: Int64) throws(StoreError) {
    if let left = thread.takeResult() {
      if left > Self.lastPages {
        hasCommitted = true
        nextPass = now + Self.pause
      } else if left > 0 || pages >= Self.busyPages {
        try relief.finishRelief()
      }
    }
    guard hasCommitted, now >= nextPass, pages >= Self.busyPages || now - committedAt >= Self.quiet, thread.isIdle
    else { return }
    hasCommitted = false
    thread.request()
  }
}
