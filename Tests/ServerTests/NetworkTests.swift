import ParleyCore
import Testing

@Suite("Networks")
struct NetworkTests {
  @Test(
    "An address lies in its networks and not beside them",
    arguments: [
      ("10.0.0.0/8", "10.255.255.255", true), ("10.0.0.0/8", "11.0.0.0", false), ("0.0.0.0/0", "192.0.2.1", true),
      ("0.0.0.0/0", "2001:db8::1", false), ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false),
      ("192.0.2.128/25", "192.0.2.127", false), ("2001:db8::/32", "2001:db8:ffff::1", true),
      ("2001:db8::/32", "2001:db9::", false), ("::1", "::1", true), ("::/0", "::1", true),
      ("2001:db8::/65", "2001:db8::7fff:ffff:ffff:ffff", true), ("2001:db8::/65", "2001:db8::8000:0:0:0", false),
      ("10.0.0.0/8", "::ffff:10.1.2.3", true), ("::ffff:10.0.0.0/104", "10.1.2.3", true),
    ])
  func contains(network: String, address: String, isInside: Bool) throws {
    let network = try #require(Network(network))
    let address = try #require(NetworkAddress(address))
    #expect(network.contains(address) == isInside)
  }

  @Test(
    "What is no address is refused",
    arguments: [
      "", "1.2.3", "1.2.3.4.5", "256.0.0.1", "1.2.3.-4", "1.2.3.+4", "1..2.3", "0001.2.3.4", ":", ":::", "1::2::3",
      ":1::2", "1::2:",
      "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8:9", "12345::", "g::", "::1.2.3", "[::1]", "fe80::1%eth0",
      "1.2.3.4::", "localhost", "١.1.1.1",
    ])
  func badAddress(text: String) {
    #expect(NetworkAddress(text) == nil)
  }

  @Test(
    "What is no network is refused",
    arguments: ["10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/+8", "/8", "10.0.0.0/8/8", "::/x"])
  func badNetwork(text: String) {
    #expect(Network(text) == nil)
  }

  @Test(
    "All ways to write an IPv6 address are one address",
    arguments: [
      "2001:db8:0:0:0:0:0:1", "2001:DB8::1", "2001:db8::0:1", "2001:0db8::0001", "2001:db8:0:0:0:0:0.0.0.1",
      "2001:db8::0.0.0.1",
    ])
  func spellings(text: String) throws {
    #expect(NetworkAddress(text) == NetworkAddress("2001:db8::1"))
  }

  @Test(
    "Loopback is 127/8 and ::1, however written",
    arguments: [
      ("127.0.0.1", true), ("127.255.0.9", true), ("::1", true), ("::ffff:127.0.0.1", true), ("128.0.0.1", false),
      ("::2", false),
      ("::", false), ("::127.0.0.1", false),
    ])
  func loopback(text: String, isLoopback: Bool) throws {
    #expect(try #require(NetworkAddress(text)).isLoopback == isLoopback)
  }

  @Test(
    "An address has one spelling (RFC 5952, section 4)",
    arguments: [
      ("192.0.2.1", "192.0.2.1"), ("::ffff:c000:201", "192.0.2.1"), ("2001:0DB8:0:0:0:0:0:1", "2001:db8::1"),
      ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
      ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("::", "::"), ("::1", "::1"), ("fe80::", "fe80::"),
    ])
  func spelling(text: String, canonical: String) throws {
    let address = try #require(NetworkAddress(text))
    #expect(address.text == canonical)
    #expect(NetworkAddress(canonical) == address)
  }
}
