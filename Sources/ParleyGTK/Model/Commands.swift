/// What can be typed after a slash.
struct TypedCommand: Sendable {
  enum Outcome {
    case done
    /// Opens the chat.
    case opened(ID)
    case join(room: String, key: String?)
    case request(Request)
    /// How it is written; the text stays in the composer.
    case wrong(String)
  }

  let name: String
  let usage: String
  /// A few words for the list that appears while a command is typed.
  let help: String
  let run: @Sendable (_ client: Client, _ chat: Chat, _ rest: String) throws(EngineError) -> Outcome
}

/// One row, one command.
let typedCommands: [TypedCommand] = [
  TypedCommand(name: "me", usage: "/me TEXT", help: "say that you do something") {
    client, chat, rest throws(EngineError) in
    rest.isEmpty ? .wrong("/me TEXT") : .request(client.engine.send(rest, kind: .action, to: chat.id))
  },
  TypedCommand(name: "join", usage: "/join ROOM [KEY]", help: "enter a room") { _, _, rest throws(EngineError) in
    let words = words(rest, 2)
    guard let room = words.first else { return .wrong("/join ROOM [KEY]") }
    return .join(room: roomName(room), key: words.count > 1 ? words[1] : nil)
  },
  TypedCommand(name: "msg", usage: "/msg NICK TEXT", help: "write to someone") {
    client, chat, rest throws(EngineError) in
    let words = words(rest, 2)
    guard let nick = words.first else { return .wrong("/msg NICK TEXT") }
    let id = try client.open(nick, identity: chat.identity)
    if words.count > 1 {
      let request = client.engine.send(words[1], to: id)
      guard request > 0 else { throw EngineError(code: Int32(truncatingIfNeeded: request)) }
    }
    return .opened(id)
  },
  TypedCommand(name: "edit", usage: "/edit TEXT", help: "give your last message another text") {
    client, chat, rest throws(EngineError) in
    guard !rest.isEmpty else { return .wrong("/edit TEXT: your last message here says this instead") }
    guard let last = client.lastOwnMessage(in: chat) else { return .wrong("You haven't said anything here yet") }
    return .request(client.engine.edit(last, rest))
  },
  TypedCommand(name: "delete", usage: "/delete", help: "take your last message back") {
    client, chat, _ throws(EngineError) in
    guard let last = client.lastOwnMessage(in: chat) else { return .wrong("You haven't said anything here yet") }
    return .request(client.engine.redact(last))
  },
  TypedCommand(name: "react", usage: "/react EMOJI", help: "react to someone's last message") {
    client, chat, rest throws(EngineError) in
    guard !rest.isEmpty else { return .wrong("/react EMOJI: to someone's last message") }
    guard let last = client.lastMessage(in: chat, where: { !$0.isOwn }) else {
      return .wrong("No one else has said anything here yet")
    }
    return .request(client.engine.react(last, rest))
  },
  TypedCommand(name: "leave", usage: "/leave [REASON]", help: "leave this room") {
    client, chat, rest throws(EngineError) in
    guard chat.kind == .room else { return .wrong(notARoom) }
    return .request(client.engine.leave(chat.id, reason: rest.isEmpty ? nil : rest))
  },
  TypedCommand(name: "topic", usage: "/topic TEXT", help: "set the room's topic") {
    client, chat, rest throws(EngineError) in
    guard chat.kind == .room else { return .wrong(notARoom) }
    return .request(client.engine.topic(chat.id, rest))
  },
  TypedCommand(name: "invite", usage: "/invite NICK", help: "invite someone to this room") {
    client, chat, rest throws(EngineError) in
    guard chat.kind == .room else { return .wrong(notARoom) }
    return rest.isEmpty ? .wrong("/invite NICK") : .request(client.engine.invite(rest, to: chat.id))
  },
  TypedCommand(name: "kick", usage: "/kick NICK [REASON]", help: "remove someone from this room") {
    client, chat, rest throws(EngineError) in
    let words = words(rest, 2)
    guard chat.kind == .room else { return .wrong(notARoom) }
    guard let nick = words.first else { return .wrong("/kick NICK [REASON]") }
    return .request(client.engine.kick(nick, from: chat.id, reason: words.count > 1 ? words[1] : nil))
  },
  TypedCommand(name: "ignore", usage: "/ignore NICK", help: "hear nothing of someone in private") {
    client, chat, rest throws(EngineError) in
    rest.isEmpty ? .wrong("/ignore NICK") : .request(client.engine.ignore(chat.identity, rest, isIgnored: true))
  },
  TypedCommand(name: "unignore", usage: "/unignore NICK", help: "hear someone again") {
    client, chat, rest throws(EngineError) in
    rest.isEmpty ? .wrong("/unignore NICK") : .request(client.engine.ignore(chat.identity, rest, isIgnored: false))
  },
  TypedCommand(name: "nick", usage: "/nick NICK", help: "change your nickname") {
    client, chat, rest throws(EngineError) in
    rest.isEmpty ? .wrong("/nick NICK") : .request(client.engine.set("nick", of: chat.identity, to: rest))
  },
  TypedCommand(name: "away", usage: "/away [MESSAGE]", help: "be away, or back without a message") {
    client, chat, rest throws(EngineError) in
    .request(client.engine.away(chat.identity, rest.isEmpty ? nil : rest))
  },
  TypedCommand(name: "raw", usage: "/raw LINE", help: "send a line of IRC as it is") {
    client, chat, rest throws(EngineError) in
    rest.isEmpty ? .wrong("/raw LINE") : .request(client.engine.raw(chat.identity, rest))
  },
]

private let notARoom = "This isn't a room"

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
