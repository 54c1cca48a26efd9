/// Where the core's randomness comes from: the system's generator in a server, a seeded one in a simulation.
public protocol RandomSource {
  mutating func next() -> UInt64
}
