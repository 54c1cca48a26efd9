import CParley
import Glibc
import ParleyTerminalKit

/// `parley send`, `tail`, `history`, `search`, `rooms`: one thing, and then the end.
final class OneShot {
  let setup: Setup
  let errand: Errand
  let output: Output
  let isJSON: Bool
  var engine: Engine { errand.engine }
  /// Rows that came or changed while something else was waited for.
  var arrived: [(row: Row, hasChanged: Bool)] = []
  private var networks: [Int64: Identity] = [:]

  init(_ setup: Setup, _ access: any Access, _ output: Output) {
    self.setup = setup
    self.output = output
    isJSON = setup.options.isJSON
    errand = Errand(setup, access, output)
  }

  /// - Returns: the status; what went wrong is told.
  func run() -> ExitStatus {
    defer { errand.access.close() }
    do throws(Ending) {
      return try carryOut()
    } catch {
      return error.tell(output, isJSON: isJSON)
    }
  }

  private func carryOut() throws(Ending) -> ExitStatus {
    switch setup.options.action {
    case .send(let room, let text):
      if setup.options.isByLine { return try sendLines(room) }
      if let text { return try send(room, text) }
      return try send(room, try inputText())
    case .tail(let room, let follow): return try tail(room, follow: follow)
    case .history(let room, let since): return try history(room, since: since)
    case .search(let words): return try search(words)
    case .rooms(let pattern): return try rooms(pattern)
    case .chat, .help, .version: return .done
    }
  }

  // MARK: Rooms

  /// Connects, and enters the room unless it is a person.
  func enter(_ room: String) throws(Ending) -> (identity: Identity, chat: Int64) {
    let identity = try errand.identity(for: room)
    try errand.connect(identity)
    try errand.waitUntilOnline(identity)
    let id: Int64
    var request: Int64?
    do throws(Failure) {
      id = try engine.openChat(identity.id, name: room)
      if let chat = engine.chat(id), chat.kind == .room, !chat.isJoined {
        request = try engine.join(identity.id, room: room, key: nil)
      }
    } catch {
      throw Ending(.undelivered, "\(room): \(error.text)", code: error.name)
    }
    guard let request else { return (identity, id) }
    do throws(Ending) {
      try finish(request, room)
    } catch {
      // A later start would enter it after all.
      errand.windUp()
      if let request = try? engine.leave(id, reason: nil) { _ = try errand.finish(request) }
      throw error
    }
    return (identity, id)
  }

  /// Waits until what was said while we were away is here.
  func settle(_ chat: Int64) throws(Ending) {
    let deadline = errand.deadline
    while engine.chat(chat)?.isCurrent == false {
      guard let event = try errand.next(until: deadline) else { return }
      note(event)
    }
  }

  /// Keeps a row that an event tells of for the command that follows them.
  func note(_ event: Event) {
    guard let row = event.row, [.message, .queued, .changed].contains(event.kind) else { return }
    arrived.append((row, event.kind == .changed))
  }

  /// Waits for a request that has to succeed.
  @discardableResult
  private func finish(_ request: Int64, _ what: String) throws(Ending) -> Event {
    guard let done = try finish(request) else {
      throw Ending(.unreachable, "\(what): no answer \(errand.reason)")
    }
    guard done.result == PARLEY_OK else {
      throw Ending(.undelivered, "\(what): \(done.explanation)", code: Failure(done.result).name)
    }
    return done
  }

  /// Waits for a request. Rows that come meanwhile are kept.
  /// - Returns: nil if it did not end in time.
  func finish(_ request: Int64, each: (Event) -> Void = { _ in }) throws(Ending) -> Event? {
    try errand.finish(request) { event in
      each(event)
      note(event)
    }
  }

  private func rooms(_ pattern: String?) throws(Ending) -> ExitStatus {
    guard let pattern else {
      for chat in engine.chats() where chat.kind != .server { tell(chat) }
      return .done
    }
    let identity = try errand.identity()
    try errand.connect(identity)
    try errand.waitUntilOnline(identity)
    let request: Int64
    do { request = try engine.listRooms(identity.id, pattern: pattern.isEmpty ? nil : pattern) } catch {
      throw Ending(.unreachable, "The server's rooms: \(error.text)", code: error.name)
    }
    let done = try finish(request, "The server's rooms")
    for room in done.rooms {
      if isJSON {
        output.json(ChatJSON.listed(room, place(identity.id)))
      } else {
        output.text("\(Sanitizer.line(room.name))\t\(room.memberCount)\t\(Sanitizer.line(room.topic))\n")
      }
    }
    return .done
  }

  private func tell(_ chat: Chat) {
    if isJSON {
      output.json(ChatJSON.chat(chat, place(chat.identity)))
    } else {
      output.text("\(Sanitizer.line(chat.name))\t\(chat.unread)\t\(Sanitizer.line(chat.topic ?? ""))\n")
    }
  }

  // MARK: Rows

  func place(_ identity: Int64) -> EventJSON.Place {
    if networks[identity] == nil {
      networks = Dictionary(engine.identities().map { ($0.id, $0) }) { $1 }
    }
    return networks[identity]?.place ?? EventJSON.Place(identity: identity, network: "", host: "")
  }

  func tell(_ row: Row, in chat: Chat?, withRoom: Bool = false, hasChanged: Bool = false) {
    let room = chat?.name ?? ""
    if isJSON {
      output.json(EventJSON.row(hasChanged ? "changed" : "message", row, place(chat?.identity ?? 0), room: room))
    } else if let line = PlainRows.line(row, clock: .local, hasChanged: hasChanged) {
      output.text((withRoom ? "\(Sanitizer.line(room)) " : "") + line + "\n")
    }
  }

  private func search(_ words: String) throws(Ending) -> ExitStatus {
    do throws(Failure) {
      let chats = Dictionary(engine.chats().map { ($0.id, $0) }) { $1 }
      let rows = try engine.search(words, limit: setup.options.limit ?? 100)
      for row in rows.reversed() { tell(row, in: chats[row.chat], withRoom: true) }
      return .done
    } catch {
      throw Ending(.usage, "search: \(error.text)", code: error.name)
    }
  }

  // MARK: Text

  /// Standard input, as the text of one message.
  private func inputText() throws(Ending) -> String {
    var bytes: [UInt8] = []
    while let more = errand.access.takeInput() {
      bytes += more
      guard bytes.count <= Self.mostBytes else { throw Ending(.usage, "A message has at most 65,536 bytes") }
      guard !errand.access.isInterrupted else {
        throw Ending(.unreachable, "Interrupted; nothing was sent", code: "INTERRUPTED")
      }
      if more.isEmpty {
        errand.access.wait(1_000, forInput: true)
        errand.collect()
      }
    }
    guard let text = Self.text(bytes) else { throw Ending(.usage, "The message is not in the encoding of the locale") }
    return text
  }

  static let mostBytes = 65_536

  /// CR LF are ends of lines, too.
  static func text(_ bytes: [UInt8]) -> String? {
    guard let decoded = Encoding.decode(bytes) else { return nil }
    var text = String(decoded.map { $0 == "\r\n" ? "\n" : $0 })
    while text.last?.isNewline == true { text.removeLast() }
    return text
  }
}
