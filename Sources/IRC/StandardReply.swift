/// `FAIL`, `WARN` or `NOTE` with a code for programs and a description for people (IRCv3 standard-replies).
public struct StandardReply: Hashable, Sendable {
  /// How bad it is.
  public enum Kind: String, Hashable, Sendable {
    /// The command, or the session, failed.
    case fail = "FAIL"
    /// It worked, with something to look at.
    case warn = "WARN"
    /// Information.
    case note = "NOTE"
  }

  /// How bad it is.
  public var kind: Kind
  /// The command it is about; `*` for none.
  public var command: String
  /// The code, such as `NEED_REGISTRATION`.
  public var code: String
  /// What the code is about, such as a channel's name.
  public var context: [String]
  /// One sentence for people.
  public var description: String

  /// Takes the parts as they are.
  public init(_ kind: Kind, command: String, code: String, context: [String] = [], description: String) {
    self.kind = kind
    self.command = command
    self.code = code
    self.context = context
    self.description = description
  }

  /// `<kind> <command> <code> [<context>...] <description>` without a source. An empty command is `*`. Context that
  /// cannot be a middle parameter is written as `*` by `Message.encode(into:)`.
  public var message: Message {
    Message(
      command: kind.rawValue, parameters: [command.isEmpty ? "*" : command, code] + context + [description])
  }
}
