import CGTK
import CParley

typealias ID = parley_id
typealias Request = parley_request

/// A result of the library that is no success.
struct EngineError: Error, Equatable {
  let code: Int32

  /// One sentence for people.
  var text: String { parley_error_text(code).map { String(cString: $0) } ?? "" }

  static let locked = EngineError(code: Int32(PARLEY_E_LOCKED))
  static let refused = EngineError(code: Int32(PARLEY_E_REFUSED))
  static let signIn = EngineError(code: Int32(PARLEY_E_SIGN_IN))
  static let certificate = EngineError(code: Int32(PARLEY_E_CERTIFICATE))
  static let cancelled = EngineError(code: Int32(PARLEY_E_CANCELLED))
  static let unsupported = EngineError(code: Int32(PARLEY_E_UNSUPPORTED))
}

/// An open engine whose events are delivered by the main loop.
final class Engine {
  let handle: OpaquePointer
  private var source: guint = 0
  private var completions: [Request: (Event) -> Void] = [:]

  /// Every event but the `done` ones that `finish` waits for.
  var onEvent: (Event) -> Void = { _ in }

  /// - Parameter directory: made if it is missing.
  init(directory: String) throws(EngineError) {
    var opened: OpaquePointer?
    let result = directory.withCString { directory in
      var options = parley_options()
      options.size = MemoryLayout<parley_options>.size
      options.directory = directory
      return parley_open(&options, &opened)
    }
    guard result == 0, let opened else { throw EngineError(code: result) }
    handle = opened
  }

  /// Starts to deliver events.
  func start() {
    let context = Unmanaged.passUnretained(self).toOpaque()
    let everything = ~UInt64(2048)  // PARLEY_EVERYTHING is a macro that Swift does not see: all but raw lines
    _ = parley_subscribe(
      handle, everything,
      { event, context in
        guard let event, let context else { return }
        Unmanaged<Engine>.fromOpaque(context).takeUnretainedValue().deliver(Event(pointer: event))
      }, context)
    // With the priority of drawing: a flood of events and the window take turns.
    source = g_unix_fd_add_full(
      gint(G_PRIORITY_HIGH_IDLE) + 20, parley_fd(handle), G_IO_IN,
      { _, _, context in
        guard let context else { return 0 }
        let result = parley_dispatch(Unmanaged<Engine>.fromOpaque(context).takeUnretainedValue().handle, 64)
        return (result >= 0).gtk
      }, context, nil)
  }

  /// Says goodbye and frees the engine. Nothing may be called afterwards.
  func close() {
    if source != 0 { g_source_remove(source) }
    source = 0
    completions = [:]
    _ = parley_close(handle)
  }

  private func deliver(_ event: Event) {
    if event.kind == .done, let completion = completions.removeValue(forKey: event.request) { return completion(event) }
    onEvent(event)
  }

  /// Calls `body` when the request is finished; at once with nil if the verb refused it.
  func finish(_ request: Request, _ body: @escaping (Result<Event, EngineError>) -> Void) {
    guard request > 0 else { return body(.failure(EngineError(code: Int32(truncatingIfNeeded: request)))) }
    completions[request] = { event in body(.success(event)) }
  }
}

/// Reads a value as `parley_get` and its like give it: first its length, then the bytes. nil: it is not set.
func readValue(_ read: (UnsafeMutablePointer<CChar>?, Int) -> Int64) -> String? {
  var capacity = 256
  for _ in 0..<3 {
    var buffer = [CChar](repeating: 0, count: capacity)
    let length = buffer.withUnsafeMutableBufferPointer { read($0.baseAddress, $0.count) }
    guard length >= 0 else { return nil }
    if length < Int64(capacity) {
      return String(decoding: buffer.prefix(Int(length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
    capacity = Int(length) + 1
  }
  return nil
}
