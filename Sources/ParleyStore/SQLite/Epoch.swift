import IRC

/// One run of a server, as far as the names of its messages are concerned.
///
/// The random key is part of the ids of its messages, and `base` of their numbers. A database that has lost its newest
/// messages goes on in a new epoch, so nothing of it has the name of a lost message.
struct Epoch: Sendable, Equatable {
  /// Numbers stay below 2⁵³, which every client can calculate with.
  private static let latestBase: Int64 = 1 << 52
  /// Where a clock is far behind, nothing tells the order of two epochs; at most their numbers differ.
  private static let largeGapMask: UInt64 = (1 << 40) - 1
  /// After a quick restart. The clock has passed it in seconds, so that an epoch of a restored copy is above those that are lost.
  private static let smallGapMask: UInt64 = (1 << 24) - 1
  /// One hour, in microseconds.
  private static let quickRestart: Int64 = 3_600_000_000
  private static let tagMask: UInt64 = (1 << 30) - 1

  /// The position of its first event.
  var first: LogPosition
  /// The number of an event is this plus its sequence. It rises with every epoch.
  var base: Int64
  /// Tells an id's epoch; 0: before there were any.
  var tag: UInt64
  var key: (UInt64, UInt64)

  /// What databases were in before they knew epochs.
  static let none = Epoch(first: 0, base: 0, tag: 0, key: (0, 0))

  /// Draws a new epoch.
  ///
  /// The clock, in microseconds, is above every number given before: no server stores more than one message in a microsecond.
  /// So clients that know lost messages find new ones behind them. Where the clock is behind what is known, a random gap
  /// takes its place.
  ///
  /// - Parameters:
  ///   - known: the highest base or number that may have been given out.
  ///   - isTaken: whether an epoch of the database has this tag.
  static func draw(
    _ seed: EpochSeed, first: LogPosition, known: Int64, isTaken: (UInt64) -> Bool
  ) -> Epoch {
    precondition(seed.random.count == EpochSeed.randomBytes, "an epoch needs \(EpochSeed.randomBytes) random bytes")
    func word(_ index: Int) -> UInt64 {
      seed.random[(index * 8)..<(index * 8 + 8)].reduce(0) { $0 << 8 | UInt64($1) }
    }
    let milliseconds = max(0, min(seed.now.milliseconds, latestBase / 1_000))
    var base = milliseconds * 1_000
    if base <= known {
      let mask = known - base < quickRestart ? smallGapMask : largeGapMask
      base = known + 1 + (known < latestBase ? Int64(word(2) & mask) : 0)
    }
    var tag = word(2) >> 34 & tagMask
    while tag == 0 || isTaken(tag) { tag = (tag + 1) & tagMask }
    return Epoch(first: first, base: base, tag: tag, key: (word(0), word(1)))
  }

  /// As it is stored: 16 bytes.
  var keyBytes: [UInt8] {
    [key.0, key.1].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) } }
  }

  static func == (a: Epoch, b: Epoch) -> Bool {
    a.first == b.first && a.base == b.base && a.tag == b.tag && a.key == b.key
  }
}

extension Epoch {
  init(first: LogPosition, base: Int64, tag: UInt64, keyBytes: [UInt8]) {
    func word(_ bytes: some Sequence<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
    self.init(
      first: first, base: base, tag: tag, key: (word(keyBytes.prefix(8)), word(keyBytes.dropFirst(8).prefix(8))))
  }
}

/// All epochs of a database, oldest first.
struct EpochTable: Sendable {
  private(set) var epochs: [Epoch]
  private var indices: [UInt64: Int] = [:]

  /// - Parameter epochs: in the order of their first positions.
  init(_ epochs: [Epoch] = []) {
    self.epochs = [.none]
    for epoch in epochs { append(epoch) }
  }

  mutating func append(_ epoch: Epoch) {
    indices[epoch.tag] = epochs.count
    epochs.append(epoch)
  }

  var newest: Epoch { epochs[epochs.count - 1] }

  /// The name of the newest one, for clients; empty: there is none.
  var name: String { epochs.count > 1 ? String(newest.base) : "" }

  func index(at position: LogPosition) -> Int { lastIndex { $0.first <= position } }

  func index(tag: UInt64) -> Int? { tag == 0 ? 0 : indices[tag] }

  func number(of sequence: Int64, at position: LogPosition) -> Int64 { epochs[index(at: position)].base + sequence }

  /// Which events could have a number: their sequence if they are in the epoch, and the positions of the epoch.
  func place(ofNumber number: Int64) -> (sequence: Int64, positions: Range<LogPosition>) {
    let index = lastIndex { $0.base < number }
    let end = index + 1 < epochs.count ? epochs[index + 1].first : .max
    return (number - epochs[index].base, epochs[index].first..<end)
  }

  /// The newest is what is asked for most.
  private func lastIndex(where isReached: (Epoch) -> Bool) -> Int {
    if isReached(newest) { return epochs.count - 1 }
    var low = 0
    var high = epochs.count - 1
    while high - low > 1 {
      let middle = (low + high) / 2
      if isReached(epochs[middle]) { low = middle } else { high = middle }
    }
    return low
  }
}
