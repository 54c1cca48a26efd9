import ParleyCore

/// The operating system's random numbers.
struct SystemRandom: RandomSource {
  private var generator = SystemRandomNumberGenerator()
  mutating func next() -> UInt64 { generator.next() }
}
