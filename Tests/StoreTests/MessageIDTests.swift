import ParleyStore
import Testing

@Suite("Message ids")
struct MessageIDTests {
  private let codec = MessageIDCodec(secret: (0..<32).map { $0 })

  @Test("every position has its own id and comes back from it")
  func bijective() {
    var seen: Set<String> = []
    let positions = Array(Int64(1)...20_000) + (0..<63).map { Int64(1) << $0 } + [.max, .max - 1]
    for position in Set(positions) {
      let id = codec.messageID(at: position)
      #expect(codec.position(of: id) == position)
      seen.insert(id)
    }
    #expect(seen.count == Set(positions).count)
  }

  @Test("ids are 19 characters of digits and lower-case letters")
  func shape() {
    for position in Int64(1)...1_000 {
      let id = codec.messageID(at: position)
      #expect(id.utf8.count == 19)
      #expect(id.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7a).contains($0) })
    }
  }

  @Test("neighbours have nothing in common")
  func neighbours() {
    // With 13 random digits two ids agree in a given place once in 36 times.
    var equal = 0
    var last = Array(codec.messageID(at: 1).utf8)
    for position in Int64(2)...5_000 {
      let next = Array(codec.messageID(at: position).utf8)
      equal += zip(last, next).dropFirst().filter { $0 == $1 }.count
      last = next
    }
    let expected = 4_999 * 18 / 36
    #expect(abs(equal - expected) < expected / 5)
  }

  @Test("another secret gives other ids, and does not know ours")
  func secret() {
    for index in 0..<32 {
      var secret: [UInt8] = (0..<32).map { $0 }
      secret[index] ^= 1
      let other = MessageIDCodec(secret: secret)
      #expect(other.messageID(at: 5) != codec.messageID(at: 5))
      #expect(other.position(of: codec.messageID(at: 5)) == nil)
    }
  }

  @Test("a changed, shortened, lengthened or invented id is nobody's")
  func garbage() {
    let id = codec.messageID(at: 12_345)
    for index in id.indices {
      for replacement in "0z-A é\u{0}" where replacement != id[index] {
        var changed = id
        changed.replaceSubrange(index...index, with: String(replacement))
        #expect(codec.position(of: changed) == nil)
      }
    }
    for text in [
      "", "0", String(repeating: "z", count: 19), String(repeating: "0", count: 19), id + "0", id.uppercased(),
    ] {
      #expect(codec.position(of: text) == nil)
    }
    #expect(codec.position(of: codec.messageID(at: 0)) == nil)
    #expect(codec.position(of: codec.messageID(at: -7)) == nil)
  }
}
