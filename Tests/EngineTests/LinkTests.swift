import ParleyEngine
import Testing

@Suite("Links")
struct LinkTests {
  @Test(
    "what links mean",
    arguments: [
      ("irc.example.org", "ircs://irc.example.org:6697"),
      ("irc.example.org:7000", "ircs://irc.example.org:7000"),
      ("irc://127.0.0.1", "irc://127.0.0.1:6667"),
      ("ircs://[::1]:6697/#tea", "ircs://[::1]:6697/#tea"),
      ("::1", "ircs://[::1]:6697"),
      ("IRCS://example.org/tea", "ircs://example.org:6697/#tea"),
      ("ircs://example.org/%23tea?x=y", "ircs://example.org:6697/#tea"),
    ])
  func meaning(_ text: String, _ canonical: String) {
    #expect(Link(text)?.text(withFingerprint: true) == canonical)
  }

  @Test("an invitation carries the certificate's fingerprint, with or without colons")
  func fingerprint() {
    let hex = String(repeating: "aB", count: 32)
    let link = Link("ircs://example.org:6697/#lobby?fp=sha256:\(hex)")
    #expect(link?.fingerprint == hex.lowercased())
    #expect(link?.room == "#lobby")
    #expect(Link.fingerprint(Array(repeating: "AB", count: 32).joined(separator: ":")) == hex.lowercased())
  }

  @Test(
    "what is no link",
    arguments: [
      "", " ", "http://example.org", "ircs://", "ircs://:6697", "ircs://example.org:0", "ircs://example.org:65536",
      "ircs://example.org:x", "ircs://a b", "ircs://user@example.org", "ircs://example.org/#a,b", "ircs://[::1",
      "ircs://example.org/?fp=sha256:12", "ircs://example.org/%2", "ircs://example.org/%00a",
      "ircs://" + String(repeating: "a", count: 1_100),
    ])
  func none(_ text: String) { #expect(Link(text) == nil) }

  @Test(
    "what stays on this machine is said by address, or is localhost",
    arguments: [
      ("127.0.0.1", true), ("127.1.2.255", true), ("[::1]:6697", true), ("localhost", true),
      ("127.evil.com", false), ("127.0.0.1.evil.com", false), ("127.0.0", false), ("127.0.0.256", false),
      ("127.0.0.+1", false), ("127.0.0.01", false), ("127.0..1", false), ("128.0.0.1", false),
      ("localhost.evil.com", false), ("[::2]", false),
    ])
  func loopback(_ text: String, _ isLoopback: Bool) throws {
    #expect(try #require(Link(text)).isLoopback == isLoopback)
  }
}
