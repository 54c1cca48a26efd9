import Crypto
import IRC
import ParleyStore

enum SASLMechanism: String, CaseIterable {
  case plain = "PLAIN"
  case scramSHA256 = "SCRAM-SHA-256"
  case external = "EXTERNAL"

  /// PLAIN needs TLS or loopback; EXTERNAL needs a certificate.
  static func offered(to session: Session) -> [SASLMechanism] {
    allCases.filter { mechanism in
      switch mechanism {
      case .plain: session.info.isSecure || session.info.isLoopback
      case .scramSHA256: true
      case .external: session.info.certificateFingerprint != nil
      }
    }
  }
}

/// One SASL exchange in progress (IRCv3 sasl-3.2): collects the 400-byte chunks of a response and knows what comes next.
struct SASLExchange {
  enum Step {
    case plain
    case external
    case scramFirst
    case scramFinal(ScramServer)
    case scramDone(ScramServer)
  }

  /// Base64 characters of one response: enough for the longest account name and password.
  static let maximumResponse = 4_000

  var step: Step
  let method: SignInMethod
  /// The device name that came with the account's.
  var device = ""
  private var collected = ""

  init(_ mechanism: SASLMechanism) {
    method = SignInMethod(mechanism)
    switch mechanism {
    case .plain: step = .plain
    case .external: step = .external
    case .scramSHA256: step = .scramFirst
    }
  }

  enum Chunk {
    case incomplete
    case complete([UInt8])
    /// More than 400 characters at once.
    case tooLong
    /// More chunks than any mechanism needs.
    case tooMuch
    case invalid
  }

  /// A chunk of exactly 400 characters is followed by another; `+` stands for an empty one.
  mutating func take(_ chunk: String) -> Chunk {
    if chunk.utf8.count > 400 { return .tooLong }
    if chunk != "+" { collected += chunk }
    if collected.utf8.count > Self.maximumResponse { return .tooMuch }
    if chunk.utf8.count == 400 { return .incomplete }
    let text = collected
    collected = ""
    guard let bytes = Base64.decode(text) else { return .invalid }
    return .complete(bytes)
  }
}

/// The server's side of SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding.
struct ScramServer {
  /// As the client gave it.
  let name: String
  let account: Account?
  let verifier: PasswordVerifier
  private let authMessagePrefix: String
  private let nonce: String
  let firstMessage: String
  private let header: String

  enum Failure: Error { case malformed, wrongProof }

  /// Reads the client's first message. Unknown accounts get a salt of their own that stays the same, so that they look like
  /// known ones.
  /// - Parameter find: the account and its verifier for a name as the client gave it.
  init?(clientFirst: String, nonce serverNonce: String, find: (String) -> (Account?, PasswordVerifier)) {
    // gs2-header: "n,," or "n,a=authzid,"; channel binding ("p=") is not offered.
    let parts = clientFirst.split(separator: ",", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3, parts[0] == "n" || parts[0] == "y" else { return nil }
    header = "\(parts[0]),\(parts[1]),"
    let bare = parts[2]
    let fields = bare.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard fields.count >= 2, fields[0].hasPrefix("n="), fields[1].hasPrefix("r=") else { return nil }
    let clientNonce = fields[1].dropFirst(2)
    guard !clientNonce.isEmpty, clientNonce.utf8.count <= 256 else { return nil }
    guard let name = Self.unescape(String(fields[0].dropFirst(2))), !name.isEmpty else { return nil }
    self.name = name
    if !parts[1].isEmpty {
      guard parts[1].hasPrefix("a="), let authorization = Self.unescape(String(parts[1].dropFirst(2))),
        FoldedName(authorization) == FoldedName(name)
      else { return nil }
    }
    (account, verifier) = find(name)
    nonce = clientNonce + serverNonce
    firstMessage = "r=\(nonce),s=\(Base64.encode(verifier.salt)),i=\(verifier.iterations)"
    authMessagePrefix = "\(bare),\(firstMessage)"
  }

  /// The account's name in a client's first message; nil: the message is malformed.
  static func accountName(clientFirst: String) -> String? {
    let fields = clientFirst.split(separator: ",", maxSplits: 3, omittingEmptySubsequences: false)
    guard fields.count == 4, fields[2].hasPrefix("n=") else { return nil }
    return unescape(String(fields[2].dropFirst(2)))
  }

  /// Checks the client's proof; the answer is the server's own signature.
  func verify(clientFinal: String) throws(Failure) -> String {
    guard let range = clientFinal.range(ofLast: ",p=") else { throw .malformed }
    let withoutProof = String(clientFinal[..<range.lowerBound])
    guard let proof = Base64.decode(String(clientFinal[range.upperBound...])), proof.count == 32 else {
      throw .malformed
    }
    let fields = withoutProof.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard fields.count >= 2, fields[0].hasPrefix("c="), fields[1].hasPrefix("r=") else { throw .malformed }
    guard let binding = Base64.decode(String(fields[0].dropFirst(2))), binding == Array(header.utf8) else {
      throw .malformed
    }
    guard fields[1].dropFirst(2) == nonce else { throw .malformed }
    let authMessage = Array("\(authMessagePrefix),\(withoutProof)".utf8)
    let signature = Array(
      HMAC<SHA256>.authenticationCode(for: authMessage, using: SymmetricKey(data: verifier.storedKey)))
    var clientKey: [UInt8] = []
    for index in 0..<32 { clientKey.append(proof[index] ^ signature[index]) }
    guard SecretComparison.equal(Array(SHA256.hash(data: clientKey)), verifier.storedKey), account != nil else {
      throw .wrongProof
    }
    let server = HMAC<SHA256>.authenticationCode(for: authMessage, using: SymmetricKey(data: verifier.serverKey))
    return "v=" + Base64.encode(Array(server))
  }

  /// RFC 5802 §5.1: `=2C` and `=3D`; any other `=` is an error.
  private static func unescape(_ text: String) -> String? {
    var out = ""
    var rest = Substring(text)
    while let mark = rest.firstIndex(of: "=") {
      out += rest[..<mark]
      let code = rest[mark...].prefix(3)
      switch code {
      case "=2C": out += ","
      case "=3D": out += "="
      default: return nil
      }
      rest = rest[code.endIndex...]
    }
    return out + rest
  }
}

extension String {
  /// The last place where the text occurs.
  fileprivate func range(ofLast text: String) -> Range<String.Index>? {
    var end = endIndex
    while true {
      guard let start = self.index(end, offsetBy: -text.count, limitedBy: startIndex) else { return nil }
      if self[start..<end] == text { return start..<end }
      guard end > startIndex else { return nil }
      end = index(before: end)
    }
  }
}
