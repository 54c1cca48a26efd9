package import NIOCore
import NIOHTTP1

/// A protocol that a client at an IRC port speaks by mistake, or because somebody made a browser send IRC in a request's body. It is
/// recognised by its first bytes, and nothing of it is carried out.
package enum ForeignProtocol: Equatable {
  case http(isHead: Bool, isHTTP2: Bool)
  case tls
  /// A header of a proxy that is not listed as one; see `ProxyHeader`.
  case proxy

  package enum Guess: Equatable {
    case irc
    case foreign(ForeignProtocol)
    /// More bytes are needed.
    case undecided
  }

  private static let space = UInt8(ascii: " ")
  /// Methods that need no look at the rest of their line.
  private static let methods = [
    "GET ", "POST ", "HEAD ", "PUT ", "OPTIONS ", "CONNECT ", "DELETE ", "PATCH ", "TRACE ",
  ]
  .map { Array($0.utf8) }
  private static let preface = Array("PRI * HTTP/2".utf8)
  private static let proxyHeaders = [
    Array("PROXY TCP".utf8), Array("PROXY UNKNOWN".utf8), [13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10],
  ]

  /// Looks at everything that a client has sent so far.
  /// - Parameter limit: bytes of the first line after which no more are waited for.
  package static func guess(_ bytes: ByteBufferView, limit: Int) -> Guess {
    guard let first = bytes.first else { return .undecided }
    // A TLS record that holds a handshake, of any version 3.x.
    if first == 0x16 {
      guard let version = bytes.dropFirst().first else { return .undecided }
      return version == 3 ? .foreign(.tls) : .irc
    }
    if proxyHeaders.contains(where: { bytes.starts(with: $0) }) { return .foreign(.proxy) }
    if proxyHeaders.contains(where: { $0.starts(with: bytes) }) { return .undecided }
    let text = bytes.drop { $0 == 13 || $0 == 10 }
    if text.starts(with: preface) { return .foreign(.http(isHead: false, isHTTP2: true)) }
    if let method = methods.first(where: { text.starts(with: $0) }) {
      return .foreign(.http(isHead: method == Array("HEAD ".utf8), isHTTP2: false))
    }
    let end = text.firstIndex(of: 10)
    guard end != nil || text.count > limit else { return .undecided }
    let line = text[..<(end ?? text.endIndex)]
    return isRequestLine(line, isWhole: end != nil) ? .foreign(.http(isHead: false, isHTTP2: false)) : .irc
  }

  /// `METHOD target HTTP/1.1`, for any method (RFC 9112, section 3).
  private static func isRequestLine(_ line: ByteBufferView, isWhole: Bool) -> Bool {
    let words = line.split(separator: space, maxSplits: 3, omittingEmptySubsequences: false)
    guard words.count >= 2, !words[0].isEmpty, words[0].allSatisfy(isTokenCharacter), !words[1].isEmpty else {
      return false
    }
    if words.count == 2 { return !isWhole && words[1].first == UInt8(ascii: "/") }
    let version = Array("HTTP/".utf8)
    return words.count == 3 && words[2].prefix(version.count).map { $0 >= 0x61 ? $0 & 0xDF : $0 } == version
  }

  /// RFC 9110, section 5.6.2.
  private static func isTokenCharacter(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x5E...0x7A, 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x7C, 0x7E: true
    default: false
    }
  }

  /// What the client is told, in its own protocol where it has one.
  /// - Parameter isPlaintextOnTLS: the client came to a port with TLS, without TLS.
  package func answer(isPlaintextOnTLS: Bool = false) -> [UInt8] {
    switch self {
    case .http(let isHead, let isHTTP2):
      let text =
        isPlaintextOnTLS
        ? "This port speaks TLS: connect with TLS."
        : "This is an IRC server, not a web server: connect with an IRC client."
      return Array(
        HTTPAnswer.text(isHTTP2 ? .httpVersionNotSupported : .badRequest, text, hasBody: !isHead).utf8)
    // An alert: handshake_failure, fatal (RFC 8446, section 6).
    case .tls: return [0x15, 3, 3, 0, 2, 2, 40]
    case .proxy: return Array("ERROR :This address is not one of this server's proxies.\r\n".utf8)
    }
  }
}
