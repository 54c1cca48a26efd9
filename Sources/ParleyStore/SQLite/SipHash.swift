/// SipHash-2-4 (Aumasson, Bernstein): a short keyed hash nobody can predict without the key.
struct SipHash: Sendable {
  private let k0: UInt64
  private let k1: UInt64

  init(_ k0: UInt64, _ k1: UInt64) {
    self.k0 = k0
    self.k1 = k1
  }

  /// - Parameter key: 16 bytes.
  init(key: some Collection<UInt8>) {
    var words: (UInt64, UInt64) = (0, 0)
    for (offset, byte) in key.prefix(16).enumerated() {
      if offset < 8 { words.0 |= UInt64(byte) << (8 * offset) } else { words.1 |= UInt64(byte) << (8 * (offset - 8)) }
    }
    self.init(words.0, words.1)
  }

  /// The hash of the words' bytes in little-endian order.
  func hash(_ a: UInt64, _ b: UInt64) -> UInt64 {
    var state = State(k0, k1)
    state.absorb(a)
    state.absorb(b)
    state.absorb(16 << 56)
    return state.finish()
  }

  private struct State {
    var v0: UInt64
    var v1: UInt64
    var v2: UInt64
    var v3: UInt64

    init(_ k0: UInt64, _ k1: UInt64) {
      v0 = k0 ^ 0x736f_6d65_7073_6575
      v1 = k1 ^ 0x646f_7261_6e64_6f6d
      v2 = k0 ^ 0x6c79_6765_6e65_7261
      v3 = k1 ^ 0x7465_6462_7974_6573
    }

    mutating func round() {
      v0 &+= v1
      v1 = v1 << 13 | v1 >> 51
      v1 ^= v0
      v0 = v0 << 32 | v0 >> 32
      v2 &+= v3
      v3 = v3 << 16 | v3 >> 48
      v3 ^= v2
      v0 &+= v3
      v3 = v3 << 21 | v3 >> 43
      v3 ^= v0
      v2 &+= v1
      v1 = v1 << 17 | v1 >> 47
      v1 ^= v2
      v2 = v2 << 32 | v2 >> 32
    }

    mutating func absorb(_ word: UInt64) {
      v3 ^= word
      round()
      round()
      v0 ^= word
    }

    mutating func finish() -> UInt64 {
      v2 ^= 0xff
      round()
      round()
      round()
      round()
      return v0 ^ v1 ^ v2 ^ v3
    }
  }
}
