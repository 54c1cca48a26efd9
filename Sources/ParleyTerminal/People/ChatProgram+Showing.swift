import ParleyTerminalKit

/// Which chat is on the screen, and how its rows come there.
extension ChatProgram {
  /// Rows that a chat is shown with, at least and at most.
  private static let page = 20
  private static let longPage = 100

  // MARK: Switching

  /// The chat of last time, else the first room.
  func showFirstChat() {
    let last = engine.get("terminal.chat").flatMap { Int64($0) }.flatMap { chats[$0] }
    if let chat = last ?? orderedChats.first(where: \.isWanted) ?? orderedChats.first { show(chat.id) }
  }

  func rememberPlace() {
    guard current != 0 else { return }
    engine.set("terminal.chat", String(current))
  }

  func show(_ id: Int64) {
    guard let chat = chats[id] ?? engine.chat(id) else { return }
    stopTyping()
    chats[id] = chat
    current = id
    shown = ShownRows()
    presence.forget()
    screen.setTyped(typed.lines(in: id))
    screen.withLineHidden {
      head(chat)
      let most = chat.unread > 0 ? min(Int(min(chat.unread, 1000)) + 3, Self.longPage) : Self.page
      let rows = (try? engine.history(id, before: max(most, Self.page))) ?? []
      // The marker may lie before the rows that are shown.
      let unread = chat.unread == 0 ? nil : rows.firstIndex { $0.id == chat.marker }.map { $0 + 1 } ?? 0
      for row in rows where row.isSaid && !row.isOwn { speakers.spoke(row.nick, in: id) }
      if let unread {
        write(Array(rows[..<unread]))
        screen.write(screen.painter.unreadLine(Int(chat.unread)))
        write(Array(rows[unread...]))
      } else {
        write(rows)
      }
    }
    if let newest = engine.chat(id)?.last, newest != 0 { engine.markRead(newest) }
    rememberPlace()
    refreshPrompt()
  }

  private func head(_ chat: Chat) {
    var text = name(chat)
    if chat.kind == .room {
      let isOnline = identities[chat.identity]?.state == .online
      if chat.isJoined {
        text += ", \(chat.memberCount) here"
      } else if chat.isWanted || !isOnline {
        text += ", not in it yet"
      } else {
        text += ", left: /join \(chat.name)"
      }
    }
    screen.rule(text, .bold)
    if let topic = chat.topic, !topic.isEmpty { remark("topic: \(topic)") }
  }

  // MARK: Rows

  /// Writes rows above the line, with the lines of their days.
  func write(_ rows: [Row]) {
    for row in rows where row.state != .gone && isWanted(row) {
      let moment = row.kind == .gap ? nil : row.time
      if let moment, shown.begins(screen.painter.clock.day(moment)) { screen.write(screen.painter.dayLine(moment)) }
      shown.insert(row.id)
      screen.write(.message(row.id), lines(row))
    }
  }

  private func isWanted(_ row: Row) -> Bool {
    setup.configuration.showsJoins || ![.joined, .left].contains(row.kind)
  }

  /// A row of the page that is written again.
  func lines(ofMessage id: Int64, isWhole: Bool) -> [String] {
    guard let row = engine.message(id), row.state != .gone else { return [] }
    return lines(row, isWhole: isWhole)
  }

  func lines(_ row: Row, isWhole: Bool = false) -> [String] {
    let tag = row.isSaid ? tags.show(row.id) : nil
    var answered: Painter.Answered?
    if row.replyTo != 0, let original = engine.message(row.replyTo) {
      answered = Painter.Answered(nick: original.nick, text: original.text)
    }
    return screen.painter.lines(row, tag: tag, answers: answered, isWhole: isWhole)
  }

  /// A row that has just come.
  func showLive(_ row: Row) {
    guard !shown.contains(row.id) else { return }
    if row.isSaid, !row.isOwn {
      if presence.isPresent(now: Clock.now()) {
        engine.markRead(row.id)
      } else if presence.miss(row.id) {
        screen.write(screen.painter.unreadLine(0))
      }
    }
    write([row])
  }

  /// Rows that came into the chat from the server, not by being said just now.
  func showUnseen() {
    guard var rows = try? engine.history(current, before: Self.longPage) else { return }
    let isEmpty = !rows.contains { shown.contains($0.id) }
    if isEmpty { rows = rows.suffix(Self.page) }
    // Older ones than those on the screen come with /more.
    let first = isEmpty ? 0 : rows.firstIndex { shown.contains($0.id) } ?? 0
    let unseen = rows[first...].filter { !shown.contains($0.id) }
    guard unseen.contains(where: isWanted) else { return }
    if !isEmpty, let last = rows.last, shown.contains(last.id) {
      // They belong between rows that are there already.
      screen.rule("what was missing", .unread)
      write(Array(unseen))
      screen.rule("now", .unread)
      shown.forgetDay()
    } else {
      write(Array(unseen))
    }
    if presence.isPresent(now: Clock.now()), let last = unseen.last { engine.markRead(last.id) }
  }

  // MARK: Prompt

  func refreshPrompt() {
    var prompt = PromptText()
    prompt.chat = chat.map(name) ?? ""
    for chat in chats.values where chat.id != current && chat.kind != .server {
      prompt.unread += chat.unread
      if chat.mentions > 0 { prompt.isMentioned = true }
    }
    prompt.isOnline = identity?.state == .online
    prompt.waiting = identity?.pending ?? 0
    prompt.typing = typists.nicks(in: current)
    screen.setPrompt(prompt.text(screen.palette, width: screen.painter.width))
  }
}
