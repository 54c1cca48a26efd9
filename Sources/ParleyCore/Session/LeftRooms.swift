import IRC
import ParleyStore

/// A room that a session's user has left, or was put out of, while the session may have been behind.
struct LeftRoom {
  let conversation: Conversation
  let name: String
  /// The user was a member from behind this position up to `until`.
  let after: LogPosition
  let until: LogPosition
}

/// Whoever leaves a room while being too slow for it is not shown what was left out, but told how much it was.
extension Core {
  /// The event loop tells only later that it has left something out: so many departures are remembered.
  private static let mostLeftRooms = 32

  /// Called in the order of lines, when the departure is shown.
  func remember(_ room: Room, leftBy member: Room.Member, on sessions: [Session]) {
    let left = LeftRoom(
      conversation: room.conversation, name: room.shownName, after: member.since, until: releasedPosition)
    guard left.after < left.until else { return }
    for session in sessions where !session.isClosed {
      if session.leftRooms.count >= Self.mostLeftRooms { session.leftRooms.removeFirst() }
      session.leftRooms.append(left)
    }
  }

  /// - Parameter position: everything up to here was shown.
  func tellLeftRooms(_ session: Session, of user: User, after position: LogPosition, finally: @escaping () -> Void) {
    var rest = session.leftRooms.filter { $0.until > position }[...]
    session.leftRooms = []
    func next() {
      guard !session.isClosed else { return }
      guard let left = rest.popFirst() else { return finally() }
      var query = HistoryQuery(
        conversation: left.conversation, range: .after(.sequence(0)), limit: Int.max - 1, kinds: .messages)
      query.after = max(position, left.after)
      query.reader = user.identity
      // The room goes on without them: what is measured ends near the departure.
      (query.portion, query.byteLimit) = (configuration.sliceBytes, configuration.sliceBytes)
      count(query, upTo: left.until, for: session, sofar: 0) { [unowned self] count in
        if let words = Self.words(count) {
          let reply = makeReply(session, label: nil)
          reply.send(
            Message(
              source: configuration.serverName, command: "NOTICE",
              parameters: [reply.addressee, "\(left.name): \(words)"]))
          finish(reply)
        }
        next()
      }
    }
    next()
  }

  /// - Parameter count: nil: the server cannot tell.
  private static func words(_ count: Int?) -> String? {
    let reason = "not shown to you before you left; your connection is slow"
    return switch count {
    case nil: "some messages may not have been shown to you before you left; they cannot be counted now"
    case 0: nil
    case 1: "1 message was \(reason)"
    case let count?: "\(count) messages were \(reason)"
    }
  }

  /// Counts messages page by page, each read when the one before has been counted.
  private func count(
    _ query: HistoryQuery, upTo bound: LogPosition, for session: Session, sofar: Int, _ then: @escaping (Int?) -> Void
  ) {
    ask(.history(query), for: session) { [unowned self] result in
      guard !session.isClosed else { return }
      // What is only announced is no reason to end a connection.
      guard case .page(let page) = result else { return then(nil) }
      let count =
        sofar
        + page.events.count { $0.receipt.position <= bound && !session.ownPositions.contains($0.receipt.position) }
      guard page.hasMore || page.rest != nil, let last = page.events.last?.receipt.position, last < bound else {
        return then(count)
      }
      var query = query
      query.after = last
      self.count(query, upTo: bound, for: session, sofar: count, then)
    }
  }
}
