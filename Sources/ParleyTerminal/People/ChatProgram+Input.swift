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
          let isSecret = SecretLine.isSecret(line) || self.isForService
          self.remark(isSecret ? "Not sent." : "Not sent; it is in the history (arrow up).")
          if !isSecret { self.screen.addTyped(line) }
        }
      }
    }
    obey(line)
  }

  private func obey(_ line: String) {
    let input = InputLine(line)
    let isSecret = SecretLine.isSecret(line) || isForService
    if isSecret {
      screen.forgetCut()
    } else if input != .nothing {
      typed.add(line, in: current)
      screen.addTyped(line)
    }
    switch input {
    case .nothing: break
    case .say(let text) where !isForService && SecretLine.isSuspicious(text): askBeforeSaying(text)
    case .say(let text): say(text)
    case .mistake(let sentence): remark(sentence, .alarm)
    case .command(let name, let arguments): run(name, arguments)
    }
    ownTyping.sent()
    refreshPrompt()
  }

  /// Whether the chat is with NickServ or the like.
  private var isForService: Bool { chat.map { $0.kind == .person && SecretLine.isService($0.name) } ?? false }

  private func askBeforeSaying(_ text: String) {
    let place = chat.map(name) ?? ""
    screen.ask("Say this in \(Sanitizer.line(place)), for all to read? [y/N] ") { [unowned self] answer in
      if answer?.lowercased().hasPrefix("y") == true { self.say(text) } else { self.remark("Not said.") }
    }
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
    if let place = chats[chat], place.kind == .person, SecretLine.isService(place.name) {
      return tellService(place.name, text, place.identity, kind: kind)
    }
    do {
      // What becomes of it is told with the message itself.
      requests.addMessage(try engine.send(chat, text, kind: kind, replyTo: replyTo))
    } catch {
      remark("not sent: \(explain(error))", .alarm)
      screen.addTyped(text)
    }
  }

  /// Writes to a program of the network. Passwords are written to those, and so nothing of it is shown or kept.
  func tellService(_ name: String, _ text: String, _ identity: Int64, kind: Int = MessageKind.text) {
    // A server that echoes messages would bring the words back as a message of ours. Those that do have a command for each service.
    let verb: String
    if engine.supports(identity, "echo") {
      verb = name.uppercased().filter { $0.isASCII && $0.isLetter }
    } else {
      verb = kind == MessageKind.notice ? "NOTICE \(name)" : "PRIVMSG \(name)"
    }
    let lines = text.split(whereSeparator: \.isNewline)
    guard lines.count == 1, let line = lines.first else {
      return remark("\(name) takes one line at a time; nothing was sent.", .alarm)
    }
    answersUntil[identity] = Clock.now() + 15_000
    let words = verb.contains(" ") ? "\(verb) :\(line)" : "\(verb) \(line)"
    request("to \(name)", { () throws(Failure) in try engine.raw(identity, words) }) { [unowned self] _ in
      self.remark("to \(Sanitizer.line(name)): sent, and not kept")
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
