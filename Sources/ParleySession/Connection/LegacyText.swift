import IRC

/// Text that is not UTF-8: from old clients, which send Windows-1252 or, as a part of it, ISO 8859-1.
enum LegacyText {
  /// A line as UTF-8; nil: it is UTF-8, or a line of UTF-8 that the server has cut in the middle of a character. Tags stay as they are,
  /// because they are always UTF-8.
  static func repaired(_ line: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    guard line.contains(where: { $0 >= 0x80 }), String(validating: line, as: UTF8.self) == nil else { return nil }
    var start = 0
    if line.first == UInt8(ascii: "@") { start = line.firstIndex(of: UInt8(ascii: " ")) ?? 0 }
    let rest = line[start...]
    if isCut(rest) { return nil }
    var bytes = Array(line[..<start])
    for byte in rest {
      if byte < 0x80 { bytes.append(byte) } else { bytes.append(contentsOf: String(scalar(byte)).utf8) }
    }
    return bytes
  }

  /// Whether only the last character is incomplete, in a text that has other characters of several bytes.
  private static func isCut(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    var end = text.endIndex
    var continuations = 0
    while end > text.startIndex, text[end - 1] & 0xC0 == 0x80, continuations < 3 {
      end -= 1
      continuations += 1
    }
    guard end > text.startIndex, text[end - 1] >= 0xC0 else { return false }
    let whole = text[..<(end - 1)]
    return whole.contains { $0 >= 0x80 } && String(validating: whole, as: UTF8.self) != nil
  }

  private static func scalar(_ byte: UInt8) -> Unicode.Scalar {
    guard (0x80...0x9F).contains(byte) else { return Unicode.Scalar(byte) }
    return Unicode.Scalar(marks[Int(byte) - 0x80]) ?? "\u{FFFD}"
  }

  /// 0x80 to 0x9F of Windows-1252; bytes that it does not define are the replacement character.
  private static let marks: [UInt16] = [
    0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0xFFFD,
    0x017D, 0xFFFD, 0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A,
    0x0153, 0xFFFD, 0x017E, 0x0178,
  ]
}
