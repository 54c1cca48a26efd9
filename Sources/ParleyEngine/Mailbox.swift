/// What an engine's thread is to handle.
enum Input {
  case command(Command, request: Int64)
  case connected(ConnectionID, fingerprint: String?)
  case received(ConnectionID, [UInt8])
  case closed(ConnectionID, ConnectionEnd)
  case wants(rawLines: Bool)
  /// The host has dispatched events that were waited for.
  case hasDispatched
}

/// Where other threads leave what the engine's thread is to handle.
final class Mailbox: Sendable {
  private struct State {
    var inputs: [Input] = []
    /// The thread has been told that there are some.
    var isAnnounced = false
    var isClosed = false
    /// How many inputs there have been.
    var count: UInt64 = 0
  }

  /// Ends the thread's wait.
  let signal: Signal
  private let state = Locked(State())

  init(_ signal: Signal) { self.signal = signal }

  /// - Returns: the input's number; nil: the engine is closed.
  @discardableResult
  func put(_ input: Input) -> UInt64? {
    let (number, mustAnnounce): (UInt64?, Bool) = state.withLock { state in
      guard !state.isClosed else { return (nil, false) }
      state.inputs.append(input)
      state.count += 1
      defer { state.isAnnounced = true }
      return (state.count, !state.isAnnounced)
    }
    if mustAnnounce { signal.set() }
    return number
  }

  /// - Returns: what has been left; the number of the last input; whether there will be no more.
  func take() -> (inputs: [Input], number: UInt64, isClosed: Bool) {
    state.withLock { state in
      state.isAnnounced = false
      defer { state.inputs = [] }
      return (state.inputs, state.count, state.isClosed)
    }
  }

  /// - Returns: false: it was closed before.
  func close() -> Bool {
    let isFirst = state.withLock { state in
      defer { state.isClosed = true }
      return !state.isClosed
    }
    if isFirst { signal.set() }
    return isFirst
  }
}
