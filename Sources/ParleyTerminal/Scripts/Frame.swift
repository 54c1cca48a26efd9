import Glibc

/// The unit of the protocol on the folder's socket: a kind, a size in four bytes, and so many bytes.
enum Frame {
  enum Kind: UInt8 {
    /// Sent by the program that asks: its request, as JSON; bytes of its standard input; their end; it was told to end.
    case request = 1
    case input, inputEnd, interrupted
    /// Sent by the program that serves: it has begun, and is to be asked no second time; text for standard output, in UTF-8; lines of
    /// JSON; a sentence for standard error; the status, after which nothing comes.
    case begun, text, json, diagnosis, status
  }

  static let mostBytes = 4 << 20

  /// - Returns: 0, or the error's number.
  static func write(_ kind: Kind, _ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    let size = UInt32(bytes.count)
    let head = [kind.rawValue] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: size >> $0) }
    return Output.write(head + bytes, to: descriptor)
  }

  /// Takes the first frame off the front of what was read; nil: it is not all here yet.
  /// - Throws: `Broken` for what no program of this kind has sent.
  static func take(_ bytes: inout [UInt8]) throws(Broken) -> (kind: Kind, bytes: [UInt8])? {
    guard bytes.count >= 5 else { return nil }
    let size = bytes[1..<5].reduce(0) { $0 << 8 | Int($1) }
    guard let kind = Kind(rawValue: bytes[0]), size <= mostBytes else { throw Broken() }
    guard bytes.count >= 5 + size else { return nil }
    let payload = Array(bytes[5..<5 + size])
    bytes.removeFirst(5 + size)
    return (kind, payload)
  }

  struct Broken: Error {}
}
