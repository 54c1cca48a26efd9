import Glibc
import ParleyTerminalKit

/// A script's key of a message. A command that sends with the same key again, after a crash or a time-out, sends nothing twice: the folder
/// keeps the keys of messages that were queued, and of one that was about to be.
final class SentKey {
  enum Found: Equatable {
    case new
    /// The messages that the text has become.
    case queued([Int64])
    /// The key was used with another text, or in another room.
    case other
  }

  /// Rows that are looked through for a message of which only the beginning is known.
  private static let mostRows = 1_000
  /// Keys that are kept: those used last.
  private static let mostKeys = 1_000
  private static let list = "terminal.keys"

  private let name: String
  private let engine: Engine
  private var state = ""

  init(_ key: String, engine: Engine) {
    name = "terminal.key." + TextHash.hex(key)
    self.engine = engine
  }

  func find(_ text: String, in chat: Int64) throws(Ending) -> Found {
    guard let value = engine.get(name) else { return .new }
    let words = value.split(separator: " ")
    guard words.count >= 3, words[0] == "\(chat)", words[1] == TextHash.hex(text), let before = Int64(words[2]) else {
      return .other
    }
    state = words.prefix(3).joined(separator: " ")
    let messages = words.dropFirst(3).compactMap { Int64($0) }.filter { engine.message($0) != nil }
    if !messages.isEmpty { return .queued(messages) }
    // The noted messages are gone: they were taken back.
    guard words.count == 3 else { return .new }
    // The run before ended between this note and the next: the messages are the first of ours since then, if there are any.
    let own = try rows(chat).filter { $0.isOwn && $0.isSaid && $0.id > before }
    let found = Self.pieces(of: text, among: own)
    guard !found.isEmpty else { return .new }
    queued(found)
    return .queued(found)
  }

  /// Is on disk before the message is, because what one thread calls takes effect in that order.
  func begin(_ text: String, in chat: Int64) throws(Ending) {
    state = "\(chat) \(TextHash.hex(text)) \(try rows(chat).map(\.id).max() ?? 0)"
    engine.set(name, state)
    var names = (engine.get(Self.list) ?? "").split(separator: " ").map(String.init).filter { $0 != name }
    names.append(name)
    while names.count > Self.mostKeys { engine.set(names.removeFirst(), nil) }
    engine.set(Self.list, names.joined(separator: " "))
  }

  func queued(_ messages: [Int64]) { engine.set(name, state + messages.map { " \($0)" }.joined()) }

  private func rows(_ chat: Int64) throws(Ending) -> [Row] {
    do { return try engine.history(chat, before: Self.mostRows) } catch {
      throw Ending(.unreachable, error.text, code: error.name)
    }
  }

  /// A long text has become several messages, one after the other.
  private static func pieces(of text: String, among rows: [Row]) -> [Int64] {
    var found: [Int64] = []
    var rest = text[...]
    for row in rows where !row.text.isEmpty && rest.hasPrefix(row.text) {
      found.append(row.id)
      rest = rest.dropFirst(row.text.count).drop { $0.isWhitespace }
      if rest.isEmpty { return found }
    }
    return found
  }

  // MARK: One at a time

  private static let lock = Lock()
  nonisolated(unsafe) private static var busy: Set<String> = []

  /// Lets one of the commands with the same key go on that this program carries out at the same time. False: not this one, yet.
  func claim() -> Bool { Self.lock.with { Self.busy.insert(name).inserted } }

  func release() { Self.lock.with { _ = Self.busy.remove(name) } }
}
