import ParleyEngine

/// What comes in from C, checked.
enum Argument {
  /// PARLEY_ZERO_ENDED.
  static let zeroEnded = -1

  /// A text as the header asks for it: UTF-8 to the letter, no zero byte.
  /// - Parameters:
  ///   - size: in bytes; -1: up to its zero byte.
  ///   - limit: in bytes.
  ///   - hasLines: whether it may have several.
  static func text(
    _ pointer: UnsafePointer<CChar>?, size: Int = zeroEnded, limit: Int, hasLines: Bool = false
  ) throws(EngineError) -> String {
    guard let pointer else { throw .argument }
    let count = size == zeroEnded ? Platform.length(pointer, limit: limit) : size
    // A size_t beyond Int.max is negative here.
    guard (0...limit).contains(count) else { throw .tooLong }
    let bytes = UnsafeRawBufferPointer(start: pointer, count: count)
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .text }
    guard !bytes.contains(0), hasLines ? !hasLoneReturn(bytes) : !bytes.contains(where: isLineEnd) else { throw .text }
    return text
  }

  /// A line that begins with 0x01 is no text but a request to a program (CTCP), which others would answer instead of showing it.
  static func refuseRequests(_ text: String) throws(EngineError) {
    var isStart = true
    for byte in text.utf8 {
      if isStart, byte == 1 { throw .text }
      isStart = byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
    }
  }

  /// The same, and not empty.
  static func name(_ pointer: UnsafePointer<CChar>?, limit: Int) throws(EngineError) -> String {
    let name = try text(pointer, limit: limit)
    guard !name.isEmpty else { throw .argument }
    return name
  }

  /// nil where C says NULL.
  static func optional(
    _ pointer: UnsafePointer<CChar>?, limit: Int, hasLines: Bool = false
  ) throws(EngineError) -> String? {
    guard pointer != nil else { return nil }
    return try text(pointer, limit: limit, hasLines: hasLines)
  }

  /// One word of a line of IRC: no spaces, and no comma, which would make it several.
  static func word(_ pointer: UnsafePointer<CChar>?, limit: Int) throws(EngineError) -> String {
    let word = try name(pointer, limit: limit)
    guard !word.utf8.contains(where: { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: ",") }), !word.hasPrefix(":")
    else { throw .argument }
    return word
  }

  static func number(_ value: Int32, in range: ClosedRange<Int>) throws(EngineError) -> Int {
    guard range.contains(Int(value)) else { throw .argument }
    return Int(value)
  }

  /// Where an answer goes.
  static func place<Value>(_ pointer: UnsafeMutablePointer<Value>?) throws(EngineError) -> UnsafeMutablePointer<Value> {
    guard let pointer else { throw .argument }
    return pointer
  }

  private static func isLineEnd(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }

  /// Lines end with LF or CR LF. A CR anywhere else would end a line on the wire.
  private static func hasLoneReturn(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.indices.contains { place in
      bytes[place] == UInt8(ascii: "\r") && (place + 1 == bytes.count || bytes[place + 1] != UInt8(ascii: "\n"))
    }
  }
}

/// Copies a value for C, as parley_get() says: cut to `capacity` bytes, between characters, and zero-ended.
/// - Returns: the length of the whole.
func copy(
  _ value: String, _ buffer: UnsafeMutablePointer<CChar>?, _ capacity: Int
) throws(EngineError) -> Int64 {
  let bytes = Array(value.utf8)
  guard capacity != 0 else { return Int64(bytes.count) }
  guard let buffer else { throw .argument }
  // A size_t beyond Int.max is negative here.
  var count = capacity < 0 ? bytes.count : min(bytes.count, capacity - 1)
  while count > 0, count < bytes.count, bytes[count] & 0xC0 == 0x80 { count -= 1 }
  bytes.withUnsafeBytes { Platform.copy(UnsafeRawBufferPointer(rebasing: $0[..<count]), to: buffer) }
  buffer[count] = 0
  return Int64(bytes.count)
}
