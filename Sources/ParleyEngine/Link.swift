import IRC

/// Where a server is, and what an invitation says of it: `ircs://HOST[:PORT][/ROOM][?fp=sha256:HEX]`.
public struct Link: Sendable, Equatable {
  public static let maximumBytes = 1_024

  public var isSecure = true
  public var host: String
  public var port: UInt16
  /// The room one is invited to; empty: none.
  public var room = ""
  /// SHA-256 of the server's certificate in small hexadecimal digits; empty: not said.
  public var fingerprint = ""

  /// nil: it is no link. A bare `HOST[:PORT]` means `ircs`.
  public init?(_ text: String) {
    guard text.utf8.count <= Self.maximumBytes, !text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else {
      return nil
    }
    var rest = Substring(text)
    if let scheme = Self.cut(&rest, at: "://") {
      switch scheme.lowercased() {
      case "ircs": isSecure = true
      case "irc": isSecure = false
      default: return nil
      }
    }
    let query = Self.cut(&rest, at: "?").map { (path: $0, query: rest) } ?? (path: rest, query: "")
    rest = query.path
    let authority = Self.cut(&rest, at: "/").map { (name: $0, room: rest) } ?? (name: rest, room: "")
    guard let (host, port) = Self.hostAndPort(authority.name) else { return nil }
    self.host = host
    self.port = port ?? (isSecure ? 6697 : 6667)
    guard let room = Self.unescape(authority.room) else { return nil }
    self.room = room.isEmpty || Engine.looksLikeRoom(room) ? room : "#" + room
    guard !self.room.contains(where: { $0 == " " || $0 == "," || $0.asciiValue.map { $0 < 0x20 } == true }) else {
      return nil
    }
    for item in query.query.split(separator: "&") where item.hasPrefix("fp=") {
      let value = item.dropFirst(3).lowercased()
      guard value.hasPrefix("sha256:"), let hex = Self.fingerprint(String(value.dropFirst(7))) else { return nil }
      fingerprint = hex
    }
  }

  /// The link as text, with or without what belongs to the invitation only.
  public func text(withFingerprint: Bool) -> String {
    let name = host.contains(":") ? "[\(host)]" : host
    let suffix = withFingerprint && !fingerprint.isEmpty ? "?fp=sha256:\(fingerprint)" : ""
    return "\(isSecure ? "ircs" : "irc")://\(name):\(port)\(room.isEmpty ? "" : "/\(room)")\(suffix)"
  }

  /// 64 hexadecimal digits, with or without colons, in small letters; nil: they are none.
  public static func fingerprint(_ text: String) -> String? {
    let digits = text.lowercased().filter { $0 != ":" }
    guard digits.utf8.count == 64, digits.allSatisfy(\.isHexDigit) else { return nil }
    return digits
  }

  /// Whether the connection stays on this machine.
  public var isLoopback: Bool { host == "localhost" || host == "::1" || Self.isLoopbackAddress(host) }

  /// `127.a.b.c`, and not a name that begins like one.
  private static func isLoopbackAddress(_ host: String) -> Bool {
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    // What a number does not give again, such as `+1` or `001`, is none.
    let areNumbers = parts.allSatisfy { part in UInt8(part).map { String($0) == part } ?? false }
    return areNumbers && parts.count == 4 && parts[0] == "127"
  }

  private static func cut(_ text: inout Substring, at separator: String) -> Substring? {
    guard let range = text.firstPlace(ofBytes: separator) else { return nil }
    defer { text = text[range.upperBound...] }
    return text[..<range.lowerBound]
  }

  private static func hostAndPort(_ text: Substring) -> (String, UInt16?)? {
    var host = text
    var port: Substring?
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]") else { return nil }
      host = text[text.index(after: text.startIndex)..<end]
      let rest = text[text.index(after: end)...]
      guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
      if !rest.isEmpty { port = rest.dropFirst() }
    } else if let colon = text.firstIndex(of: ":") {
      // More than one: an IPv6 address without its brackets.
      if text.lastIndex(of: ":") == colon {
        host = text[..<colon]
        port = text[text.index(after: colon)...]
      }
    }
    guard !host.isEmpty, host.utf8.count <= 253, !host.contains(where: { "@#?/[]".contains($0) }) else { return nil }
    guard let port else { return (String(host), nil) }
    guard let number = UInt16(port), number > 0 else { return nil }
    return (String(host), number)
  }

  /// `%23` and the like.
  private static func unescape(_ text: Substring) -> String? {
    guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
        return nil
      }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
