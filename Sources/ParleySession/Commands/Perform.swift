public import IRC

extension ClientSession {
  /// Does what a command asks for; one `.finished` with the tag comes of it, perhaps at once. Before the session is ready, and
  /// after QUIT, it is lost.
  public func perform(_ command: SessionCommand, tag: UInt64, now: Timestamp) {
    self.now = now
    guard phase == .ready, !isQuitting else { return finish(tag, .lost) }
    switch command {
    case .send(let chat, let kind, let text, let replyTo, let counter):
      send(chat, kind, text, replyTo: replyTo, counter: counter, tag)
    case .react(let chat, let id, let reaction, let isAdded): react(chat, id, reaction, isAdded: isAdded, tag)
    case .redact(let chat, let id, let reason): redact(chat, id, reason, tag)
    case .edit(let chat, let id, let text): edit(chat, id, text, tag)
    case .join(let room, let roomKey): join(room, key: roomKey, tag)
    case .part(let room, let reason): part(room, reason, tag)
    case .topic(let room, let topic): setTopic(room, topic, tag)
    case .invite(let room, let nick): invite(nick, to: room, tag)
    case .kick(let room, let nick, let reason): kick(nick, from: room, reason, tag)
    case .nick(let nick): changeNick(nick, tag)
    case .away(let message): setAway(message, tag)
    case .list(let pattern): listRooms(pattern, tag)
    case .ignore(let who, let isIgnored): ignore(who, isIgnored: isIgnored, tag)
    case .ignored: listIgnored(tag)
    case .history(let chat, let range, let limit): askHistory(chat, range, limit, tag)
    case .targets(let after, let before, let limit): askTargets(after, before, limit, tag)
    case .mark(let chat, let time): mark(chat, time, tag)
    case .register(let email): register(email, tag)
    case .verify(let account, let code): verify(account, code, tag)
    case .raw(let line): sendRaw(line, tag)
    }
    settle()
  }

  /// Another command would not be refused because too many wait for their answers.
  public var takesMore: Bool { !requests.isFull }

  /// What the network can do, as far as it has said.
  public func supports(_ feature: Feature) -> Bool {
    switch feature {
    case .accounts: capabilities.offered.contains(.sasl)
    case .registration: capabilities.offered.contains(.draftAccountRegistration)
    case .history: capabilities.has(.draftChathistory) && capabilities.has(.batch)
    case .keys: capabilities.has(.parleySeq) && capabilities.has(.messageTags)
    case .echo: capabilities.has(.echoMessage)
    case .replies: hasClientTag("draft/reply")
    case .reactions: hasClientTag("draft/reply") && hasClientTag("draft/react")
    case .typing: hasClientTag("typing")
    case .redaction: capabilities.has(.draftMessageRedaction)
    case .markers: capabilities.has(.draftReadMarker)
    case .editing: capabilities.has(.parleyEdit)
    case .lines: multilineLimits != nil
    case .ignoring: network.support["SILENCE"] != nil
    case .search: false
    }
  }

  /// The server's epoch (the value of `parley.chat/seq`): numbers of what it stores now are higher; nil: it has none.
  public var epoch: Int64? {
    guard capabilities.has(.parleySeq), let epoch = Int64(capabilities.value(of: .parleySeq)), epoch > 0 else {
      return nil
    }
    return epoch
  }

  private func hasClientTag(_ name: String) -> Bool {
    capabilities.has(.messageTags) && network.allowsClientTag(name)
  }
}
