/// What a person has set in `terminal.conf`: lines of `name = value`; `#` begins a comment line.
package struct Configuration: Equatable, Sendable {
  /// Whether colours are used, unless the command line says so.
  package var colour = Options.Colour.auto
  /// Whether coming and going in rooms is shown.
  package var showsJoins = true
  /// Whether others are told that one types.
  package var tellsTyping = true
  /// Whether the terminal rings when somebody names us.
  package var rings = true
  /// A command whose output's first line is the password: a secret service's own program. It finds account and host in
  /// PARLEY_ACCOUNT and PARLEY_HOST.
  package var passwordCommand: String?

  package init() {}

  /// - Throws: `UsageError` that names the line.
  package init(_ text: String) throws(UsageError) {
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let line = Self.trimmed(line)
      if line.isEmpty || line.hasPrefix("#") { continue }
      guard let equals = line.firstIndex(of: "=") else {
        throw UsageError("line \(index + 1): it is NAME = VALUE")
      }
      let name = Self.trimmed(line[..<equals])
      let value = Self.trimmed(line[line.index(after: equals)...])
      guard set(name, value) else { throw UsageError("line \(index + 1): \(name) cannot be '\(value)'") }
    }
  }

  private mutating func set(_ name: String, _ value: String) -> Bool {
    switch name {
    case "color", "colour":
      guard let colour = Options.Colour(rawValue: value) else { return false }
      self.colour = colour
    case "joins":
      guard let isOn = Self.switched(value) else { return false }
      showsJoins = isOn
    case "typing":
      guard let isOn = Self.switched(value) else { return false }
      tellsTyping = isOn
    case "bell":
      guard let isOn = Self.switched(value) else { return false }
      rings = isOn
    case "password-command": passwordCommand = value.isEmpty ? nil : value
    default: return false
    }
    return true
  }

  private static func switched(_ value: String) -> Bool? {
    switch value {
    case "on", "yes", "true", "1": true
    case "off", "no", "false", "0": false
    default: nil
    }
  }

  private static func trimmed(_ text: Substring) -> String {
    var text = text.drop { $0.isWhitespace }
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return String(text)
  }
}
