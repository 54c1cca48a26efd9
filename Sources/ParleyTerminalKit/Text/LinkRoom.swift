/// The room that a link invites to: `ircs://HOST[:PORT]/ROOM[?fp=…]`.
package enum LinkRoom {
  /// nil: the link names none, or what it names is none.
  package static func of(_ link: String) -> String? {
    var rest = link[...]
    if let scheme = rest.range(of: "://") { rest = rest[scheme.upperBound...] }
    rest = rest.prefix { $0 != "?" }
    guard let slash = rest.firstIndex(of: "/"), let name = unescaped(rest[rest.index(after: slash)...]),
      !name.isEmpty, !name.contains(where: { $0.isWhitespace || $0 == "," })
    else { return nil }
    return ["#", "&", "+", "!"].contains(name.prefix(1)) ? name : "#" + name
  }

  /// With `%23` and the like as what they stand for.
  private static func unescaped(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16), rest.count >= 2 else {
        return nil
      }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
