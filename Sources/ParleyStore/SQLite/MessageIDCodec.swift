/// Turns positions of the log into message ids and back, so that no index over random ids is needed; and sequences into numbers.
///
/// An id is 19 characters of `[0-9a-z]`: 13 of the position after a keyed permutation of 64 bits, and 6 of a keyed hash over
/// it. The permutation is the epoch's, and the hash is moved by the epoch's tag. Without the secret nobody can tell the order
/// of two ids or make one that is recognised (one guess in 2.2 · 10⁹ passes the check, and then still has to hit an existing
/// position).
public struct MessageIDCodec: Sendable {
  private static let bodyDigits = 13
  private static let checkDigits = 6
  private static let checkValues: UInt64 = 2_176_782_336  // 36⁶

  private(set) var epochs: EpochTable
  /// In the order of the epochs.
  private var permutations: [Permutation]
  private let check: SipHash
  private let low: SipHash
  private let high: SipHash

  /// - Parameter secret: 32 bytes.
  public init(secret: [UInt8]) { self.init(secret: secret, epochs: EpochTable()) }

  init(secret: [UInt8], epochs: EpochTable) {
    precondition(secret.count == 32)
    let low = SipHash(key: secret[0..<16])
    let high = SipHash(key: secret[16..<32])
    func key(_ purpose: UInt64) -> UInt64 { low.hash(purpose, 0) ^ high.hash(purpose, 1) }
    (self.low, self.high) = (low, high)
    check = SipHash(key(3), key(4))
    permutations = [Permutation(SipHash(key(1), key(2)))]
    self.epochs = EpochTable()
    for epoch in epochs.epochs.dropFirst() { begin(epoch) }
  }

  /// Names of positions from `epoch.first` on are the epoch's.
  mutating func begin(_ epoch: Epoch) {
    let (a, b) = epoch.key
    permutations.append(
      Permutation(SipHash(low.hash(a, 5) ^ high.hash(b, 6), low.hash(b, 7) ^ high.hash(a, 8))))
    epochs.append(epoch)
  }

  public func messageID(at position: LogPosition) -> String {
    let index = epochs.index(at: position)
    let body = permutations[index].permute(UInt64(bitPattern: position))
    let check = (check.hash(body, 0) % Self.checkValues + epochs.epochs[index].tag) % Self.checkValues
    return String(unsafeUninitializedCapacity: Self.bodyDigits + Self.checkDigits) { digits in
      Self.write(body, into: digits[0..<Self.bodyDigits])
      Self.write(check, into: digits[Self.bodyDigits..<(Self.bodyDigits + Self.checkDigits)])
      return Self.bodyDigits + Self.checkDigits
    }
  }

  /// nil: not an id of this store, or one that it gave to an event that it has lost.
  public func position(of messageID: String) -> LogPosition? {
    let digits = messageID.utf8
    guard digits.count == Self.bodyDigits + Self.checkDigits else { return nil }
    guard let body = Self.read(digits.prefix(Self.bodyDigits)) else { return nil }
    guard let found = Self.read(digits.suffix(Self.checkDigits)), found < Self.checkValues else { return nil }
    let tag = (found + Self.checkValues - check.hash(body, 0) % Self.checkValues) % Self.checkValues
    guard let index = epochs.index(tag: tag) else { return nil }
    let position = Int64(bitPattern: permutations[index].restore(body))
    return position > 0 && epochs.index(at: position) == index ? position : nil
  }

  /// The number of an event for clients.
  func number(of sequence: Int64, at position: LogPosition) -> Int64 {
    epochs.number(of: sequence, at: position)
  }

  // MARK: - Digits

  private static func write(_ value: UInt64, into digits: Slice<UnsafeMutableBufferPointer<UInt8>>) {
    var digits = digits
    var rest = value
    for index in digits.indices.reversed() {
      let digit = UInt8(rest % 36)
      digits[index] = digit < 10 ? 0x30 + digit : 0x61 + digit - 10
      rest /= 36
    }
  }

  private static func read(_ digits: Substring.UTF8View) -> UInt64? {
    var value: UInt64 = 0
    for byte in digits {
      let digit: UInt8
      switch byte {
      case 0x30...0x39: digit = byte - 0x30
      case 0x61...0x7a: digit = byte - 0x61 + 10
      default: return nil
      }
      let (product, tooMuch) = value.multipliedReportingOverflow(by: 36)
      let (sum, overflow) = product.addingReportingOverflow(UInt64(digit))
      if tooMuch || overflow { return nil }
      value = sum
    }
    return value
  }
}

/// A keyed permutation of 64 bits: a Feistel network over two halves of 32 bits.
struct Permutation: Sendable {
  private static let rounds: ClosedRange<UInt64> = 1...6

  private let function: SipHash

  init(_ function: SipHash) { self.function = function }

  func permute(_ value: UInt64) -> UInt64 {
    var left = value >> 32
    var right = value & 0xffff_ffff
    for round in Self.rounds { (left, right) = (right, left ^ function.hash(right, round) & 0xffff_ffff) }
    return left << 32 | right
  }

  func restore(_ value: UInt64) -> UInt64 {
    var left = value >> 32
    var right = value & 0xffff_ffff
    for round in Self.rounds.reversed() { (left, right) = (right ^ function.hash(left, round) & 0xffff_ffff, left) }
    return left << 32 | right
  }
}
