import ParleyTerminalKit

/// What commands do. Guards on their arguments are in the table.
extension ChatProgram {
  func run(_ name: CommandName, _ arguments: Arguments) {
    var arguments = arguments
    switch name {
    case .help: help(arguments.word())
    case .join, .leave, .topic, .who, .invite, .kick, .rooms, .close: runInRoom(name, arguments)
    case .go: go(arguments.rest)
    case .chats: listChats()
    case .msg:
      guard let identity, let nick = arguments.word(), let text = arguments.text else { return }
      withChat(identity.id, nick) { send(text, to: $0) }
    case .me: say(arguments.rest, kind: MessageKind.action)
    case .notice: say(arguments.rest, kind: MessageKind.notice)
    case .reply, .react, .unreact, .edit, .redact, .resend, .discard, .show: runOnMessage(name, arguments)
    case .more:
      let count = arguments.word().map { Int($0) ?? 0 }
      guard count.map({ (1...500).contains($0) }) ?? true else {
        return remark("It is: /more [COUNT], from 1 to 500", .alarm)
      }
      more(count)
    case .search: search(arguments.rest)
    case .ignore, .unignore, .nick, .away, .back, .register, .verify, .connect, .disconnect, .network, .raw:
      runOnNetwork(name, arguments)
    case .quit: isLeaving = true
    }
  }

  private func help(_ word: String?) {
    if let word {
      guard case .one(let name) = CommandTable.find(word.hasPrefix("/") ? String(word.dropFirst()) : word),
        let spec = CommandTable.spec(name)
      else { return remark("There is no command /\(word).", .alarm) }
      return remark("/\(name.rawValue) \(spec.usage): \(spec.help)")
    }
    screen.withLineHidden {
      for spec in CommandTable.all {
        let usage = "/\(spec.name.rawValue) \(spec.usage)"
        let indent = String(repeating: " ", count: max(1, 24 - usage.count))
        remark(usage + indent + spec.help)
      }
      remark(
        "TAG is the two letters before a message. The beginning of a command is enough. Tab completes, also :emoji.")
    }
  }

  // MARK: Chats

  private func go(_ name: String) {
    let ordered = orderedChats
    if let number = Int(name) {
      guard ordered.indices.contains(number - 1) else {
        return remark("There is no chat \(number); /chats lists them.", .alarm)
      }
      return show(ordered[number - 1].id)
    }
    let small = name.lowercased()
    let known = ordered.filter { $0.name.lowercased() == small || self.name($0).lowercased() == small }
    if let chat = known.first(where: { $0.identity == identity?.id }) ?? known.first { return show(chat.id) }
    let begun = ordered.filter { $0.name.lowercased().hasPrefix(small) || $0.name.lowercased().hasPrefix("#" + small) }
    if begun.count == 1 { return show(begun[0].id) }
    if name.hasPrefix("#") { return remark("You are not in \(name); /join \(name) enters it.", .alarm) }
    guard let identity, !name.contains(" ") else { return remark("It is: /go NAME", .alarm) }
    withChat(identity.id, name) { show($0) }
  }

  /// The chat of that name, made if there is none.
  private func withChat(_ identity: Int64, _ name: String, _ body: (Int64) -> Void) {
    do {
      let id = try engine.openChat(identity, name: name)
      if chats[id] == nil { chats[id] = engine.chat(id) }
      body(id)
    } catch {
      remark("\(name): \(explain(error))", .alarm)
    }
  }

  private func listChats() {
    screen.withLineHidden {
      for (index, chat) in orderedChats.enumerated() {
        let unread = chat.unread == 0 ? "" : ", \(chat.unread) unread\(chat.mentions > 0 ? "!" : "")"
        let place = chat.kind == .room && !chat.isJoined ? ", not in it" : ""
        remark("\(index + 1) \(name(chat))\(unread)\(place)\(chat.id == current ? " (here)" : "")")
      }
      if chats.isEmpty { remark("There are none yet. /join ROOM enters a room, /rooms lists them.") }
    }
  }

  // MARK: Search

  private func search(_ words: String) {
    do {
      let rows = try engine.search(words, limit: 20)
      guard !rows.isEmpty else { return remark("Nothing here has these words.") }
      screen.withLineHidden {
        screen.write([screen.painter.rule("found: \(words)", .unread)])
        for row in rows.reversed() {
          let place = chats[row.chat].map(name) ?? ""
          let head = "\(screen.painter.clock.dateAndTime(row.time)) \(Sanitizer.line(place)) \(tags.show(row.id))"
          remark("\(head) \(Sanitizer.line(row.nick)): \(Sanitizer.line(row.text))", .plain)
        }
        screen.write([screen.painter.rule("now", .unread)])
      }
    } catch {
      remark("/search: \(explain(error))", .alarm)
    }
  }
}
