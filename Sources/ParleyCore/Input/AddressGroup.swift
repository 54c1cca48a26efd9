/// The unit that limits per address count by: one IPv4 address, or the /64 of an IPv6 address, because one subscriber has at least that.
public struct AddressGroup: Hashable, Sendable {
  private let high: UInt64
  /// 0 for IPv6.
  private let low: UInt64

  public init(_ address: NetworkAddress) {
    high = address.high
    low = address.isIPv4 ? address.low : 0
  }
}
