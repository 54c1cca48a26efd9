/// One line of IRC: `@tags :source COMMAND parameters` (RFC 1459, section 2.3.1; IRCv3 message-tags, "Format").
public struct Message: Hashable, Sendable {
  /// The tags in the order of the line. A parsed message has each key once.
  public var tags: [Tag]

  /// Who the message is from, without the leading `:`; see `Source`. nil when the line names none.
  public var source: String?

  /// A word such as `PRIVMSG`, in capitals when parsed, or the three digits of a numeric.
  public var command: String

  /// The parameters; only the last can be empty, hold spaces or begin with `:`.
  public var parameters: [String]

  /// Takes the parts as they are; `validate()` says whether they can be written.
  public init(tags: [Tag] = [], source: String? = nil, command: String, parameters: [String] = []) {
    self.tags = tags
    self.source = source
    self.command = command
    self.parameters = parameters
  }

  /// The unescaped value of a tag, `""` when it has none; nil when the message does not have the tag. Among duplicates
  /// the last counts.
  public subscript(tag key: String) -> String? {
    tags.last { $0.key == key }?.value
  }
}
