/// Colours and signs, as far as the terminal and the person allow.
package struct Palette: Sendable {
  package enum Style: String, Sendable {
    case plain = ""
    case faint = "2"
    case bold = "1"
    case alarm = "1;31"
    case mention = "1;33"
    case notice = "36"
    case unread = "33"
  }

  package let hasColour: Bool
  /// Whether the terminal's encoding has more than ASCII.
  package let hasSigns: Bool

  package init(hasColour: Bool, hasSigns: Bool) {
    self.hasColour = hasColour
    self.hasSigns = hasSigns
  }

  package func paint(_ text: String, _ style: Style) -> String { paint(text, style.rawValue) }

  /// A nick in its own colour, the same every time. Grey and the colours of the page are left out.
  package func paint(nick: String, _ text: String) -> String { paint(text, Self.colours[Self.place(nick)]) }

  private func paint(_ text: String, _ codes: String) -> String {
    hasColour && !codes.isEmpty && !text.isEmpty ? "\u{1B}[\(codes)m\(text)\u{1B}[0m" : text
  }

  /// The sign, or what stands for it in ASCII.
  package func sign(_ sign: String, _ ascii: String) -> String { hasSigns ? sign : ascii }

  /// The text without what `paint` put around its parts.
  package static func plain(_ text: String) -> String {
    var result = ""
    var rest = text[...]
    while let escape = rest.firstIndex(of: "\u{1B}") {
      result += rest[..<escape]
      guard let end = rest[escape...].firstIndex(of: "m") else { return result }
      rest = rest[rest.index(after: end)...]
    }
    return result + rest
  }

  private static let colours = ["31", "32", "33", "34", "35", "36", "91", "92", "93", "94", "95", "96"]

  /// FNV-1a over the nick in small letters.
  private static func place(_ nick: String) -> Int {
    let hash = nick.lowercased().utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
    return Int(hash % UInt32(colours.count))
  }
}
