import NIOCore

/// Empty outboxes. A connection holds one only while something is queued, so that idle ones need no memory, and the
/// buffers that are in use stay in the processor's cache.
struct BufferPool {
  private static let initialCapacity = 2048
  /// Larger buffers go back to the system.
  private static let largest = 65_536
  /// Buffers that are kept whatever happens.
  private static let kept = 64

  private var buffers: [ByteBuffer] = []
  /// The fewest buffers that were idle since the last trim: nobody needed those.
  private var lowest = 0

  mutating func take() -> ByteBuffer {
    guard let buffer = buffers.popLast() else { return ByteBufferAllocator().buffer(capacity: Self.initialCapacity) }
    if buffers.count < lowest { lowest = buffers.count }
    return buffer
  }

  /// - Parameter buffer: nothing in it is needed any more.
  mutating func giveBack(_ buffer: consuming ByteBuffer) {
    guard buffer.capacity <= Self.largest, buffer.capacity > 0 else { return }
    buffer.clear()
    buffers.append(buffer)
  }

  /// Lets go of half of what has been idle since the last call.
  mutating func trim() {
    let surplus = min(lowest, max(0, buffers.count - Self.kept))
    if surplus > 0 { buffers.removeFirst((surplus + 1) / 2) }
    lowest = buffers.count
  }
}
