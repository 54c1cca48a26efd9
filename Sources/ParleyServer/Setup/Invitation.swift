import ParleyCore

/// How a person gets from an address in a chat or mail to a verified connection.
public struct Invitation: Hashable, Sendable, CustomStringConvertible {
  /// A name or an address; IPv6 in brackets.
  public var host: String
  public var port: Int
  public var isSecure: Bool
  /// Empty: none.
  public var room: String
  /// nil when clients can verify the certificate by themselves, which outlives its renewal.
  public var fingerprint: String?
  /// The listener on loopback that needs no TLS.
  public var plaintext: Listener?
  /// Where a web client connects to; nil: nowhere.
  public var webSocket: String?

  /// nil when nothing is listened on.
  ///
  /// - Parameters:
  ///   - listeners: as bound, with their real ports.
  ///   - certificate: nil if there is no TLS.
  public init?(settings: ServerSettings, listeners: [Listener], certificate: CertificateDescription?) {
    let (web, listeners) = (listeners.filter(\.isWebSocket), listeners.filter { !$0.isWebSocket })
    let secure = listeners.filter(\.isSecure)
    guard let best = secure.first(where: { !$0.isLoopback }) ?? secure.first ?? listeners.first else { return nil }
    let name = settings.core.serverName
    if best.isLoopback {
      host = best.hostText
    } else {
      // Only some resolvers know the names below localhost.
      host = name.hasSuffix(".localhost") ? "localhost" : name
    }
    port = best.port
    isSecure = best.isSecure
    room = settings.core.lobby
    fingerprint = certificate.flatMap { best.isSecure && $0.isSelfSigned ? $0.fingerprint : nil }
    plaintext = listeners.first { listener in
      guard !listener.isSecure, listener.isLoopback, let address = NetworkAddress(listener.address) else {
        return false
      }
      // There a proxy is expected, with its header.
      return !settings.requiresProxyHeader || !settings.proxies.contains { $0.contains(address) }
    }
    if let web = web.first(where: { $0.isSecure && !$0.isLoopback }) ?? web.first {
      webSocket = "\(web.isSecure ? "wss" : "ws")://\(web.isLoopback ? web.hostText : host):\(web.port)"
    }
  }

  /// `ircs://HOST:PORT/#ROOM?fp=sha256:HEX`
  public var description: String {
    let query = fingerprint.map { "?fp=sha256:\($0)" } ?? ""
    return "\(isSecure ? "ircs" : "irc")://\(host):\(port)/\(Self.percentEncoded(room))\(query)"
  }

  /// RFC 3986's unreserved characters and the `#` that every IRC client expects stay as they are.
  private static func percentEncoded(_ room: String) -> String {
    var encoded: [UInt8] = []
    let digits = Array("0123456789ABCDEF".utf8)
    for byte in room.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "#"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"):
        encoded.append(byte)
      default: encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: encoded, as: UTF8.self)
  }

  /// `AB:CD:…`: the only form that irssi takes for a match.
  private static func withColons(_ fingerprint: String) -> String {
    var result = ""
    for (index, digit) in fingerprint.uppercased().enumerated() {
      if index > 0, index.isMultiple(of: 2) { result.append(":") }
      result.append(digit)
    }
    return result
  }

  /// The invitation and what to type into which client, one line each.
  public var instructions: [String] {
    var lines = ["Invitation: \(description)"]
    let address = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
    if isSecure {
      let pin = fingerprint.map { "-notls_verify -tls_pinned_cert \(Self.withColons($0))" } ?? "-tls_verify"
      lines.append("irssi:      /connect -tls \(pin) \(address) \(port)")
      for (version, word) in [(4, "tls"), (3, "ssl")] {
        let print = fingerprint.map { " -\(word)_fingerprint=\($0)" } ?? ""
        lines.append("WeeChat \(version):  /server add parley \(address)/\(port) -\(word)\(print)")
      }
      lines.append("            /connect parley")
      lines.append("HexChat:    /server \(fingerprint == nil ? "-ssl" : "-ssl-noverify") \(address) \(port)")
    }
    if let webSocket { lines.append("Web client: \(webSocket)") }
    if let plaintext {
      lines.append("Any client on this machine, without TLS: \(plaintext.address), port \(plaintext.port)")
    }
    if host == "localhost" {
      lines.append("For other machines: start with --name and the host name that they reach this one by.")
    }
    return lines
  }
}
