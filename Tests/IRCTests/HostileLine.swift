import Seeded

extension SeededRandom {
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
