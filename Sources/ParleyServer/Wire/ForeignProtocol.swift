package import NIOCore

/// Recognises clients that came to the wrong port by their first bytes.
package enum ForeignProtocol {
  private static let httpMethods = [
    "GET ", "POST ", "HEAD ", "PUT ", "OPTIONS ", "CONNECT ", "DELETE ", "PATCH ", "PRI ",
  ]
  .map { Array($0.utf8) }
  /// A TLS record that holds a handshake, of any version 3.x.
  private static let clientHello: [UInt8] = [0x16, 0x03]

  package static func isSpoken(in bytes: ByteBufferView) -> Bool {
    bytes.starts(with: clientHello) || httpMethods.contains { bytes.starts(with: $0) }
  }
}
