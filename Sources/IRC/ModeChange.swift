/// One mode set or taken away.
public struct ModeChange: Hashable, Sendable {
  /// `+` rather than `-`.
  public var adding: Bool
  /// The letter.
  public var mode: Character
  /// The parameter, of modes that have one in this direction.
  public var parameter: String?

  /// Takes the parts as they are.
  public init(adding: Bool, mode: Character, parameter: String? = nil) {
    self.adding = adding
    self.mode = mode
    self.parameter = parameter
  }
}
