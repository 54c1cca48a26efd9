/// Capabilities of one session, as the bits of one word.
@frozen
public struct CapabilitySet: SetAlgebra, Hashable, Sendable {
  /// Bit n stands for the capability of raw value n.
  public var rawValue: UInt64

  @inlinable
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  @inlinable
  public init() { rawValue = 0 }

  @inlinable
  public init(arrayLiteral elements: Capability...) {
    rawValue = 0
    for element in elements { rawValue |= Self.bit(element) }
  }

  /// Whether no capability is in the set.
  @inlinable
  public var isEmpty: Bool { rawValue == 0 }

  /// The capabilities in the order of `Capability`.
  public var members: [Capability] { Capability.allCases.filter { contains($0) } }

  @inlinable
  public func contains(_ member: Capability) -> Bool { rawValue & Self.bit(member) != 0 }

  @inlinable
  @discardableResult
  public mutating func insert(_ newMember: Capability) -> (inserted: Bool, memberAfterInsert: Capability) {
    let isNew = !contains(newMember)
    rawValue |= Self.bit(newMember)
    return (isNew, newMember)
  }

  @inlinable
  @discardableResult
  public mutating func remove(_ member: Capability) -> Capability? {
    guard contains(member) else { return nil }
    rawValue &= ~Self.bit(member)
    return member
  }

  @inlinable
  @discardableResult
  public mutating func update(with newMember: Capability) -> Capability? {
    insert(newMember).inserted ? nil : newMember
  }

  @inlinable
  public func union(_ other: CapabilitySet) -> CapabilitySet { CapabilitySet(rawValue: rawValue | other.rawValue) }

  @inlinable
  public func intersection(_ other: CapabilitySet) -> CapabilitySet {
    CapabilitySet(rawValue: rawValue & other.rawValue)
  }

  @inlinable
  public func symmetricDifference(_ other: CapabilitySet) -> CapabilitySet {
    CapabilitySet(rawValue: rawValue ^ other.rawValue)
  }

  @inlinable
  public mutating func formUnion(_ other: CapabilitySet) { rawValue |= other.rawValue }

  @inlinable
  public mutating func formIntersection(_ other: CapabilitySet) { rawValue &= other.rawValue }

  @inlinable
  public mutating func formSymmetricDifference(_ other: CapabilitySet) { rawValue ^= other.rawValue }

  @inlinable
  static func bit(_ capability: Capability) -> UInt64 { 1 << UInt64(capability.rawValue) }
}
