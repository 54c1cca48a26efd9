/// An IPv4 or IPv6 address as numbers. IPv4 is kept as its IPv4-mapped IPv6 form, so that both spellings are equal.
public struct NetworkAddress: Hashable, Sendable {
  /// The upper and lower 64 bits of the IPv6 address.
  public let high: UInt64
  public let low: UInt64

  /// nil unless the text is an IPv4 or IPv6 address; brackets and zones (`%eth0`) are not part of an address.
  public init?(_ text: some StringProtocol) {
    if text.utf8.contains(UInt8(ascii: ":")) {
      guard let groups = Self.ipv6Groups(text) else { return nil }
      high = groups[0..<4].reduce(0) { $0 << 16 | UInt64($1) }
      low = groups[4..<8].reduce(0) { $0 << 16 | UInt64($1) }
    } else {
      guard let address = Self.ipv4(text) else { return nil }
      high = 0
      low = 0xFFFF << 32 | UInt64(address)
    }
  }

  public var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }

  /// 127.0.0.0/8 and ::1.
  public var isLoopback: Bool { isIPv4 ? (low >> 24) & 0xFF == 127 : high == 0 && low == 1 }

  /// 0.0.0.0 and ::, which stand for all addresses of the machine.
  public var isUnspecified: Bool { high == 0 && (low == 0 || low == 0xFFFF << 32) }

  /// 4 or 16 bytes in network order.
  public var bytes: [UInt8] {
    let halves = isIPv4 ? [] : [high]
    let all = (halves + [low]).flatMap { half in
      stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: half >> UInt64($0)) }
    }
    return isIPv4 ? Array(all.suffix(4)) : all
  }

  /// RFC 5952's one spelling of each address; IPv4 addresses in dotted form.
  public var text: String {
    if isIPv4 {
      return stride(from: 24, through: 0, by: -8).map { "\((low >> UInt64($0)) & 0xFF)" }.joined(separator: ".")
    }
    let groups = [high, low].flatMap { half in
      stride(from: 48, through: 0, by: -16).map { (half >> UInt64($0)) & 0xFFFF }
    }
    // The first of the longest runs of two or more zero groups is left out.
    var best = 0..<0
    var start = 0
    for index in 0...groups.count where index == groups.count || groups[index] != 0 {
      if index - start > max(1, best.count) { best = start..<index }
      start = index + 1
    }
    let texts = groups.map { String($0, radix: 16) }
    guard !best.isEmpty else { return texts.joined(separator: ":") }
    return texts[..<best.lowerBound].joined(separator: ":") + "::" + texts[best.upperBound...].joined(separator: ":")
  }

  /// Of 4 or 16 bytes in network order; nil for any other number.
  public init?(bytes: some Collection<UInt8>) {
    func number(_ bytes: some Collection<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
    switch bytes.count {
    case 4:
      high = 0
      low = 0xFFFF << 32 | number(bytes)
    case 16:
      high = number(bytes.prefix(8))
      low = number(bytes.dropFirst(8))
    default: return nil
    }
  }

  private static func ipv4(_ text: some StringProtocol) -> UInt32? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var address: UInt32 = 0
    for part in parts {
      guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
        let value = UInt8(part)
      else { return nil }
      address = address << 8 | UInt32(value)
    }
    return address
  }

  /// RFC 4291, section 2.2: eight groups, one `::` for any number of zero groups, an IPv4 address as the last two
  /// groups.
  private static func ipv6Groups(_ text: some StringProtocol) -> [UInt16]? {
    var front: [UInt16] = []
    var back: [UInt16] = []
    var isCompressed = false
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard (3...9).contains(parts.count) else { return nil }
    for (number, part) in parts.enumerated() {
      if part.isEmpty {
        // An empty part stands for the compression; at either end there are two of them in a row.
        if number == 0 {
          guard parts[1].isEmpty else { return nil }
        } else if number == parts.count - 1 {
          guard parts[number - 1].isEmpty else { return nil }
        } else {
          guard !isCompressed else { return nil }
          isCompressed = true
        }
        continue
      }
      var groups: [UInt16]
      if number == parts.count - 1, part.utf8.contains(UInt8(ascii: ".")) {
        guard let address = ipv4(part) else { return nil }
        groups = [UInt16(address >> 16), UInt16(truncatingIfNeeded: address)]
      } else {
        guard part.utf8.count <= 4, part.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
          let value = UInt16(part, radix: 16)
        else { return nil }
        groups = [value]
      }
      if isCompressed { back += groups } else { front += groups }
    }
    let count = front.count + back.count
    guard isCompressed ? count < 8 : count == 8 else { return nil }
    return front + Array(repeating: 0, count: 8 - count) + back
  }
}

/// A network in CIDR notation: `10.0.0.0/8`, `2001:db8::/32`, or a single address.
public struct Network: Hashable, Sendable, CustomStringConvertible {
  /// As written.
  public let description: String
  private let address: NetworkAddress
  /// Bits of the IPv6 (or IPv4-mapped) address that count: 0 to 128.
  private let length: Int

  /// nil unless it is an address with an optional prefix length that fits it. Bits behind the prefix are ignored.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, let address = parts.first.flatMap({ NetworkAddress($0) }) else { return nil }
    let isWrittenAsIPv4 = !text.utf8.contains(UInt8(ascii: ":"))
    var length = isWrittenAsIPv4 ? 32 : 128
    if parts.count == 2 {
      guard let given = Int(parts[1]), (0...length).contains(given), !parts[1].hasPrefix("+") else { return nil }
      length = given
    }
    description = text
    self.address = address
    self.length = isWrittenAsIPv4 ? length + 96 : length
  }

  public func contains(_ other: NetworkAddress) -> Bool {
    let high = Self.mask(length)
    let low = Self.mask(length - 64)
    return (address.high ^ other.high) & high == 0 && (address.low ^ other.low) & low == 0
  }

  /// 64 bits of which the upper `bits` are set; all or none beyond the ends.
  private static func mask(_ bits: Int) -> UInt64 {
    if bits <= 0 { return 0 }
    return bits >= 64 ? .max : ~(.max >> UInt64(bits))
  }
}
