package import ParleyCore

extension ConnectionInfo {
  /// What the core is told of a connection.
  /// - Parameters:
  ///   - peer: the socket's other end.
  ///   - isEncrypted: TLS on this very connection.
  ///   - proxy: what a proxy has said; only those that are listed are listened to.
  package init(
    peer: NetworkAddress, isEncrypted: Bool, isWebSocket: Bool, proxy: ProxyHeader?, limits: ConnectionLimits
  ) {
    var address = peer
    var isSecure = isEncrypted
    // From wherever the proxy has it, it is not from this machine, and nobody's trust in the proxy is meant for it.
    var isLoopback = peer.isLoopback
    var isKnown = true
    switch proxy?.origin {
    case nil, .local: break
    case .unknown:
      isLoopback = false
      isKnown = false
    case .client(let client):
      address = client
      isLoopback = false
    }
    // Encrypted as far as the proxy only: what follows must not be readable for anybody either.
    if let proxy, proxy.isSecure, peer.isLoopback { isSecure = true }
    self.init(
      address: address.text, isSecure: isSecure, isLoopback: isLoopback, isWebSocket: isWebSocket,
      isTrusted: isKnown && limits.trusted.contains { $0.contains(address) })
  }
}
