import Crypto
import IRC

/// A client's side of SCRAM-SHA-256 (RFC 5802), as short as it can be said.
struct ScramProof {
  /// The client's final message.
  let final: String

  init(user: String, password: String, clientNonce: String, challenge: String) {
    let fields = challenge.split(separator: ",").map { String($0.dropFirst(2)) }
    let key = SymmetricKey(data: Array(password.utf8))
    var block = Array(
      HMAC<SHA256>.authenticationCode(for: (Base64.decode(fields[1]) ?? []) + [0, 0, 0, 1], using: key))
    var salted = block
    for _ in 1..<(Int(fields[2]) ?? 1) {
      block = Array(HMAC<SHA256>.authenticationCode(for: block, using: key))
      for index in salted.indices { salted[index] ^= block[index] }
    }
    let clientKey = Array(
      HMAC<SHA256>.authenticationCode(for: Array("Client Key".utf8), using: SymmetricKey(data: salted)))
    let bare = "c=\(Base64.encode(Array("n,,".utf8))),r=\(fields[0])"
    let message = "n=\(user),r=\(clientNonce),\(challenge),\(bare)"
    let signature = Array(
      HMAC<SHA256>.authenticationCode(
        for: Array(message.utf8), using: SymmetricKey(data: Array(SHA256.hash(data: clientKey)))))
    var proof = clientKey
    for index in proof.indices { proof[index] ^= signature[index] }
    final = "\(bare),p=\(Base64.encode(proof))"
  }
}
