import CParley
import NIOConcurrencyHelpers
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
    var isDispatching = false
    var isClosing = false

    var kinds: UInt64 { subscriptions.reduce(0) { $0 | $1.kinds } }
  }

  let engine: Engine
  private let bell: Bell
  private let state = NIOLockedValueBox(State())
  /// Its own handle's number; 0 until it has one.
  private let serial = Atomic<UInt64>(0)

  init(_ engine: Engine, _ bell: Bell) {
    self.engine = engine
    self.bell = bell
  }

  /// The handle of an engine that has just been opened.
  func register() -> OpaquePointer? {
    let number = Registry.shared.hold(.engine(self))
    serial.store(number, ordering: .relaxed)
    return Handle(.engine, number).pointer
  }

  var isClosing: Bool { state.withLockedValue { $0.isClosing } }

  // MARK: Subscriptions

  /// The number is filled in.
  func subscribe(_ subscription: Subscription) throws(EngineError) -> Int32 {
    let number: Int32? = state.withLockedValue { state in
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
    let isFound = state.withLockedValue { state in
      guard let place = state.subscriptions.firstIndex(where: { $0.number == number }) else { return false }
      state.subscriptions.remove(at: place)
      engine.wants(state.kinds)
      return true
    }
    guard isFound else { throw .noSuch }
  }

  // MARK: Dispatching

  /// - Parameter most: 0: all that wait.
  /// - Returns: how many events were handled.
  func dispatch(most: Int) throws(EngineError) -> Int32 {
    try begin()
    defer { finish() }
    return deliver(most: most)
  }

  /// - Parameter milliseconds: -1: without end.
  /// - Returns: how many events were handled; 0: the time is over, or a signal came.
  func wait(milliseconds: Int32) throws(EngineError) -> Int32 {
    try begin()
    defer { finish() }
    switch Platform.wait(engine.descriptor, bell.descriptor, milliseconds: milliseconds) {
    case .timedOut, .interrupted: return 0
    case .ready:
      if isClosing { throw .closed }
      return deliver(most: 0)
    }
  }

  private func begin() throws(EngineError) {
    let error: EngineError? = state.withLockedValue { state in
      if state.isClosing { return .closed }
      if state.isDispatching { return .busy }
      state.isDispatching = true
      return nil
    }
    if let error { throw error }
  }

  private func finish() {
    let mustEnd = state.withLockedValue { state in
      state.isDispatching = false
      return state.isClosing
    }
    if mustEnd { end() }
  }

  private func deliver(most: Int) -> Int32 {
    var handled: Int32 = 0
    if most > 0 {
      while handled < most, !isClosing, let event = engine.nextEvent() {
        deliver(event)
        handled += 1
      }
      return handled
    }
    // Taken first: what the callbacks bring about waits for the next dispatch.
    var waiting: [EngineEvent] = []
    while let event = engine.nextEvent() { waiting.append(event) }
    for event in waiting where !isClosing {
      deliver(event)
      handled += 1
    }
    return handled
  }

  private func deliver(_ event: EngineEvent) {
    var due = subscriptions(to: event.kind)
    guard !due.isEmpty else { return }
    var event = event
    var message: Sheet?
    if event.message != 0 {
      do {
        message = Sheet(messages: [try engine.message(event.message)])
      } catch .noSuch {
        // Discarded, or forgotten with its chat, since the event was queued.
        switch event.kind {
        case .message: return
        case .changed: message = Sheet(goneMessage: event.message, chat: event.chat)
        default: break
        }
      } catch {
        // It cannot be read now, and the event would not be repeated.
        if event.kind == .message || event.kind == .changed {
          event = EngineEvent(.overrun)
          due = subscriptions(to: .overrun)
        }
      }
    }
    call(due, DispatchedEvent(event, message: message, engine: engine))
  }

  private func subscriptions(to kind: EngineEvent.Kind) -> [Subscription] {
    state.withLockedValue { state in state.subscriptions.filter { $0.kinds & kind.rawValue != 0 } }
  }

  private func call(_ due: [Subscription], _ event: DispatchedEvent) {
    let number = Registry.shared.hold(.event(event))
    defer {
      Registry.shared.release([number])
      event.end()
    }
    for subscription in due {
      let isWanted = state.withLockedValue { state in
        !state.isClosing && state.subscriptions.contains { $0.number == subscription.number }
      }
      if isWanted { subscription.callback(Handle(.event, number).pointer, subscription.context) }
    }
  }

  // MARK: The end

  /// While a dispatch runs, it ends when that returns.
  func close() throws(EngineError) {
    let (wasClosing, isDispatching) = state.withLockedValue { state in
      defer { state.isClosing = true }
      return (state.isClosing, state.isDispatching)
    }
    if wasClosing { throw .closed }
    if isDispatching { bell.ring() } else { end() }
  }

  private func end() {
    engine.close()
    Registry.shared.release([serial.load(ordering: .relaxed)])
  }
}
