import ParleyTerminalKit

/// Commands about rooms.
extension ChatProgram {
  func runInRoom(_ name: CommandName, _ arguments: Arguments) {
    var arguments = arguments
    switch name {
    case .join:
      guard let identity else { return remark("There is no server yet; /connect LINK NICK", .alarm) }
      join(arguments.word() ?? "", key: arguments.word(), at: identity.id)
    case .rooms: listRooms(arguments.text)
    case .close: close(arguments.text)
    case .invite:
      let nick = arguments.word() ?? ""
      guard let chat = takeRoom(&arguments, name) else { return }
      request("/invite", { () throws(Failure) in try engine.invite(chat.id, nick: nick) }) { [unowned self] _ in
        self.remark("\(nick) is invited to \(chat.name).")
      }
    default:
      guard let chat = takeRoom(&arguments, name) else { return }
      runInRoom(name, arguments, chat)
    }
  }

  /// The room that the first word names, as people write it who are used to other programs, or else the one that is shown. A name that is
  /// no room of ours is a mistake: it must not become text that others read.
  private func takeRoom(_ arguments: inout Arguments, _ name: CommandName) -> Chat? {
    var rest = arguments
    if let word = rest.word(), word.hasPrefix("#") || word.hasPrefix("&") {
      guard let chat = roomNamed(word) else {
        remark("You have no room \(word); nothing was done.", .alarm)
        return nil
      }
      arguments = rest
      return chat
    }
    guard let chat, chat.kind == .room else {
      remark("/\(name.rawValue) is for rooms.", .alarm)
      return nil
    }
    return chat
  }

  private func roomNamed(_ name: String) -> Chat? {
    let small = name.lowercased()
    let known = orderedChats.filter { $0.kind == .room && $0.name.lowercased() == small }
    return known.first { $0.identity == identity?.id } ?? known.first
  }

  private func runInRoom(_ name: CommandName, _ arguments: Arguments, _ chat: Chat) {
    var arguments = arguments
    switch name {
    case .leave:
      request("/leave", { () throws(Failure) in try engine.leave(chat.id, reason: arguments.text) }) {
        [unowned self] _ in
        self.remark("You have left \(chat.name); what was said stays here. /close \(chat.name) forgets it.")
      }
    case .topic:
      guard let topic = arguments.text else {
        return remark("topic: \(chat.topic.flatMap { $0.isEmpty ? nil : $0 } ?? "there is none")")
      }
      request("/topic", { () throws(Failure) in try engine.setTopic(chat.id, topic) })
    case .who: who(chat)
    case .kick:
      guard let nick = arguments.word() else { return remark("It is: /kick [ROOM] NICK [REASON]", .alarm) }
      request("/kick", { () throws(Failure) in try engine.kick(chat.id, nick: nick, reason: arguments.text) })
    case .mode: ask(chat.identity, "/mode", "MODE \(chat.name)\(arguments.text.map { " \($0)" } ?? "")")
    case .ban: setModes(chat, "+b", &arguments, name)
    case .unban: setModes(chat, "-b", &arguments, name)
    case .op: setModes(chat, "+o", &arguments, name)
    case .deop: setModes(chat, "-o", &arguments, name)
    case .voice: setModes(chat, "+v", &arguments, name)
    case .devoice: setModes(chat, "-v", &arguments, name)
    default: break
    }
  }

  /// One mode for each of the people that are named.
  private func setModes(_ chat: Chat, _ mode: String, _ arguments: inout Arguments, _ name: CommandName) {
    var people: [String] = []
    while let word = arguments.word(), people.count < 12 { people.append(word) }
    guard !people.isEmpty else { return remark("It is: /\(name.rawValue) [ROOM] NICK", .alarm) }
    if name == .ban || name == .unban {
      people = people.map { $0.contains { "!@*?$~".contains($0) } ? $0 : "\($0)!*@*" }
    }
    for person in people { ask(chat.identity, "/\(name.rawValue)", "MODE \(chat.name) \(mode) \(person)") }
  }

  /// Forgets a chat after a question: on networks without a history its messages are kept nowhere else.
  private func close(_ name: String?) {
    let named = name.map { name in
      orderedChats.first { [$0.name, self.name($0)].contains { $0.lowercased() == name.lowercased() } }
    }
    guard let chat = named ?? self.chat, name == nil || chat.kind != .server else {
      return remark(name.map { "There is no chat \($0); /chats lists them." } ?? "There is no chat here yet.", .alarm)
    }
    let place = Sanitizer.line(self.name(chat))
    screen.ask("Forget \(place) and its messages on this computer? [y/N] ") { [unowned self] answer in
      guard answer?.lowercased().hasPrefix("y") == true else { return self.remark("Nothing is forgotten.") }
      self.request("/close", { () throws(Failure) in try self.engine.removeChat(chat.id) }) { [unowned self] _ in
        self.typed.remove(chat.id)
        self.remark("\(place) is forgotten.")
      }
    }
  }

  func join(_ room: String, key: String?, at identity: Int64) {
    // Names of rooms begin with a sign; who leaves it out means the usual one.
    let isBare = room.first.map { $0.isLetter || $0.isNumber } ?? false
    let room = isBare ? "#" + room : room
    request("/join \(room)", { () throws(Failure) in try engine.join(identity, room: room, key: key) }) {
      [unowned self] event in
      if let chat = event.chatOf { self.chats[chat.id] = chat }
      if event.chat != self.current { self.show(event.chat) }
    }
    if identities[identity]?.state != .online { remark("\(room) is entered as soon as there is a connection.") }
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
