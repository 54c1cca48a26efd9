/// A key with its value, and where they came from.
struct Assignment: Sendable {
  var key: String
  var value: String
  /// Empty behind the `=`: for a list, no entry at all.
  var isBlank: Bool
  /// As error messages show it: ``parleyd.conf, line 12: `motd` `` or `--listen`.
  var origin: String

  fileprivate static let quote = UInt8(ascii: "\"")

  /// An option of its own for one setting.
  init(option: String, key: String, value: String) {
    self.key = key
    self.value = value
    isBlank = false
    origin = option
  }

  /// - Parameter written: the value as written: `"…"` keeps spaces at its ends.
  init(key: String, written: Substring, origin: String) {
    self.key = key
    self.origin = "\(origin): `\(key)`"
    isBlank = written.isEmpty
    let isQuoted = written.utf8.count >= 2 && written.utf8.first == Self.quote && written.utf8.last == Self.quote
    value = String(isQuoted ? Substring(written.utf8.dropFirst().dropLast()) : written)
  }
}

/// `key = value` lines. A line that begins with `#` is a comment; a key of a list may be repeated.
///
/// Read as bytes: to Swift, CR LF is one character, as is `=` with a combining accent behind it.
enum ConfigurationFile {
  /// - Parameter name: the file's name for error messages.
  static func parse(_ text: String, name: String) throws(SetupError) -> [Assignment] {
    var assignments: [Assignment] = []
    var lineOfKey: [String: Int] = [:]
    for (index, rawLine) in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
      let line = Substring(rawLine).trimmingBlanks()
      if line.isEmpty || line.utf8.first == UInt8(ascii: "#") { continue }
      let origin = "\(name), line \(index + 1)"
      let assignment = try assignment(line, origin: origin)
      if let setting = SettingsTable.byKey[assignment.key], !setting.isList,
        let earlier = lineOfKey.updateValue(index + 1, forKey: assignment.key)
      {
        throw SetupError("\(origin): `\(assignment.key)` is set in line \(earlier) already")
      }
      assignments.append(assignment)
    }
    return assignments
  }

  /// One `key = value`, from a file or from `--set`.
  static func assignment(_ line: Substring, origin: String) throws(SetupError) -> Assignment {
    guard let equals = line.utf8.firstIndex(of: UInt8(ascii: "=")) else {
      throw SetupError("\(origin): `\(line)` is not of the form key = value")
    }
    let key = line[..<equals].trimmingBlanks()
    if key.isEmpty { throw SetupError("\(origin): there is no key before the =") }
    let value = line[line.utf8.index(after: equals)...].trimmingBlanks()
    if value.utf8.contains(where: { $0 == 0 || $0 == 0x0A || $0 == 0x0D }) {
      throw SetupError("\(origin): the value of `\(key)` goes over more than one line")
    }
    return Assignment(key: String(key), written: value, origin: origin)
  }

  /// A complete, commented file.
  ///
  /// - Parameters:
  ///   - setup: the settings that the file gives.
  ///   - defaults: settings equal to these are shown, but commented out, so that a later version may know better.
  static func render(_ setup: Setup, defaults: Setup?) -> String {
    var text = """
      # Configuration of parleyd. `key = value`; a line that begins with # is a comment. What is commented out below
      # shows the default. Keys marked "repeatable" may stand on several lines, one value each. SIGHUP makes the server
      # read this file again; keys marked "restart" wait for the next start.

      """
    for section in SettingsTable.sections {
      text += "\n## \(section.title)\n"
      for setting in section.settings {
        let marks = [setting.unit, setting.isList ? "repeatable" : "", setting.effect == .restart ? "restart" : ""]
        text += "\n# \(setting.summary)\n# (\(marks.filter { !$0.isEmpty }.joined(separator: "; ")))\n"
        let values = setting.read(setup)
        let prefix = values == defaults.map(setting.read) ? "#" : ""
        if values.isEmpty { text += "\(prefix)\(setting.key) =\n" }
        for value in values { text += "\(prefix)\(setting.key) = \(quoted(value, in: setting))\n" }
      }
    }
    return text
  }

  /// The value as it must be written to be read back.
  private static func quoted(_ value: String, in setting: Setting) -> String {
    let mustQuote =
      Substring(value).trimmingBlanks().utf8.count != value.utf8.count || value.utf8.first == Assignment.quote
      || (value.isEmpty && setting.isList)
    return mustQuote ? "\"\(value)\"" : value
  }
}

extension Substring {
  /// Without spaces, tabs and carriage returns at its ends.
  func trimmingBlanks() -> Substring {
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
    guard let first = utf8.firstIndex(where: { !isBlank($0) }), let last = utf8.lastIndex(where: { !isBlank($0) })
    else { return self[endIndex...] }
    return self[first...last]
  }
}
