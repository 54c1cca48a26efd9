import IRC

/// A message of several lines as it is kept: LF between lines, CR where a line is the last one's continuation
/// (draft/multiline-concat). Neither occurs within a line.
enum Multiline {
  private static let lineEnd: UInt8 = 10
  static let joint: UInt8 = 13

  static func isEnd(_ byte: UInt8) -> Bool { byte == lineEnd || byte == joint }

  static func append(_ line: String, isConcatenated: Bool, isFirst: Bool, to text: inout String) {
    if !isFirst { text += isConcatenated ? "\r" : "\n" }
    text += line
  }

  /// The texts of the lines that clients without multiline get, at least one.
  static func texts(_ text: String) -> [Substring.UTF8View] {
    text.utf8.split(omittingEmptySubsequences: false, whereSeparator: isEnd)
  }

  static func lineCount(_ text: String) -> Int { text.utf8.count(where: isEnd) + 1 }

  /// The bytes of the longest line.
  static func longestLine(_ text: String) -> Int { texts(text).map(\.count).max() ?? 0 }
}
