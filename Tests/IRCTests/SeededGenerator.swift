/// Numbers that are the same in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// Bytes among which those that mean something to the grammar are frequent.
  mutating func line(upTo length: Int) -> [UInt8] {
    let special = Array("@+:;=\\ ,!*?-#\r\n\0".utf8)
    return (0..<Int.random(in: 0...length, using: &self)).map { _ in
      switch Int.random(in: 0..<8, using: &self) {
      case 0..<3: special[Int.random(in: 0..<special.count, using: &self)]
      case 3: UInt8.random(in: 0...255, using: &self)
      default: UInt8.random(in: UInt8(ascii: "a")...UInt8(ascii: "z"), using: &self)
      }
    }
  }
}
