import IRC
import ParleyCache
import ParleySession
import SQLite

// How far one has read, here and on one's other devices (draft/read-marker).
extension EngineCore {
  func read(_ message: Int64) throws(SQLiteError) {
    guard let row = try cache.message(message), let conversation = conversations[row.chat],
      try writing().setMarker(chat: row.chat, message: message)
    else { return }
    changed(chat: row.chat)
    guard let identity = identities[conversation.row.identity], identity.state.features.contains(.markers) else {
      return
    }
    // What the server does not have stands for the newest that it has.
    var marked = row
    if row.state != .sent, let id = try cache.chat(row.chat)?.marker, let last = try cache.message(id) { marked = last }
    try setUntold(row.chat, marked.time)
    tellMarker(row.chat)
    try follow(identity)
  }

  /// Tells the server what it may not know: now, when we are there, or as soon as we are there again.
  func tellMarker(_ chat: Int64) {
    guard let conversation = conversations[chat], let time = conversation.untold,
      let identity = identities[conversation.row.identity], let session = identity.session, session.isReady,
      session.supports(.markers), isReachable(conversation)
    else { return }
    session.perform(
      .mark(chat: conversation.row.name, time), tag: tag(.marker(chat: chat, time), identity), now: now)
  }

  func markerTold(_ chat: Int64, _ time: Timestamp, _ outcome: Outcome) throws(SQLiteError) {
    switch outcome {
    case .lost, .timedOut, .uncertain: return
    default: if conversations[chat]?.untold == time { try setUntold(chat, nil) }
    }
  }

  private func setUntold(_ chat: Int64, _ time: Timestamp?) throws(SQLiteError) {
    let value = time.map { String($0.milliseconds) }
    try writing().setChat(chat, key: ChatKey.untold, value: value)
    conversations[chat]?.row.settings[ChatKey.untold] = value
  }
}
