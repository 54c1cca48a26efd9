/// The parts of a link that say which server and room it leads to: `ircs://HOST[:PORT][/ROOM][?…]`, or just HOST.
struct ServerLink: Equatable {
  let host: String
  let port: String
  /// Empty: none.
  let room: String

  init?(_ text: String) {
    var rest = Substring(text)
    var isSecure = true
    if let scheme = rest.firstRange(of: "://") {
      switch rest[..<scheme.lowerBound].lowercased() {
      case "ircs": isSecure = true
      case "irc": isSecure = false
      default: return nil
      }
      rest = rest[scheme.upperBound...]
    }
    rest = rest.prefix { $0 != "?" }
    let authority = rest.prefix { $0 != "/" }
    let name = decoded(rest.dropFirst(authority.count + 1))
    room = name.isEmpty ? "" : roomName(name)
    let afterHost = authority.hasPrefix("[") ? authority.drop { $0 != "]" } : authority.drop { $0 != ":" }
    var port = afterHost.hasPrefix("]") ? afterHost.dropFirst() : afterHost
    var host = authority.dropLast(port.count)
    // Several colons without brackets are an IPv6 address.
    if !authority.hasPrefix("["), port.dropFirst().contains(":") { (host, port) = (authority, "") }
    guard !host.isEmpty, port.isEmpty || port.hasPrefix(":") else { return nil }
    self.host = host.filter { $0 != "[" && $0 != "]" }.lowercased()
    self.port = port.count > 1 ? String(port.dropFirst()) : isSecure ? "6697" : "6667"
  }

  /// Whether both lead to the same server.
  func isSameServer(as other: ServerLink) -> Bool { host == other.host && port == other.port }
}

/// Rooms begin with a sign; most with this one.
func roomName(_ typed: String) -> String { typed.first.map { "#&+!".contains($0) } ?? false ? typed : "#" + typed }

/// `%23` and the like.
private func decoded(_ text: Substring) -> String {
  var bytes: [UInt8] = []
  var rest = Array(text.utf8)[...]
  while let byte = rest.popFirst() {
    let digits = String(decoding: rest.prefix(2), as: UTF8.self)
    if byte == UInt8(ascii: "%"), digits.utf8.count == 2, let value = UInt8(digits, radix: 16) {
      bytes.append(value)
      rest = rest.dropFirst(2)
    } else {
      bytes.append(byte)
    }
  }
  return String(decoding: bytes, as: UTF8.self)
}
