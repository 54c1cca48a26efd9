/// What a member is in a channel (ISUPPORT `PREFIX=(qaohv)~&@%+`).
@frozen
public struct Roles: OptionSet, Hashable, Sendable {
  /// One bit for each role; stored, so the values do not change.
  public let rawValue: UInt8

  /// Takes any bits; those that are no role count for nothing.
  @inlinable
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// `+v`, prefix `+`.
  public static let voice = Roles(rawValue: 1 << 0)
  /// `+h`, prefix `%`.
  public static let halfOperator = Roles(rawValue: 1 << 1)
  /// `+o`, prefix `@`.
  public static let `operator` = Roles(rawValue: 1 << 2)
  /// `+a`, prefix `&`.
  public static let admin = Roles(rawValue: 1 << 3)
  /// `+q`, prefix `~`.
  public static let founder = Roles(rawValue: 1 << 4)

  /// Each role, the highest first.
  public static let all: [Roles] = [.founder, .admin, .operator, .halfOperator, .voice]

  /// The role of a mode letter; nil when it is none of `qaohv`.
  public init?(mode: Character) {
    switch mode {
    case "q": self = .founder
    case "a": self = .admin
    case "o": self = .operator
    case "h": self = .halfOperator
    case "v": self = .voice
    default: return nil
    }
  }

  /// The role of a prefix; nil when it is none of `~&@%+`.
  public static func role(forPrefix prefix: Character) -> Roles? {
    switch prefix {
    case "~": .founder
    case "&": .admin
    case "@": .operator
    case "%": .halfOperator
    case "+": .voice
    default: nil
    }
  }

  /// 5 for founders, 4 admins, 3 operators, 2 half-operators, 1 voice, 0 without a role. Unknown bits do not count.
  @inlinable
  public var rank: Int { 8 - (rawValue & 0x1F).leadingZeroBitCount }

  /// The highest of these roles alone; empty when there is none.
  public var highest: Roles { rank == 0 ? [] : Roles(rawValue: 1 << UInt8(rank - 1)) }

  /// The prefix of the highest role.
  public var highestPrefix: Character? { prefixes.first }

  /// The prefixes of all roles, the highest first (IRCv3 multi-prefix).
  public var prefixes: String { select("~", "&", "@", "%", "+") }

  /// The mode letters of all roles, the highest first.
  public var letters: String { select("q", "a", "o", "h", "v") }

  private func select(_ signs: String...) -> String {
    var text = ""
    for (role, sign) in zip(Self.all, signs) where contains(role) { text += sign }
    return text
  }
}
