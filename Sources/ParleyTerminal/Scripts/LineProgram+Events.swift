import CParley
import ParleyTerminalKit

/// What scripts are told.
extension LineProgram {
  func tell(_ event: Event) throws(Ending) {
    if let chat = event.chatOf { note(chat) }
    switch event.kind {
    case .identity: try tell(state: event)
    case .message: tellRow("message", event.row)
    case .changed: tellRow("changed", event.row)
    case .queued: queued(event)
    case .typing: tellTyping(event)
    case .chat: if let chat = event.chatOf { output.json(ChatJSON.chat(chat, place(chat.identity))) }
    case .done: done(event)
    case .overrun: output.json(EventJSON.object("overrun", []))
    case .history, .members: tellPlace(event)
    // Answered on the way, by what the environment offers.
    case .ask: break
    }
  }

  private func tell(state event: Event) throws(Ending) {
    guard let identity = event.identityOf else { return }
    note(identity)
    if identity.id == self.identity?.id { self.identity = identity }
    output.json(ChatJSON.state(identity))
    if identity.state == .stopped, identity.id == self.identity?.id { throw Errand.ending(stopped: identity) }
  }

  private func tellRow(_ name: String, _ row: Row?) {
    guard let row, let chat = chat(row.chat) else { return }
    told.note(row)
    output.json(EventJSON.row(name, row, place(chat.identity), room: chat.name))
  }

  private func tellTyping(_ event: Event) {
    guard let chat = event.chatOf, let nick = event.nick else { return }
    let state = event.value == 1 ? "typing" : event.value == 2 ? "paused" : "stopped"
    output.json(
      EventJSON.object(
        "typing",
        place(chat.identity).members + [
          JSON.Member("room", .string(chat.name)),
          JSON.Member("nick", .string(nick)), JSON.Member("state", .string(state)),
        ]))
  }

  /// Something to be read again, by a command.
  private func tellPlace(_ event: Event) {
    guard let chat = event.chatOf else { return }
    output.json(
      EventJSON.object(
        event.kind == .history ? "history changed" : "members changed",
        place(chat.identity).members + [JSON.Member("room", .string(chat.name))]))
  }

  private func queued(_ event: Event) {
    guard let row = event.row, var asked = requests[event.request] else { return }
    asked.messages.append(row.id)
    requests[event.request] = asked
    answer("queued", asked.id, [JSON.Member("message", .integer(row.id))])
  }

  private func done(_ event: Event) {
    guard let asked = requests.removeValue(forKey: event.request) else { return }
    for room in event.rooms {
      output.json(ChatJSON.listed(room, place(event.identity), id: asked.id ?? .null))
    }
    guard event.result == PARLEY_OK else {
      fail(.undelivered)
      return answer(
        "error", asked.id,
        [
          JSON.Member("code", .string(Failure(event.result).name)), JSON.Member("server", .text(event.code)),
          JSON.Member("reason", .string(event.row?.reason ?? event.explanation)),
        ])
    }
    if asked.isIgnored {
      for nick in (event.text ?? "").split(separator: "\n") {
        answer("ignored", asked.id, [JSON.Member("nick", .string(String(nick)))])
      }
    }
    guard asked.isMessage, let row = event.row, let chat = chat(row.chat) else { return answer("ack", asked.id) }
    told.note(row)
    output.json(EventJSON.row("ack", row, place(chat.identity), room: chat.name, id: asked.id ?? .null))
  }
}
