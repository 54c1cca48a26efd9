/// Why a connection ends before anybody has registered on it, or because its place is needed. The raw values stand in the log.
package enum RefusalReason: String, Sendable, CaseIterable {
  case serverFull = "server-full"
  case addressLimit = "address-limit"
  case addressRate = "address-rate"
  /// It had not registered, and its place was needed.
  case displaced
  /// Its guest had said nothing for some minutes, and its place was needed.
  case idle
  /// It said nothing, or not enough, in time.
  case silent
  case handshake
  case notIRC = "not-irc"
  case notTLS = "not-tls"
  case proxyHeader = "proxy-header"

  /// What the client is told.
  var text: String {
    switch self {
    case .serverFull: "This server is full. Please try again later."
    case .addressLimit: "Too many connections from your address"
    case .addressRate: "Too many new connections from your address; try again in a minute"
    case .displaced: "This server is full, and you had not registered. Please try again later."
    case .idle: "This server is full, and you had said nothing for some minutes. Please sign in, or try again later."
    case .silent: "Registration timed out"
    case .handshake: "Handshake failed"
    case .notIRC: "This is an IRC server."
    case .notTLS: "This port speaks TLS: connect with TLS (ircs)."
    case .proxyHeader: "The proxy did not say whom it speaks for"
    }
  }
}
