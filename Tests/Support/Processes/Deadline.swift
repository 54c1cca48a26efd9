import Foundation

/// Why a test could not go on, or what it waited for in vain.
package struct LiveError: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}

/// A point in time that waiting ends at.
package struct Deadline {
  private let end: ContinuousClock.Instant

  package init(seconds: Double) { end = .now + .seconds(seconds) }

  package var hasPassed: Bool { ContinuousClock.now >= end }

  /// What is left, in milliseconds: 0 once it has passed.
  package var milliseconds: Int32 {
    let left = ContinuousClock.now.duration(to: end)
    let (seconds, attoseconds) = left.components
    return Int32(clamping: max(0, seconds * 1000 + attoseconds / 1_000_000_000_000_000))
  }
}

/// A folder that goes with its owner.
package final class TemporaryFolder {
  package let path: String

  package init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("parley-live-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  package func file(_ name: String) -> String { path + "/" + name }
}
