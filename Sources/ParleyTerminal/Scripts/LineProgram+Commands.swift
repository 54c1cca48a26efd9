import CParley
import ParleyTerminalKit

/// What scripts can ask for. Each command is answered by one `ack` or `error` with its `id`, after what it brings.
extension LineProgram {
  func obey(_ command: JSON) {
    let id = command["id"]
    guard let name = command["cmd"]?.stringValue else {
      return refuse(id, "CMD", "an object with \"cmd\" is expected")
    }
    guard let verb = Self.verbs[name] else { return refuse(id, "CMD", "there is no command \"\(name)\"") }
    // A name that means nothing is a mistake, and what it was to say would be left out without a word.
    if case .object(let members) = command,
      let stray = members.first(where: { !["cmd", "id"].contains($0.name) && !verb.arguments.contains($0.name) })
    {
      return refuse(id, "ARGUMENT", "\"\(name)\" has no argument \"\(stray.name)\"")
    }
    do {
      try verb.body(self, Call(command: command, id: id))
    } catch let failure as Failure {
      fail(.undelivered)
      answer("error", id, [JSON.Member("code", .string(failure.name)), JSON.Member("reason", .string(failure.text))])
    } catch {
      refuse(id, "ARGUMENT", "\(error)")
    }
  }

  /// A command with its arguments.
  struct Call {
    var command: JSON
    var id: JSON?

    func text(_ name: String) throws -> String {
      guard let text = command[name]?.stringValue else { throw UsageError("\"\(name)\" is missing, or no string") }
      return text
    }

    func number(_ name: String) throws -> Int64 {
      guard let number = command[name]?.integerValue else {
        throw UsageError("\"\(name)\" is missing, or no whole number")
      }
      return number
    }

    func optionalText(_ name: String) throws -> String? {
      switch command[name] {
      case nil, .null: nil
      default: try text(name)
      }
    }

    func optionalNumber(_ name: String) throws -> Int64? {
      switch command[name] {
      case nil, .null: nil
      default: try number(name)
      }
    }
  }

  private struct Verb: Sendable {
    var arguments: Set<String>
    var body: @Sendable (LineProgram, Call) throws -> Void

    init(_ arguments: Set<String>, _ body: @escaping @Sendable (LineProgram, Call) throws -> Void) {
      self.arguments = arguments
      self.body = body
    }
  }

  /// Arguments that name a message.
  private static let message: Set<String> = ["message", "msgid", "room"]

  private static let verbs: [String: Verb] = [
    "send": Verb(["room", "text", "kind", "reply", "reply_msgid"]) { try $0.send($1) },
    "join": Verb(["room", "key"]) { program, call in
      try program.ask(call) { try $0.join(program.home(), room: call.text("room"), key: call.optionalText("key")) }
    },
    "leave": Verb(["room", "reason"]) { program, call in
      try program.ask(call) { try $0.leave(program.chat(call), reason: call.optionalText("reason")) }
    },
    "topic": Verb(["room", "text"]) { program, call in
      try program.ask(call) { try $0.setTopic(program.chat(call), call.text("text")) }
    },
    "invite": Verb(["room", "nick"]) { program, call in
      try program.ask(call) { try $0.invite(program.chat(call), nick: call.text("nick")) }
    },
    "kick": Verb(["room", "nick", "reason"]) { program, call in
      try program.ask(call) {
        try $0.kick(program.chat(call), nick: call.text("nick"), reason: call.optionalText("reason"))
      }
    },
    "react": Verb(message.union(["text"])) { program, call in
      try program.ask(call) { try $0.react(program.message(call), call.text("text")) }
    },
    "unreact": Verb(message.union(["text"])) { program, call in
      try program.ask(call) { try $0.unreact(program.message(call), call.text("text")) }
    },
    "edit": Verb(message.union(["text"])) { program, call in
      try program.ask(call) { try $0.edit(program.message(call), call.text("text")) }
    },
    "redact": Verb(message.union(["reason"])) { program, call in
      try program.ask(call) { try $0.redact(program.message(call), reason: call.optionalText("reason")) }
    },
    "resend": Verb(["message"]) { program, call in
      try program.ask(call, isMessage: true) { try $0.resend(call.number("message")) }
    },
    "discard": Verb(["message"]) { program, call in
      try program.ask(call) { try $0.discard(call.number("message")) }
    },
    "more": Verb(["message"]) { program, call in try program.ask(call) { try $0.backfill(call.number("message")) } },
    "list": Verb(["pattern"]) { program, call in
      try program.ask(call) { try $0.listRooms(program.home(), pattern: call.optionalText("pattern")) }
    },
    "nick": Verb(["nick"]) { program, call in
      try program.ask(call) { try $0.set(identity: program.home(), "nick", call.text("nick")) }
    },
    "away": Verb(["text"]) { program, call in
      try program.ask(call) { try $0.away(program.home(), call.optionalText("text")) }
    },
    "ignore": Verb(["nick"]) { program, call in
      try program.ask(call) { try $0.ignore(program.home(), nick: call.text("nick"), isIgnored: true) }
    },
    "unignore": Verb(["nick"]) { program, call in
      try program.ask(call) { try $0.ignore(program.home(), nick: call.text("nick"), isIgnored: false) }
    },
    "ignored": Verb([]) { program, call in
      try program.ask(call, isIgnored: true) { try $0.listIgnored(program.home()) }
    },
    "raw": Verb(["line"]) { program, call in
      try program.ask(call) { try $0.raw(program.home(), call.text("line")) }
    },
    "read": Verb(message) { program, call in
      program.engine.markRead(try program.message(call))
      program.answer("ack", call.id)
    },
    "typing": Verb(["room", "state"]) { program, call in
      program.engine.typing(try program.chat(call), Int32(clamping: try call.optionalNumber("state") ?? 1))
      program.answer("ack", call.id)
    },
    "chats": Verb([]) { program, call in
      for chat in program.engine.chats() {
        program.output.json(ChatJSON.chat(chat, program.place(chat.identity), id: call.id ?? .null))
      }
      program.answer("ack", call.id)
    },
    "members": Verb(["room"]) { try $0.members($1) },
    "history": Verb(["room", "limit", "before", "before_msgid"]) { try $0.history($1) },
    "search": Verb(["words", "room", "limit"]) { try $0.search($1) },
  ]

  // MARK: Parts of them

  /// Calls a verb whose end is told later.
  private func ask(_ call: Call, isMessage: Bool = false, isIgnored: Bool = false, _ verb: (Engine) throws -> Int64)
    throws
  {
    requests[try verb(engine)] = Asked(id: call.id, isMessage: isMessage, isIgnored: isIgnored)
  }

  private func home() throws -> Int64 {
    guard let identity else { throw Failure.noSuch }
    return identity.id
  }

  /// The chat that `room` names, made if there is none.
  private func chat(_ call: Call) throws -> Int64 { try engine.openChat(home(), name: call.text("room")) }

  // MARK: Messages

  /// Rows of a chat that are looked through for a message that was not told in this run.
  private static let mostRows = 1_000

  /// The message that `message` or `msgid` names.
  private func message(_ call: Call) throws -> Int64 {
    let chat = try call.optionalText("room") == nil ? nil : try chat(call)
    guard let message = try optionalMessage(call, "message", "msgid", in: chat) else {
      throw UsageError("\"message\" or \"msgid\" is missing")
    }
    return message
  }

  private func optionalMessage(_ call: Call, _ number: String, _ name: String, in chat: Int64?) throws -> Int64? {
    let number = try call.optionalNumber(number)
    guard let networkID = try call.optionalText(name) else { return number }
    guard number == nil else { throw UsageError("a message is named in one way") }
    if let known = told.number(networkID), chat == nil || engine.message(known)?.chat == chat { return known }
    for chat in chat.map({ [$0] }) ?? engine.chats().map(\.id) {
      let rows = try engine.history(chat, before: Self.mostRows)
      if let row = rows.last(where: { $0.networkID == networkID }) { return row.id }
    }
    throw Failure.noSuch
  }

  private func send(_ call: Call) throws {
    let kinds = ["text": MessageKind.text, "notice": MessageKind.notice, "action": MessageKind.action]
    guard let kind = kinds[try call.optionalText("kind") ?? "text"] else {
      throw UsageError("\"kind\" is \"text\", \"notice\" or \"action\"")
    }
    let text = try call.text("text")
    let chat = try chat(call)
    let reply = try optionalMessage(call, "reply", "reply_msgid", in: chat) ?? 0
    try ask(call, isMessage: true) { try $0.send(chat, text, kind: kind, replyTo: reply) }
  }

  private func members(_ call: Call) throws {
    for member in engine.members(try chat(call)) {
      answer(
        "member", call.id,
        [
          JSON.Member("nick", .string(member.nick)), JSON.Member("roles", .string(member.roles)),
          JSON.Member("away", .bool(member.isAway)),
        ])
    }
    answer("ack", call.id)
  }

  private func history(_ call: Call) throws {
    let limit = try call.optionalNumber("limit") ?? 50
    guard (1...1000).contains(limit) else { throw UsageError("\"limit\" is a number from 1 to 1000") }
    let chat = try chat(call)
    let anchor = try optionalMessage(call, "before", "before_msgid", in: chat) ?? 0
    let rows = try engine.history(chat, anchor: anchor, before: Int(limit)).filter { $0.id != anchor }
    tell(rows, call)
  }

  private func search(_ call: Call) throws {
    let limit = try call.optionalNumber("limit") ?? 50
    guard (1...1000).contains(limit) else { throw UsageError("\"limit\" is a number from 1 to 1000") }
    let place = try call.optionalText("room") == nil ? 0 : try chat(call)
    tell(try engine.search(try call.text("words"), chat: place, limit: Int(limit)), call)
  }

  private func tell(_ rows: [Row], _ call: Call) {
    for row in rows {
      guard let chat = chat(row.chat) else { continue }
      told.note(row)
      output.json(EventJSON.row("row", row, place(chat.identity), room: chat.name, id: call.id ?? .null))
    }
    answer("ack", call.id)
  }
}
