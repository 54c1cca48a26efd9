/// A mail to be sent by an operator's program.
public struct Mail: Sendable {
  /// The program and its arguments; no shell reads them.
  public let command: [String]
  /// Header and body, for the program's standard input.
  public let text: String

  public init(command: [String], text: String) {
    self.command = command
    self.text = text
  }
}
