/// What one letter of a `MODE` command asks for.
public enum ModeParseItem: Hashable, Sendable {
  /// A change, with a parameter exactly when the mode has one in this direction.
  case change(ModeChange)
  /// A letter that is no mode here. Reported once for each letter.
  case unknown(Character)
  /// A mode that needs a parameter and got none, or an empty one.
  case missingParameter(Character, adding: Bool)
  /// A list mode without a parameter: the list is asked for. Reported once for each letter.
  case listQuery(Character)
}
