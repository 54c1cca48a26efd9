import Crypto
import ParleyServer
import ParleyStore
import Testing

@Suite("Password verifiers")
struct PasswordDerivationTests {
  /// RFC 7677, section 3: user `user`, password `pencil`.
  private static let salt: [UInt8] = [
    0x5b, 0x6d, 0x99, 0x68, 0x9d, 0x12, 0x35, 0x8e, 0xec, 0xa0, 0x4b, 0x14, 0x12, 0x36, 0xfa, 0x81,
  ]

  @Test("The example of RFC 7677 comes out")
  func example() {
    let verifier = ScramVerifier.derive(password: Array("pencil".utf8), salt: Self.salt, iterations: 4096)
    #expect(hex(verifier.storedKey) == "586e5df283e6dceb5c3e791d8b8528ec191e664045ce971792e2e6b5bb13e2a6")
    #expect(hex(verifier.serverKey) == "c1f3cbc1c13a9d35a14c0990eed97629ea225863e566a4314ab99f3f00e5d9d5")
    #expect(verifier.salt == Self.salt)
    #expect(verifier.iterations == 4096)
  }

  @Test("An empty password, an empty salt and silly iteration counts have verifiers, too")
  func edges() {
    let empty = ScramVerifier.derive(password: [], salt: Self.salt, iterations: 10)
    #expect(hex(empty.storedKey) == "eb65cd9fae434cbce5757b873073fb49d607641085003d97d57a886b74f84e30")
    #expect(ScramVerifier.derive(password: [1], salt: [], iterations: 1).storedKey.count == 32)
    #expect(ScramVerifier.derive(password: [1], salt: [2], iterations: -5).iterations == 1)
  }

  @Test("Our own rounds are the library's", arguments: [1, 2, 7])
  func portable(rounds: Int) {
    let own = ScramVerifier.portableSaltedPassword([1, 2, 3], salt: [4, 5], rounds: rounds)
    let serverKey = HMAC<SHA256>.authenticationCode(for: Array("Server Key".utf8), using: own)
    #expect(ScramVerifier.derive(password: [1, 2, 3], salt: [4, 5], iterations: rounds).serverKey == Array(serverKey))
  }

  private func hex(_ bytes: [UInt8]) -> String {
    bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }
}
