/// What happened in a room, in a sentence; the names in it are neutral already.
func happening(_ message: Message) -> String {
  let nick = neutralLine(message.nick)
  let target = neutralLine(message.target)
  let text = neutralLine(message.text)
  let because = text.isEmpty ? "" : " (\(text))"
  switch message.kind {
  case .joined: return "\(nick) joined"
  case .left: return "\(nick) left\(because)"
  case .kicked: return "\(nick) removed \(target)\(because)"
  case .renamed: return "\(nick) is now \(target)"
  case .topic: return text.isEmpty ? "\(nick) removed the topic" : "\(nick) set the topic: \(text)"
  case .mode: return modeChange(nick, text)
  case .invited: return text.isEmpty ? "\(nick) invited \(target)" : "\(nick) invited \(target) to \(text)"
  case .info: return stripped(neutral(message.text))
  case .gap:
    return message.state == .failed ? "Messages are missing here and can't be loaded" : "Messages are missing here"
  case .text, .notice, .action, nil: return text
  }
}

/// The commonest single changes in words; others as the server has them.
private func modeChange(_ nick: String, _ change: String) -> String {
  let words = change.split(separator: " ", maxSplits: 1).map(String.init)
  let parameter = words.count > 1 ? words[1] : ""
  // Several changes in one line keep their letters, as do those whose parameters are several.
  guard let mode = words.first, !parameter.contains(" ") else { return "\(nick) set \(change)" }
  switch (mode, parameter.isEmpty) {
  case ("+b", false): return "\(nick) banned \(parameter)"
  case ("-b", false): return "\(nick) lifted the ban on \(parameter)"
  case ("+o", false): return "\(nick) made \(parameter) an operator"
  case ("-o", false): return "\(parameter) is no longer an operator, by \(nick)"
  case ("+v", false): return "\(nick) let \(parameter) speak"
  case ("-v", false): return "\(nick) no longer lets \(parameter) speak"
  case ("+k", _): return "\(nick) set a password for the room"
  case ("-k", _): return "\(nick) removed the room's password"
  case ("+i", true): return "\(nick) made the room invitation-only"
  case ("-i", true): return "\(nick) opened the room to everyone"
  default: return "\(nick) set \(change)"
  }
}

/// What a screen reader says for a row: "nick, 10:41, text".
func spoken(_ message: Message) -> String {
  let clock = LocalTime(message.time).clock
  guard message.kind?.isSaid ?? false else {
    return message.kind == .gap ? happening(message) : "\(clock), \(happening(message))"
  }
  var said = "\(neutralLine(message.nick)), \(clock), \(shortened(saidText(message)))"
  if message.isEdited { said += ", edited" }
  if message.isLost { said += ", lost by the server" }
  switch message.state {
  case .pending: said += ", not sent yet"
  case .failed: said += ", failed: \(neutralLine(message.failure))"
  case .sent, .removed, .gone: break
  }
  return said
}

/// What was said, without formatting.
func saidText(_ message: Message) -> String {
  if message.state == .removed { return removal(message) }
  let text = neutral(stripped(message.text))
  return message.kind == .action ? "\(neutralLine(message.nick)) \(text)" : text
}

func removal(_ message: Message) -> String {
  let reason = neutralLine(message.reason)
  let who = message.target.isEmpty ? "" : " by \(neutralLine(message.target))"
  return "removed\(who)" + (reason.isEmpty ? "" : ": \(reason)")
}
