package import NIOCore

/// Recognises clients that came to the wrong port by their first bytes.
package enum ForeignProtocol {
  private static let httpMethods = [
    "GET ", "POST ", "HEAD ", "PUT ", "OPTIONS ", "CONNECT ", "DELETE ", "PATCH ", "PRI ",
  ]
  .map { Array($0.utf8) }
  /// What a proxy sends that is not listed as one; see `ProxyHeader`.
  private static let proxyHeaders = [
    Array("PROXY TCP".utf8), Array("PROXY UNKNOWN".utf8), [13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10],
  ]
  /// A TLS record that holds a handshake, of any version 3.x.
  private static let clientHello: [UInt8] = [0x16, 0x03]

  package static func isSpoken(in bytes: ByteBufferView) -> Bool {
    bytes.starts(with: clientHello) || proxyHeaders.contains { bytes.starts(with: $0) }
      || httpMethods.contains { bytes.starts(with: $0) }
  }
}
