import IRC
import ParleyCache
import ParleySession
import SQLite

// Gaps: what the server has and we do not, closed when somebody asks.
extension EngineCore {
  private static let page = 100

  func backfill(_ request: Int64, gap id: Int64) throws(SQLiteError) {
    guard let gap = try writing().gap(id), let row = conversations[gap.chat]?.row,
      let identity = identities[row.identity]
    else { return finish(request, .noSuch) }
    guard let session = identity.session, session.isReady else { return finish(request, .offline, chat: gap.chat) }
    let range: HistoryRange
    switch (gap.ends.older, gap.ends.newer) {
    case (let older?, let newer?): range = .between(newer: Position(newer), older: Position(older))
    case (nil, let newer?): range = .before(Position(newer))
    case (let older?, nil): range = .latestAfter(Position(older))
    case (nil, nil): range = .latest
    }
    session.perform(
      .history(chat: row.name, range, limit: Self.page),
      tag: tag(.backfill(request: request, gap: id), identity), now: now)
    try follow(identity)
  }

  func backfilled(_ request: Int64, _ id: Int64, _ outcome: Outcome) throws(SQLiteError) {
    guard let gap = try writing().gap(id) else { return finish(request) }
    switch outcome {
    case .history(let messages, let changes, let isComplete):
      let fresh = try unknown(messages, in: gap.chat)
      let session = conversations[gap.chat].flatMap { identities[$0.row.identity]?.session }
      try refresh(messages, except: fresh, in: gap.chat, session)
      for message in messages where !message.isHidden {
        _ = try put(message, gap.chat, isOld: true, before: gap.ends.newer)
      }
      if let session {
        let oldest = messages.first.map { Cursor($0.position) }
        // An end without a number leaves the page's own newest message as the bound.
        let end = gap.ends.newer.map { $0.sequence > 0 ? $0.sequence - 1 : messages.last?.position.sequence ?? 0 }
        try markLost(
          messages, after: isComplete ? gap.ends.older ?? .start : oldest, through: end, gap.chat, session)
      }
      for change in changes { try apply(change, gap.chat, isOld: true, fresh: fresh) }
      if let oldest = messages.first, !isComplete {
        try writing().updateGap(id, ends: GapEnds(older: gap.ends.older, newer: Cursor(oldest.position)))
      } else {
        try writing().deleteMessage(id)
        emit(.changed, chat: gap.chat, message: id)
      }
      emit(.history, chat: gap.chat)
      changed(chat: gap.chat)
      finish(request, chat: gap.chat)
    default: finish(request, outcome, chat: gap.chat)
    }
  }
}
