import IRC
import Seeded
import Testing

@Suite("Base64")
struct Base64Tests {
  @Test(
    "the vectors of RFC 4648, section 10",
    arguments: [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
      ("foobar", "Zm9vYmFy"),
    ])
  func vectors(plain: String, encoded: String) {
    #expect(Base64.encode(Array(plain.utf8)) == encoded)
    #expect(Base64.decode(encoded) == Array(plain.utf8))
  }

  @Test(
    "what no encoder writes is refused",
    arguments: [
      "Z", "Zg", "Zg=", "Zg===", "=", "==", "===", "====", "Zm9v====", "Zh==", "Zm9=", "Z===", "Zm=v", "Zg==Zg==",
      "Zm9 ",
      "Zm9v\n", "Zm-_", "Zm9é", " Zg==", "=Zg=",
    ])
  func refused(text: String) {
    #expect(Base64.decode(text) == nil)
  }

  @Test("all bytes come back, at every length")
  func roundTrip() {
    var generator = SeededRandom(seed: 500)
    for length in 0..<300 {
      let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
      #expect(Base64.decode(Base64.encode(bytes)) == bytes)
    }
  }

  @Test("random texts decode only when they are what the encoder writes")
  func canonical() {
    var generator = SeededRandom(seed: 501)
    let signs = Array("AQgw=+/z ")
    for _ in 0..<20_000 {
      let text = String(
        (0..<Int.random(in: 0...8, using: &generator)).compactMap { _ in signs.randomElement(using: &generator) })
      if let bytes = Base64.decode(text) { #expect(Base64.encode(bytes) == text) }
    }
  }
}
