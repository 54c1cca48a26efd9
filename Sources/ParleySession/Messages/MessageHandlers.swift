import IRC

/// PRIVMSG, NOTICE, TAGMSG, REDACT, MARKREAD.
extension ClientSession {
  func handleMessage(_ line: Incoming) {
    guard line.message.parameters.count >= 2 else { return }
    if isFromServer(line) { return say(line.text) }
    if let message = received(line) {
      events.append(.message(message))
    } else if case .other(let word, let rest) = CTCP(parsing: line.text), line.message.command == "PRIVMSG",
      !line.isHistoric, !isOwn(line), isOwnNick(line.parameter(0))
    {
      answerCTCP(word, rest, to: line.source.name)
    }
  }

  /// A line as a message; nil for CTCP other than ACTION.
  func received(_ line: Incoming) -> ReceivedMessage? {
    let kind: MessageKind
    let text: String
    switch CTCP(parsing: line.text) {
    case .other: return nil
    case .action(let rest): (kind, text) = (line.message.command == "NOTICE" ? .notice : .action, rest)
    case .plain(let rest): (kind, text) = (line.message.command == "NOTICE" ? .notice : .text, rest)
    }
    let isOwn = isOwn(line)
    let isMention = !isOwn && Mention.contains(fold(ownNick.current), in: fold(text))
    let isReplayed = isReplayed(line)
    let room = rooms[key(network.withoutStatus(line.parameter(0)))]
    let isSure = isReplayed && (line.isHistoric || room?.isEntryTold == true)
    return ReceivedMessage(
      chat: line.historyChat ?? chat(of: line), nick: limited(line.source.name, Rooms.nickLimit), account: line.account,
      kind: kind, text: text, position: line.position, replyTo: reply(line), isOwn: isOwn, isMention: isMention,
      isReplayed: isReplayed, isSurelyReplayed: isSure)
  }

  /// Whether a message is from before we were in its room, or were let in: bouncers and servers play it back without saying so, ahead of
  /// what is said there from then on. A server that numbers its messages does not.
  private func isReplayed(_ line: Incoming) -> Bool {
    if line.isHistoric { return true }
    guard line.position.sequence == 0, let told = line.told else { return false }
    let target = network.withoutStatus(line.parameter(0))
    guard let since = isRoom(target) ? rooms[key(target)]?.enteredAt : welcomedAt else { return false }
    if told < since { return true }
    // What comes after this with an earlier time is late.
    if isRoom(target) { rooms.becomesLive(key(target)) } else { welcomedAt = nil }
    return false
  }

  /// The msgid that a message answers, or that a reaction is about.
  func reply(_ line: Incoming) -> String {
    let id = line.tag("+draft/reply", "+reply") ?? ""
    return id.utf8.count <= Self.maximumID ? id : ""
  }

  /// Said by the server itself, or before anybody could say anything to us.
  private func isFromServer(_ line: Incoming) -> Bool {
    if line.source.user != nil { return phase == .registering }
    guard let source = line.message.source else { return true }
    return source == serverName || phase == .registering || source.contains(".")
      || (phase == .welcomed && line.message.command == "NOTICE")
  }

  /// By our nick or, on whatever device and under whatever nick, by our account.
  func isOwn(_ line: Incoming) -> Bool {
    if let account, let sender = line.account {
      if network.mapping.equal(account, sender) { return true }
      // Long ago somebody else may have had our nick.
      if line.isHistoric { return false }
    }
    if line.isFromOwnNick { return true }
    // Of a private conversation, what was said to the other.
    guard let other = line.historyChat, !isRoom(other) else { return false }
    return network.mapping.equal(line.parameter(0), other) && !network.mapping.equal(line.source.name, other)
  }

  /// The chat a message belongs to: the room, or the other of two people.
  func chat(of line: Incoming) -> String {
    let target = network.withoutStatus(line.parameter(0))
    if isRoom(target) { return roomName(target) }
    // What we said to ourselves under another nick of our account comes from there.
    if isOwn(line), !isOwnNick(target) || line.isFromOwnNick { return limited(target, Rooms.nickLimit) }
    return limited(line.source.name, Rooms.nickLimit)
  }

  // MARK: Without text

  func handleTagMessage(_ line: Incoming) {
    guard !line.parameter(0).isEmpty, !line.source.name.isEmpty else { return }
    if let state = line.tag("+typing", "+draft/typing"), !isOwn(line) {
      let states: [String: TypingState] = ["active": .active, "paused": .paused, "done": .done]
      if let state = states[state] {
        events.append(.typing(chat: chat(of: line), nick: limited(line.source.name, Rooms.nickLimit), state: state))
      }
    }
    events.append(contentsOf: changes(line))
  }

  func handleRedact(_ line: Incoming) { events.append(contentsOf: changes(line)) }

  func handleEdit(_ line: Incoming) { events.append(contentsOf: changes(line)) }

  /// What a line, live or from history, changes in messages that were said before.
  func changes(_ line: Incoming) -> [SessionEvent] {
    guard !line.parameter(0).isEmpty, !line.source.name.isEmpty else { return [] }
    let chat = line.historyChat ?? chat(of: line)
    let nick = limited(line.source.name, Rooms.nickLimit)
    switch line.message.command {
    case "TAGMSG":
      let id = reply(line)
      guard !id.isEmpty else { return [] }
      var events: [SessionEvent] = []
      for (tag, isAdded) in [("react", true), ("unreact", false)] {
        guard let reaction = line.tag("+draft/" + tag, "+" + tag), reaction.utf8.count <= ReactAsking.longest else {
          continue
        }
        events.append(
          .reaction(
            chat: chat, networkID: id, nick: nick, reaction: reaction, isAdded: isAdded, isOwn: isOwn(line),
            placed(line)))
      }
      return events
    case "REDACT":
      guard let id = changedID(line) else { return [] }
      let reason = line.message.parameters.count > 2 ? line.text : ""
      return [.redacted(chat: chat, networkID: id, by: nick, reason: reason)]
    case "EDIT":
      guard let id = changedID(line), line.message.parameters.count > 2, !line.text.isEmpty else { return [] }
      return [.edited(chat: chat, networkID: id, text: line.text, placed(line))]
    default: return []
    }
  }

  /// Where nothing has a sequence number, changes are in the order of time. Where everything else has one, a change without it stands in
  /// no history: the server tells nobody but us of it.
  private func placed(_ line: Incoming) -> Position {
    var position = line.position
    guard !capabilities.has(.parleySeq) else { return position }
    position.sequence = max(1, (line.told ?? position.time).milliseconds)
    return position
  }

  private func changedID(_ line: Incoming) -> String? {
    let id = line.parameter(1)
    return !id.isEmpty && id.utf8.count <= Self.maximumID ? id : nil
  }

  /// draft/read-marker. `*`: there is none.
  func handleMarkRead(_ line: Incoming) {
    let name = line.parameter(0)
    guard !name.isEmpty, let time = Self.markedTime(line) else { return }
    events.append(.marker(chat: isRoom(name) ? roomName(name) : limited(name, Rooms.nickLimit), time))
  }

  static func markedTime(_ line: Incoming) -> Timestamp? {
    let text = line.parameter(1)
    return text.hasPrefix("timestamp=") ? Timestamp(iso8601: String(text.dropFirst("timestamp=".count))) : nil
  }
}
