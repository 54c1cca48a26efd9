/// A numeric reply, such as 001 or 401 (modern.ircdocs.horse, "Numerics").
///
/// The constants are named after the field's names:
///
/// | on the wire | name | in Swift |
/// |---|---|---|
/// | 001 | RPL_WELCOME | `.welcome` |
/// | 353 | RPL_NAMREPLY | `.namReply` |
/// | 401 | ERR_NOSUCHNICK | `.noSuchNick` |
/// | 482 | ERR_CHANOPRIVSNEEDED | `.chanOpPrivsNeeded` |
///
/// The whole table is in `Numeric+Replies.swift` and `Numeric+Errors.swift`.
public struct Numeric: RawRepresentable, Hashable, Sendable {
  /// The number, 0…999 for one that can be sent.
  public let rawValue: UInt16

  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// The numeric of a message's command; nil unless that is exactly three digits.
  public init?(command: String) {
    guard command.utf8.count == 3, let number = ASCII.number(command) else { return nil }
    rawValue = UInt16(truncatingIfNeeded: number)
  }

  /// The three digits; `999` for numbers above.
  public var text: String {
    let digits = String(min(rawValue, 999))
    return String(repeating: "0", count: 3 - digits.utf8.count) + digits
  }
}
