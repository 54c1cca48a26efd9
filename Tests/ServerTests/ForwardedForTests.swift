import NIOHTTP1
import ParleyCore
import ParleyServer
import Testing

@Suite("X-Forwarded-For and Forwarded (RFC 7239)")
struct ForwardedForTests {
  private static let proxies = ["127.0.0.0/8", "10.0.0.0/8", "2001:db8:aaaa::/48"].compactMap { Network($0) }

  private func resolve(_ headers: [(String, String)]) throws -> ForwardedFor {
    ForwardedFor(
      HTTPHeaders(headers), from: try #require(NetworkAddress("127.0.0.1")), proxies: Self.proxies)
  }

  private func client(_ text: String, isKnown: Bool = true, isSecure: Bool = false) throws -> ForwardedFor {
    .client(try #require(NetworkAddress(text)), isKnown: isKnown, isSecure: isSecure)
  }

  @Test(
    "the last address that is no proxy's is the client's; what stands before it is its claim",
    arguments: [
      (["203.0.113.9"], "203.0.113.9"), (["1.2.3.4, 203.0.113.9"], "203.0.113.9"),
      (["1.2.3.4,203.0.113.9, 10.0.0.7"], "203.0.113.9"), (["1.2.3.4", "203.0.113.9"], "203.0.113.9"),
      (["203.0.113.9", "10.0.0.7"], "203.0.113.9"), (["10.0.0.8, 10.0.0.7"], "10.0.0.8"),
      (["2001:db8::1"], "2001:db8::1"), (["[2001:db8::1]:4711"], "2001:db8::1"),
      (["203.0.113.9:4711"], "203.0.113.9"), (["::ffff:203.0.113.9"], "203.0.113.9"),
      (["nonsense, 203.0.113.9"], "203.0.113.9"), (["203.0.113.9, 2001:db8:aaaa::3"], "203.0.113.9"),
      (["203.0.113.9,"], "203.0.113.9"), (["203.0.113.9, , 10.0.0.7, "], "203.0.113.9"),
      (["1.2.3.4\u{600}, 203.0.113.9"], "203.0.113.9"), (["1.2.3.4\u{600}", "203.0.113.9"], "203.0.113.9"),
    ] as [([String], String)])
  func legacy(values: [String], expected: String) throws {
    let result = try resolve(values.map { ("X-Forwarded-For", $0) })
    #expect(try result == client(expected))
  }

  @Test(
    "Forwarded says the same in its own grammar",
    arguments: [
      ("for=203.0.113.9", "203.0.113.9", false), ("For=\"[2001:db8::1]:4711\";proto=https", "2001:db8::1", true),
      ("for=1.2.3.4, for=203.0.113.9;by=10.0.0.1;host=chat.example", "203.0.113.9", false),
      ("for=203.0.113.9;proto=wss, for=10.0.0.7;proto=http", "203.0.113.9", true),
      ("for=\"203.0.113.9:80\"", "203.0.113.9", false), ("proto=https;for=203.0.113.9", "203.0.113.9", true),
      ("secret=\"a,b;for=9.9.9.9\";for=203.0.113.9", "203.0.113.9", false),
    ])
  func standard(value: String, expected: String, isSecure: Bool) throws {
    #expect(try resolve([("Forwarded", value)]) == client(expected, isSecure: isSecure))
  }

  @Test(
    "nothing that a client writes reaches what a proxy adds after it",
    arguments: [
      "for=\"1.2.3.4", "\"", "for=\"1.2.3.4\\", "for=\"\\\"", "secret=\"a\";for=\"", ";;=\"=,", "for=1.2.3.4\u{600}",
      ",\",",
    ])
  func malformedClaim(claim: String) throws {
    for own in [
      "for=203.0.113.9;proto=https", "for=\"203.0.113.9:80\";proto=https,",
      "by=\"[::1]\" ; for=203.0.113.9;proto=\"https\"", "for=203.0.113.9;proto=https , for=10.0.0.7;proto=http",
      "secret=\"a\\\\\";for=203.0.113.9;ext=\"\\\",;\";proto=https",
    ] {
      let expected = try client("203.0.113.9", isSecure: true)
      #expect(try resolve([("Forwarded", "\(claim), \(own)")]) == expected, "\(claim), \(own)")
      #expect(try resolve([("Forwarded", claim), ("Forwarded", own)]) == expected, "\(claim) and \(own)")
    }
    #expect(
      try resolve([("Forwarded", "\(claim), for=10.0.0.7, for=\"203.0.113.9")]) == client("127.0.0.1", isKnown: false))
  }

  @Test(
    "something else than an address leaves the client unknown, under the address of the last proxy",
    arguments: ["unknown", "_hidden", "203.0.113.9:99999999", "[203.0.113.9]", "[2001:db8::1", "a b", "1.2.3", ":::"])
  func unknown(node: String) throws {
    #expect(try resolve([("X-Forwarded-For", node)]) == client("127.0.0.1", isKnown: false))
    #expect(try resolve([("X-Forwarded-For", "\(node), 10.0.0.7")]) == client("10.0.0.7", isKnown: false))
    #expect(try resolve([("Forwarded", "for=\"\(node)\"")]) == client("127.0.0.1", isKnown: false))
  }

  @Test("without a header nothing is said; an element without `for` says nothing of anybody")
  func absent() throws {
    #expect(try resolve([]) == .absent)
    #expect(try resolve([("X-Forwarded-For", " , ")]) == .absent)
    #expect(try resolve([("Forwarded", "proto=https")]) == client("127.0.0.1", isKnown: false))
  }

  @Test("headers that contradict each other are not believed, because one of them may be the client's own")
  func contradictory() throws {
    #expect(
      try resolve([("X-Forwarded-For", "203.0.113.9"), ("Forwarded", "for=198.51.100.1")]) == .contradictory)
    #expect(
      try resolve([("X-Forwarded-For", "203.0.113.9"), ("Forwarded", "for=203.0.113.9")]) == client("203.0.113.9"))
  }

  @Test(
    "two headers that name the same client are believed, whatever they say of the scheme; TLS counts if neither denies it"
  )
  func schemeOfBoth() throws {
    for (legacy, standard, isSecure) in [
      ("https", "", true), ("https", ";proto=https", true), ("https", ";proto=http", false),
      ("http", ";proto=https", false), ("http", "", false),
    ] {
      let result = try resolve([
        ("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-Proto", legacy), ("Forwarded", "for=203.0.113.9\(standard)"),
      ])
      #expect(try result == client("203.0.113.9", isSecure: isSecure), "\(legacy) \(standard)")
    }
    let onlyStandard = [("X-Forwarded-For", "203.0.113.9"), ("Forwarded", "for=203.0.113.9;proto=https")]
    #expect(try resolve(onlyStandard) == client("203.0.113.9", isSecure: true))
  }

  @Test("the scheme that the nearest proxy names says whether the client speaks TLS with it")
  func scheme() throws {
    for (value, isSecure) in [("https", true), ("http, https", true), ("https, http", false), ("HTTPS", true)] {
      let headers = [("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-Proto", value)]
      #expect(try resolve(headers) == client("203.0.113.9", isSecure: isSecure))
    }
  }
}
