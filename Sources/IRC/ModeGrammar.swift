/// Which modes there are and which of them take parameters (ISUPPORT `CHANMODES` and `PREFIX`).
public struct ModeGrammar: Hashable, Sendable {
  /// Type A: lists, such as bans.
  public var lists: String
  /// Type B: a parameter in both directions, such as the key.
  public var always: String
  /// Type C: a parameter when set only, such as the limit.
  public var whenSet: String
  /// Type D: never a parameter.
  public var flags: String
  /// Modes of members, whose parameter is a nick, the highest first.
  public var prefixes: String

  /// - Parameters: the mode letters of each type.
  public init(
    lists: String = "", always: String = "", whenSet: String = "", flags: String = "", prefixes: String = ""
  ) {
    self.lists = lists
    self.always = always
    self.whenSet = whenSet
    self.flags = flags
    self.prefixes = prefixes
  }

  /// The grammar that a server announces.
  /// - Parameters:
  ///   - chanModes: the value of `CHANMODES`, such as `beI,k,l,imnst`. Types that are missing are empty, and further
  ///     types are left out.
  ///   - prefix: the value of `PREFIX`, such as `(ov)@+`, or empty.
  /// - Returns: nil when `prefix` is malformed.
  public init?(chanModes: String, prefix: String) {
    guard let pairs = ISupport.prefixPairs(prefix) else { return nil }
    let types = chanModes.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    func type(_ number: Int) -> String { number < types.count ? types[number] : "" }
    self.init(
      lists: type(0), always: type(1), whenSet: type(2), flags: type(3), prefixes: String(pairs.map(\.mode)))
  }

  /// Reads the modes and parameters of a `MODE` command.
  ///
  /// Before the first `+` or `-` letters are set. Parameters are taken from left to right; those left over are ignored.
  /// - Parameters:
  ///   - modes: such as `+o-v`.
  ///   - parameters: what follows `modes` in the command.
  ///   - limit: the most items returned; the rest of `modes` is ignored.
  public func parse(_ modes: String, _ parameters: [String], limit: Int = 64) -> [ModeParseItem] {
    var items: [ModeParseItem] = []
    var rest = parameters[...]
    var isAdding = true
    // Scalars, not characters: a combining accent must not hide the letter before it.
    for scalar in modes.unicodeScalars {
      guard items.count < limit else { break }
      if scalar == "+" || scalar == "-" {
        isAdding = scalar == "+"
        continue
      }
      let item = parse(Character(scalar), isAdding, &rest)
      switch item {
      case .unknown, .listQuery: if !items.contains(item) { items.append(item) }
      case .change, .missingParameter: items.append(item)
      }
    }
    return items
  }

  private func parse(_ mode: Character, _ isAdding: Bool, _ rest: inout ArraySlice<String>) -> ModeParseItem {
    if flags.contains(mode) || (!isAdding && whenSet.contains(mode)) {
      return .change(ModeChange(adding: isAdding, mode: mode))
    }
    let isList = lists.contains(mode)
    guard isList || always.contains(mode) || whenSet.contains(mode) || prefixes.contains(mode) else {
      return .unknown(mode)
    }
    guard let parameter = rest.popFirst(), !parameter.isEmpty else {
      return isList ? .listQuery(mode) : .missingParameter(mode, adding: isAdding)
    }
    return .change(ModeChange(adding: isAdding, mode: mode, parameter: parameter))
  }

  /// The parameters of a `MODE` message for these changes: `["+o-v", "alice", "bob"]`; none for no changes. How many fit
  /// into one message (ISUPPORT `MODES`, 512 bytes) is the caller's to decide.
  public static func format(_ changes: [ModeChange]) -> [String] {
    guard !changes.isEmpty else { return [] }
    var letters = ""
    var isAdding: Bool?
    for change in changes {
      if change.adding != isAdding { letters.append(change.adding ? "+" : "-") }
      isAdding = change.adding
      letters.append(change.mode)
    }
    return [letters] + changes.compactMap(\.parameter)
  }
}
