/// One sentence that says what is wrong with the setup, and what to do about it.
public struct SetupError: Error, Hashable, Sendable, CustomStringConvertible {
  public var description: String
  /// The command line itself is wrong: the process ends with 64 (EX_USAGE) instead of 1.
  public var isUsage: Bool

  public init(_ description: String, isUsage: Bool = false) {
    self.description = description
    self.isUsage = isUsage
  }
}

/// Why a value does not fit a setting; the caller knows where it stood.
package struct BadValue: Error {
  package var reason: String
  init(_ reason: String) { self.reason = reason }
}
