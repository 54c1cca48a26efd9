import CParley
import ParleyEngine
import Synchronization

/// An engine and what its host wants of it: subscriptions, one dispatch at a time, an end.
final class Host: Sendable {
  struct Subscription: @unchecked Sendable {  // The context is the host's own affair.
    var number: Int32
    var kinds: UInt64
    var callback: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?) -> Void
    var context: UnsafeMutableRawPointer?
  }

  private struct State {
    var subscriptions: [Subscription] = []
    var lastNumber: Int32 = 0
    /// nil: none runs.
    var dispatch: Dispatch?
    /// The subscriptions that are still to be told of the next event, because a callback of another did not return; nil: all.
    var owed: Set<Int32>?
    var isClosing = false

    var kinds: UInt64 { subscriptions.reduce(0) { $0 | $1.kinds } }
  }

  /// A dispatch that runs. It is kept here and not on the stack, which a callback may unwind.
  private struct Dispatch {
    /// How many events it may still take.
    var remaining: Int
    var handled: Int32 = 0
    var delivery: Delivery?
  }

  /// An event that callbacks are being told of.
  private struct Delivery {
    var event: EngineEvent
    var lent: DispatchedEvent
    /// The serial number of its handle.
    var number: UInt64
    /// Subscriptions that are still to be told.
    var due: ArraySlice<Subscription>

    var pointer: OpaquePointer? { Handle(.event, number).pointer }
  }

  let engine: Engine
  /// Ends a wait.
  private let bell: Signal
  private let state = Locked(State())
  /// Its own handle's number; 0 until it has one.
  private let serial = Atomic<UInt64>(0)

  init(_ engine: Engine, _ bell: Signal) {
    self.engine = engine
    self.bell = bell
  }

  /// The handle of an engine that has just been opened.
  func register() -> OpaquePointer? {
    let number = Registry.shared.hold(.engine(self))
    serial.store(number, ordering: .relaxed)
    return Handle(.engine, number).pointer
  }

  /// The serial number of its handle.
  var number: UInt64 { serial.load(ordering: .relaxed) }

  var isClosing: Bool { state.withLock { $0.isClosing } }

  // MARK: Subscriptions

  /// The number is filled in.
  func subscribe(_ subscription: Subscription) throws(EngineError) -> Int32 {
    let number: Int32? = state.withLock { state in
      guard state.lastNumber < Int32.max else { return nil }
      state.lastNumber += 1
      var subscription = subscription
      subscription.number = state.lastNumber
      state.subscriptions.append(subscription)
      engine.wants(state.kinds)
      return state.lastNumber
    }
    guard let number else { throw .memory }
    return number
  }

  func unsubscribe(_ number: Int32) throws(EngineError) {
    let isFound = state.withLock { state in
      guard let place = state.subscriptions.firstIndex(where: { $0.number == number }) else { return false }
      state.subscriptions.remove(at: place)
      engine.wants(state.kinds)
      return true
    }
    guard isFound else { throw .noSuch }
  }

  // MARK: Dispatching: `Dispatching` calls these from C++

  /// - Parameter most: how many events; 0: all that wait now. What the callbacks bring about waits for the next dispatch.
  func begin(most: Int) throws(EngineError) {
    let error: EngineError? = state.withLock { state in
      if state.isClosing { return .closed }
      if state.dispatch != nil { return .busy }
      state.dispatch = Dispatch(remaining: most > 0 ? most : engine.waitingEvents)
      return nil
    }
    if let error { throw error }
  }

  /// - Parameter milliseconds: -1: without end.
  /// - Returns: whether there are events; false: the time is over, or a signal came.
  func wait(milliseconds: Int32) throws(EngineError) -> Bool {
    switch Platform.wait(engine.descriptor, bell.descriptor, milliseconds: milliseconds) {
    case .timedOut, .interrupted: return false
    case .ready:
      if isClosing { throw .closed }
      state.withLock { $0.dispatch?.remaining = engine.waitingEvents }
      return true
    }
  }

  /// The next callback that is due, and the handle that it is given; nil: there are no more.
  func next() -> (subscription: Subscription, event: OpaquePointer?)? {
    while true {
      if let subscription = nextOfEvent() { return (subscription, state.withLock { $0.dispatch?.delivery?.pointer }) }
      endEvent(isComplete: true)
      guard takeEvent() else { return nil }
    }
  }

  /// The dispatch is over: by itself, or because a callback did not return.
  /// - Returns: how many events were handled.
  func finish() -> Int32 {
    endEvent(isComplete: false)
    let (handled, mustEnd) = state.withLock { state in
      defer { state.dispatch = nil }
      return (state.dispatch?.handled ?? 0, state.isClosing)
    }
    if mustEnd { end() }
    return handled
  }

  /// The next subscription that is to be told of the event at hand.
  private func nextOfEvent() -> Subscription? {
    state.withLock { state in
      guard !state.isClosing else { return nil }
      while let subscription = state.dispatch?.delivery?.due.popFirst() {
        if state.subscriptions.contains(where: { $0.number == subscription.number }) { return subscription }
      }
      return nil
    }
  }

  /// Takes back what was lent with the event at hand.
  private func endEvent(isComplete: Bool) {
    let delivery = state.withLock { state in
      let delivery = state.dispatch?.delivery
      state.dispatch?.delivery = nil
      if delivery != nil { state.dispatch?.handled += 1 }
      return delivery
    }
    guard let delivery else { return }
    Registry.shared.release([delivery.number])
    delivery.lent.end()
    guard !isComplete, !delivery.due.isEmpty else { return }
    // A callback did not return: the others are told of the event by the next dispatch.
    state.withLock { $0.owed = Set(delivery.due.map(\.number)) }
    engine.putBack(delivery.event)
  }

  /// The next event that somebody is to be told of.
  private func takeEvent() -> Bool {
    while true {
      let mayTake = state.withLock { state in
        guard !state.isClosing, let remaining = state.dispatch?.remaining, remaining > 0 else { return false }
        state.dispatch?.remaining = remaining - 1
        return true
      }
      guard mayTake, let event = engine.nextEvent() else { return false }
      if let delivery = delivery(of: event) {
        state.withLock { $0.dispatch?.delivery = delivery }
        return true
      }
      state.withLock { $0.dispatch?.handled += 1 }
    }
  }

  /// nil: there is no callback for it.
  private func delivery(of event: EngineEvent) -> Delivery? {
    var due = subscriptions(to: event.kind)
    guard !due.isEmpty else { return nil }
    var event = event
    var message: Sheet?
    if event.message != 0 {
      do {
        message = Sheet(messages: [try engine.message(event.message)])
      } catch .noSuch {
        // Discarded, or forgotten with its chat, since the event was queued.
        switch event.kind {
        case .message: return nil
        case .changed: message = Sheet(goneMessage: event.message, chat: event.chat)
        default: break
        }
      } catch {
        // It cannot be read now, and the event would not be repeated.
        if event.kind == .message || event.kind == .changed {
          event = EngineEvent(.overrun)
          due = subscriptions(to: .overrun)
          guard !due.isEmpty else { return nil }
        }
      }
    }
    let lent = DispatchedEvent(event, message: message, engine: engine)
    return Delivery(event: event, lent: lent, number: Registry.shared.hold(.event(lent)), due: due[...])
  }

  private func subscriptions(to kind: EngineEvent.Kind) -> [Subscription] {
    state.withLock { state in
      defer { state.owed = nil }
      return state.subscriptions.filter { subscription in
        subscription.kinds & kind.rawValue != 0 && state.owed?.contains(subscription.number) != false
      }
    }
  }

  // MARK: The end

  /// While a dispatch runs, it ends when that returns.
  func close() throws(EngineError) {
    let (wasClosing, isDispatching) = state.withLock { state in
      defer { state.isClosing = true }
      return (state.isClosing, state.dispatch != nil)
    }
    if wasClosing { throw .closed }
    if isDispatching { bell.set() } else { end() }
  }

  private func end() {
    engine.close()
    Registry.shared.release([number])
  }
}
