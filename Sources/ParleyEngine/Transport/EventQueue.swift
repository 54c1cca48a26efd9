/// Events that wait for the host, and a descriptor that is readable exactly while some do.
final class EventQueue: Sendable {
  private struct State {
    var events: [EngineEvent] = []
    var head = 0
    /// Places in `events` of kinds that are told once however often they happen.
    var waiting: [Key: Int] = [:]
    var hasOverrun = false
    /// Called once when few events wait.
    var whenDispatched: (@Sendable () -> Void)?

    var isEmpty: Bool { head == events.count }
  }

  /// What makes an event the same as one that waits already.
  private struct Key: Hashable {
    var kind: EngineEvent.Kind
    var chat: Int64
    var nick: String?
  }

  private let state = Locked(State())
  private let signal: Signal
  private let limit: Int

  init(limit: Int) throws(EngineError) {
    self.limit = max(16, limit)
    signal = try Signal()
  }

  /// With so many events waiting, or fewer, the host counts as having dispatched.
  private var few: Int { min(500, limit / 8) }

  /// Calls `body` once when few events wait, perhaps at once.
  func callWhenDispatched(_ body: @escaping @Sendable () -> Void) {
    let isNow = state.withLock { state in
      let areFew = state.events.count - state.head <= few
      state.whenDispatched = areFew ? nil : body
      return areFew
    }
    if isNow { body() }
  }

  var descriptor: Int32 { signal.descriptor }

  /// How many wait.
  var count: Int { state.withLock { $0.events.count - $0.head } }

  func push(_ events: [EngineEvent]) {
    guard !events.isEmpty else { return }
    state.withLock { state in
      let wasEmpty = state.isEmpty
      for event in events { append(event, &state) }
      if wasEmpty, !state.isEmpty { signal.set() }
    }
  }

  private func append(_ event: EngineEvent, _ state: inout State) {
    switch event.kind {
    case .chat, .members, .history, .typing:
      let key = Key(kind: event.kind, chat: event.chat, nick: event.nick)
      if let place = state.waiting[key], place >= state.head {
        // The place of the first, what the last says.
        state.events[place].value = event.value
        return
      }
      guard makeRoom(&state) else { return }
      state.waiting[key] = state.events.count
    default:
      // Requests and questions are always told: hosts wait for them, and they are as many as hosts asked.
      guard event.kind == .done || event.kind == .ask || makeRoom(&state) else { return }
    }
    state.events.append(event)
  }

  /// Full: what can be read again is dropped, and one event says so.
  private func makeRoom(_ state: inout State) -> Bool {
    if state.events.count - state.head < limit { return true }
    if !state.hasOverrun {
      state.hasOverrun = true
      state.events.append(EngineEvent(.overrun))
    }
    return false
  }

  /// An event that was taken comes first again.
  func putBack(_ event: EngineEvent) {
    state.withLock { state in
      let wasEmpty = state.isEmpty
      if state.head > 0 {
        state.head -= 1
        state.events[state.head] = event
      } else {
        state.events.insert(event, at: 0)
        state.waiting = state.waiting.mapValues { $0 + 1 }
      }
      if event.kind == .overrun { state.hasOverrun = true }
      if wasEmpty { signal.set() }
    }
  }

  func next() -> EngineEvent? {
    let (event, body): (EngineEvent?, (@Sendable () -> Void)?) = state.withLock { state in
      let event = take(&state)
      guard state.events.count - state.head <= few, let body = state.whenDispatched else { return (event, nil) }
      state.whenDispatched = nil
      return (event, body)
    }
    body?()
    return event
  }

  private func take(_ state: inout State) -> EngineEvent? {
    guard !state.isEmpty else { return nil }
    let event = state.events[state.head]
    state.head += 1
    if event.kind == .overrun { state.hasOverrun = false }
    if state.isEmpty {
      state.events.removeAll(keepingCapacity: state.events.count < 1_024)
      state.head = 0
      state.waiting.removeAll(keepingCapacity: true)
      signal.clear()
    } else if state.head >= 4_096 {
      state.events.removeFirst(state.head)
      state.waiting = state.waiting.compactMapValues { $0 >= state.head ? $0 - state.head : nil }
      state.head = 0
    }
    return event
  }
}
