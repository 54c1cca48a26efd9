#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// An IPv4 or IPv6 address with a port, in the system's own form.
struct SocketAddress: Equatable, Sendable {
  enum Family: Sendable { case v4, v6 }

  let family: Family
  private let bytes: [UInt8]

  /// A literal address; nil: it is a name.
  init?(literal text: String, port: UInt16) {
    var v4 = sockaddr_in()
    var v6 = sockaddr_in6()
    if inet_pton(AF_INET, text, &v4.sin_addr) == 1 {
      v4.sin_family = sa_family_t(AF_INET)
      v4.sin_port = port.bigEndian
      family = .v4
      bytes = withUnsafeBytes(of: &v4) { Array($0) }
    } else if inet_pton(AF_INET6, text, &v6.sin6_addr) == 1 {
      v6.sin6_family = sa_family_t(AF_INET6)
      v6.sin6_port = port.bigEndian
      family = .v6
      bytes = withUnsafeBytes(of: &v6) { Array($0) }
    } else {
      return nil
    }
  }

  /// What the system has given; nil: it is of another family.
  init?(_ address: UnsafePointer<sockaddr>?, size: socklen_t) {
    guard let address else { return nil }
    let expected: Int
    switch Int32(address.pointee.sa_family) {
    case AF_INET: (family, expected) = (.v4, MemoryLayout<sockaddr_in>.size)
    case AF_INET6: (family, expected) = (.v6, MemoryLayout<sockaddr_in6>.size)
    default: return nil
    }
    guard Int(size) >= expected else { return nil }
    bytes = Array(UnsafeRawBufferPointer(start: address, count: expected))
  }

  /// The address of one end of a socket.
  init?(_ ask: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32) {
    var storage = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let found = withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address -> SocketAddress? in
        ask(address, &size) == 0 ? SocketAddress(address, size: size) : nil
      }
    }
    guard let found else { return nil }
    self = found
  }

  var systemFamily: Int32 { family == .v4 ? AF_INET : AF_INET6 }

  func withSystemForm<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R? {
    bytes.withUnsafeBytes { bytes in
      bytes.baseAddress.map { body($0.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count)) }
    }
  }

  /// Without the port and, of IPv6, what does not belong to the address.
  var host: ArraySlice<UInt8> { family == .v4 ? bytes[4..<8] : bytes[8..<24] }

  /// The order in which addresses are tried: families take turns, beginning with IPv6 (RFC 8305, section 4).
  static func interleaved(_ addresses: [SocketAddress]) -> [SocketAddress] {
    var (v6, v4) = (addresses.filter { $0.family == .v6 }[...], addresses.filter { $0.family == .v4 }[...])
    var result: [SocketAddress] = []
    while !v6.isEmpty || !v4.isEmpty {
      if let next = v6.popFirst() { result.append(next) }
      if let next = v4.popFirst() { result.append(next) }
    }
    return result
  }

  /// Whether a host is named by its address, a zone included.
  static func isLiteral(_ host: String) -> Bool { SocketAddress(literal: withoutZone(host), port: 0) != nil }

  /// `fe80::1` of `fe80::1%eth0`.
  static func withoutZone(_ host: String) -> String { host.split(separator: "%").first.map(String.init) ?? host }
}
