/// Cuts a stream of bytes into lines (RFC 1459, section 2.3; a lone LF ends a line as well).
///
/// Holds memory for an unfinished line only: none between lines. Does no I/O.
public struct LineFramer: Sendable {
  /// What the stream holds next.
  public enum Frame {
    /// The content of one line without its LF or CR LF, never empty; valid only during the call.
    case line(UnsafeBufferPointer<UInt8>)
    /// A line of more than `limit` bytes: its first `limit` bytes, valid only during the call. Reported once, at the first byte too
    /// many; the line's rest is skipped.
    case tooLong(UnsafeBufferPointer<UInt8>)
  }

  /// The most bytes of content, without the line's end.
  public let limit: Int

  private var partial: [UInt8] = []
  private var isSkipping = false

  /// - Parameter limit: the most bytes of content of one line; see `ParserLimits.contentBytes`. Less than 1 counts as 1.
  public init(limit: Int) {
    self.limit = Swift.min(Swift.max(1, limit), .max - 1)
  }

  /// How many bytes of an unfinished line are held, at most `limit` + 1.
  public var bufferedBytes: Int { partial.count }

  /// Takes the bytes of one read and calls `body` for every line that ends in them, in order. Blank lines are skipped.
  ///
  /// A line that lies wholly within `bytes` is handed over without a copy. How the stream is cut into reads makes no
  /// difference to the frames. `body` must not touch this framer.
  public mutating func consume(_ bytes: UnsafeRawBufferPointer, _ body: (Frame) -> Void) {
    bytes.withMemoryRebound(to: UInt8.self) { buffer in
      var start = 0
      while let end = ASCII.firstIndex(of: UInt8(ascii: "\n"), in: bytes, from: start) {
        finish(UnsafeBufferPointer(rebasing: buffer[start..<end]), body)
        start = end + 1
      }
      if start < buffer.count { keep(UnsafeBufferPointer(rebasing: buffer[start...]), body) }
    }
  }

  /// `rest` is what lies between the last read, or the last line, and LF.
  private mutating func finish(_ rest: UnsafeBufferPointer<UInt8>, _ body: (Frame) -> Void) {
    if isSkipping {
      isSkipping = false
    } else if partial.isEmpty {
      deliver(rest, body)
    } else if rest.count > limit {
      reject(rest, body)
    } else {
      var line: [UInt8] = []
      swap(&line, &partial)
      line.append(contentsOf: rest)
      line.withUnsafeBufferPointer { deliver($0, body) }
    }
  }

  /// - Parameter rest: with what is kept, more than `limit` bytes.
  private mutating func reject(_ rest: UnsafeBufferPointer<UInt8>, _ body: (Frame) -> Void) {
    var line: [UInt8] = []
    swap(&line, &partial)
    line.append(contentsOf: rest.prefix(limit))
    line.withUnsafeBufferPointer { body(.tooLong(UnsafeBufferPointer(rebasing: $0[..<limit]))) }
  }

  private func deliver(_ line: UnsafeBufferPointer<UInt8>, _ body: (Frame) -> Void) {
    let content = line.last == UInt8(ascii: "\r") ? UnsafeBufferPointer(rebasing: line.dropLast()) : line
    if content.count > limit {
      body(.tooLong(UnsafeBufferPointer(rebasing: content[..<limit])))
    } else if !content.isEmpty {
      body(.line(content))
    }
  }

  /// `rest` is the beginning, or more, of a line whose end has not come.
  private mutating func keep(_ rest: UnsafeBufferPointer<UInt8>, _ body: (Frame) -> Void) {
    if isSkipping { return }
    // One byte more than the limit may be the CR of the line's end.
    let room = limit + 1 - partial.count
    let isTooLong = rest.count > room || (rest.count == room && rest.last != UInt8(ascii: "\r"))
    if isTooLong {
      isSkipping = true
      reject(rest, body)
    } else {
      partial.append(contentsOf: rest)
    }
  }
}
