import IRC
import ParleyCache
import ParleySession
import SQLite

// Answers to what sessions were asked.
extension EngineCore {
  func finished(_ waiting: Waiting, _ outcome: Outcome, _ identity: Identity) throws(SQLiteError) {
    switch waiting {
    case .message(let message): try sent(message, outcome, identity)
    case .request(let request, let chat): finish(request, outcome, chat: chat)
    case .join(let chat): try joined(chat, outcome, identity)
    case .rooms(let request):
      guard case .rooms(let rooms) = outcome else { return finish(request, outcome, chat: 0) }
      var event = EngineEvent(.done)
      event.request = request
      event.identity = identity.id
      event.rooms = Array(rooms.sorted { ($0.memberCount, $1.name) > ($1.memberCount, $0.name) }.prefix(5_000))
      emit(event)
    case .nick(let request, let before):
      // The nick that a server refuses is not asked for again.
      if case .refused = outcome { try set(identity, "nick", before) }
      finish(request, outcome, chat: 0)
    case .register(let request):
      if outcome == .done { try accountWasMade(identity) }
      finish(request, outcome, chat: 0)
    case .catchUp(let chat, let step): try caughtUp(chat, step, outcome, identity)
    case .targets: try targets(outcome, identity)
    case .marker(let chat, let time): try markerTold(chat, time, outcome)
    case .backfill(let request, let gap): try backfilled(request, gap, outcome)
    case .nothing: break
    }
  }

  /// The first pause before a room that was refused is tried again, in milliseconds; each is twice the one before.
  private static let joinPause: Int64 = 60_000
  private static let longestJoinPause: Int64 = 1_800_000

  /// Services may put right later what keeps us out.
  private func joinLater(_ chat: Int64, _ identity: Identity) throws(SQLiteError) {
    guard conversations[chat]?.row.isWanted == true else { return }
    let pause = identity.refusedJoins[chat].map { min($0.pause * 2, Self.longestJoinPause) } ?? Self.joinPause
    identity.refusedJoins[chat] = (now.adding(milliseconds: pause), pause)
  }

  /// Rooms that were refused and are due, or all of them when we have signed in.
  func joinRefusedRooms(_ identity: Identity, dueOnly: Bool = false) throws(SQLiteError) {
    for (chat, entry) in identity.refusedJoins.sorted(by: { $0.key < $1.key }) where !dueOnly || entry.at <= now {
      identity.refusedJoins[chat]?.at = now.adding(milliseconds: entry.pause)
      guard conversations[chat]?.row.isWanted == true, conversations[chat]?.isJoined == false else {
        identity.refusedJoins[chat] = nil
        continue
      }
      identity.joinsDue.append(chat)
    }
    try joinNext(identity)
  }

  func finish(_ request: Int64, _ outcome: Outcome, chat: Int64) {
    // Outcomes and errors share names: said without its type, an outcome would come back here for ever.
    let error: EngineError?
    switch outcome {
    case .refused(let code, let reason): return finish(request, .refused, chat: chat, code: code, reason: reason)
    case .masks(let masks): return finish(request, nil, chat: chat, reason: masks.joined(separator: "\n"))
    case .unsupported: error = .unsupported
    case .timedOut: error = .timeout
    case .lost, .uncertain: error = .lost
    case .done, .sent, .joined, .history, .targets, .rooms: error = nil
    }
    finish(request, error, chat: chat)
  }

  private func joined(_ chat: Int64, _ outcome: Outcome, _ identity: Identity) throws(SQLiteError) {
    conversations[chat]?.isJoining = false
    if outcome == .lost { return }
    // The chat may have been removed meanwhile.
    guard let requests = conversations[chat]?.joinRequests else { return try joinNext(identity) }
    conversations[chat]?.joinRequests = []
    switch outcome {
    // The room's own JOIN has said so already, unless it is another one, to which the server has sent us.
    case .done, .joined:
      var room = chat
      if case .joined(let name) = outcome { room = try open(name, identity) }
      for request in requests { finish(request, chat: room) }
      if room != chat, var row = conversations[chat]?.row {
        row.isWanted = false
        try update(row)
      }
      return try joinNext(identity)
    default: break
    }
    for request in requests { finish(request, outcome, chat: chat) }
    try joinNext(identity)
    if requests.isEmpty { try joinLater(chat, identity) }
    if case .refused(_, let reason) = outcome, requests.isEmpty, identity.refusedJoins[chat]?.pause == Self.joinPause {
      // Nobody waits for the answer: the room says it, once.
      var row = MessageRow(chat: chat, kind: 23, time: wallClock)
      row.nick = identity.state.host
      row.text = reason
      try store(row)
    }
    // What was joined before is tried again with the next connection.
    if case .refused = outcome, !requests.isEmpty, var row = conversations[chat]?.row {
      row.isWanted = false
      try update(row)
    }
  }
}
