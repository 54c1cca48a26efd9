import IRC

/// The client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding.
struct SCRAM {
  /// More would be a way to keep clients busy.
  static let maximumIterations = 200_000

  enum Failure: Error, Equatable {
    case malformed
    /// The server asks for an extension that must be understood.
    case unacceptable
    /// The server asks for more than `maximumIterations`.
    case tooManyIterations
    /// The server did not prove that it knows the password.
    case wrongSignature
    /// The server's own word, such as `invalid-proof`.
    case refused(String)
  }

  private let nonce: String
  private let firstBare: String
  private var serverSignature: [UInt8] = []

  /// - Parameters:
  ///   - account: any name.
  ///   - nonce: printable ASCII without `,`, new for every attempt.
  init(account: String, nonce: String) {
    self.nonce = nonce
    firstBare = "n=\(Self.escape(account)),r=\(nonce)"
  }

  /// client-first-message: no channel binding, no other identity to act as.
  var firstMessage: [UInt8] { Array("n,,\(firstBare)".utf8) }

  /// The answer to server-first-message, with the proof. Takes time in proportion to the iterations the server asks for.
  mutating func finalMessage(serverFirst: [UInt8], secret: [UInt8]) throws(Failure) -> [UInt8] {
    guard let text = String(validating: serverFirst, as: UTF8.self) else { throw .malformed }
    let fields = text.split(separator: ",", omittingEmptySubsequences: false)
    // RFC 5802, section 5.1: an extension that one does not understand "MUST" end the exchange.
    if text.hasPrefix("m=") { throw .unacceptable }
    guard fields.count >= 3, fields[0].hasPrefix("r="), fields[1].hasPrefix("s="), fields[2].hasPrefix("i=") else {
      throw .malformed
    }
    let fullNonce = fields[0].dropFirst(2)
    guard fullNonce.utf8.count > nonce.utf8.count, fullNonce.utf8.starts(with: nonce.utf8) else { throw .malformed }
    guard let salt = Base64.decode(String(fields[1].dropFirst(2))), !salt.isEmpty else { throw .malformed }
    guard let iterations = Self.number(fields[2].dropFirst(2)), iterations > 0 else { throw .malformed }
    guard iterations <= Self.maximumIterations else { throw .tooManyIterations }

    let salted = Self.hi(secret, salt: salt, iterations: iterations)
    let withoutProof = "c=biws,r=\(fullNonce)"
    let authMessage = Array("\(firstBare),\(text),\(withoutProof)".utf8)
    let clientKey = Self.hmac(salted, Array("Client Key".utf8))
    let signature = Self.hmac(SHA256.hash(clientKey), authMessage)
    serverSignature = Self.hmac(Self.hmac(salted, Array("Server Key".utf8)), authMessage)
    let proof = zip(clientKey, signature).map { $0 ^ $1 }
    return Array("\(withoutProof),p=\(Base64.encode(proof))".utf8)
  }

  /// Checks server-final-message: without it anybody could claim to be the server.
  func verify(serverFinal: [UInt8]) throws(Failure) {
    guard let text = String(validating: serverFinal, as: UTF8.self) else { throw .malformed }
    let field = text.split(separator: ",", maxSplits: 1).first ?? ""
    if field.hasPrefix("e=") { throw .refused(String(field.dropFirst(2))) }
    guard field.hasPrefix("v="), let signature = Base64.decode(String(field.dropFirst(2))) else { throw .malformed }
    guard !serverSignature.isEmpty, signature == serverSignature else { throw .wrongSignature }
  }

  // MARK: RFC 5802, sections 2.2 and 5.1

  /// `Hi`: PBKDF2 with one block of HMAC.
  static func hi(_ secret: [UInt8], salt: [UInt8], iterations: Int) -> [UInt8] {
    let keyed = HMAC(key: secret)
    var last = keyed.code(salt + [0, 0, 0, 1])
    var sum = last
    var round = 1
    while round < iterations {
      last = keyed.code(last)
      for place in sum.indices { sum[place] ^= last[place] }
      round += 1
    }
    return sum
  }

  private static func hmac(_ key: [UInt8], _ data: [UInt8]) -> [UInt8] {
    HMAC(key: key).code(data)
  }

  private static func number(_ text: Substring) -> Int? {
    guard (1...9).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int(text)
  }

  private static func escape(_ name: String) -> String {
    var text = ""
    for scalar in name.unicodeScalars {
      switch scalar {
      case "=": text += "=3D"
      case ",": text += "=2C"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}
