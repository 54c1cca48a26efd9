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
    core.ask(.conversation(user.identity, nick: target)) { result in
      guard !session.isClosed else { return }
      if case .conversation(let found?) = result { return then(found, target) }
      refuse()
      end()
    }
    return false
  }

  /// Whether the user may still read it: asked again when the store has answered.
  func mayRead(_ conversation: Conversation) -> Bool {
    guard session.user === user else { return false }
    switch conversation {
    case .room(let id): return user.rooms.contains { $0.id == id }
    case .direct(let one, let other): return one == user.identity || other == user.identity
    }
  }

  /// Ends a command that had parked its session.
  func end() {
    core.finish(reply)
    core.conclude(session)
  }
}
