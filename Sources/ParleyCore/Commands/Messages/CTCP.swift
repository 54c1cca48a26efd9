/// CTCP requests and replies in PRIVMSG and NOTICE. Only ACTION is something that a person says; the others are questions from one program
/// to another. They are delivered to those who are connected and are not stored, because a program would answer them hours later.
enum CTCP {
  private static let delimiter: UInt8 = 1
  private static let action = Array("\u{1}ACTION".utf8)

  /// Whether a text has a line that is CTCP other than ACTION.
  static func isQuestion(_ text: String) -> Bool {
    text.utf8.contains(delimiter) && Multiline.texts(text).contains { $0.first == delimiter && !isAction($0) }
  }

  private static func isAction(_ line: Substring.UTF8View) -> Bool {
    guard line.starts(with: action) else { return false }
    var rest = line.dropFirst(action.count)
    if rest.last == delimiter { rest = rest.dropLast() }
    // Some clients look for a second request behind the first one's end.
    return (rest.isEmpty || rest.first == UInt8(ascii: " ")) && !rest.contains(delimiter)
  }
}
