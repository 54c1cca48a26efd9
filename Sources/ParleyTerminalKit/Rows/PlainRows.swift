/// Rows for pipes and files: one line each, without columns and colours.
package enum PlainRows {
  /// `2026-11-22 09:05 <nick> text`. Lines of a message that follow the first are indented.
  /// - Parameter hasChanged: it was told before, and is now another: `(changed)` stands in front.
  package static func line(_ row: Row, clock: Clock, hasChanged: Bool = false) -> String? {
    guard hasChanged else { return line(row, clock: clock) }
    return line(row, clock: clock).map { "(changed) \($0)" }
  }

  private static func line(_ row: Row, clock: Clock) -> String? {
    let time = clock.dateAndTime(row.time)
    let nick = Sanitizer.line(row.nick)
    let text = Sanitizer.text(row.text).split(separator: "\n", omittingEmptySubsequences: false).joined(
      separator: "\n  ")
    let edited = (row.isEdited ? " (edited)" : "") + (row.isLost ? " (lost by the server)" : "")
    switch row.kind {
    case _ where row.state == .removed: return "\(time) <\(nick)> (removed)"
    case .text: return "\(time) <\(nick)> \(text)\(edited)"
    case .notice: return "\(time) -\(nick)- \(text)\(edited)"
    case .action: return "\(time) * \(nick) \(text)"
    case .gap: return "... messages are missing here"
    case .unknown: return nil
    default:
      let (sign, sentence) = Painter.sentence(row, Palette(hasColour: false, hasSigns: false))
      return "\(time) \(sign) \(sentence)"
    }
  }
}
