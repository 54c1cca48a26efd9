import ParleyEngine
import Synchronization

/// What a serial number of a handle stands for.
enum Held: Sendable {
  case engine(Host)
  case event(DispatchedEvent)
  /// A list of the host's own.
  case page(Sheet)
  /// Rows that hang on an event.
  case borrowed(Sheet)
}

/// All handles of the process.
final class Registry: Sendable {
  private struct State {
    var next: UInt64 = 1
    var held: [UInt64: Held] = [:]
  }

  static let shared = Registry()

  private let state = Locked(State())
  /// The process that opened the first engine; 0: none yet.
  private let process = Atomic<Int32>(0)

  /// Whether this is a child of the process that opened the engines. Nothing may be locked there: whoever held the lock was not
  /// copied by fork() and will not release it.
  var isForked: Bool {
    let process = process.load(ordering: .relaxed)
    return process != 0 && process != Platform.processID
  }

  func noteProcess() { process.store(Platform.processID, ordering: .relaxed) }

  /// - Returns: its serial number.
  func hold(_ object: Held) -> UInt64 {
    state.withLock { state in
      let serial = state.next
      state.next += 1
      state.held[serial] = object
      return serial
    }
  }

  func held(_ serial: UInt64) -> Held? { state.withLock { $0.held[serial] } }

  func release(_ serials: [UInt64]) {
    // Taken out first: what they hold is freed without the lock.
    let released = state.withLock { state in serials.compactMap { state.held.removeValue(forKey: $0) } }
    withExtendedLifetime(released) {}
  }

  /// Frees a list of the host's own, once.
  func releasePage(_ serial: UInt64) -> Bool {
    let released: Held? = state.withLock { state in
      guard case .page = state.held[serial] else { return nil }
      return state.held.removeValue(forKey: serial)
    }
    return released != nil
  }
}

// MARK: - What a handle stands for

extension Registry {
  func host(_ pointer: OpaquePointer?) throws(EngineError) -> Host {
    if isForked { throw .forked }
    guard let handle = Handle(pointer), handle.kind == .engine, handle.index == 0, let host = host(handle.serial) else {
      throw .handle
    }
    return host
  }

  func host(_ serial: UInt64) -> Host? {
    if case .engine(let host) = held(serial) { host } else { nil }
  }

  /// An engine that is not being closed.
  func openHost(_ pointer: OpaquePointer?) throws(EngineError) -> Host {
    let host = try host(pointer)
    if host.isClosing { throw .closed }
    return host
  }

  func event(_ pointer: OpaquePointer?) -> DispatchedEvent? {
    guard !isForked, let handle = Handle(pointer), handle.kind == .event, handle.index == 0,
      case .event(let event) = held(handle.serial)
    else { return nil }
    return event
  }

  /// A page, whoever owns it, and its number.
  func page(_ pointer: OpaquePointer?) -> (sheet: Sheet, serial: UInt64)? {
    guard !isForked, let handle = Handle(pointer), handle.kind == .page, handle.index == 0,
      let sheet = sheet(handle.serial)
    else { return nil }
    return (sheet, handle.serial)
  }

  /// A row: the sheet that it is in, and where.
  func row(_ pointer: OpaquePointer?, _ kind: Handle.Kind) -> (sheet: Sheet, index: Int)? {
    guard !isForked, let handle = Handle(pointer), handle.kind == kind, let sheet = sheet(handle.serial),
      sheet.kind == kind, handle.index < sheet.count
    else { return nil }
    return (sheet, handle.index)
  }

  private func sheet(_ serial: UInt64) -> Sheet? {
    switch held(serial) {
    case .page(let sheet), .borrowed(let sheet): sheet
    case .engine, .event, nil: nil
    }
  }
}
