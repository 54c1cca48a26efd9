extension SettingsTable {
  /// The settings as a part of the manual page, in man(7)'s macros.
  public static var manual: String {
    let defaults = Setup(dataFolder: "", machine: Machine(hostName: "", home: "", dataHome: "", isRoot: false))
    var text = ""
    for section in sections {
      text += ".SS \(section.title)\n"
      for setting in section.settings {
        text += ".TP\n.B \(escaped(setting.key))\n\(escaped(setting.summary))\n"
        let marks = [
          setting.unit, setting.isList ? "repeatable" : "", setting.effect == .restart ? "needs a restart" : "",
          defaultText(setting, defaults),
        ]
        text += "(\(escaped(marks.filter { !$0.isEmpty }.joined(separator: "; "))))\n"
      }
    }
    return text
  }

  private static func defaultText(_ setting: Setting, _ defaults: Setup) -> String {
    // Different on each machine.
    if setting.key == "data-folder" || setting.key == "name" { return "default: see above" }
    let values = setting.read(defaults).filter { !$0.isEmpty }
    return values.isEmpty ? "" : "default: \(values.joined(separator: ", "))"
  }

  /// A backslash or a hyphen means something else to roff, as does a dot or an apostrophe that begins a line.
  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for character in text {
      switch character {
      case "\\": escaped += "\\e"
      case "-": escaped += "\\-"
      default: escaped.append(character)
      }
    }
    return text.hasPrefix(".") || text.hasPrefix("'") ? "\\&" + escaped : escaped
  }
}
