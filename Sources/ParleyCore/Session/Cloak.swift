import Crypto
import IRC
import ParleyStore

/// The host names that users see of each other: keyed hashes, from which no address can be had back.
enum Cloak {
  /// The same address gives the same cloak for as long as the database lives, so that bans work.
  static func host(address: String, secret: [UInt8]) -> String {
    label("address " + Admission.key(address), secret) + ".guest"
  }

  static func host(account: String, secret: [UInt8]) -> String {
    label("account " + FoldedName(account).description, secret) + ".user"
  }

  private static func label(_ text: String, _ secret: [UInt8]) -> String {
    let code = HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: SymmetricKey(data: secret))
    let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
    let letters = code.prefix(12).map { alphabet[Int($0 & 31)] }
    return String(decoding: letters, as: UTF8.self)
  }
}
