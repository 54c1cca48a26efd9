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

  /// The texts of the lines that clients with multiline show.
  static func wholeLines(_ text: String) -> [[UInt8]] {
    text.utf8.split(separator: lineEnd, omittingEmptySubsequences: false).map { line in line.filter { $0 != joint } }
  }

  /// How many lines clients without multiline get.
  static func lineCount(_ text: String) -> Int {
    // Nearly every text is one line.
    text.containsByte(where: isEnd) ? text.utf8.count(where: isEnd) + 1 : 1
  }

  /// The bytes of the longest line.
  static func longestLine(_ text: String) -> Int { texts(text).map(\.count).max() ?? 0 }
}
