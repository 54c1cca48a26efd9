/// Which characters of names are the same (ISUPPORT `CASEMAPPING`, modern.ircdocs.horse). Only ASCII is ever changed.
public enum CaseMapping: Hashable, Sendable {
  /// `A`–`Z` are `a`–`z`.
  case ascii
  /// As `ascii`, and `[ ] \ ^` are `{ } | ~`.
  case rfc1459
  /// As `rfc1459` without `^` and `~`.
  case rfc1459Strict

  /// The mapping of a `CASEMAPPING` value; nil for one that is not known.
  public init?(token: String) {
    switch token {
    case "ascii": self = .ascii
    case "rfc1459": self = .rfc1459
    case "rfc1459-strict", "strict-rfc1459": self = .rfc1459Strict
    default: return nil
    }
  }

  /// The value for `CASEMAPPING`.
  public var token: String {
    switch self {
    case .ascii: "ascii"
    case .rfc1459: "rfc1459"
    case .rfc1459Strict: "rfc1459-strict"
    }
  }

  /// The name in small letters. Its length in bytes does not change.
  public func fold(_ name: String) -> String {
    guard name.containsByte(where: { fold($0) != $0 }) else { return name }
    return String(unsafeUninitializedCapacity: name.utf8.count) { buffer in
      var count = 0
      for byte in name.utf8 {
        buffer[count] = fold(byte)
        count += 1
      }
      return count
    }
  }

  /// Whether two names are the same: equal bytes once folded.
  public func equal(_ left: String, _ right: String) -> Bool {
    left.utf8.count == right.utf8.count && left.utf8.elementsEqual(right.utf8) { fold($0) == fold($1) }
  }

  @inline(__always)
  private func fold(_ byte: UInt8) -> UInt8 {
    if ASCII.isUppercase(byte) { return byte | 0x20 }
    switch self {
    case .ascii: return byte
    case .rfc1459: return byte &- 0x5B < 4 ? byte | 0x20 : byte
    case .rfc1459Strict: return byte &- 0x5B < 3 ? byte | 0x20 : byte
    }
  }
}
