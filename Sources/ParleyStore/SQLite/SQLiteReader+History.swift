internal import IRC
internal import SQLite

extension SQLiteReader {
  public func page(_ query: HistoryQuery) throws(StoreError) -> HistoryPage {
    guard query.limit > 0 else { return HistoryPage([], hasMore: false) }
    return try reading { () throws(SQLiteError) in
      guard let id = try conversationID(query.conversation) else {
        return HistoryPage([], hasMore: false, isPointKnown: !query.range.refersToMessage)
      }
      var window = Window(
        conversation: id, first: max(1, query.firstSequence), limit: query.limit, kinds: query.kinds.rawValue & ~1,
        classes: EventClass.bits(for: query.kinds), reader: query.reader)
      if query.after > 0 {
        window.first = max(window.first, try firstSequence(window) { _, position in position > query.after })
      }
      var page = try page(query.range, window)
      if query.contextLimit > 0 { try addContext(to: &page.events, limit: query.contextLimit, for: query.reader) }
      return page
    }
  }

  private func page(_ range: HistoryRange, _ window: Window) throws(SQLiteError) -> HistoryPage {
    let nothing = HistoryPage([], hasMore: false, isPointKnown: false)
    switch range {
    case .before(let point):
      guard let place = try place(of: point, window) else { return nothing }
      return try newest(window, from: window.first, before: place.first)
    case .after(let point):
      guard let place = try place(of: point, window) else { return nothing }
      return try oldest(window, from: place.next, before: .max)
    case .latest(nil):
      return try newest(window, from: window.first, before: .max)
    case .latest(let point?):
      guard let place = try place(of: point, window) else { return nothing }
      return try newest(window, from: place.next, before: .max)
    case .around(let point):
      return try around(point, window)
    case .between(let start, let end):
      guard let start = try place(of: start, window), let end = try place(of: end, window) else {
        return nothing
      }
      return start.first <= end.first
        ? try oldest(window, from: start.next, before: end.first)
        : try newest(window, from: end.next, before: start.first)
    case .missed(let position):
      return try newest(window, from: window.first, before: .max, after: position)
    }
  }

  private struct Window {
    var conversation: Int64
    var first: Int64
    var limit: Int
    var kinds: Int64
    /// Bits of `EventClass`.
    var classes: Int64
    var reader: Identity?
  }

  /// Where a point lies: its own events, if there are any, have the sequences from `first` to before `next`.
  private struct Place {
    var first: Int64
    var next: Int64
  }

  /// Half of the limit, rounded down, before the point; the rest from the point on.
  private func around(_ point: HistoryPoint, _ window: Window) throws(SQLiteError) -> HistoryPage {
    guard let place = try place(of: point, window) else {
      return HistoryPage([], hasMore: false, isPointKnown: false)
    }
    var earlier = window
    earlier.limit = window.limit / 2
    var later = window
    later.limit = window.limit - earlier.limit
    let before = earlier.limit > 0 ? try newest(earlier, from: window.first, before: place.first).events : []
    return HistoryPage(try before + oldest(later, from: place.first, before: .max).events, hasMore: true)
  }

  // MARK: - Points

  private func place(of point: HistoryPoint, _ window: Window) throws(SQLiteError) -> Place? {
    switch point {
    case .sequence(let number): return try place(ofNumber: number, window)
    case .messageID(let messageID):
      guard let position = ids.position(of: messageID) else { return nil }
      let sequence = try database.statement("SELECT sequence FROM events WHERE position = ? AND conversation = ?")
        .first(position, window.conversation) { $0.int(0) }
      if let sequence, sequence >= window.first { return Place(first: sequence, next: sequence + 1) }
      // It has expired, or this reader may not see it any more: its place is before what is left.
      var next = window.first
      if sequence == nil {
        guard try hasExpired(position, in: window.conversation) else { return nil }
        next = max(next, try firstSequence(window) { _, found in found > position })
      }
      return Place(first: next, next: next)
    case .time(let time):
      let first = try firstSequence(window) { found, _ in found >= time.milliseconds }
      let next = try firstSequence(window) { found, _ in found > time.milliseconds }
      return Place(first: first, next: next)
    }
  }

  /// A number that was never given, or only to an event that is lost, lies between two epochs.
  private func place(ofNumber number: Int64, _ window: Window) throws(SQLiteError) -> Place {
    let (sequence, positions) = ids.epochs.place(ofNumber: number)
    let whole = Place(first: sequence, next: sequence == .max ? .max : sequence + 1)
    if positions == 0..<LogPosition.max { return whole }
    let next = try ConversationRows(window.conversation, database).first(from: sequence)
    if let next, next.sequence == sequence, positions.contains(next.position) { return whole }
    let begin = try firstSequence(window) { $1 >= positions.lowerBound }
    if sequence < begin { return Place(first: begin, next: begin) }
    let end = positions.upperBound == .max ? .max : try firstSequence(window) { $1 >= positions.upperBound }
    return sequence < end ? whole : Place(first: end, next: end)
  }

  /// An event that stood in this conversation, or in one that has expired as far.
  private func hasExpired(_ position: LogPosition, in conversation: Int64) throws(SQLiteError) -> Bool {
    let isElsewhere = try database.statement("SELECT 1 FROM events WHERE position = ?").first(position) { _ in true }
    guard isElsewhere == nil else { return false }
    return try database.statement("SELECT position >= ? FROM expired WHERE conversation = ?")
      .first(position, conversation) { $0.int(0) == 1 } ?? false
  }

  /// The first sequence whose time and position fulfil a condition that no earlier ones do: they never decrease within a
  /// conversation.
  private func firstSequence(
    _ window: Window, where isReached: (_ time: Int64, _ position: LogPosition) -> Bool
  ) throws(SQLiteError) -> Int64 {
    try ConversationRows(window.conversation, database).firstSequence { isReached($0.time, $0.position) }
  }

  // MARK: - Pages

  private func oldest(_ window: Window, from first: Int64, before end: Int64) throws(SQLiteError) -> HistoryPage {
    var events: [StoredEvent] = []
    try pages.oldest.eachRow(
      window.conversation, max(first, window.first), end, window.kinds, window.limit + 1, window.classes,
      window.reader?.rawValue
    ) {
      events.append(event($0, for: window.reader))
      return true
    }
    let hasMore = events.count > window.limit
    if hasMore { events.removeLast() }
    return HistoryPage(events, hasMore: hasMore)
  }

  /// Positions and sequences grow together, so the first one that is not after `position` ends the search.
  private func newest(
    _ window: Window, from first: Int64, before end: Int64, after position: LogPosition = .min
  ) throws(SQLiteError) -> HistoryPage {
    var events: [StoredEvent] = []
    try pages.newest.eachRow(
      window.conversation, max(first, window.first), end, window.kinds, window.limit + 1, window.classes,
      window.reader?.rawValue
    ) {
      guard $0.int(0) > position else { return false }
      events.append(event($0, for: window.reader))
      return true
    }
    let hasMore = events.count > window.limit
    if hasMore { events.removeLast() }
    events.reverse()
    return HistoryPage(events, hasMore: hasMore)
  }

  /// The tag messages that refer to messages of a page and stand outside of it.
  private func addContext(
    to events: inout [StoredEvent], limit: Int, for reader: Identity?
  ) throws(SQLiteError) {
    guard let first = events.first?.receipt.position, let last = events.last?.receipt.position else { return }
    let statement = try database.statement(
      """
      SELECT position, sequence, kind, time, sender, source, account, target, text, tags, reference,
        unheard, own_text,
        checksum IS NULL OR checksum = checksum(position, conversation, sequence, kind, time, sender, source, account, target, text, tags, reference)
      FROM events
      WHERE reference = ? AND reference > 0 AND kind = 3 AND position NOT BETWEEN ? AND ?
        AND (unheard = 0 OR sender = ?)
      ORDER BY position DESC LIMIT ?
      """)
    for index in events.indices where EventKinds.messages.contains(events[index].kind) {
      var context: [StoredEvent] = []
      try statement.eachRow(events[index].receipt.position, first, last, reader?.rawValue, limit) {
        context.append(event($0, for: reader))
        return true
      }
      events[index].context = context.reversed()
    }
  }
}
