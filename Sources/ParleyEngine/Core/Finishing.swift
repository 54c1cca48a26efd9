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
    if case .refused(_, let reason) = outcome, requests.isEmpty {
      // Nobody waits for the answer: the room says it.
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
