import IRC
import ParleyCache
import ParleyEngine
import SQLite
import Seeded
import Testing

/// What an engine trusts, without any network: the transport's words are put into its mouth.
@Suite("Certificates")
struct CertificateTests {
  private final class Bench {
    let core: EngineCore
    let directory = DirectoryBox(highestIdentity: 0, highestChat: 0)
    let identity: Int64
    var now = Timestamp(milliseconds: 1_800_000_000_000)
    var events: [EngineEvent] = []
    var attempts: [(id: ParleyEngine.ConnectionID, endpoint: Endpoint)] = []

    init(_ link: String) throws {
      core = try EngineCore(
        cache: try Cache(path: nil, vfs: nil), directory: directory, clientName: "Test", random: SeededRandom(seed: 7),
        now: EngineTime(monotonic: now, wall: now))
      identity = directory.addIdentity(link: link, nick: "alice")
      let id = identity
      turn { (core) throws(SQLiteError) in
        try core.handle(.addIdentity(id), request: 1)
        try core.handle(.connect(id), request: 2)
      }
      try wait()
    }

    func turn(_ body: (EngineCore) throws(SQLiteError) -> Void) {
      let result = core.turn(now: EngineTime(monotonic: now, wall: now), body)
      events += result.events
      for case .connect(let id, let endpoint) in result.effects { attempts.append((id, endpoint)) }
    }

    /// Until the next attempt has begun.
    func wait() throws {
      let count = attempts.count
      for _ in 0..<200 where attempts.count == count {
        now = now.adding(milliseconds: 1_000)
        turn { (core) throws(SQLiteError) in try core.advance() }
      }
      try #require(attempts.count > count)
    }

    func connected(_ fingerprint: String) throws {
      let id = try #require(attempts.last).id
      turn { (core) throws(SQLiteError) in try core.connected(id, fingerprint: fingerprint) }
    }

    func closed(_ end: ConnectionEnd) throws {
      let id = try #require(attempts.last).id
      turn { (core) throws(SQLiteError) in try core.closed(id, end) }
    }

    var verification: Endpoint.Verification? { attempts.last?.endpoint.verification }
    var state: IdentityState? { directory.identity(identity) }
    var question: EngineEvent? { events.last { $0.kind == .ask } }
  }

  @Test("a server nobody vouches for is pinned at the first contact, and a change of it asks")
  func pinned() throws {
    let bench = try Bench("ircs://chat.example")
    #expect(bench.verification == .authorities)
    try bench.closed(.untrusted(.unknownAuthority, "self-signed"))
    #expect(bench.verification == .fingerprint)
    try bench.connected("aa")
    #expect(bench.state?.settings["pin"] == "aa")
    try bench.closed(.lost("gone"))
    try bench.wait()
    try bench.connected("bb")
    // Perhaps it has a certificate of an authority now.
    #expect(bench.verification == .authorities)
    try bench.closed(.untrusted(.unknownAuthority, "self-signed"))
    #expect(bench.question?.text == "aa bb")
    #expect(bench.state?.settings["pin"] == "aa")
  }

  @Test("where an authority has vouched, a stranger is never pinned, but asked about")
  func vouched() throws {
    let bench = try Bench("ircs://chat.example")
    try bench.connected("aa")
    try bench.closed(.lost("gone"))
    try bench.wait()
    #expect(bench.verification == .authorities)
    try bench.closed(.untrusted(.unknownAuthority, "self-signed"))
    // It is looked at, and nothing is said to it.
    try bench.connected("bb")
    #expect(bench.question?.text == "aa bb")
    #expect(bench.state?.settings["pin"] == nil)
    #expect(bench.state?.result == EngineError.certificate.code)
    let question = try #require(bench.question?.request)
    bench.turn { (core) throws(SQLiteError) in
      try core.handle(.answer(question: question, secret: Array("trust".utf8), keep: 0), request: 3)
    }
    #expect(bench.state?.settings["pin"] == "bb")
  }

  @Test("an authority's renewed certificate needs no question")
  func renewed() throws {
    let bench = try Bench("ircs://chat.example")
    try bench.connected("aa")
    try bench.closed(.lost("gone"))
    try bench.wait()
    try bench.connected("bb")
    #expect(bench.question == nil)
    #expect(bench.state?.state == .signingIn)
  }

  private func answer(_ bench: Bench, _ text: String) throws {
    let question = try #require(bench.question?.request)
    bench.turn { (core) throws(SQLiteError) in
      try core.handle(.answer(question: question, secret: Array(text.utf8), keep: 0), request: 4)
    }
  }

  @Test("no password goes to a server that nothing vouches for before a person has said so")
  func passwordAtFirstContact() throws {
    let bench = try Bench("ircs://chat.example")
    let id = bench.identity
    bench.turn { (core) throws(SQLiteError) in
      try core.handle(.setIdentity(id, key: "account", value: "alice"), request: 3)
    }
    try bench.closed(.untrusted(.unknownAuthority, "self-signed"))
    try bench.connected("aa")
    #expect(bench.question?.text == "- aa")
    #expect(bench.state?.settings["pin"] == nil)
    #expect(bench.state?.state == .stopped)
    #expect(bench.state?.result == EngineError.certificate.code)
    try answer(bench, "trust")
    #expect(bench.state?.settings["pin"] == "aa")
    try bench.wait()
    #expect(bench.verification == .fingerprint)
    try bench.connected("aa")
    #expect(bench.state?.state == .signingIn)
  }

  /// A guest has connected to a server that nothing vouches for.
  private func guest() throws -> Bench {
    let bench = try Bench("ircs://chat.example")
    try bench.closed(.untrusted(.unknownAuthority, "self-signed"))
    try bench.connected("aa")
    #expect(bench.question == nil)
    #expect(bench.state?.state == .signingIn)
    return bench
  }

  private func set(_ key: String, _ value: String, _ bench: Bench) {
    let id = bench.identity
    bench.turn { (core) throws(SQLiteError) in
      try core.handle(.setIdentity(id, key: key, value: value), request: 3)
    }
  }

  @Test(
    "what a guest's connection has pinned is asked about before the first password",
    arguments: ["account", "server-password"])
  func firstPassword(key: String) throws {
    let bench = try guest()
    set(key, "alice", bench)
    try bench.closed(.lost("gone"))
    try bench.wait()
    try bench.connected("aa")
    #expect(bench.question?.text == "- aa")
    #expect(bench.state?.state == .stopped)
    try answer(bench, "trust")
    try bench.wait()
    try bench.connected("aa")
    #expect(bench.state?.state == .signingIn)
    try bench.closed(.lost("gone"))
    try bench.wait()
    let asked = bench.events.count { $0.kind == .ask }
    try bench.connected("aa")
    #expect(bench.events.count { $0.kind == .ask } == asked, "once")
  }

  @Test("a pin that the host has set is not asked about")
  func hostsPin() throws {
    let bench = try guest()
    set("pin", "aa", bench)
    set("account", "alice", bench)
    try bench.closed(.lost("gone"))
    try bench.wait()
    try bench.connected("aa")
    #expect(bench.question == nil)
  }

  @Test("the server's password is not sent without TLS to another machine")
  func serverPasswordInClear() throws {
    let bench = try Bench("irc://chat.example")
    set("server-password", "sesame", bench)
    try bench.closed(.lost("gone"))
    bench.now = bench.now.adding(milliseconds: 10_000)
    bench.turn { (core) throws(SQLiteError) in try core.advance() }
    #expect(bench.attempts.count == 1)
    #expect(bench.state?.state == .stopped)
    #expect(bench.state?.result == EngineError.signIn.code)
    #expect(bench.state?.settings["server-password"] == nil)
  }

  @Test(
    "a certificate that has expired, is not valid yet, or is another host's, leads to a question",
    arguments: [Distrust.expired, .notYetValid, .otherName])
  func suspicious(reason: Distrust) throws {
    let bench = try Bench("ircs://chat.example")
    try bench.closed(.untrusted(reason, "words for \(reason)"))
    try bench.connected("aa")
    #expect(bench.question?.text == "- aa")
    #expect(bench.state?.reason == "words for \(reason)")
    #expect(bench.state?.settings["pin"] == nil)
    // Nothing of it is kept: after a restart the question comes again.
    #expect(bench.state?.settings["state.untrusted"] == nil)
  }

  @Test("a certificate that was vouched for and has expired is asked about, with that reason")
  func expired() throws {
    let bench = try Bench("ircs://chat.example")
    try bench.connected("aa")
    try bench.closed(.lost("gone"))
    try bench.wait()
    try bench.closed(.untrusted(.expired, "It has expired."))
    try bench.connected("aa")
    #expect(bench.question?.text == "- aa")
    #expect(bench.state?.reason == "It has expired.")
  }

  @Test("a doubt is forgotten when the attempt fails for another reason")
  func doubtIsForgotten() throws {
    let bench = try Bench("ircs://chat.example")
    try bench.closed(.untrusted(.expired, "It has expired."))
    #expect(bench.verification == .fingerprint)
    try bench.closed(.lost("gone"))
    try bench.wait()
    #expect(bench.verification == .authorities)
    try bench.connected("aa")
    #expect(bench.question == nil)
    #expect(bench.state?.state == .signingIn)
  }

  @Test("a network that wants TLS is reached by TLS, with a certificate that is vouched for, and not without")
  func strictTransport() throws {
    let bench = try Bench("irc://chat.example")
    #expect(bench.verification == Endpoint.Verification.none)
    let id = try #require(bench.attempts.last).id
    bench.turn { (core) throws(SQLiteError) in
      try core.connected(id, fingerprint: nil)
      var failure: SQLiteError?
      Array(":s CAP * LS :sts=port=7000\r\n".utf8).withUnsafeBytes { bytes in
        do throws(SQLiteError) { try core.received(id, bytes) } catch { failure = error }
      }
      if let failure { throw failure }
    }
    try bench.wait()
    #expect(bench.attempts.last?.endpoint.port == 7_000)
    #expect(bench.verification == .authorities)
    try bench.closed(.untrusted(.unknownAuthority, "self-signed"))
    try bench.wait()
    #expect(bench.verification == .authorities)
    #expect(bench.question == nil)
  }
}
