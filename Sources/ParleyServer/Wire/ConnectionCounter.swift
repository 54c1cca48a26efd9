/// Counts open sockets over all loops.
final class ConnectionCounter: Sendable {
  private let value = Monitor(0)

  /// Counts one more, and says whether it is still within the limit. `leave()` follows in any case.
  func enter(limit: Int) -> Bool {
    value.withLock { value in
      value += 1
      return value <= limit
    }
  }

  func leave() {
    let isLast = value.withLock { value in
      value -= 1
      return value == 0
    }
    if isLast { value.wakeAll() }
  }

  /// Waits until there is none.
  /// - Returns: false when so many milliseconds have passed.
  func waitForNone(milliseconds: Int) -> Bool {
    value.wait(milliseconds: milliseconds) { $0 == 0 ? true : nil } ?? false
  }
}
