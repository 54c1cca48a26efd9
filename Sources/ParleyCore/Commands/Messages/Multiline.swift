import IRC

/// A message of several lines as it is kept: LF between lines, CR where a line is the last one's continuation
/// (draft/multiline-concat). Neither occurs within a line.
enum Multiline {
  private static let lineEnd: UInt8 = 10
  private static let joint: UInt8 = 13

  static func lines(_ text: String) -> [(text: ArraySlice<UInt8>, isConcatenated: Bool)] {
    let bytes = Array(text.utf8)
    var lines: [(text: ArraySlice<UInt8>, isConcatenated: Bool)] = []
    var start = 0
    var isConcatenated = false
    for (index, byte) in bytes.enumerated() where byte == lineEnd || byte == joint {
      lines.append((bytes[start..<index], isConcatenated))
      start = index + 1
      isConcatenated = byte == joint
    }
    lines.append((bytes[start...], isConcatenated))
    return lines
  }

  static func append(_ line: String, isConcatenated: Bool, isFirst: Bool, to text: inout String) {
    if !isFirst { text += isConcatenated ? "\r" : "\n" }
    text += line
  }

  /// The texts of the lines that clients without multiline get, at least one.
  static func texts(_ text: String) -> [Substring.UTF8View] {
    text.utf8.split(omittingEmptySubsequences: false) { $0 == lineEnd || $0 == joint }
  }

  /// The bytes of the longest line.
  static func longestLine(_ text: String) -> Int { texts(text).map(\.count).max() ?? 0 }
}
