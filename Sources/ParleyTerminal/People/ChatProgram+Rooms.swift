import ParleyTerminalKit

/// Commands about rooms.
extension ChatProgram {
  func runInRoom(_ name: CommandName, _ arguments: Arguments) {
    var arguments = arguments
    switch name {
    case .join: join(arguments.word() ?? "", key: arguments.word())
    case .rooms: listRooms(arguments.text)
    case .close:
      guard let chat else { return }
      request("/close", { () throws(Failure) in try engine.removeChat(chat.id) }) { [unowned self] _ in
        self.typed.remove(chat.id)
      }
    default:
      guard let chat, chat.kind == .room else { return remark("/\(name.rawValue) is for rooms.", .alarm) }
      runInRoom(name, arguments, chat)
    }
  }

  private func runInRoom(_ name: CommandName, _ arguments: Arguments, _ chat: Chat) {
    var arguments = arguments
    switch name {
    case .leave:
      request("/leave", { () throws(Failure) in try engine.leave(chat.id, reason: arguments.text) }) {
        [unowned self] _ in
        self.remark("You have left \(chat.name); what was said stays here. /close forgets it.")
      }
    case .topic:
      guard let topic = arguments.text else {
        return remark("topic: \(chat.topic.flatMap { $0.isEmpty ? nil : $0 } ?? "there is none")")
      }
      request("/topic", { () throws(Failure) in try engine.setTopic(chat.id, topic) })
    case .who: who(chat)
    case .invite:
      guard let nick = arguments.word() else { return }
      request("/invite", { () throws(Failure) in try engine.invite(chat.id, nick: nick) }) { [unowned self] _ in
        self.remark("\(nick) is invited.")
      }
    case .kick:
      guard let nick = arguments.word() else { return }
      request("/kick", { () throws(Failure) in try engine.kick(chat.id, nick: nick, reason: arguments.text) })
    default: break
    }
  }

  private func join(_ room: String, key: String?) {
    guard let identity else { return remark("There is no server yet; /connect LINK NICK", .alarm) }
    // Names of rooms begin with a sign; who leaves it out means the usual one.
    let isBare = room.first.map { $0.isLetter || $0.isNumber } ?? false
    let room = isBare ? "#" + room : room
    request("/join \(room)", { () throws(Failure) in try engine.join(identity.id, room: room, key: key) }) {
      [unowned self] event in
      if let chat = event.chatOf { self.chats[chat.id] = chat }
      if event.chat != self.current { self.show(event.chat) }
    }
    if identity.state != .online { remark("It is entered as soon as there is a connection.") }
  }

  private func who(_ chat: Chat) {
    let members = engine.members(chat.id)
    guard !members.isEmpty else { return remark("Nobody is known to be here.") }
    // Thousands of names would push everything else away.
    let most = 300
    let names = members.prefix(most).map {
      "\($0.roles.prefix(1))\(Sanitizer.line($0.nick))\($0.isAway ? " (away)" : "")"
    }
    let rest = members.count > most ? ", and \(members.count - most) more" : ""
    remark("\(members.count) here: \(names.joined(separator: ", "))\(rest)")
  }

  private func listRooms(_ pattern: String?) {
    guard let identity else { return }
    request("/rooms", { () throws(Failure) in try engine.listRooms(identity.id, pattern: pattern) }) {
      [unowned self] event in
      self.screen.withLineHidden {
        for room in event.rooms.prefix(50) {
          let topic = Sanitizer.line(room.topic)
          self.remark("\(Sanitizer.line(room.name)) (\(room.memberCount))\(topic.isEmpty ? "" : ": \(topic)")")
        }
        if event.rooms.count > 50 { self.remark("… and \(event.rooms.count - 50) more: /rooms PATTERN") }
        if event.rooms.isEmpty { self.remark("The server tells of no rooms. /join NAME makes one.") }
      }
    }
  }
}
