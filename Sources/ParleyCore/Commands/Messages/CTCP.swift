import IRC

/// CTCP requests and replies in PRIVMSG and NOTICE. Only ACTION is something that a person says; the others are questions from one program
/// to another. They are delivered to those who are connected and are not stored, because a program would answer them hours later. Some
/// programs look for them anywhere in a line.
enum CTCP {
  private static let delimiter: UInt8 = 1
  private static let action = Array("\u{1}ACTION".utf8)

  /// Whether a text has a line with CTCP's delimiter that is not one ACTION and nothing else.
  static func isQuestion(_ text: String) -> Bool {
    guard text.containsByte(where: { $0 == delimiter }) else { return false }
    return Multiline.texts(text).contains(where: isQuestion) || Multiline.wholeLines(text).contains(where: isQuestion)
  }

  private static func isQuestion(_ line: some Collection<UInt8>) -> Bool {
    line.contains(delimiter) && !isAction(Array(line))
  }

  private static func isAction(_ line: [UInt8]) -> Bool {
    guard line.starts(with: action) else { return false }
    var rest = line.dropFirst(action.count)
    if rest.last == delimiter { rest = rest.dropLast() }
    // Some clients look for a second request behind the first one's end.
    return (rest.isEmpty || rest.first == UInt8(ascii: " ")) && !rest.contains(delimiter)
  }
}
