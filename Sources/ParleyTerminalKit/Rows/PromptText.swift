/// `[#team 3!]> `: the room, what is unread elsewhere and `!` if somebody named us there; who types; whether we are offline.
package struct PromptText: Equatable, Sendable {
  package var chat = ""
  /// Messages in the other chats.
  package var unread: Int64 = 0
  package var isMentioned = false
  package var isOnline = false
  /// Messages of ours that wait to be sent.
  package var waiting: Int64 = 0
  package var typing: [String] = []

  package init() {}

  /// - Returns: the prompt with invisible bytes between 0x01 and 0x02, as readline wants them.
  package func text(_ palette: Palette, width: Int) -> String {
    var parts = [Sanitizer.name(chat.isEmpty ? "parley" : chat, width: max(8, width / 4))]
    if unread > 0 { parts.append(unread > 999 ? "999+" : String(unread)) }
    var inside = parts.joined(separator: " ")
    if isMentioned { inside += "!" }
    var text = hidden(palette, "[\(inside)", isMentioned ? .mention : .bold)
    if !isOnline { text += hidden(palette, waiting > 0 ? " offline, \(waiting) waiting" : " offline", .alarm) }
    if let who = typingNames, width >= 50 { text += hidden(palette, " \(palette.sign("✎ ", ""))\(who)", .faint) }
    return text + hidden(palette, "]>", isMentioned ? .mention : .bold) + " "
  }

  /// The visible part of a prompt.
  package static func visible(_ prompt: String) -> String {
    var result = ""
    var isHidden = false
    for character in prompt {
      switch character {
      case "\u{1}": isHidden = true
      case "\u{2}": isHidden = false
      default: if !isHidden { result.append(character) }
      }
    }
    return result
  }

  private var typingNames: String? {
    switch typing.count {
    case 0: nil
    case 1: "\(Sanitizer.name(typing[0], width: 12)) types"
    default: "\(typing.count) type"
    }
  }

  private func hidden(_ palette: Palette, _ text: String, _ style: Palette.Style) -> String {
    let painted = palette.paint(text, style)
    guard painted != text else { return text }
    return "\u{1}\u{1B}[\(style.rawValue)m\u{2}\(text)\u{1}\u{1B}[0m\u{2}"
  }
}
