/// Who a message is from: a server's name, or `nick[!user][@host]` (RFC 1459, section 2.3.1).
public struct Source: Hashable, Sendable {
  /// The nick or the server's name.
  public var name: String
  /// What stands between `!` and `@`; nil when there is no `!`.
  public var user: String?
  /// What stands after the last `@`; nil when there is none.
  public var host: String?

  /// Takes the parts as they are.
  public init(name: String, user: String? = nil, host: String? = nil) {
    self.name = name
    self.user = user
    self.host = host
  }

  /// Splits any text; `text` gives it back unchanged.
  public init(parsing text: String) {
    var rest = Substring(text)
    if let at = rest.utf8.lastIndex(of: UInt8(ascii: "@")) {
      host = String(rest[rest.utf8.index(after: at)...])
      rest = rest[..<at]
    }
    if let mark = rest.utf8.firstIndex(of: UInt8(ascii: "!")) {
      user = String(rest[rest.utf8.index(after: mark)...])
      rest = rest[..<mark]
    }
    name = String(rest)
  }

  /// `name[!user][@host]`.
  public var text: String {
    var text = name
    if let user { text += "!" + user }
    if let host { text += "@" + host }
    return text
  }
}
