import ParleyTerminalKit

/// What commands do. Guards on their arguments are in the table.
extension ChatProgram {
  func run(_ name: CommandName, _ arguments: Arguments) {
    var arguments = arguments
    switch name {
    case .help: help(arguments.word())
    case .join, .leave, .topic, .who, .invite, .kick, .ban, .unban, .op, .deop, .voice, .devoice, .mode, .rooms, .close:
      runInRoom(name, arguments)
    case .go: go(arguments.rest)
    case .chats: listChats()
    case .msg, .notice, .query: write(name, &arguments)
    case .me: say(arguments.rest, kind: MessageKind.action)
    case .reply, .react, .unreact, .edit, .redact, .resend, .discard, .show: runOnMessage(name, arguments)
    case .more:
      let count = arguments.word().map { Int($0) ?? 0 }
      guard count.map({ (1...500).contains($0) }) ?? true else {
        return remark("It is: /more [COUNT], from 1 to 500", .alarm)
      }
      more(count)
    case .search: search(arguments.rest)
    case .clear: screen.wipe()
    case .ignore, .unignore, .nick, .away, .back, .register, .verify, .login, .logout, .nickserv, .whois, .connect,
      .disconnect, .server, .network, .raw:
      runOnNetwork(name, arguments)
    case .quit: quit(arguments.text)
    }
  }

  /// The first word says to whom.
  private func write(_ name: CommandName, _ arguments: inout Arguments) {
    guard let identity else { return remark("There is no server yet; /connect LINK NICK", .alarm) }
    guard let target = arguments.word() else { return }
    if target.hasPrefix("#") || target.hasPrefix("&") {
      let small = target.lowercased()
      let known = orderedChats.first { $0.identity == identity.id && $0.name.lowercased() == small }
      guard let known, known.isJoined || known.isWanted else {
        return remark("You are not in \(target); /join \(target) enters it. Nothing was sent.", .alarm)
      }
    } else if SecretLine.isService(target), let text = arguments.text {
      let kind = name == .notice ? MessageKind.notice : MessageKind.text
      return tellService(target, text, identity.id, kind: kind)
    }
    let text = arguments.text
    withChat(identity.id, target) { chat in
      if name == .query { show(chat) }
      if let text { send(text, to: chat, kind: name == .notice ? MessageKind.notice : MessageKind.text) }
    }
  }

  private func quit(_ reason: String?) {
    if let reason {
      for identity in identities.values where identity.state == .online {
        do { try engine.disconnect(identity.id, reason: reason) } catch { remark("/quit: \(explain(error))", .alarm) }
      }
    }
    isLeaving = true
  }

  private func help(_ word: String?) {
    if let word {
      let name: CommandName
      switch CommandTable.find(word.hasPrefix("/") ? String(word.dropFirst()) : word) {
      case .one(let found), .incomplete(let found): name = found
      case .several, .none: return remark("There is no command /\(word).", .alarm)
      }
      guard let spec = CommandTable.spec(name) else { return }
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
        let place = chat.kind != .room ? "" : chat.isJoined ? ", in it" : ", not in it"
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
        screen.rule("found: \(words)", .unread)
        for row in rows.reversed() {
          let place = chats[row.chat].map(name) ?? ""
          let head = "\(screen.painter.clock.dateAndTime(row.time)) \(Sanitizer.line(place)) \(tags.show(row.id))"
          remark("\(head) \(Sanitizer.line(row.nick)): \(Sanitizer.line(row.text))", .plain)
        }
        screen.rule("now", .unread)
      }
    } catch {
      remark("/search: \(explain(error))", .alarm)
    }
  }
}
