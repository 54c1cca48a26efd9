extension Painter {
  /// `──── Sunday, 22 November 2026 ────`, at the first row of a day.
  package func dayLine(_ moment: Int64) -> Page.Source { .rule(clock.dayName(moment), .faint) }

  /// Above the first message that was not read.
  package func unreadLine(_ count: Int) -> Page.Source { .rule(count > 0 ? "\(count) new" : "new", .unread) }

  package func rule(_ text: String, _ style: Palette.Style) -> String {
    let dash = palette.sign("─", "-")
    let text = Width.shortened(Sanitizer.line(text), to: max(4, width - 11))
    let side = String(repeating: dash, count: 4)
    return palette.paint("\(side) \(text) \(side)", style)
  }

  /// What the program itself says: below the text of messages, with a sign of its own.
  package func remark(_ text: String, _ style: Palette.Style = .faint) -> [String] {
    let sign = palette.sign("·", "*")
    let pieces = Wrapping.pieces(Sanitizer.text(text), width: max(10, width - 3))
    let lines = pieces.enumerated().map { index, piece in
      palette.paint(piece.isWhole ? piece.text : (index == 0 ? "\(sign) " : "  ") + piece.text, style)
    }
    return pieces.first?.isWhole == true ? [palette.paint(sign, style)] + lines : lines
  }

  /// One sentence about a row of what happened, and the sign that stands in place of a nick.
  static func sentence(_ row: Row, _ palette: Palette) -> (sign: String, sentence: String) {
    let nick = Sanitizer.name(row.nick, width: 30)
    let target = Sanitizer.name(row.target ?? "somebody", width: 30)
    let text = Sanitizer.line(row.text)
    let reason = text.isEmpty ? "" : ": \(text)"
    switch row.kind {
    case .joined: return (palette.sign("→", "->"), "\(nick) came in")
    case .left: return (palette.sign("←", "<-"), "\(nick) left\(reason)")
    case .kicked: return (palette.sign("←", "<-"), "\(nick) removed \(target)\(reason)")
    case .renamed: return (palette.sign("·", "*"), "\(nick) is now \(target)")
    case .topic:
      return (palette.sign("·", "*"), text.isEmpty ? "\(nick) took the topic away" : "\(nick) set the topic\(reason)")
    case .mode: return (palette.sign("·", "*"), "\(nick) set \(text)")
    case .invited:
      let room = text.isEmpty ? "" : " to \(text): /join \(text)"
      return (palette.sign("·", "*"), "\(nick) invited \(target)\(room)")
    default: return (palette.sign("·", "*"), text)
    }
  }
}
