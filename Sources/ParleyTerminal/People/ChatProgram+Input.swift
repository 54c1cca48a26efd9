import ParleyTerminalKit

/// What a person types.
extension ChatProgram {
  /// Pasted text of so many lines is sent only after a question.
  private static let linesToAskBefore = 5

  func entered(_ line: String) {
    let lineCount = InputLine.lineCount(line)
    if lineCount >= Self.linesToAskBefore {
      let place = chat.map(name) ?? ""
      return screen.ask("Send \(lineCount) lines to \(Sanitizer.line(place))? [y/N] ") { [unowned self] answer in
        if answer?.lowercased().hasPrefix("y") == true {
          self.obey(line)
        } else {
          self.remark("Not sent; it is in the history (arrow up).")
          self.screen.addTyped(line)
        }
      }
    }
    obey(line)
  }

  private func obey(_ line: String) {
    let input = InputLine(line)
    if input != .nothing {
      typed.add(line, in: current)
      screen.addTyped(line)
    }
    switch input {
    case .nothing: break
    case .say(let text): say(text)
    case .mistake(let sentence): remark(sentence, .alarm)
    case .command(let name, let arguments): run(name, arguments)
    }
    ownTyping.sent()
    refreshPrompt()
  }

  func say(_ text: String, kind: Int = MessageKind.text, replyTo: Int64 = 0) {
    guard let chat else {
      return remark("There is no chat here yet. /join ROOM enters one, /rooms lists them.", .alarm)
    }
    guard chat.kind != .server else {
      return remark(
        "The server's notices are read only. /join ROOM enters a room, /msg NICK TEXT writes to a person.", .alarm)
    }
    if chat.kind == .room, !chat.isJoined, !chat.isWanted {
      return remark("You have left \(chat.name). /join \(chat.name) enters it again.", .alarm)
    }
    send(text, to: chat.id, kind: kind, replyTo: replyTo)
  }

  func send(_ text: String, to chat: Int64, kind: Int = MessageKind.text, replyTo: Int64 = 0) {
    do {
      // What becomes of it is told with the message itself.
      _ = try engine.send(chat, text, kind: kind, replyTo: replyTo)
    } catch {
      remark("not sent: \(explain(error))", .alarm)
      screen.addTyped(text)
    }
  }

  // MARK: Keys

  func noticeKey() {
    if let newest = presence.key(now: Clock.now()) { engine.markRead(newest) }
  }

  func pressed(_ key: Character) {
    let ordered = orderedChats
    if let number = key.wholeNumberValue {
      if number <= ordered.count { show(ordered[number - 1].id) }
      return
    }
    let unread = ordered.filter { $0.id != current && $0.unread > 0 }
    guard let next = unread.first(where: { $0.mentions > 0 }) ?? unread.first else {
      return remark("Nothing is unread elsewhere.")
    }
    show(next.id)
  }

  func complete(before: String, word: String) -> Completion? {
    let ownNick = identity?.nick
    let members = engine.members(current).map(\.nick).filter { $0 != ownNick }
    let words = Completion.Words(
      nicks: speakers.ordered(members, in: current).filter { $0 != ownNick }, chats: orderedChats.map(\.name),
      tags: tags.all)
    return Completion(before: before, word: word, words: words)
  }

  // MARK: Typing

  /// Tells others that we write to them: not what begins with a slash, and not for who has set it off.
  func tellTyping() {
    guard setup.configuration.tellsTyping, let chat, chat.kind != .server, !screen.isAsking else { return stopTyping() }
    let line = screen.line
    tell(ownTyping.update(chat: chat.id, line: line.hasPrefix("/") ? nil : line, now: Clock.now()))
  }

  func stopTyping() { tell(ownTyping.stop()) }

  private func tell(_ signal: OwnTyping.Signal?) {
    if let signal { engine.typing(signal.chat, signal.state) }
  }
}
