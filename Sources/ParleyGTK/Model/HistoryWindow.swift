/// The stretch of a chat's rows that is on the screen, or near it. Everything else stays on disk.
struct HistoryWindow {
  /// Rows that are kept at most: widgets cost memory and time to lay out.
  static let limit = 200
  /// Rows that are read at once.
  static let step = 30

  let chat: ID
  private(set) var messages: [Message] = []
  /// There are no older rows on disk.
  private(set) var isAtStart = false
  /// The newest row is here.
  private(set) var isAtEnd = true

  init(chat: ID) { self.chat = chat }

  var isEmpty: Bool { messages.isEmpty }

  /// The newest rows.
  mutating func readEnd(_ engine: Engine) {
    let rows = engine.history(chat, anchor: 0, before: Self.step, after: 0)
    messages = rows.filter { $0.kind != nil }
    isAtStart = rows.count < Self.step
    isAtEnd = true
  }

  /// Rows around one.
  mutating func read(around anchor: ID, _ engine: Engine) {
    let rows = engine.history(chat, anchor: anchor, before: Self.step, after: Self.step)
    guard let place = rows.firstIndex(where: { $0.id == anchor }) else { return readEnd(engine) }
    messages = rows.filter { $0.kind != nil }
    isAtStart = place < Self.step
    isAtEnd = rows.count - place - 1 < Self.step
  }

  /// Puts older rows in front, and forgets as many at the end as are too many. Whether there were any.
  mutating func readOlder(_ engine: Engine) -> Bool {
    guard !isAtStart, let first = messages.first else { return false }
    let rows = engine.history(chat, anchor: first.id, before: Self.step, after: 0).filter { $0.id != first.id }
    isAtStart = rows.count < Self.step
    messages.insert(contentsOf: rows.filter { $0.kind != nil }, at: 0)
    if messages.count > Self.limit {
      messages.removeLast(messages.count - Self.limit)
      isAtEnd = false
    }
    return !rows.isEmpty
  }

  /// The same at the other end.
  mutating func readNewer(_ engine: Engine) -> Bool {
    guard !isAtEnd, let last = messages.last else { return false }
    let rows = engine.history(chat, anchor: last.id, before: 0, after: Self.step).filter { $0.id != last.id }
    isAtEnd = rows.count < Self.step
    messages.append(contentsOf: rows.filter { $0.kind != nil })
    trimStart()
    return !rows.isEmpty
  }

  /// Rows have arrived. What the disk has is what counts: it may be ahead of the events that tell of it.
  ///
  /// - Parameter following: how many rows a view at the end needs; nil: it is elsewhere, and what is in view is not forgotten.
  mutating func takeIn(_ arrivals: [Message], following: Int?, around anchor: ID, _ engine: Engine) {
    guard isAtEnd else { return }
    let known = Set(messages.map(\.id))
    let new = arrivals.filter { $0.kind != nil && !known.contains($0.id) }
    guard !new.isEmpty else { return }
    guard let last = messages.last else { return readEnd(engine) }
    let rows = engine.history(chat, anchor: last.id, before: 0, after: Self.limit).filter { $0.id != last.id }
    isAtEnd = rows.count < Self.limit
    // More at once than a view at the end needs.
    if !isAtEnd, following != nil { return readEnd(engine) }
    messages.append(contentsOf: rows.filter { $0.kind != nil })
    // What lies further up came in between: a message that others said before ours was acknowledged.
    let read = Set(rows.map(\.id))
    if new.contains(where: { !read.contains($0.id) }) { return refresh(around: anchor, engine) }
    if let following { return trimStart(to: following) }
    if messages.count > Self.limit {
      messages.removeLast(messages.count - Self.limit)
      isAtEnd = false
    }
  }

  /// A row has changed or is gone. Whether it is here.
  mutating func update(_ message: Message) -> Bool {
    guard let index = messages.firstIndex(where: { $0.id == message.id }) else { return false }
    if message.state == .gone { messages.remove(at: index) } else { messages[index] = message }
    return true
  }

  /// Reads again what is here, since rows may have come in between, or changed their places.
  mutating func refresh(around anchor: ID, _ engine: Engine) {
    guard !messages.isEmpty else { return readEnd(engine) }
    let place = messages.firstIndex { $0.id == anchor } ?? messages.count - 1
    let center = messages[place]
    let before = min(max(place, Self.step) + Self.step, Self.limit / 2)
    let after = min(max(messages.count - place, Self.step), Self.limit / 2 - 1)
    let rows = engine.history(chat, anchor: center.id, before: before, after: after)
    guard let place = rows.firstIndex(where: { $0.id == center.id }) else { return readEnd(engine) }
    messages = rows.filter { $0.kind != nil }
    isAtStart = place < before
    isAtEnd = rows.count - place - 1 < after
  }

  private mutating func trimStart(to limit: Int = Self.limit) {
    guard messages.count > limit else { return }
    messages.removeFirst(messages.count - limit)
    isAtStart = false
  }
}
