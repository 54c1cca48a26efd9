import IRC

/// What the server has said about itself (005), with what is needed for every line kept ready.
struct Network {
  private(set) var support = ISupport()
  private(set) var mapping = CaseMapping.rfc1459
  private(set) var grammar = ISupport().chanModes
  /// Prefixes of members, the highest first, and their modes.
  private(set) var prefixes: [Character] = ["@", "+"]
  private var modes: [Character] = ["o", "v"]
  private var roomTypes: [UInt8] = Array("#&".utf8)

  /// Takes one 005 line. Returns whether names fold otherwise than before.
  mutating func apply(_ parameters: [String]) -> Bool {
    support.apply(parameters: parameters)
    let before = mapping
    mapping = support.caseMapping
    grammar = support.chanModes
    let pairs = support.prefix.prefix(32)
    prefixes = pairs.map(\.prefix)
    modes = pairs.map(\.mode)
    roomTypes = Array(support.chanTypes.utf8)
    return before != mapping
  }

  func isRoom(_ name: String) -> Bool {
    guard let first = name.utf8.first else { return false }
    return roomTypes.contains(first)
  }

  /// The prefix of a member's mode, such as `@` of `o`.
  func prefix(ofMode mode: Character) -> Character? {
    modes.firstIndex(of: mode).flatMap { $0 < prefixes.count ? prefixes[$0] : nil }
  }

  /// A target without the prefix of STATUSMSG: `#room` of `@#room`.
  func withoutStatus(_ target: String) -> String {
    guard let first = target.first, prefixes.contains(first) else { return target }
    // Where `+` begins names of rooms as well, a name of its own is meant.
    if isRoom(target), !support.statusMessage.contains(first) { return target }
    let rest = String(target.dropFirst())
    return isRoom(rest) ? rest : target
  }

  /// Prefixes in the order of rank, each once.
  func sorted(_ roles: some Sequence<Character>) -> String {
    let given = Set(roles)
    return String(prefixes.filter(given.contains))
  }

  /// Splits `@+nick` of a NAMES reply.
  func splitPrefixes(_ name: Substring) -> (roles: String, rest: Substring) {
    let rest = name.drop { prefixes.contains($0) }
    return (sorted(name[..<rest.startIndex]), rest)
  }

  /// The most bytes of a line with CR LF. Less than 512 no server means, and more than 16 KiB no line needs.
  var lineLength: Int { min(max(support.lineLength, 512), ClientSession.maximumLine) }

  /// Whether a client tag may be sent (message-tags, "CLIENTTAGDENY").
  func allowsClientTag(_ name: String) -> Bool {
    guard let denied = support["CLIENTTAGDENY"] else { return true }
    let list = denied.split(separator: ",")
    return list.contains("*") ? list.contains("-\(name)") : !list.contains(Substring(name))
  }
}
