import ParleyCore

extension Listener {
  public static let securePort = 6697
  public static let plaintextPort = 6667

  /// `ircs://ADDRESS:PORT` or `irc://ADDRESS:PORT`, IPv6 addresses in brackets. Without a port: 6697 or 6667. For WebSocket
  /// `wss://` and `ws://`, which have no port of their own here: 443 and 80 belong to a web server as a rule.
  package init(url: String) throws(BadValue) {
    let rest: Substring
    let (isSecure, isWebSocket): (Bool, Bool)
    if url.hasPrefix("ircs://") {
      (rest, isSecure, isWebSocket) = (url.dropFirst(7), true, false)
    } else if url.hasPrefix("irc://") {
      (rest, isSecure, isWebSocket) = (url.dropFirst(6), false, false)
    } else if url.hasPrefix("wss://") {
      (rest, isSecure, isWebSocket) = (url.dropFirst(6), true, true)
    } else if url.hasPrefix("ws://") {
      (rest, isSecure, isWebSocket) = (url.dropFirst(5), false, true)
    } else {
      throw BadValue(
        "`\(url)` must begin with ircs:// (TLS) or irc:// (plaintext), or for WebSocket with wss:// or ws://")
    }
    let (address, portText) = try Self.split(rest, of: url)
    guard NetworkAddress(address) != nil else {
      throw BadValue("`\(url)` needs an IP address to listen on, such as 127.0.0.1 or [::]")
    }
    var port = isSecure ? Self.securePort : Self.plaintextPort
    if let portText {
      guard portText.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let given = UInt16(portText) else {
        throw BadValue("`\(portText)` is not a port between 0 and 65535")
      }
      port = Int(given)
    } else if isWebSocket {
      throw BadValue("`\(url)` needs a port, such as \(url):8097")
    }
    self.init(isSecure: isSecure, isWebSocket: isWebSocket, address: String(address), port: port)
  }

  /// `127.0.0.1:9469` or `[::1]:9469`: what is said there is not for others.
  package init(metrics text: String) throws(BadValue) {
    let listener: Listener
    do throws(BadValue) {
      listener = try Listener(url: "irc://\(text)")
    } catch {
      throw BadValue("`\(text)` is no address with a port, such as 127.0.0.1:9469")
    }
    guard "\(listener.hostText):\(listener.port)" == text else {
      throw BadValue("`\(text)` is no address with a port, such as 127.0.0.1:9469")
    }
    guard listener.isLoopback else {
      throw BadValue("`\(text)` is not on loopback: metrics are served to this machine only, such as on 127.0.0.1:9469")
    }
    self = listener
  }

  private static func split(
    _ text: Substring, of url: String
  ) throws(BadValue) -> (address: Substring, port: Substring?) {
    guard text.first == "[" else {
      let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2, parts[1].contains(":") {
        throw BadValue("`\(url)`: write IPv6 addresses in brackets, such as [::1]")
      }
      return (parts[0], parts.count == 2 ? parts[1] : nil)
    }
    guard let end = text.firstIndex(of: "]") else { throw BadValue("`\(url)` has no closing bracket") }
    let address = text[text.index(after: text.startIndex)..<end]
    guard address.contains(":") else { throw BadValue("`\(url)`: only IPv6 addresses stand in brackets") }
    let tail = text[text.index(after: end)...]
    if tail.isEmpty { return (address, nil) }
    guard tail.first == ":" else {
      throw BadValue("`\(url)` goes on after its address with something else than a port")
    }
    return (address, tail.dropFirst())
  }

  /// Only programs on this machine can connect to it.
  public var isLoopback: Bool { NetworkAddress(address)?.isLoopback ?? false }
}
