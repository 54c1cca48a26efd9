import IRC
import Seeded
import Testing

@Suite("Masks")
struct MaskTests {
  @Test("wildcards")
  func wildcards() {
    #expect(Mask("").matches(""))
    #expect(!Mask("").matches("a"))
    #expect(Mask("*").matches(""))
    #expect(Mask("**").matches("abc"))
    #expect(!Mask("?").matches(""))
    #expect(Mask("?*?").matches("ab"))
    #expect(!Mask("?*?").matches("a"))
    #expect(Mask("a*b*c").matches("aXbXbc"))
    #expect(!Mask("a*b*c").matches("aXbXb"))
    #expect(Mask("*abc").matches("ababc"))
    #expect(!Mask("a").matches("ab"))
    #expect(!Mask("ab").matches("a"))
  }

  @Test("a backslash takes the meaning from wildcards and stands for itself before all else")
  func escapes() {
    #expect(Mask("a\\*").matches("a*"))
    #expect(!Mask("a\\*").matches("ab"))
    #expect(Mask("a\\?").matches("a?"))
    #expect(!Mask("a\\?").matches("ab"))
    #expect(Mask("a\\\\").matches("a\\"))
    #expect(Mask("a\\b!*@*").matches("a\\b!u@h"))
    #expect(Mask("a\\").matches("a\\"))
    for text in ["a*b?c\\d", "\\", "**", ""] {
      #expect(Mask(Mask.escaped(text)).matches(text))
      #expect(!Mask(Mask.escaped(text)).matches(text + "x"))
    }
  }

  @Test("ASCII letters match in either case, others do not")
  func letters() {
    #expect(Mask("ABC*").matches("abcD"))
    #expect(Mask("abc").matches("ABC"))
    #expect(!Mask("É").matches("é"))
    #expect(!Mask("[").matches("{"))
  }

  @Test("'?' is one scalar and never half of one")
  func scalars() {
    #expect(Mask("?").matches("é"))
    #expect(Mask("??").matches("日本"))
    #expect(!Mask("*??").matches("é"))
    #expect(Mask("*?").matches("é"))
  }

  @Test("patterns made to explode end in a short time")
  func worstCases() {
    let clock = ContinuousClock()
    let subject = String(repeating: "a", count: 2000)
    let patterns = [
      String(repeating: "*a", count: 500) + "b", String(repeating: "*", count: 1000) + "b",
      "*" + String(repeating: "a", count: 1000) + "b", String(repeating: "*?", count: 500) + "b",
      String(repeating: "a*", count: 500) + "b",
    ]
    for pattern in patterns {
      let mask = Mask(pattern)
      let time = clock.measure { #expect(!mask.matches(subject)) }
      // Pattern times subject is two million steps; an exponential matcher would not come back.
      #expect(time < .seconds(20))
    }
  }

  @Test("a pattern longer than the bound matches nothing")
  func bound() {
    #expect(Mask(String(repeating: "*", count: Mask.maximumBytes)).matches("a"))
    #expect(!Mask(String(repeating: "*", count: Mask.maximumBytes + 1)).matches("a"))
    #expect(!Mask(String(repeating: "*", count: Mask.maximumBytes + 1)).matches(""))
  }

  @Test("what people type as a ban is completed")
  func normalized() {
    let cases = [
      "nick": "nick!*@*", "user@host": "*!user@host", "nick!user": "nick!user@*", "a!b@c": "a!b@c", "*!u": "*!u@*",
      "!u@h": "*!u@h", "n!@h": "n!*@h", "@h": "*!*@h", "n!": "n!*@*", "": "*!*@*", "192.0.2.*": "*!*@192.0.2.*",
      "2001:db8::*": "*!*@2001:db8::*", "*": "*!*@*", "a!b@": "a!b@*",
    ]
    for (typed, mask) in cases { #expect(Mask.normalized(typed) == mask, "\(typed)") }
    for mask in cases.values { #expect(Mask.normalized(mask) == mask) }
  }

  @Test("random patterns agree with a plain recursive matcher", arguments: 0..<4)
  func random(seed: Int) {
    var generator = SeededRandom(seed: UInt64(seed) + 300)
    let signs = Array("ab*?")
    for _ in 0..<3000 {
      func text(_ count: Int, _ signs: some Collection<Character>) -> [Character] {
        (0..<Int.random(in: 0...count, using: &generator)).compactMap { _ in signs.randomElement(using: &generator) }
      }
      let pattern = text(7, signs)
      let subject = text(8, signs.prefix(2))
      #expect(Mask(String(pattern)).matches(String(subject)) == plain(pattern[...], subject[...]))
    }
  }

  private func plain(_ pattern: ArraySlice<Character>, _ subject: ArraySlice<Character>) -> Bool {
    guard let first = pattern.first else { return subject.isEmpty }
    if first == "*" {
      return plain(pattern.dropFirst(), subject) || (!subject.isEmpty && plain(pattern, subject.dropFirst()))
    }
    guard let next = subject.first, first == "?" || first == next else { return false }
    return plain(pattern.dropFirst(), subject.dropFirst())
  }
}
