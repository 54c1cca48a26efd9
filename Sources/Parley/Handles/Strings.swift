/// A string of the C interface: where it is in its `Strings`, or that it is not set.
struct Text {
  /// Negative: not set.
  var offset = -1
  var count = 0
}

/// Zero-ended strings that live as long as the object that owns this.
final class Strings: @unchecked Sendable {  // Never changed after it is made.
  struct Builder {
    fileprivate var bytes: [UInt8] = []

    /// nil: not set.
    mutating func add(_ text: String?) -> Text {
      guard let text else { return Text() }
      let offset = bytes.count
      bytes.append(contentsOf: text.utf8)
      defer { bytes.append(0) }
      return Text(offset: offset, count: bytes.count - offset)
    }

    /// Empty means: not set.
    mutating func addUnlessEmpty(_ text: String) -> Text { add(text.isEmpty ? nil : text) }
  }

  private let memory: UnsafeMutableBufferPointer<CChar>

  init(_ builder: Builder) {
    memory = .allocate(capacity: builder.bytes.count)
    for (place, byte) in builder.bytes.enumerated() { memory.initializeElement(at: place, to: CChar(bitPattern: byte)) }
  }

  deinit { memory.deallocate() }

  /// The string for C, its size stored where `size` points. NULL, and 0: not set.
  func pointer(_ text: Text, _ size: UnsafeMutablePointer<Int>?) -> UnsafePointer<CChar>? {
    size?.pointee = text.count
    guard text.offset >= 0, let base = memory.baseAddress else { return nil }
    return UnsafePointer(base + text.offset)
  }
}
