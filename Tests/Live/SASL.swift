import Crypto
import Foundation
import IRC
import Processes

enum Mechanism: String {
  case plain = "PLAIN"
  case scram = "SCRAM-SHA-256"
}

/// RFC 5802's SaltedPassword.
struct SaltedPassword {
  let bytes: [UInt8]
}

/// The client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677), computed here from nothing but HMAC and SHA-256.
struct ScramClient {
  private let password: String
  private let firstBare: String
  private let nonce: String
  let first: String

  init(name: String, password: String) {
    self.password = password
    nonce = UUID().uuidString
    firstBare = "n=\(name),r=\(nonce)"
    first = "n,,\(firstBare)"
  }

  /// The work that a password costs: it depends on the account's salt only.
  func salted(_ serverFirst: String) throws -> SaltedPassword {
    let fields = try fields(serverFirst)
    return SaltedPassword(
      bytes: Self.salted(
        password, salt: Base64.decode(String(fields[1].dropFirst(2))) ?? [], rounds: Int(fields[2].dropFirst(2)) ?? 0))
  }

  /// The client's final message, and the server signature that must answer it.
  func final(_ serverFirst: String) throws -> (message: String, signature: String) {
    try final(serverFirst, salted: salted(serverFirst))
  }

  private func fields(_ serverFirst: String) throws -> [String] {
    let fields = serverFirst.split(separator: ",").map(String.init)
    guard fields.count == 3, fields[0].hasPrefix("r=\(nonce)"), fields[0].utf8.count > nonce.utf8.count + 2,
      fields[1].hasPrefix("s="), Base64.decode(String(fields[1].dropFirst(2))) != nil,
      fields[2].hasPrefix("i="), let rounds = Int(fields[2].dropFirst(2)), rounds >= 4096
    else { throw LiveError("not a SCRAM challenge: \(serverFirst)") }
    return fields
  }

  func final(_ serverFirst: String, salted: SaltedPassword) throws -> (message: String, signature: String) {
    let fields = try fields(serverFirst)
    let salted = salted.bytes
    let withoutProof = "c=biws,\(fields[0])"
    let authMessage = "\(firstBare),\(serverFirst),\(withoutProof)"
    let clientKey = Self.hmac(salted, "Client Key")
    let signature = Self.hmac(Array(SHA256.hash(data: clientKey)), authMessage)
    let proof = zip(clientKey, signature).map { $0 ^ $1 }
    let server = Self.hmac(Self.hmac(salted, "Server Key"), authMessage)
    return ("\(withoutProof),p=\(Base64.encode(proof))", "v=\(Base64.encode(server))")
  }

  private static func hmac(_ key: [UInt8], _ text: String) -> [UInt8] { hmac(key, Array(text.utf8)) }

  private static func hmac(_ key: [UInt8], _ bytes: [UInt8]) -> [UInt8] {
    Array(HMAC<SHA256>.authenticationCode(for: bytes, using: SymmetricKey(data: key)))
  }

  private static func salted(_ password: String, salt: [UInt8], rounds: Int) -> [UInt8] {
    let key = Array(password.utf8)
    var block = hmac(key, salt + [0, 0, 0, 1])
    var sum = block
    for _ in 1..<rounds {
      block = hmac(key, block)
      for index in sum.indices { sum[index] ^= block[index] }
    }
    return sum
  }
}
