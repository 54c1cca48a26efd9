/// Writes rows as lines for a terminal of some width: `HH:MM ab nick │ text`, with what follows below the text.
package struct Painter: Sendable {
  /// Nicks are written to the right of so many columns; longer ones take more, up to `widestNick`.
  private static let nickColumn = 10
  private static let widestNick = 20
  /// Messages with more lines are cut short; /show tells all of it.
  private static let mostLines = 30

  package let palette: Palette
  package let clock: Clock
  /// Columns of the terminal.
  package var width: Int

  package init(palette: Palette, clock: Clock, width: Int) {
    self.palette = palette
    self.clock = clock
    self.width = width
  }

  /// What the row answers, as far as it is known.
  package struct Answered: Equatable, Sendable {
    package var nick: String
    package var text: String

    package init(nick: String, text: String) {
      self.nick = nick
      self.text = text
    }
  }

  /// - Parameters:
  ///   - tag: the message's two characters; nil for none.
  ///   - isWhole: all lines of it, however many.
  package func lines(_ row: Row, tag: String?, answers: Answered? = nil, isWhole: Bool = false) -> [String] {
    switch row.kind {
    case .text, .notice, .action: said(row, tag: tag, answers: answers, isWhole: isWhole)
    case .gap: gap(row)
    case .unknown: []
    default: happened(row)
    }
  }

  // MARK: Rows

  private func said(_ row: Row, tag: String?, answers: Answered?, isWhole: Bool) -> [String] {
    let nick = Sanitizer.name(row.nick, width: Self.widestNick)
    let name: (plain: String, painted: String)
    switch row.kind {
    case .notice: name = ("-\(nick)-", palette.paint("-\(nick)-", .notice))
    case .action: name = ("*", palette.paint("*", row.isMention ? .mention : .bold))
    default: name = (nick, paintedNick(row, nick))
    }
    var body: [Wrapping.Piece] = []
    let head = self.head(time: row.time, tag: tag, name: name)
    if row.isReply {
      let original = answers.map { "\(Sanitizer.name($0.nick, width: Self.widestNick)): \(Sanitizer.line($0.text))" }
      let text = palette.sign("↳ ", "> ") + (original ?? "a message that is not here")
      body.append(Wrapping.Piece(palette.paint(Width.shortened(text, to: room(head)), .faint)))
    }
    body += text(of: row, nick: nick, room: room(head), isWhole: isWhole)
    if row.state == .pending { markPending(&body, room: room(head)) }
    body += state(of: row, tag: tag, room: room(head)).map { Wrapping.Piece($0) }
    return join(head, body)
  }

  private func paintedNick(_ row: Row, _ nick: String) -> String {
    if row.isMention { return palette.paint(nick, .mention) }
    return row.isOwn ? palette.paint(nick, .bold) : palette.paint(nick: row.nick, nick)
  }

  private func text(of row: Row, nick: String, room: Int, isWhole: Bool) -> [Wrapping.Piece] {
    if row.state == .removed {
      let by = row.target.map { " by \(Sanitizer.name($0, width: Self.widestNick))" } ?? ""
      let reason = row.reason.map { ": \(Sanitizer.line($0))" } ?? ""
      return Wrapping.lines("(removed\(by)\(reason))", width: room).map { Wrapping.Piece(palette.paint($0, .faint)) }
    }
    let text =
      Sanitizer.text(row.text) + (row.isEdited ? " (edited)" : "") + (row.isLost ? " (lost by the server)" : "")
    var lines = Wrapping.pieces(row.kind == .action ? "\(nick) \(text)" : text, width: room)
    if !isWhole, lines.count > Self.mostLines {
      let more = lines.count - Self.mostLines
      lines = Array(lines.prefix(Self.mostLines))
      let cut = "\(palette.sign("…", "...")) \(more) more lines: /show \(MessageTags.tag(of: row.id))"
      lines.append(Wrapping.Piece(palette.paint(cut, .faint)))
    }
    return lines
  }

  /// `…` behind what is not acknowledged yet.
  private func markPending(_ body: inout [Wrapping.Piece], room: Int) {
    let mark = palette.sign("…", "...")
    if let last = body.last, !last.isWhole, Width.of(Palette.plain(last.text)) + 1 + Width.of(mark) <= room {
      body[body.count - 1].text += " " + palette.paint(mark, .faint)
    } else {
      body.append(Wrapping.Piece(palette.paint(mark, .faint)))
    }
  }

  /// What became of a message, and what people think of it.
  private func state(of row: Row, tag: String?, room: Int) -> [String] {
    var lines: [String] = []
    if row.state == .failed {
      let tag = tag ?? MessageTags.tag(of: row.id)
      let reason = Sanitizer.line(row.reason ?? "no reason is known")
      let sentence = "not sent: \(reason). /resend \(tag) or /discard \(tag)"
      lines += Wrapping.lines(sentence, width: room).map { palette.paint($0, .alarm) }
    }
    if !row.reactions.isEmpty {
      let reactions = row.reactions.map {
        "\(Sanitizer.name($0.text, width: 16))\($0.people > 1 ? " \($0.people)" : "")\($0.isOwn ? "*" : "")"
      }
      lines += Wrapping.lines(reactions.joined(separator: "  "), width: room).map { palette.paint($0, .faint) }
    }
    return lines
  }

  private func happened(_ row: Row) -> [String] {
    let (sign, sentence) = Self.sentence(row, palette)
    let head = self.head(time: row.time, tag: nil, name: (sign, palette.paint(sign, .faint)))
    return join(head, Wrapping.lines(sentence, width: room(head)).map { palette.paint($0, .faint) })
  }

  private func gap(_ row: Row) -> [String] {
    let sign = palette.sign("…", "...")
    let text =
      row.state == .failed
      ? "messages are missing here, and the server does not have them" : "messages are missing here: /more"
    let head = self.head(time: nil, tag: nil, name: (sign, palette.paint(sign, .unread)))
    return join(head, Wrapping.lines(text, width: room(head)).map { palette.paint($0, .unread) })
  }

  // MARK: Columns

  private struct Head {
    var painted: String
    var width: Int
  }

  private func head(time: Int64?, tag: String?, name: (plain: String, painted: String)) -> Head {
    let time = time.map { clock.time($0) } ?? "     "
    let tag = tag ?? "  "
    // A narrow terminal has no room to line up nicks.
    let nameWidth = Width.of(name.plain)
    let indent = width < 60 ? 0 : max(0, Self.nickColumn - nameWidth)
    let bar = palette.sign("│", "|")
    let painted =
      "\(palette.paint(time, .faint)) \(palette.paint(tag, .faint)) "
      + "\(String(repeating: " ", count: indent))\(name.painted) \(palette.paint(bar, .faint)) "
    return Head(painted: painted, width: 5 + 1 + 2 + 1 + indent + nameWidth + 3)
  }

  /// Columns for text. The last of the terminal's stays empty: a terminal that has written it is neither here nor there.
  private func room(_ head: Head) -> Int { hangs(head) ? width - 1 - head.width : width - 1 - 2 }

  private func hangs(_ head: Head) -> Bool { width - 1 - head.width >= 20 }

  private func join(_ head: Head, _ body: [String]) -> [String] { join(head, body.map { Wrapping.Piece($0) }) }

  private func join(_ head: Head, _ body: [Wrapping.Piece]) -> [String] {
    // Without room beside the head, text stands below it.
    guard hangs(head) else { return [head.painted] + body.map { $0.isWhole ? $0.text : "  \($0.text)" } }
    let bar = palette.paint(palette.sign("│", "|"), .faint)
    let indent = String(repeating: " ", count: head.width - 2) + bar + " "
    let lines = body.enumerated().map { index, piece in
      piece.isWhole ? piece.text : index == 0 ? head.painted + piece.text : indent + piece.text
    }
    return body.first?.isWhole == true ? [head.painted] + lines : lines
  }
}
