/// Why a person is not in a room that is open.
enum Absence: Equatable {
  /// The answer to the join is still to come.
  case joining
  case left
  case removed(by: String, reason: String)
  case refused(JoinRefusal)

  /// One sentence for people.
  func text(room: String) -> String {
    let room = neutralLine(room)
    switch self {
    case .joining: return "You're not in \(room) yet"
    case .left: return "You're not in this room"
    case .removed(let nick, let reason):
      return "\(neutralLine(nick)) removed you from \(room)" + (reason.isEmpty ? "" : ": \(neutralLine(reason))")
    case .refused(let refusal): return refusal.text
    }
  }
}

extension Client {
  /// nil: they are in it, or there is no connection, which is said elsewhere.
  func absence(from chat: Chat) -> Absence? {
    guard chat.kind == .room, !chat.isJoined, identity(chat.identity)?.state == .online else { return nil }
    if let refusal = refusals[chat.id] { return .refused(refusal) }
    if chat.isWanted { return .joining }
    let rows = engine.history(chat.id, anchor: 0, before: 30, after: 0)
    // The last row that says how they came to be out, or in.
    let last = rows.last { row in
      switch row.kind {
      case .kicked: isOwnNick(row.target, identity: chat.identity)
      case .joined, .left: row.isOwn
      default: false
      }
    }
    guard let last, last.kind == .kicked else { return .left }
    return .removed(by: last.nick, reason: last.text)
  }

  /// Servers compare nicks without regard to case.
  func isOwnNick(_ nick: String, identity id: ID) -> Bool {
    identity(id).map { $0.nick.lowercased() == nick.lowercased() } ?? false
  }

  /// The room that a row invites this person to; nil: it does not.
  func invitation(in message: Message) -> String? {
    guard message.kind == .invited, !message.text.isEmpty, let chat = chat(message.chat),
      isOwnNick(message.target, identity: chat.identity)
    else { return nil }
    return message.text
  }
}
