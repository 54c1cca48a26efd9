/// Lines that were typed in one chat, as they are kept in a file: one line each, line ends as `\n`, backslashes doubled.
package struct TypedLines: Equatable {
  package static let most = 500
  package private(set) var lines: [String] = []

  package init() {}

  package init(file text: String) {
    lines = text.split(separator: "\n").suffix(Self.most).map { Self.unescape($0) }
  }

  /// - Returns: what to append to the file; nil if the line is the last one again.
  package mutating func add(_ line: String) -> String? {
    guard lines.last != line else { return nil }
    lines.append(line)
    if lines.count > Self.most { lines.removeFirst() }
    return Self.escape(line) + "\n"
  }

  package var file: String { lines.map { Self.escape($0) + "\n" }.joined() }

  private static func escape(_ line: String) -> String {
    var result = ""
    for scalar in line.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private static func unescape(_ line: Substring) -> String {
    var result = String.UnicodeScalarView()
    var isEscaped = false
    for scalar in line.unicodeScalars {
      if isEscaped {
        result.append(scalar == "n" ? "\n" : scalar)
        isEscaped = false
      } else if scalar == "\\" {
        isEscaped = true
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }
}
