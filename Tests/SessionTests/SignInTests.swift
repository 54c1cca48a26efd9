import Crypto
import IRC
import ParleySession
import Testing

@Suite("Signing in")
struct SignInTests {
  /// Up to where the server has accepted `sasl`.
  private func begin(
    _ signIn: SessionSettings.SignIn, offer: String = "sasl=PLAIN,SCRAM-SHA-256,EXTERNAL", isPrivate: Bool = true,
    hasCertificate: Bool = false
  ) -> Scene {
    let scene = Scene(signIn: signIn, isPrivate: isPrivate, hasCertificate: hasCertificate)
    scene.start()
    scene.forget()
    scene.server(":s CAP * LS :\(offer)", ":s CAP * ACK :sasl")
    return scene
  }

  private static let asked = SessionEvent.secretNeeded(.signIn, account: "alice", isRetry: false)

  private func text(_ line: String?) -> String {
    let word = line?.split(separator: " ").last.map(String.init) ?? ""
    return String(decoding: Base64.decode(word) ?? [], as: UTF8.self)
  }

  @Test("PLAIN: the secret is asked for, then sent")
  func plain() {
    let scene = begin(.plain(account: "alice"))
    #expect(scene.said() == ["CAP REQ sasl"])
    #expect(scene.told() == [Self.asked])
    scene.supply("pässword")
    #expect(scene.said() == ["AUTHENTICATE PLAIN"])
    scene.server("AUTHENTICATE +")
    #expect(text(scene.said().first) == "\0alice\0pässword")
    scene.server(":s 900 alice alice!a@h Alice :You are signed in", ":s 903 alice :Done")
    #expect(scene.said() == ["CAP END"])
    #expect(scene.told() == [.ownAccountChanged("Alice")])
    scene.welcome()
    #expect(scene.session.isReady && scene.session.account == "Alice")
  }

  @Test("long secrets go in pieces of 400", arguments: [10, 292, 293, 600])
  func pieces(length: Int) {
    let scene = begin(.plain(account: "alice"))
    scene.supply(String(repeating: "x", count: length))
    scene.forget()
    scene.server("AUTHENTICATE +")
    let pieces = scene.said().map { String($0.dropFirst("AUTHENTICATE ".count)) }
    #expect(pieces.dropLast().allSatisfy { $0.count == 400 })
    #expect((pieces.last?.count ?? 400) < 400)
    let whole = pieces.filter { $0 != "+" }.joined()
    #expect(Base64.decode(whole)?.count == length + 7)
  }

  @Test(
    "a sign-in that was not checked comes again later: the secret is not called wrong",
    arguments: [
      (":s FAIL AUTHENTICATE TRY_LATER :Too many attempts", "TRY_LATER"), (":s 906 alice :Aborted", "906"),
    ])
  func tryLater(line: String, code: String) {
    let scene = begin(.plain(account: "alice"))
    scene.supply("secret")
    scene.server("AUTHENTICATE +")
    scene.forget()
    scene.server(line)
    guard case .refused(code, _, isPermanent: false)? = scene.told().first else {
      Issue.record("it is not tried again later")
      return
    }
    #expect(scene.session.wantsClose)
  }

  @Test("an account that is suspended ends the sign-in without asking for another secret")
  func suspended() {
    let scene = begin(.plain(account: "alice"))
    scene.supply("secret")
    scene.server("AUTHENTICATE +")
    scene.forget()
    scene.server(":s FAIL AUTHENTICATE ACCOUNT_UNAVAILABLE :Suspended", ":s 902 alice :Suspended")
    #expect(scene.told() == [.signInFailed(code: "ACCOUNT_UNAVAILABLE", reason: "Suspended")])
  }

  @Test("EXTERNAL needs no secret")
  func external() {
    let scene = begin(.automatic(account: "alice"), hasCertificate: true)
    #expect(scene.said() == ["CAP REQ sasl", "AUTHENTICATE EXTERNAL"])
    scene.server("AUTHENTICATE +")
    #expect(text(scene.said().first) == "alice")
    scene.server(":s 903 * :Done")
    #expect(scene.said() == ["CAP END"])
    #expect(scene.session.account == "alice")
  }

  @Test("EXTERNAL without an account is an empty answer")
  func externalEmpty() {
    let scene = begin(.external(account: ""))
    scene.forget()
    scene.server("AUTHENTICATE +")
    #expect(scene.said() == ["AUTHENTICATE +"])
  }

  @Test("automatic: a certificate nobody knows is followed by the password")
  func externalFails() {
    let scene = begin(.automatic(account: "alice"), hasCertificate: true)
    scene.server("AUTHENTICATE +", ":s 904 * :Unknown certificate")
    #expect(scene.told() == [Self.asked])
    scene.forget()
    scene.supply("secret")
    #expect(scene.said() == ["AUTHENTICATE SCRAM-SHA-256"])
  }

  @Test("PLAIN is never used where others could read it")
  func notPrivate() {
    let plain = begin(.plain(account: "alice"), isPrivate: false)
    guard case .signInFailed? = plain.told().first else {
      Issue.record("PLAIN was tried")
      return
    }
    #expect(plain.session.wantsClose)
    let automatic = begin(.automatic(account: "alice"), offer: "sasl=PLAIN", isPrivate: false)
    #expect(automatic.session.wantsClose)
    #expect(!automatic.said().contains { $0.hasPrefix("AUTHENTICATE") })
  }

  @Test("a server without a way to sign in", arguments: ["", "batch", "sasl=GSSAPI"])
  func noWay(offer: String) {
    let scene = Scene(signIn: .automatic(account: "alice"))
    scene.start()
    scene.server(":s CAP * LS :\(offer)", ":s CAP * ACK :\(offer.split(separator: "=").first ?? "")")
    #expect(scene.session.wantsClose)
    guard case .signInFailed? = scene.told().first else {
      Issue.record("went on without an account")
      return
    }
  }

  @Test(
    "a server without capabilities, or that lets us in without asking",
    arguments: [":s 421 * CAP :?", ":s 001 alice :Hi"])
  func noCAP(line: String) {
    let scene = Scene(signIn: .automatic(account: "alice"))
    scene.start()
    scene.server(line)
    #expect(scene.session.wantsClose && !scene.session.isReady)
    #expect(scene.told().count == 1)
  }

  @Test("a wrong secret is asked for again, on the same connection")
  func wrong() {
    let scene = begin(.plain(account: "alice"))
    scene.supply("wrong")
    scene.server("AUTHENTICATE +", ":s 904 alice :No")
    #expect(scene.told() == [Self.asked, .secretNeeded(.signIn, account: "alice", isRetry: true)])
    scene.forget()
    scene.supply("right")
    #expect(scene.said() == ["AUTHENTICATE PLAIN"])
    scene.server("AUTHENTICATE +", ":s 903 alice :Yes")
    #expect(scene.said().last == "CAP END")
  }

  @Test("a server that cuts us off after a wrong secret has failed us", arguments: [true, false])
  func wrongAndClosed(saysError: Bool) {
    let scene = begin(.plain(account: "alice"))
    scene.supply("wrong")
    scene.server("AUTHENTICATE +", ":s 904 alice :No")
    scene.forget()
    if saysError { scene.server("ERROR :Too many attempts") }
    scene.end()
    #expect(scene.told() == [.signInFailed(code: "904", reason: "No")])
  }

  @Test("no secret: the session ends")
  func givenUp() {
    let scene = begin(.plain(account: "alice"))
    scene.forget()
    scene.supply(nil)
    #expect(scene.said() == ["QUIT"])
    #expect(scene.session.wantsClose)
    #expect(scene.told() == [.signInFailed(code: "", reason: "No password was given")])
  }

  @Test("time spent thinking of a secret does not count")
  func patience() {
    let scene = begin(.plain(account: "alice"))
    scene.wait(seconds: 3_600)
    #expect(!scene.session.wantsClose)
    scene.supply("x")
    scene.wait(seconds: 59)
    #expect(!scene.session.wantsClose)
    scene.wait(seconds: 2)
    #expect(scene.session.wantsClose)
  }

  @Test("locked nicks and messages that are too long are final", arguments: ["902", "905"])
  func final(code: String) {
    let scene = begin(.plain(account: "alice"))
    scene.supply("x")
    scene.server("AUTHENTICATE +")
    scene.forget()
    scene.server(":s \(code) alice :No")
    #expect(scene.told() == [.signInFailed(code: code, reason: "No")])
  }

  @Test("a list of mechanisms that comes late decides what is tried")
  func mechanisms() {
    let scene = begin(.automatic(account: "alice"), offer: "sasl")
    scene.supply("x")
    scene.server(":s 908 alice PLAIN,EXTERNAL :are available", ":s 904 alice :Unknown mechanism")
    #expect(scene.said().suffix(2) == ["AUTHENTICATE SCRAM-SHA-256", "AUTHENTICATE PLAIN"])
    let other = begin(.scram(account: "alice"), offer: "sasl")
    other.supply("x")
    other.forget()
    other.server(":s 908 alice PLAIN :are available", ":s 904 alice :Unknown mechanism")
    #expect(other.told() == [.signInFailed(code: "908", reason: "The server offers PLAIN")])
  }

  @Test("accounts are told as they change later")
  func later() {
    let scene = Scene.ready()
    scene.server(
      ":s 900 alice alice!a@h alice :In", ":alice!a@h ACCOUNT *", ":alice!a@h ACCOUNT carol",
      ":s 901 alice alice!a@h :Out")
    #expect(
      scene.told() == [
        .ownAccountChanged("alice"), .ownAccountChanged(nil), .ownAccountChanged("carol"), .ownAccountChanged(nil),
      ])
  }

  // MARK: SCRAM

  @Test("SCRAM-SHA-256 with a server that knows the password")
  func scram() {
    let scene = begin(.automatic(account: "alice"))
    scene.supply("secret")
    #expect(scene.said().last == "AUTHENTICATE SCRAM-SHA-256")
    scene.server("AUTHENTICATE +")
    var server = ScramServer(password: "secret")
    scene.server("AUTHENTICATE \(server.first(text(scene.said().first)))")
    let final = server.final(text(scene.said().first))
    #expect(server.isRight)
    scene.server("AUTHENTICATE \(final)")
    #expect(scene.said() == ["AUTHENTICATE +"])
    scene.server(":s 900 * *!*@* alice :In", ":s 903 * :Done")
    #expect(scene.said() == ["CAP END"])
  }

  @Test("names with signs that mean something are escaped")
  func escapedName() {
    let scene = begin(.scram(account: "a=b,c"))
    scene.supply("pencil")
    scene.forget()
    scene.server("AUTHENTICATE +")
    #expect(text(scene.said().first).hasPrefix("n,,n=a=3Db=2Cc,r="))
  }

  @Test("each attempt has a nonce of its own")
  func nonces() {
    let scene = begin(.scram(account: "alice"))
    scene.supply("wrong")
    scene.forget()
    scene.server("AUTHENTICATE +")
    let first = text(scene.said().first)
    scene.server(":s 904 * :No")
    scene.supply("again")
    scene.server("AUTHENTICATE +")
    let second = text(scene.said().last)
    #expect(first.hasPrefix("n,,n=alice,r=") && second.hasPrefix("n,,n=alice,r=") && first != second)
  }

  @Test("a server that does not know the password is not believed")
  func falseServer() {
    let scene = begin(.scram(account: "alice"))
    scene.supply("secret")
    scene.server("AUTHENTICATE +")
    var server = ScramServer(password: "other")
    scene.server("AUTHENTICATE \(server.first(text(scene.said().last)))")
    let final = server.final(text(scene.said().last))
    scene.forget()
    scene.server("AUTHENTICATE \(final)")
    #expect(scene.session.wantsClose)
    #expect(scene.said() == ["AUTHENTICATE *", "QUIT"])
  }

  @Test("success without the server's proof is none")
  func skippedProof() {
    let scene = begin(.scram(account: "alice"))
    scene.supply("secret")
    scene.server("AUTHENTICATE +")
    var server = ScramServer(password: "secret")
    scene.server("AUTHENTICATE \(server.first(text(scene.said().last)))")
    scene.forget()
    scene.server(":s 903 * :Done")
    #expect(scene.session.wantsClose)
    #expect(!scene.said().contains("CAP END"))
  }

  @Test(
    "first messages of servers that are wrong or ask for too much",
    arguments: [
      "", "r=", "r=other,s=AAAA,i=4096", "NONCE", "NONCEx", "r=NONCE,s=AAAA,i=4096", "r=NONCEx,s=,i=4096",
      "r=NONCEx,s=!!!,i=4096", "r=NONCEx,s=AAAA,i=0", "r=NONCEx,s=AAAA,i=-1", "r=NONCEx,s=AAAA,i=200001",
      "r=NONCEx,s=AAAA,i=99999999999999999999", "r=NONCEx,s=AAAA", "m=ext,r=NONCEx,s=AAAA,i=4096",
      "r=NONCEx,i=1,s=AAAA",
    ])
  func wrongFirst(message: String) {
    let scene = begin(.scram(account: "alice"))
    scene.supply("secret")
    scene.server("AUTHENTICATE +")
    let first = text(scene.said().last)
    let nonce = first.split(separator: ",").last?.dropFirst(2) ?? ""
    var bytes = Array(message.utf8)
    if let range = Array("NONCE".utf8).firstRange(in: bytes) { bytes.replaceSubrange(range, with: Array(nonce.utf8)) }
    scene.server("AUTHENTICATE \(bytes.isEmpty ? "+" : Base64.encode(bytes))")
    #expect(scene.session.wantsClose)
    #expect(scene.said() == ["AUTHENTICATE *", "QUIT"])
  }

  @Test("a server that would keep us busy is told apart")
  func tooManyIterations() {
    let scene = begin(.scram(account: "alice"))
    scene.supply("secret")
    scene.server("AUTHENTICATE +")
    let nonce = text(scene.said().last).split(separator: ",").last?.dropFirst(2) ?? ""
    scene.forget()
    scene.server("AUTHENTICATE \(Base64.encode(Array("r=\(nonce)x,s=AAAA,i=200001".utf8)))")
    let reason = "The server asks for more than 200000 iterations to prove the password"
    #expect(scene.told() == [.signInFailed(code: "", reason: reason)])
  }

  @Test(
    "pieces that are no Base64, or never end",
    arguments: [String(repeating: "!", count: 10), String(repeating: "A", count: 401)])
  func wrongPieces(piece: String) {
    let scene = begin(.scram(account: "alice"))
    scene.supply("secret")
    scene.server("AUTHENTICATE \(piece)")
    #expect(scene.session.wantsClose)
    let endless = begin(.scram(account: "alice"))
    endless.supply("secret")
    for _ in 0..<50 { endless.server("AUTHENTICATE \(String(repeating: "A", count: 400))") }
    #expect(endless.session.wantsClose)
  }

  @Test("the server's own refusal of a proof is a wrong secret")
  func invalidProof() {
    let scene = begin(.scram(account: "alice"))
    scene.supply("wrong")
    scene.server("AUTHENTICATE +")
    var server = ScramServer(password: "secret")
    scene.server("AUTHENTICATE \(server.first(text(scene.said().last)))")
    _ = server.final(text(scene.said().last))
    #expect(!server.isRight)
    scene.forget()
    scene.server("AUTHENTICATE \(Base64.encode(Array("e=invalid-proof".utf8)))", ":s 904 * :No")
    #expect(scene.told() == [.secretNeeded(.signIn, account: "alice", isRetry: true)])
  }
}

extension Array where Element == UInt8 {
  fileprivate func firstRange(in other: [UInt8]) -> Range<Int>? {
    guard other.count >= count else { return nil }
    for start in 0...(other.count - count) where Array(other[start..<(start + count)]) == self {
      return start..<(start + count)
    }
    return nil
  }
}

/// The other side of RFC 5802, written from the RFC for these tests alone.
private struct ScramServer {
  let password: String
  private var bare = ""
  private var firstMessage = ""
  private(set) var isRight = false
  private let salt: [UInt8] = Array("salt and pepper".utf8)
  private let iterations = 1_000

  init(password: String) { self.password = password }

  private func hmac(_ key: [UInt8], _ data: [UInt8]) -> [UInt8] {
    Array(HMAC<Crypto.SHA256>.authenticationCode(for: data, using: SymmetricKey(data: key)))
  }

  private var salted: [UInt8] {
    var last = hmac(Array(password.utf8), salt + [0, 0, 0, 1])
    var sum = last
    for _ in 1..<iterations {
      last = hmac(Array(password.utf8), last)
      sum = zip(sum, last).map { $0 ^ $1 }
    }
    return sum
  }

  mutating func first(_ client: String) -> String {
    bare = String(client.dropFirst(3))
    let nonce = bare.split(separator: ",").last?.dropFirst(2) ?? ""
    firstMessage = "r=\(nonce)server,s=\(Base64.encode(salt)),i=\(iterations)"
    return Base64.encode(Array(firstMessage.utf8))
  }

  mutating func final(_ client: String) -> String {
    let parts = client.split(separator: ",")
    let withoutProof = parts.dropLast().joined(separator: ",")
    let proof = Base64.decode(String(parts.last?.dropFirst(2) ?? "")) ?? []
    let auth = Array("\(bare),\(firstMessage),\(withoutProof)".utf8)
    let storedKey = Array(Crypto.SHA256.hash(data: hmac(salted, Array("Client Key".utf8))))
    let key = zip(proof, hmac(storedKey, auth)).map { $0 ^ $1 }
    isRight = Array(Crypto.SHA256.hash(data: key)) == storedKey
    return Base64.encode(Array("v=\(Base64.encode(hmac(hmac(salted, Array("Server Key".utf8)), auth)))".utf8))
  }
}
