/// What can be typed after a slash.
struct TypedCommand: Sendable {
  enum Outcome {
    case done
    /// Opens the chat.
    case opened(ID)
    case request(Request)
    case wrong(String)
  }

  let name: String
  let usage: String
  let run: @Sendable (_ client: Client, _ chat: Chat, _ rest: String) throws(EngineError) -> Outcome
}

/// One row, one command.
let typedCommands: [TypedCommand] = [
  TypedCommand(name: "me", usage: "/me TEXT") { client, chat, rest throws(EngineError) in
    rest.isEmpty ? .wrong("/me TEXT") : .request(client.engine.send(rest, kind: .action, to: chat.id))
  },
  TypedCommand(name: "join", usage: "/join ROOM [KEY]") { client, chat, rest throws(EngineError) in
    let words = words(rest, 2)
    guard let room = words.first else { return .wrong("/join ROOM [KEY]") }
    let id = try client.open(room, identity: chat.identity)
    _ = client.engine.join(room, key: words.count > 1 ? words[1] : nil, identity: chat.identity)
    return .opened(id)
  },
  TypedCommand(name: "msg", usage: "/msg NICK TEXT") { client, chat, rest throws(EngineError) in
    let words = words(rest, 2)
    guard let nick = words.first else { return .wrong("/msg NICK TEXT") }
    let id = try client.open(nick, identity: chat.identity)
    if words.count > 1 { _ = client.engine.send(words[1], to: id) }
    return .opened(id)
  },
  TypedCommand(name: "edit", usage: "/edit TEXT") { client, chat, rest throws(EngineError) in
    guard !rest.isEmpty else { return .wrong("/edit TEXT: your last message here says this instead") }
    guard let last = client.lastOwnMessage(in: chat) else { return .wrong("You have said nothing here yet") }
    return .request(client.engine.edit(last, rest))
  },
  TypedCommand(name: "delete", usage: "/delete") { client, chat, _ throws(EngineError) in
    guard let last = client.lastOwnMessage(in: chat) else { return .wrong("You have said nothing here yet") }
    return .request(client.engine.redact(last))
  },
  TypedCommand(name: "react", usage: "/react EMOJI") { client, chat, rest throws(EngineError) in
    guard !rest.isEmpty else { return .wrong("/react EMOJI: to the last message of somebody else") }
    guard let last = client.lastMessage(in: chat, where: { !$0.isOwn }) else {
      return .wrong("Nobody else has said anything here yet")
    }
    return .request(client.engine.react(last, rest))
  },
  TypedCommand(name: "leave", usage: "/leave [REASON]") { client, chat, rest throws(EngineError) in
    .request(client.engine.leave(chat.id, reason: rest.isEmpty ? nil : rest))
  },
  TypedCommand(name: "topic", usage: "/topic TEXT") { client, chat, rest throws(EngineError) in
    .request(client.engine.topic(chat.id, rest))
  },
  TypedCommand(name: "invite", usage: "/invite NICK") { client, chat, rest throws(EngineError) in
    rest.isEmpty ? .wrong("/invite NICK") : .request(client.engine.invite(rest, to: chat.id))
  },
  TypedCommand(name: "kick", usage: "/kick NICK [REASON]") { client, chat, rest throws(EngineError) in
    let words = words(rest, 2)
    guard let nick = words.first else { return .wrong("/kick NICK [REASON]") }
    return .request(client.engine.kick(nick, from: chat.id, reason: words.count > 1 ? words[1] : nil))
  },
  TypedCommand(name: "ignore", usage: "/ignore NICK") { client, chat, rest throws(EngineError) in
    rest.isEmpty ? .wrong("/ignore NICK") : .request(client.engine.ignore(chat.identity, rest, isIgnored: true))
  },
  TypedCommand(name: "unignore", usage: "/unignore NICK") { client, chat, rest throws(EngineError) in
    rest.isEmpty ? .wrong("/unignore NICK") : .request(client.engine.ignore(chat.identity, rest, isIgnored: false))
  },
  TypedCommand(name: "nick", usage: "/nick NICK") { client, chat, rest throws(EngineError) in
    rest.isEmpty ? .wrong("/nick NICK") : .request(client.engine.set("nick", of: chat.identity, to: rest))
  },
  TypedCommand(name: "away", usage: "/away [MESSAGE]") { client, chat, rest throws(EngineError) in
    .request(client.engine.away(chat.identity, rest.isEmpty ? nil : rest))
  },
  TypedCommand(name: "raw", usage: "/raw LINE") { client, chat, rest throws(EngineError) in
    rest.isEmpty ? .wrong("/raw LINE") : .request(client.engine.raw(chat.identity, rest))
  },
]

extension Client {
  fileprivate func lastOwnMessage(in chat: Chat) -> ID? { lastMessage(in: chat) { $0.isOwn } }

  /// What somebody said last in a chat, as far back as one looks.
  fileprivate func lastMessage(in chat: Chat, where isMeant: (Message) -> Bool) -> ID? {
    engine.history(chat.id, anchor: 0, before: 100, after: 0)
      .last { isMeant($0) && $0.state == .sent && ($0.kind == .text || $0.kind == .notice) }?.id
  }
}

/// What was typed, if it is a command: "/name rest". "//text" is the text "/text".
func typedCommand(_ text: String) -> (name: String, rest: String)? {
  guard text.hasPrefix("/"), !text.hasPrefix("//"), !text.contains("\n") else { return nil }
  let words = words(String(text.dropFirst()), 2)
  guard let name = words.first else { return nil }
  return (name.lowercased(), words.count > 1 ? words[1] : "")
}

private func words(_ text: String, _ count: Int) -> [String] {
  text.split(separator: " ", maxSplits: count - 1, omittingEmptySubsequences: true).map { word in
    String(word.drop { $0 == " " })
  }
}
