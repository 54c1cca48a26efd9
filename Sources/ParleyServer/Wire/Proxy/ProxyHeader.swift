package import ParleyCore

/// What a proxy says of a connection before anything else on it: version 1 or 2 of haproxy's "The PROXY protocol".
package struct ProxyHeader: Hashable, Sendable {
  package enum Origin: Hashable, Sendable {
    /// The proxy itself, for instance to see whether the server lives: what the socket says is true.
    case local
    /// Not known, or neither IPv4 nor IPv6.
    case unknown
    case client(NetworkAddress)
  }

  package enum Parsed: Hashable, Sendable {
    /// It may become a header.
    case incomplete
    /// There is no header.
    case absent
    /// A header that no receiver may accept.
    case invalid
    case header(ProxyHeader, length: Int)
  }

  package var origin: Origin
  /// The client speaks TLS with the proxy (PP2_CLIENT_SSL).
  package var isSecure = false

  package init(origin: Origin, isSecure: Bool = false) {
    self.origin = origin
    self.isSecure = isSecure
  }

  /// Bytes of version 1's line with its CR LF: "the worst case".
  package static let longestLine = 107
  /// Bytes that may follow version 2's first 16: "always smaller than an MSS", and some room for certificates' names.
  package static let longestBlock = 4096

  private static let word = Array("PROXY ".utf8)
  private static let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10]

  /// Looks at what a connection begins with.
  package static func parse(_ bytes: [UInt8]) -> Parsed {
    for (start, body) in [(word, parseLine), (signature, parseBlock)] {
      if bytes.starts(with: start) { return body(bytes) }
      if start.starts(with: bytes) { return .incomplete }
    }
    return .absent
  }

  // MARK: - Version 1

  private static func parseLine(_ bytes: [UInt8]) -> Parsed {
    guard let end = bytes.prefix(longestLine).firstIndex(where: { $0 == 10 || $0 == 13 }) else {
      return bytes.count < longestLine ? .incomplete : .invalid
    }
    guard bytes[end] == 13, end + 1 < longestLine else { return .invalid }
    guard end + 1 < bytes.count else { return .incomplete }
    guard bytes[end + 1] == 10 else { return .invalid }
    let words = String(decoding: bytes[..<end], as: UTF8.self).split(
      separator: " ", omittingEmptySubsequences: false)
    guard let origin = origin(words.dropFirst().map(String.init)) else { return .invalid }
    return .header(ProxyHeader(origin: origin), length: end + 2)
  }

  /// `TCP4 source destination port port`, or `UNKNOWN` and anything.
  private static func origin(_ words: [String]) -> Origin? {
    if words.first == "UNKNOWN" { return .unknown }
    guard words.count == 5, words[0] == "TCP4" || words[0] == "TCP6", isPort(words[3]), isPort(words[4]),
      let source = address(words[1], isIPv6: words[0] == "TCP6"), address(words[2], isIPv6: words[0] == "TCP6") != nil
    else { return nil }
    return .client(source)
  }

  private static func address(_ text: String, isIPv6: Bool) -> NetworkAddress? {
    text.utf8.contains(UInt8(ascii: ":")) == isIPv6 ? NetworkAddress(text) : nil
  }

  /// "Leading zeroes are not permitted."
  private static func isPort(_ text: String) -> Bool {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) } && UInt16(text) != nil && (text == "0" || !text.hasPrefix("0"))
  }

  // MARK: - Version 2

  private static func parseBlock(_ bytes: [UInt8]) -> Parsed {
    guard bytes.count > 12 else { return .incomplete }
    guard bytes[12] == 0x20 || bytes[12] == 0x21 else { return .invalid }
    guard bytes.count >= 16 else { return .incomplete }
    let (family, transport) = (bytes[13] >> 4, bytes[13] & 15)
    let length = Int(bytes[14]) << 8 | Int(bytes[15])
    guard family <= 3, transport <= 2, length <= longestBlock else { return .invalid }
    guard bytes.count >= 16 + length else { return .incomplete }
    let header = Array(bytes[..<(16 + length)])
    // LOCAL: "the receiver must […] discard the protocol block including the family which is ignored."
    if bytes[12] == 0x20 { return .header(ProxyHeader(origin: .local), length: header.count) }
    guard family > 0, transport > 0 else { return .header(ProxyHeader(origin: .unknown), length: header.count) }
    let addressBytes = [0, 4, 16, 108][Int(family)]
    let extras = 16 + 2 * addressBytes + (family == 3 ? 0 : 4)
    guard extras <= header.count, let isSecure = readExtras(header, from: extras) else { return .invalid }
    let source = transport == 1 ? NetworkAddress(bytes: header[16..<(16 + addressBytes)]) : nil
    return .header(
      ProxyHeader(origin: source.map { .client($0) } ?? .unknown, isSecure: isSecure), length: header.count)
  }

  /// The vectors behind the addresses (section 2.2): whether the client speaks TLS; nil if they are broken.
  private static func readExtras(_ header: [UInt8], from start: Int) -> Bool? {
    var isSecure = false
    var next = start
    while next < header.count {
      guard next + 3 <= header.count else { return nil }
      let value = next + 3
      let end = value + (Int(header[next + 1]) << 8 | Int(header[next + 2]))
      guard end <= header.count else { return nil }
      switch header[next] {
      case 0x03:  // PP2_TYPE_CRC32C
        guard end - value == 4 else { return nil }
        var blank = header
        blank.replaceSubrange(value..<end, with: [0, 0, 0, 0])
        let given = header[value..<end].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        guard checksum(blank) == given else { return nil }
      case 0x20:  // PP2_TYPE_SSL: the flags, then whether the client's certificate was verified
        guard end - value >= 5 else { return nil }
        isSecure = header[value] & 1 != 0
      default: break
      }
      next = end
    }
    return isSecure
  }

  /// CRC32c (RFC 4960, appendix B).
  package static func checksum(_ bytes: [UInt8]) -> UInt32 {
    var sum = UInt32.max
    for byte in bytes {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 0 ? sum >> 1 : sum >> 1 ^ 0x82F6_3B78 }
    }
    return ~sum
  }
}
