import IRC
import ParleyStore

extension UserCall {
  /// Finds the conversation that a command about stored messages names, if its user may read it now: a room one is in, or what one
  /// has with somebody. `then` runs with the session parked.
  /// - Returns: what the handler returns: false when the session is parked, true when it was refused.
  func withConversation(
    _ target: String, refuse: @escaping () -> Void, then: @escaping (Conversation, String) -> Void
  ) -> Bool {
    if Names.isChannel(target) {
      guard let room = core.rooms[FoldedName(target)], room.contains(user) else {
        refuse()
        return true
      }
      core.park(session)
      then(room.conversation, room.name)
      return false
    }
    if let identity = core.users[FoldedName(target)]?.identity ?? core.accounts[target]?.identity {
      core.park(session)
      then(Conversation(user.identity, identity), target)
      return false
    }
    guard Names.isValidNick(target, maximumLength: 255) else {
      refuse()
      return true
    }
    // A guest who has left: what it said is found under the nick it had.
    core.park(session)
    core.ask(.conversation(user.identity, nick: target), for: session) { result in
      guard !session.isClosed else { return }
      if case .conversation(let found?) = result { return then(found, target) }
      refuse()
      end()
    }
    return false
  }

  /// The room of a conversation, if the user is in it; nil, too, for what two people have.
  func room(of conversation: Conversation) -> Room? {
    guard case .room(let id) = conversation else { return nil }
    return user.rooms.first { $0.id == id }
  }

  /// Up to where in the log a conversation does not exist for the user; nil: it may not read it at all.
  ///
  /// Asked when a question comes, again when its answer is there, and with each slice of it: somebody may have been put out of the room
  /// meanwhile. Members read all that a room keeps, with room mode `J` only what came after they had joined.
  func historyStart(of conversation: Conversation) -> LogPosition? {
    guard session.user === user else { return nil }
    switch conversation {
    case .room:
      guard let room = room(of: conversation), let member = room.member(user) else { return nil }
      return room.has("J") ? member.since : 0
    case .direct(let one, let other): return one == user.identity || other == user.identity ? 0 : nil
    }
  }

  /// Ends a command that had parked its session.
  func end() {
    core.finish(reply)
    core.conclude(session)
  }
}
