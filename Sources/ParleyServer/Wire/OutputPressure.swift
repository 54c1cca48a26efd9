import Synchronization

/// Whether the loops have more to write than they can at the moment.
///
/// While they do, nothing more is read from clients whose lines nothing limits, and the core lets wait what is said by those who have
/// used up half of their supply. So what waits in the loops stays bounded, in bytes and in time, and people who say little do not wait.
package final class OutputPressure: Sendable {
  /// Bytes that wait in a loop from which on it is behind, and below which it is no longer.
  package static let high = 16 << 20
  package static let low = 8 << 20

  private let behind = Atomic<Int>(0)

  package init() {}

  package var isHigh: Bool { behind.load(ordering: .relaxed) > 0 }

  /// A loop has looked at what waits for it.
  /// - Parameter isBehind: whether that was so before, and is now.
  package func update(_ isBehind: inout Bool, waiting bytes: Int) {
    if !isBehind, bytes >= Self.high {
      isBehind = true
      behind.add(1, ordering: .relaxed)
    } else if isBehind, bytes < Self.low {
      isBehind = false
      behind.subtract(1, ordering: .relaxed)
    }
  }
}
