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
        classes: EventClass.bits(for: query.kinds), reader: query.reader, byteLimit: query.byteLimit,
        portion: query.portion, hasContext: query.contextLimit > 0)
      if query.after > 0 {
        window.first = max(window.first, try firstSequence(window) { $0 > query.after })
      }
      var page = try page(query.range, window)
      if query.contextLimit > 0 { try addContext(to: &page, query) }
      return page.answer
    }
  }

  private func page(_ range: HistoryRange, _ window: Window) throws(SQLiteError) -> MeasuredPage {
    let nothing = MeasuredPage(isPointKnown: false)
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
      var window = window
      window.first = max(window.first, try firstSequence(window) { $0 > position })
      var page = try newest(window, from: window.first, before: .max)
      if page.hasMore {
        page.omitted = try count(
          window, from: window.first, before: page.firstSequence, most: HistoryPage.omissionLimit)
      }
      return page
    case .rest(let rest):
      return try remainder(rest, window)
    }
  }

  private func remainder(_ rest: HistoryRest, _ window: Window) throws(SQLiteError) -> MeasuredPage {
    var window = window
    (window.limit, window.byteLimit, window.endsWithPortion) = (.max - 1, .max, true)
    var page = try oldest(window, from: rest.sequences.lowerBound, before: rest.sequences.upperBound + 1)
    // Also when its first and last events are gone meanwhile.
    page.belongs(to: rest)
    return page
  }

  private struct Window {
    var conversation: Int64
    var first: Int64
    var limit: Int
    var kinds: Int64
    /// Bits of `EventClass`.
    var classes: Int64
    var reader: Identity?
    var byteLimit: Int
    var portion: Int
    var hasContext: Bool
    /// What lies behind the portion has been measured already.
    var endsWithPortion = false
  }

  /// Where a point lies: its own events, if there are any, have the sequences from `first` to before `next`.
  private struct Place {
    var first: Int64
    var next: Int64
  }

  /// Half of the limits, rounded down, before the point; the rest from the point on.
  private func around(_ point: HistoryPoint, _ window: Window) throws(SQLiteError) -> MeasuredPage {
    guard let place = try place(of: point, window) else { return MeasuredPage(isPointKnown: false) }
    var earlier = window
    (earlier.limit, earlier.byteLimit) = (window.limit / 2, window.byteLimit / 2)
    var later = window
    (later.limit, later.byteLimit) = (window.limit - earlier.limit, window.byteLimit - earlier.byteLimit)
    var before = MeasuredPage()
    if earlier.limit > 0 {
      before = try newest(earlier, from: window.first, before: place.first)
    } else {
      // A page of the point's own event alone: whether there is something before it is to be known all the same.
      before.hasMore = try count(window, from: window.first, before: place.first, most: 1) > 0
    }
    return before.followed(by: try oldest(later, from: place.first, before: .max), portion: window.portion)
  }

  // MARK: - Points

  private func place(of point: HistoryPoint, _ window: Window) throws(SQLiteError) -> Place? {
    switch point {
    case .sequence(let number): return try place(ofNumber: number, window)
    case .messageID(let messageID):
      guard let position = ids.position(of: messageID) else { return nil }
      let sequence = try sequence(at: position, in: window.conversation)
      if let sequence, sequence >= window.first { return Place(first: sequence, next: sequence + 1) }
      // It has expired, or this reader may not see it any more: its place is before what is left.
      var next = window.first
      if sequence == nil {
        guard try hasExpired(position, in: window.conversation) else { return nil }
        next = max(next, try firstSequence(window) { $0 > position })
      }
      return Place(first: next, next: next)
    case .time(let time):
      let first = try firstSequenceByTime(window) { $0 >= time.milliseconds }
      let next = try firstSequenceByTime(window) { $0 > time.milliseconds }
      return Place(first: first, next: next)
    }
  }

  /// nil: there is no such event, or it is of another conversation.
  private func sequence(at position: LogPosition, in conversation: Int64) throws(SQLiteError) -> Int64? {
    try database.statement(
      text: "SELECT sequence, conversation, \(RowChecksum.isSound) FROM events WHERE position = ?"
    ).first(position) {
      if $0.int(2) != 1 { noteDamage(at: position) }
      return $0.int(1) == conversation ? $0.int(0) : nil
    } ?? nil
  }

  /// A number that was never given, or only to an event that is lost, lies between two epochs.
  private func place(ofNumber number: Int64, _ window: Window) throws(SQLiteError) -> Place {
    let (sequence, positions) = ids.epochs.place(ofNumber: number)
    let whole = Place(first: sequence, next: sequence == .max ? .max : sequence + 1)
    if positions == 0..<LogPosition.max { return whole }
    let next = try ConversationRows(window.conversation, database).first(from: sequence)
    if let next, next.sequence == sequence, positions.contains(next.position) { return whole }
    let begin = try firstSequence(window) { $0 >= positions.lowerBound }
    if sequence < begin { return Place(first: begin, next: begin) }
    let end = positions.upperBound == .max ? .max : try firstSequence(window) { $0 >= positions.upperBound }
    return sequence < end ? whole : Place(first: end, next: end)
  }

  /// An event that stood in this conversation, or in one that has expired as far.
  private func hasExpired(_ position: LogPosition, in conversation: Int64) throws(SQLiteError) -> Bool {
    let isElsewhere = try database.statement("SELECT 1 FROM events WHERE position = ?").first(position) { _ in true }
    guard isElsewhere == nil else { return false }
    return try database.statement("SELECT position >= ? FROM expired WHERE conversation = ?")
      .first(position, conversation) { $0.int(0) == 1 } ?? false
  }

  /// The first sequence whose position fulfils a condition that no earlier ones do: positions grow within a conversation. Damaged rows
  /// that are met on the way are none of the answer, and lead nowhere else: a row is found by its position.
  private func firstSequence(
    _ window: Window, where isReached: (LogPosition) -> Bool
  ) throws(SQLiteError) -> Int64 {
    try ConversationRows(window.conversation, database).firstSequence { isReached($0.position) }
  }

  /// The same of times, which never decrease. A damaged one may lead anywhere.
  private func firstSequenceByTime(
    _ window: Window, where isReached: (Int64) -> Bool
  ) throws(SQLiteError) -> Int64 {
    try ConversationRows(window.conversation, database).firstSequence {
      if !$0.isSound { noteDamage(at: $0.position) }
      return isReached($0.time)
    }
  }

  // MARK: - Pages

  private func oldest(_ window: Window, from first: Int64, before end: Int64) throws(SQLiteError) -> MeasuredPage {
    let page = try measure(pages.oldest, window, from: first, before: end) { page, row, bytes in
      page.addLast(
        { event(row, for: window.reader) }, at: row.int(0), sequence: row.int(1), bytes: bytes, portion: window.portion)
    }
    let isWhole = !page.hasMore && !(window.endsWithPortion && page.isBeyondPortion)
    try lookForHoles(from: max(first, window.first), before: isWhole ? end : page.lastSequence + 1, in: window) {
      $0.lowerBound...min($0.upperBound, $0.lowerBound + Self.mostLookedAt - 1)
    }
    return page
  }

  private func newest(_ window: Window, from first: Int64, before end: Int64) throws(SQLiteError) -> MeasuredPage {
    var page = try measure(pages.newest, window, from: first, before: end) { page, row, bytes in
      page.addFirst(event(row, for: window.reader), sequence: row.int(1), bytes: bytes, portion: window.portion)
    }
    page.order()
    try lookForHoles(from: page.hasMore ? page.firstSequence : max(first, window.first), before: end, in: window) {
      max($0.lowerBound, $0.upperBound - Self.mostLookedAt + 1)...$0.upperBound
    }
    return page
  }

  /// Reports sequences without events, which a damaged index hides, or another program has deleted. What is there is shown.
  ///
  /// Only so many are looked at as cost little: there may be any number of reactions between two messages.
  private func lookForHoles(
    from first: Int64, before end: Int64, in window: Window, _ part: (ClosedRange<Int64>) -> ClosedRange<Int64>
  ) throws(SQLiteError) {
    let rows = ConversationRows(window.conversation, database)
    let expired =
      try database.statement("SELECT sequence FROM expired WHERE conversation = ?").first(window.conversation) {
        $0.int(0)
      } ?? 0
    let first = max(first, expired + 1)
    guard first < end, let last = try rows.last()?.sequence, first <= last else { return }
    let looked = part(first...min(last, end - 1))
    if try rows.areComplete(looked) { return }
    reportHole(in: window.conversation, looked)
  }

  /// Sequences.
  private static let mostLookedAt: Int64 = 1_000

  /// Goes over the events of a page, up to the first one beyond its limits. For the rest of a page that has been measured the portion is
  /// the limit: otherwise each portion would cost as much as all that follow it.
  private func measure(
    _ rows: borrowing Statement, _ window: Window, from first: Int64, before end: Int64,
    _ add: (inout MeasuredPage, borrowing Statement, Int) -> Void
  ) throws(SQLiteError) -> MeasuredPage {
    var page = MeasuredPage()
    let reactions = try database.statement(
      "SELECT count(*) FROM (SELECT 1 FROM events WHERE reference = ? AND reference > 0 AND kind = 3 LIMIT 200)")
    var failure: SQLiteError?
    try rows.eachRow(
      window.conversation, max(first, window.first), end, window.kinds, window.limit + 1, window.classes,
      window.reader?.rawValue
    ) { row in
      page.looked += 1
      var bytes = MeasuredPage.eventBytes + Int(row.int(14))
      if window.hasContext, EventKinds.messages.rawValue >> row.int(2) & 1 == 1 {
        do throws(SQLiteError) {
          bytes += try reactions.first(row.int(0)) { Int($0.int(0)) * MeasuredPage.reactionBytes } ?? 0
        } catch {
          failure = error
          return false
        }
      }
      guard page.count < window.limit, page.count == 0 || bytes <= window.byteLimit - page.bytes else {
        page.hasMore = true
        return false
      }
      // Also of an event that is not kept now: an answer with a damaged event is refused as a whole, before it begins. The first one
      // behind the page belongs to another answer.
      if row.int(13) != 1 { noteDamage(at: row.int(0)) }
      add(&page, row, bytes)
      return !(window.endsWithPortion && page.isBeyondPortion)
    }
    if let failure { throw failure }
    return page
  }

  private func count(
    _ window: Window, from first: Int64, before end: Int64, most: Int
  ) throws(SQLiteError) -> Int {
    try database.statement(text: Self.countQuery).first(
      window.conversation, first, end, window.kinds, most, window.classes, window.reader?.rawValue
    ) { Int($0.int(0)) } ?? 0
  }

  private static let countQuery = """
    SELECT count(*) FROM (
      \(EventClass.ranges(conversation: "?1", reader: "?7", classes: "?6").map {
        """
        SELECT 1 FROM \($0.table)
        WHERE \($0.condition) AND sequence >= ?2 AND sequence < ?3 AND (?4 >> kind) & 1 = 1
          AND (unheard = 0 OR sender = ?7)
        """
      }.joined(separator: " UNION ALL "))
      LIMIT ?5)
    """

  /// The newest tag messages that refer to messages of a page and stand outside of it.
  private func addContext(to page: inout MeasuredPage, _ query: HistoryQuery) throws(SQLiteError) {
    guard let span = page.span else { return }
    let statement = try database.statement(
      text: """
        SELECT position, sequence, kind, time, sender, source, account, target, text, tags, reference,
          unheard, own_text,
          \(RowChecksum.isSound)
        FROM events
        WHERE reference = ? AND reference > 0 AND kind = 3 AND position NOT BETWEEN ? AND ?
          AND (unheard = 0 OR sender = ?)
        ORDER BY position DESC LIMIT ?
        """)
    try page.addContext { message throws(SQLiteError) in
      var context: [StoredEvent] = []
      var bytes = 0
      try statement.eachRow(
        message.receipt.position, span.lowerBound, span.upperBound, query.reader?.rawValue, query.contextLimit
      ) {
        let reaction = event($0, for: query.reader)
        bytes += reaction.clientTags.utf8.count
        guard bytes <= HistoryQuery.contextBytes else { return false }
        context.append(reaction)
        return true
      }
      return context.reversed()
    }
  }
}
