/// What a person can type behind a slash. The raw value is the word.
package enum CommandName: String, CaseIterable, Sendable {
  case help, join, leave, msg, go, chats, me, notice, reply, react, unreact, edit, redact, resend, discard, show, more,
    search
  case who, topic, invite, kick, rooms, ignore, unignore, nick, away, back, register, verify, connect, disconnect,
    network, close, raw,
    quit
}

/// One row of the table: all that help, completion and checking need to know.
package struct CommandSpec: Sendable {
  /// What an argument is, for completion.
  package enum Argument: Sendable {
    case nick, chat, tag, command, text
  }

  package let name: CommandName
  package let aliases: [String]
  /// Behind the command's name: `ROOM [KEY]`.
  package let usage: String
  /// One line.
  package let help: String
  package let arguments: [Argument]
  /// Arguments without which it means nothing.
  package let minimum: Int

  init(
    _ name: CommandName, _ usage: String, _ help: String, _ arguments: [Argument] = [], minimum: Int = 0,
    aliases: [String] = []
  ) {
    self.name = name
    self.usage = usage
    self.help = help
    self.arguments = arguments
    self.minimum = minimum
    self.aliases = aliases
  }
}

package enum CommandTable {
  package static let all: [CommandSpec] = [
    CommandSpec(.help, "[COMMAND]", "this list, or one line about a command", [.command]),
    CommandSpec(.join, "ROOM [KEY]", "enter a room, and stay in it across reconnections", [.chat], minimum: 1),
    CommandSpec(.leave, "[REASON]", "leave this room; what was said stays here", [.text], aliases: ["part"]),
    CommandSpec(.msg, "NICK TEXT", "write to a person, without going there", [.nick, .text], minimum: 2),
    CommandSpec(
      .go, "NAME | NUMBER", "switch to a chat (Alt+1 … Alt+9; Alt+A: the next unread one)", [.chat], minimum: 1,
      aliases: ["query"]),
    CommandSpec(.chats, "", "your chats with their numbers and unread messages"),
    CommandSpec(.me, "TEXT", "say what you do", [.text], minimum: 1),
    CommandSpec(.notice, "TEXT", "say it as a notice, which no program answers", [.text], minimum: 1),
    CommandSpec(.reply, "TAG TEXT", "answer the message with these two characters", [.tag, .text], minimum: 2),
    CommandSpec(.react, "TAG EMOJI", "react to a message", [.tag, .text], minimum: 2),
    CommandSpec(.unreact, "TAG EMOJI", "take a reaction back", [.tag, .text], minimum: 2),
    CommandSpec(.edit, "TAG TEXT", "give a message of yours another text", [.tag, .text], minimum: 2),
    CommandSpec(.redact, "TAG [REASON]", "remove a message for everybody", [.tag, .text], minimum: 1),
    CommandSpec(.resend, "TAG", "try a message again that was not sent", [.tag], minimum: 1),
    CommandSpec(.discard, "TAG", "drop a message that was not sent", [.tag], minimum: 1),
    CommandSpec(.show, "TAG", "all lines of a long message", [.tag], minimum: 1),
    CommandSpec(.more, "[COUNT]", "older messages; fetches what is missing", [.text]),
    CommandSpec(
      .search, "WORDS", "find messages here; from:NICK, before:DATE and after:DATE restrict", [.text], minimum: 1),
    CommandSpec(.who, "", "who is in this room", aliases: ["names"]),
    CommandSpec(.topic, "[TEXT]", "show the room's topic, or set it", [.text]),
    CommandSpec(.invite, "NICK", "invite somebody into this room", [.nick], minimum: 1),
    CommandSpec(.kick, "NICK [REASON]", "remove somebody from this room", [.nick, .text], minimum: 1),
    CommandSpec(.rooms, "[PATTERN]", "the server's rooms", [.text], aliases: ["list"]),
    CommandSpec(.ignore, "[NICK]", "hear nothing of somebody in private; alone: whom you ignore", [.nick]),
    CommandSpec(.unignore, "NICK", "hear somebody again", [.nick], minimum: 1),
    CommandSpec(.nick, "NICK", "take another nick", [.text], minimum: 1),
    CommandSpec(.away, "[TEXT]", "tell that you are away", [.text]),
    CommandSpec(.back, "", "tell that you are here again"),
    CommandSpec(.register, "[E-MAIL]", "make an account of your nick; asks for a password", [.text]),
    CommandSpec(.verify, "CODE", "confirm an account with the code that was sent", [.text], minimum: 1),
    CommandSpec(.connect, "[LINK NICK]", "connect now; or go to one more server", [.text]),
    CommandSpec(.disconnect, "[REASON]", "stay offline until /connect", [.text]),
    CommandSpec(.network, "", "where you are, as whom, and what the server can do"),
    CommandSpec(.close, "", "forget this chat and its messages on this computer"),
    CommandSpec(.raw, "LINE", "send a line of the protocol as it is", [.text], minimum: 1),
    CommandSpec(.quit, "", "leave the program (Ctrl+D)", aliases: ["exit"]),
  ]

  package static func spec(_ name: CommandName) -> CommandSpec? { all.first { $0.name == name } }

  package enum Found: Equatable {
    case one(CommandName)
    case several([String])
    case none
  }

  /// The command of that word, or of which the word is the beginning and of no other.
  package static func find(_ word: String) -> Found {
    let word = word.lowercased()
    if let exact = all.first(where: { $0.name.rawValue == word || $0.aliases.contains(word) }) {
      return .one(exact.name)
    }
    let begun = all.filter { spec in ([spec.name.rawValue] + spec.aliases).contains { $0.hasPrefix(word) } }
    switch begun.count {
    case 0: return .none
    case 1: return .one(begun[0].name)
    default: return .several(begun.map(\.name.rawValue))
    }
  }
}
