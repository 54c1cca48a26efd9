import CParley
import ParleyTerminalKit

/// An open folder: `parley_engine` with Swift's types. Used on one thread.
final class Engine {
  let handle: OpaquePointer
  private var isOpen = true

  /// Called from inside `dispatch` and `wait` for each event.
  var onEvent: (Event) -> Void = { _ in }

  init(directory: String) throws(Failure) {
    var opened: OpaquePointer?
    let result = directory.withCString { path in
      "Parley".withCString { name in
        var options = parley_options()
        options.size = MemoryLayout<parley_options>.size
        options.directory = path
        options.client_name = name
        return parley_open(&options, &opened)
      }
    }
    guard result == PARLEY_OK, let opened else { throw Failure(result) }
    handle = opened
    let context = Unmanaged.passUnretained(self).toOpaque()
    _ = parley_subscribe(
      handle, Event.kinds,
      { event, context in
        guard let event, let context, let event = Event(event) else { return }
        Unmanaged<Engine>.fromOpaque(context).takeUnretainedValue().onEvent(event)
      }, context)
  }

  var descriptor: Int32 { parley_fd(handle) }

  func dispatch() { _ = parley_dispatch(handle, 0) }

  /// - Parameter milliseconds: at most; negative: until there are events.
  func wait(_ milliseconds: Int32) { _ = parley_wait(handle, milliseconds) }

  /// Says goodbye; what is queued stays queued.
  func close() {
    guard isOpen else { return }
    isOpen = false
    _ = parley_close(handle)
  }

  // MARK: The host's own settings

  func set(_ key: String, _ value: String?) { _ = parley_set(handle, key, value) }

  func get(_ key: String) -> String? { Self.value { parley_get(handle, key, $0, $1) } }

  func set(identity: Int64, _ key: String, _ value: String) throws(Failure) -> Int64 {
    try Failure.check(parley_identity_set(handle, identity, key, try Self.checked(value)))
  }

  func get(identity: Int64, _ key: String) -> String? {
    Self.value { parley_identity_get(handle, identity, key, $0, $1) }
  }

  private static func value(_ read: (UnsafeMutablePointer<CChar>?, Int) -> Int64) -> String? {
    let size = read(nil, 0)
    guard size >= 0, size <= 65_536 else { return nil }
    var buffer = [CChar](repeating: 0, count: Int(size) + 1)
    let written = buffer.withUnsafeMutableBufferPointer { read($0.baseAddress, $0.count) }
    guard written >= 0 else { return nil }
    return String(decoding: buffer.prefix(Int(min(size, written))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// A zero byte would end the text early, unseen.
  static func checked(_ text: String) throws(Failure) -> String {
    guard !text.utf8.contains(0) else { throw Failure.text }
    return text
  }

  static func checked(_ text: String?) throws(Failure) -> String? {
    guard let text else { return nil }
    return try checked(text) as String
  }

  // MARK: Pages

  /// Reads a list, copies its rows and gives it back.
  func page<Item>(
    _ read: (UnsafeMutablePointer<OpaquePointer?>) -> Int32, _ item: (OpaquePointer, Int) -> Item?
  ) throws(Failure) -> [Item] {
    var page: OpaquePointer?
    _ = try Failure.check(read(&page))
    guard let page else { return [] }
    let items = (0..<parley_page_count(page)).compactMap { item(page, $0) }
    _ = parley_page_free(page)
    return items
  }
}
