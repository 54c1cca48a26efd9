/// A name as the key of a dictionary: equal when the folded bytes are equal.
///
/// Swift's strings are equal when canonically equivalent, which would make one name of two that differ on the wire.
public struct FoldedName: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The folded name.
  public let description: String

  /// Folds a nick, a channel's or an account's name.
  public init(_ name: String, mapping: CaseMapping = .ascii) {
    var folded = mapping.fold(name)
    folded.makeContiguousUTF8()
    description = folded
  }

  /// Whether the folded bytes are the same.
  public static func == (left: FoldedName, right: FoldedName) -> Bool {
    guard left.description.utf8.count == right.description.utf8.count else { return false }
    return left.withBytes { left in right.withBytes { right in left.elementsEqual(right) } }
  }

  /// In the order of the folded bytes.
  public static func < (left: FoldedName, right: FoldedName) -> Bool {
    left.withBytes { left in right.withBytes { right in left.lexicographicallyPrecedes(right) } }
  }

  /// Hashes the folded bytes.
  public func hash(into hasher: inout Hasher) {
    withBytes { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }

  private func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    if let result = description.utf8.withContiguousStorageIfAvailable(body) { return result }
    return Array(description.utf8).withUnsafeBufferPointer(body)
  }
}
