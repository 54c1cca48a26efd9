import CParley
import Glibc
import ParleyTerminalKit

/// `parley send`, `tail`, `history`, `search`, `rooms`: one thing, and then the end.
final class OneShot {
  let setup: Setup
  let errand: Errand
  let isJSON: Bool
  var engine: Engine { errand.engine }
  /// Rows that came while something else was waited for.
  var arrived: [Row] = []
  private var networks: [Int64: String] = [:]

  init(_ setup: Setup) throws(Ending) {
    self.setup = setup
    isJSON = setup.options.isJSON
    errand = try Errand(setup)
  }

  func run() throws(Ending) -> ExitStatus {
    defer { engine.close() }
    switch setup.options.action {
    case .send(let room, let text): return try send(room, try self.text(text))
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
      throw Ending(.undelivered, "\(room): \(error.text)")
    }
    if let request { try finish(request, room) }
    return (identity, id)
  }

  /// Waits until what was said while we were away is here.
  func settle(_ chat: Int64) throws(Ending) {
    let deadline = errand.deadline
    while engine.chat(chat)?.isCurrent == false {
      guard let event = try errand.next(until: deadline) else { return }
      if [.message, .queued].contains(event.kind), let row = event.row { arrived.append(row) }
    }
  }

  /// Waits for a request that has to succeed.
  @discardableResult
  private func finish(_ request: Int64, _ what: String) throws(Ending) -> Event {
    guard let done = try finish(request) else {
      throw Ending(.unreachable, "\(what): no answer within \(setup.options.timeout) s")
    }
    guard done.result == PARLEY_OK else { throw Ending(.undelivered, "\(what): \(done.explanation)") }
    return done
  }

  /// Waits for a request. Rows that come meanwhile are kept for whoever follows them.
  /// - Returns: nil if it did not end in time.
  func finish(_ request: Int64, each: (Event) -> Void = { _ in }) throws(Ending) -> Event? {
    try errand.finish(request) { event in
      each(event)
      if [.message, .queued].contains(event.kind), let row = event.row { arrived.append(row) }
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
      throw Ending(.unreachable, "The server's rooms: \(error.text)")
    }
    let done = try finish(request, "The server's rooms")
    for room in done.rooms {
      if isJSON {
        Output.json(ChatJSON.listed(room, network: identity.network))
      } else {
        Output.text("\(Sanitizer.line(room.name))\t\(room.memberCount)\t\(Sanitizer.line(room.topic))\n")
      }
    }
    return .done
  }

  private func tell(_ chat: Chat) {
    if isJSON {
      Output.json(ChatJSON.chat(chat, network: network(chat.identity)))
    } else {
      Output.text("\(Sanitizer.line(chat.name))\t\(chat.unread)\t\(Sanitizer.line(chat.topic ?? ""))\n")
    }
  }

  // MARK: Rows

  func network(_ identity: Int64) -> String {
    if let known = networks[identity] { return known }
    networks = Dictionary(engine.identities().map { ($0.id, $0.network) }) { $1 }
    return networks[identity] ?? ""
  }

  func tell(_ row: Row, in chat: Chat?, withRoom: Bool = false) {
    let room = chat?.name ?? ""
    if isJSON {
      Output.json(EventJSON.row("message", row, network: network(chat?.identity ?? 0), room: room))
    } else if let line = PlainRows.line(row, clock: .local) {
      Output.text((withRoom ? "\(Sanitizer.line(room)) " : "") + line + "\n")
    }
  }

  private func search(_ words: String) throws(Ending) -> ExitStatus {
    do throws(Failure) {
      let chats = Dictionary(engine.chats().map { ($0.id, $0) }) { $1 }
      let rows = try engine.search(words, limit: setup.options.limit ?? 100)
      for row in rows.reversed() { tell(row, in: chats[row.chat], withRoom: true) }
      return .done
    } catch {
      throw Ending(.usage, "search: \(error.text)")
    }
  }

  // MARK: Text

  /// - Parameter text: of the command line; nil: standard input is the text.
  private func text(_ text: String?) throws(Ending) -> String {
    if let text { return text }
    guard let bytes = Files.readAll(STDIN_FILENO, most: 65_536) else {
      throw Ending(.usage, "A message has at most 65,536 bytes")
    }
    guard var text = Encoding.decode(bytes) else {
      throw Ending(.usage, "The message is not in the encoding of the locale")
    }
    while text.last?.isNewline == true { text.removeLast() }
    return text
  }
}
