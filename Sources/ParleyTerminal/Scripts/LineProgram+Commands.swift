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
    do {
      try verb(self, Call(command: command, id: id))
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

  private static let verbs: [String: @Sendable (LineProgram, Call) throws -> Void] = [
    "send": { try $0.send($1) },
    "join": { program, call in
      try program.ask(call) { try $0.join(program.home(), room: call.text("room"), key: call.optionalText("key")) }
    },
    "leave": { program, call in
      try program.ask(call) { try $0.leave(program.chat(call), reason: call.optionalText("reason")) }
    },
    "topic": { program, call in try program.ask(call) { try $0.setTopic(program.chat(call), call.text("text")) } },
    "invite": { program, call in try program.ask(call) { try $0.invite(program.chat(call), nick: call.text("nick")) } },
    "kick": { program, call in
      try program.ask(call) {
        try $0.kick(program.chat(call), nick: call.text("nick"), reason: call.optionalText("reason"))
      }
    },
    "react": { program, call in try program.ask(call) { try $0.react(call.number("message"), call.text("text")) } },
    "unreact": { program, call in try program.ask(call) { try $0.unreact(call.number("message"), call.text("text")) } },
    "edit": { program, call in try program.ask(call) { try $0.edit(call.number("message"), call.text("text")) } },
    "redact": { program, call in
      try program.ask(call) { try $0.redact(call.number("message"), reason: call.optionalText("reason")) }
    },
    "resend": { program, call in
      try program.ask(call, isMessage: true) { try $0.resend(call.number("message")) }
    },
    "discard": { program, call in try program.ask(call) { try $0.discard(call.number("message")) } },
    "more": { program, call in try program.ask(call) { try $0.backfill(call.number("message")) } },
    "list": { program, call in
      try program.ask(call) { try $0.listRooms(program.home(), pattern: call.optionalText("pattern")) }
    },
    "nick": { program, call in try program.ask(call) { try $0.set(identity: program.home(), "nick", call.text("nick")) }
    },
    "away": { program, call in try program.ask(call) { try $0.away(program.home(), call.optionalText("text")) } },
    "ignore": { program, call in
      try program.ask(call) { try $0.ignore(program.home(), nick: call.text("nick"), isIgnored: true) }
    },
    "unignore": { program, call in
      try program.ask(call) { try $0.ignore(program.home(), nick: call.text("nick"), isIgnored: false) }
    },
    "ignored": { program, call in try program.ask(call, isIgnored: true) { try $0.listIgnored(program.home()) } },
    "raw": { program, call in try program.ask(call) { try $0.raw(program.home(), call.text("line")) } },
    "read": { program, call in
      program.engine.markRead(try call.number("message"))
      program.answer("ack", call.id)
    },
    "typing": { program, call in
      program.engine.typing(try program.chat(call), Int32(clamping: try call.optionalNumber("state") ?? 1))
      program.answer("ack", call.id)
    },
    "chats": { program, call in
      for chat in program.engine.chats() {
        Output.json(ChatJSON.chat(chat, network: program.network(chat.identity), id: call.id ?? .null))
      }
      program.answer("ack", call.id)
    },
    "members": { try $0.members($1) },
    "history": { try $0.history($1) },
    "search": { try $0.search($1) },
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

  private func send(_ call: Call) throws {
    let kinds = ["text": MessageKind.text, "notice": MessageKind.notice, "action": MessageKind.action]
    guard let kind = kinds[try call.optionalText("kind") ?? "text"] else {
      throw UsageError("\"kind\" is \"text\", \"notice\" or \"action\"")
    }
    let text = try call.text("text")
    let reply = try call.optionalNumber("reply") ?? 0
    let chat = try chat(call)
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
    let anchor = try call.optionalNumber("before") ?? 0
    let rows = try engine.history(try chat(call), anchor: anchor, before: Int(limit)).filter { $0.id != anchor }
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
      Output.json(
        EventJSON.row("row", row, network: network(chat.identity), room: chat.name, id: call.id ?? .null))
    }
    answer("ack", call.id)
  }
}
