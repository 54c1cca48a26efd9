/// A message tag (IRCv3 message-tags, "Format").
public struct Tag: Hashable, Sendable {
  /// The whole key with its client prefix and vendor, such as `+parley.chat/key`. Case-sensitive and opaque.
  public var key: String

  /// The unescaped value; `""` is the same as no value, as the specification demands.
  public var value: String

  /// - Parameters:
  ///   - key: the whole key, not checked here; `Message.validate()` checks it.
  ///   - value: the unescaped value.
  public init(_ key: String, _ value: String = "") {
    self.key = key
    self.value = value
  }

  /// Whether clients made the tag and servers relay it as it is: its key begins with `+`.
  public var isClientOnly: Bool { key.utf8.first == UInt8(ascii: "+") }

  /// `[+][vendor/]name`: the name of letters, digits and `-`; the vendor of those and `.` (message-tags, "Format").
  var hasValidKey: Bool {
    var rest = Substring(key).utf8
    if rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
    if let slash = rest.firstIndex(of: UInt8(ascii: "/")) {
      let vendor = rest[..<slash]
      let isHost = vendor.allSatisfy { ASCII.isLetterOrDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
      guard !vendor.isEmpty, isHost else { return false }
      rest = rest[slash...].dropFirst()
    }
    return !rest.isEmpty && rest.allSatisfy { ASCII.isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
  }
}
