import Crypto
import NIOSSL

/// What stands for a certificate: SASL EXTERNAL and our clients' pinning compare these.
enum Fingerprint {
  /// Lower-case hexadecimal SHA-256 of the DER form; nil if it has none.
  static func of(_ certificate: NIOSSLCertificate) -> String? {
    guard let der = try? certificate.toDERBytes() else { return nil }
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in SHA256.hash(data: der) {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}
