extension Array where Element == UInt8 {
  /// Appends the UTF-8 bytes of a string, as one copy when they lie in one piece.
  @inlinable
  public mutating func append(utf8 string: String) {
    let isDone: Void? = string.utf8.withContiguousStorageIfAvailable { append(contentsOf: $0) }
    if isDone == nil { append(contentsOf: string.utf8) }
  }
}
