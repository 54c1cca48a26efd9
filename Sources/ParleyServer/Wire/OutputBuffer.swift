import NIOCore

/// Lines of one connection that wait to be given to its channel. It holds no memory while nothing waits.
struct OutputBuffer {
  private var bytes = ByteBuffer()

  var count: Int { bytes.readableBytes }

  /// - Parameter buffer: an empty one, asked for when it is needed.
  mutating func append(_ new: UnsafeRawBufferPointer, buffer: @autoclosure () -> ByteBuffer) {
    if bytes.capacity == 0 { bytes = buffer() }
    bytes.writeBytes(new)
  }

  /// Takes everything, or, if that is more than `size` bytes, a part that ends with a line: nothing half-said is followed by something
  /// else.
  ///
  /// - Parameter buffer: an empty one, asked for when a part is copied.
  /// - Returns: nil if nothing waits.
  mutating func take(atMost size: Int, buffer: @autoclosure () -> ByteBuffer) -> ByteBuffer? {
    if bytes.readableBytes == 0 { return nil }
    if bytes.readableBytes <= size {
      let all = bytes
      bytes = ByteBuffer()
      return all
    }
    let length = bytes.withUnsafeReadableBytes { bytes in
      (bytes[..<size].lastIndex(of: UInt8(ascii: "\n")) ?? size - 1) + 1
    }
    var part = buffer()
    bytes.withUnsafeReadableBytes { _ = part.writeBytes(UnsafeRawBufferPointer(rebasing: $0[..<length])) }
    bytes.moveReaderIndex(forwardBy: length)
    if bytes.readerIndex > bytes.capacity / 2 { bytes.discardReadBytes() }
    return part
  }
}
