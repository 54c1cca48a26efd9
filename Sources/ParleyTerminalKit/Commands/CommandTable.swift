/// What a person can type behind a slash. The raw value is the word.
package enum CommandName: String, CaseIterable, Sendable {
  case help, join, leave, msg, query, go, chats, me, notice, reply, react, unreact, edit, redact, resend, discard, show
  case more, search, clear
  case who, whois, topic, invite, kick, ban, unban, op, deop, voice, devoice, mode, rooms, ignore, unignore
  case nick, away, back, register, verify, login, logout, nickserv, connect, disconnect, server, network, close, raw
  case quit
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
  /// Whether the beginning of the word is not enough: it removes what cannot be got back, or does what others see.
  package let needsWhole: Bool

  init(
    _ name: CommandName, _ usage: String, _ help: String, _ arguments: [Argument] = [], minimum: Int = 0,
    aliases: [String] = [], needsWhole: Bool = false
  ) {
    self.name = name
    self.usage = usage
    self.help = help
    self.arguments = arguments
    self.minimum = minimum
    self.aliases = aliases
    self.needsWhole = needsWhole
  }
}

package enum CommandTable {
  package static let all: [CommandSpec] = [
    CommandSpec(.help, "[COMMAND]", "this list, or one line about a command", [.command]),
    CommandSpec(.join, "ROOM [KEY]", "enter a room, and stay in it across reconnections", [.chat], minimum: 1),
    CommandSpec(
      .leave, "[ROOM] [REASON]", "leave this room, or another; what was said stays here", [.chat, .text],
      aliases: ["part"]),
    CommandSpec(.msg, "NICK TEXT", "write to a person, without going there", [.nick, .text], minimum: 2),
    CommandSpec(.query, "NICK [TEXT]", "go to a person, and write", [.nick, .text], minimum: 1),
    CommandSpec(
      .go, "NAME | NUMBER", "switch to a chat (Alt+1 … Alt+9; Alt+A: the next unread one)", [.chat], minimum: 1),
    CommandSpec(.chats, "", "your chats with their numbers and unread messages"),
    CommandSpec(.me, "TEXT", "say what you do", [.text], minimum: 1),
    CommandSpec(
      .notice, "NICK | ROOM TEXT", "write a notice, which no program answers", [.nick, .text], minimum: 2),
    CommandSpec(.reply, "TAG TEXT", "answer the message with these two characters", [.tag, .text], minimum: 2),
    CommandSpec(.react, "TAG EMOJI", "react to a message", [.tag, .text], minimum: 2),
    CommandSpec(.unreact, "TAG EMOJI", "take a reaction back", [.tag, .text], minimum: 2),
    CommandSpec(.edit, "TAG TEXT", "give a message of yours another text", [.tag, .text], minimum: 2),
    CommandSpec(
      .redact, "TAG [REASON]", "remove a message for everybody", [.tag, .text], minimum: 1, needsWhole: true),
    CommandSpec(.resend, "TAG", "try a message again that was not sent", [.tag], minimum: 1),
    CommandSpec(.discard, "TAG", "drop a message that was not sent", [.tag], minimum: 1, needsWhole: true),
    CommandSpec(.show, "TAG", "all lines of a long message", [.tag], minimum: 1),
    CommandSpec(.more, "[COUNT]", "older messages; fetches what is missing", [.text]),
    CommandSpec(
      .search, "WORDS", "find messages here; from:NICK, before:DATE and after:DATE restrict", [.text], minimum: 1),
    CommandSpec(.clear, "", "clear the screen (Ctrl+L); /more shows again what was on it"),
    CommandSpec(.who, "[ROOM]", "who is in this room, or another", [.chat], aliases: ["names"]),
    CommandSpec(.whois, "NICK", "what the server tells of a person", [.nick], minimum: 1),
    CommandSpec(.topic, "[ROOM] [TEXT]", "show the room's topic, or set it", [.chat, .text]),
    CommandSpec(.invite, "NICK [ROOM]", "invite a person into this room, or another", [.nick, .chat], minimum: 1),
    CommandSpec(
      .kick, "[ROOM] NICK [REASON]", "remove a person from the room", [.nick, .text], minimum: 1, needsWhole: true),
    CommandSpec(
      .ban, "[ROOM] NICK | MASK", "keep a person out of the room", [.nick], minimum: 1, needsWhole: true),
    CommandSpec(.unban, "[ROOM] NICK | MASK", "let a person in again", [.nick], minimum: 1),
    CommandSpec(.op, "[ROOM] NICK", "make a person an operator of the room", [.nick], minimum: 1),
    CommandSpec(.deop, "[ROOM] NICK", "end that", [.nick], minimum: 1),
    CommandSpec(.voice, "[ROOM] NICK", "let a person speak in a moderated room", [.nick], minimum: 1),
    CommandSpec(.devoice, "[ROOM] NICK", "end that", [.nick], minimum: 1),
    CommandSpec(.mode, "[ROOM] [MODES]", "show the room's modes, or change them", [.chat, .text]),
    CommandSpec(.rooms, "[PATTERN]", "the server's rooms", [.text], aliases: ["list"]),
    CommandSpec(.ignore, "[NICK]", "hear nothing of somebody in private; alone: whom you ignore", [.nick]),
    CommandSpec(.unignore, "NICK", "hear somebody again", [.nick], minimum: 1),
    CommandSpec(.nick, "NICK", "take another nick", [.text], minimum: 1),
    CommandSpec(.away, "[TEXT]", "tell that you are away", [.text]),
    CommandSpec(.back, "", "tell that you are here again"),
    CommandSpec(.register, "[E-MAIL]", "make an account of your nick; asks for a password", [.text]),
    CommandSpec(.verify, "CODE", "confirm an account with the code that was sent", [.text], minimum: 1),
    CommandSpec(.login, "[ACCOUNT]", "sign in; asks for the password", [.text], aliases: ["identify"]),
    CommandSpec(.logout, "", "be a guest", needsWhole: true),
    CommandSpec(
      .nickserv, "TEXT", "write to NickServ; nothing of it is shown or kept", [.text], minimum: 1, aliases: ["ns"]),
    CommandSpec(.connect, "[LINK NICK]", "connect now; or go to one more server", [.text]),
    CommandSpec(.disconnect, "[REASON]", "stay offline until /connect", [.text]),
    CommandSpec(.server, "[list | remove NAME]", "your servers; or forget one, with all that is here of it", [.text]),
    CommandSpec(.network, "", "where you are, as whom, and what the server can do"),
    CommandSpec(
      .close, "[NAME]", "forget a chat and its messages on this computer, after a question", [.chat],
      needsWhole: true),
    CommandSpec(
      .raw, "LINE", "send a line of the protocol as it is", [.text], minimum: 1, aliases: ["quote"],
      needsWhole: true),
    CommandSpec(.quit, "[REASON]", "leave the program (Ctrl+D)", [.text], aliases: ["exit", "bye"]),
  ]

  package static func spec(_ name: CommandName) -> CommandSpec? { all.first { $0.name == name } }

  package enum Found: Equatable {
    case one(CommandName)
    case several([String])
    /// It is the beginning of that command, which has to be written in full.
    case incomplete(CommandName)
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
    case 1: return begun[0].needsWhole ? .incomplete(begun[0].name) : .one(begun[0].name)
    default: return .several(begun.map(\.name.rawValue))
    }
  }
}
