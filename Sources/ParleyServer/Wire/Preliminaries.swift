/// What a connection has to get through before the core hears of it, all within `Loop.patience`.
struct Preliminaries: OptionSet {
  let rawValue: UInt8
  static let proxyHeader = Preliminaries(rawValue: 1)
  static let tls = Preliminaries(rawValue: 2)
  static let webSocket = Preliminaries(rawValue: 4)
}

/// What the handlers ahead of a `Connection` tell it.
package enum PreliminaryEvent: Sendable, Equatable {
  /// What a proxy says of the connection; nil: nothing.
  case proxied(ProxyHeader?)
  /// The WebSocket is open: lines follow.
  case webSocketOpened
  /// The peer has been answered for the last time: close once the answer is out.
  case refused
  /// The peer does not speak TLS, has been told, and is being closed.
  case notTLS
  /// The peer has ended the WebSocket, or broken its rules, and knows.
  case webSocketEnded
}
