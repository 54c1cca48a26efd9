package import Crypto
import CryptoExtras
public import ParleyStore

/// RFC 5802, section 3, with SHA-256: what the server keeps of a password.
public enum ScramVerifier {
  /// Takes `iterations` rounds of PBKDF2: milliseconds, so never on an event loop or the core's thread.
  ///
  /// - Parameters:
  ///   - password: UTF-8, already normalised.
  ///   - iterations: 1 or more; lower values count as 1.
  public static func derive(password: [UInt8], salt: [UInt8], iterations: Int) -> PasswordVerifier {
    let rounds = max(1, iterations)
    let salted = saltedPassword(password, salt: salt, rounds: rounds)
    let clientKey = HMAC<SHA256>.authenticationCode(for: Array("Client Key".utf8), using: salted)
    let serverKey = HMAC<SHA256>.authenticationCode(for: Array("Server Key".utf8), using: salted)
    return PasswordVerifier(
      salt: salt, iterations: rounds, storedKey: Array(SHA256.hash(data: Array(clientKey))),
      serverKey: Array(serverKey))
  }

  private static func saltedPassword(_ password: [UInt8], salt: [UInt8], rounds: Int) -> SymmetricKey {
    if let key = try? KDF.Insecure.PBKDF2.deriveKey(
      from: password, salt: salt, using: .sha256, outputByteCount: 32, unsafeUncheckedRounds: rounds)
    {
      return key
    }
    // The library refuses some inputs, such as an empty password. They must neither fail nor take another time.
    return portableSaltedPassword(password, salt: salt, rounds: rounds)
  }

  /// RFC 5802's Hi(): the first block of PBKDF2.
  package static func portableSaltedPassword(_ password: [UInt8], salt: [UInt8], rounds: Int) -> SymmetricKey {
    let key = SymmetricKey(data: password)
    var block = Array(HMAC<SHA256>.authenticationCode(for: salt + [0, 0, 0, 1], using: key))
    var result = block
    for _ in 1..<rounds {
      block = Array(HMAC<SHA256>.authenticationCode(for: block, using: key))
      for index in result.indices { result[index] ^= block[index] }
    }
    return SymmetricKey(data: result)
  }
}
