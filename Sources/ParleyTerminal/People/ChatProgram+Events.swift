import CParley
import ParleyTerminalKit

/// What the engine tells, and what a person sees of it.
extension ChatProgram {
  func handle(_ event: Event) {
    switch event.kind {
    case .identity: identityChanged(event)
    case .chat: chatChanged(event)
    case .message: if let row = event.row { received(row, in: event.chatOf) }
    case .changed: if let row = event.row { changed(row) }
    case .queued: if let row = event.row { queued(row) }
    case .history: historyChanged(event.chat)
    case .typing: typing(event)
    case .done: done(event)
    case .ask: asked(event)
    case .overrun: readEverything()
    // Members are read when somebody asks for them.
    case .members: break
    }
    refreshPrompt()
  }

  /// After start, and when so much has happened that events were dropped.
  func readEverything() {
    identities = Dictionary(engine.identities().map { ($0.id, $0) }) { $1 }
    chats = Dictionary(engine.chats().map { ($0.id, $0) }) { $1 }
    if chats[current] != nil { showUnseen() }
  }

  // MARK: Connections

  private func identityChanged(_ event: Event) {
    let before = identities[event.identity]
    guard let identity = event.identityOf else {
      identities[event.identity] = nil
      lost.remove(event.identity)
      fresh.remove(event.identity)
      for chat in chats.values where chat.identity == event.identity { chats[chat.id] = nil }
      if chats[current] == nil {
        current = 0
        showFirstChat()
      }
      return
    }
    identities[identity.id] = identity
    guard before?.state != identity.state || before?.reason != identity.reason else { return }
    let network = Sanitizer.line(identity.network)
    switch identity.state {
    case .online:
      connected(identity, isFirst: !lost.contains(identity.id))
      lost.remove(identity.id)
    case .waiting:
      if lost.insert(identity.id).inserted {
        say(lossOf: identity, network: network)
        if fresh.contains(identity.id) { askAboutServer(identity) }
      }
    case .stopped:
      lost.insert(identity.id)
      screen.rule("\(time()) \(network): stopped: \(identity.explanation)", .alarm)
      remark(
        identity.result == Failure.signIn.code
          ? "/login asks for the password again; /logout goes on as a guest."
          : "/connect tries again; /network tells more.")
      if fresh.contains(identity.id), identity.result != Failure.signIn.code { askAboutServer(identity) }
    case .offline:
      if before?.state == .online { screen.rule("\(time()) \(network): disconnected", .unread) }
    case .connecting, .signingIn: break
    }
  }

  private func say(lossOf identity: Identity, network: String) {
    let text = "\(time()) \(network): no connection: \(identity.explanation)"
    screen.rule(text, .alarm)
    remark("It is tried again by itself, and at once with /connect. What you write waits, and is sent then.")
  }

  private func connected(_ identity: Identity, isFirst: Bool) {
    let who = identity.account.map { "\(identity.nick), signed in as \($0)" } ?? "\(identity.nick), a guest"
    let text = "\(time()) \(identity.network): \(isFirst ? "connected" : "connected again") as \(who)"
    screen.rule(text, .unread)
    if fresh.remove(identity.id) != nil { tellCertificate(identity) }
    if let password = registering.removeValue(forKey: identity.id) { register(identity.id, password) }
    if chats[current] == nil { showFirstChat() }
  }

  /// The first contact with a server for which no authority vouches.
  private func tellCertificate(_ identity: Identity) {
    guard let pin = engine.get(identity: identity.id, "pin"), !pin.isEmpty else { return }
    remark(
      "From now on \(identity.host) is known by its certificate. Its SHA-256, for you to compare with what those who run it say:\n"
        + Fingerprint.grouped(pin), .unread)
  }

  func time() -> String { screen.painter.clock.time(Clock.now()) }

  // MARK: Chats

  private func chatChanged(_ event: Event) {
    guard let chat = event.chatOf else {
      chats[event.chat] = nil
      speakers.forget(event.chat)
      if event.chat == current {
        current = 0
        showFirstChat()
      }
      return
    }
    let before = chats[chat.id]
    let isNew = before == nil
    chats[chat.id] = chat
    if let before, before.isJoined != chat.isJoined, chat.id == current, chat.kind == .room { tellPresence(chat) }
    // The room of an invitation, as soon as there is one, in place of the server's notices.
    if isNew, chat.kind == .room, chat.isWanted, self.chat == nil || self.chat?.kind == .server { show(chat.id) }
  }

  private func tellPresence(_ chat: Chat) {
    // As it is now: the rooms of a lost connection are told before its end is.
    guard engine.identities().first(where: { $0.id == chat.identity })?.state == .online else { return }
    let name = Sanitizer.line(chat.name)
    let people = chat.memberCount > 0 ? ", \(chat.memberCount) here" : ""
    remark(chat.isJoined ? "You are in \(name)\(people)." : "You are not in \(name) any more. /join \(name) enters it.")
  }

  private func historyChanged(_ chat: Int64) {
    if chat == current { showUnseen() }
  }

  private func typing(_ event: Event) {
    guard let nick = event.nick else { return }
    typists.note(nick, in: event.chat, state: event.value, now: Clock.now())
  }

  // MARK: Messages

  private func received(_ row: Row, in chat: Chat?) {
    if let chat { chats[chat.id] = chat }
    if row.isSaid {
      speakers.spoke(row.nick, in: row.chat)
      typists.note(row.nick, in: row.chat, state: 0, now: Clock.now())
    }
    if !setup.configuration.showsJoins, [.joined, .left].contains(row.kind) { return }
    let isForUs = row.isMention || (row.isSaid && !row.isOwn && chats[row.chat]?.kind == .person)
    if row.kind == .invited, row.chat != current, invited(row) { return }
    if row.kind == .info, row.chat != current, isAnswer(row) { remark(Sanitizer.line(row.text)) }
    if row.chat == current {
      showLive(row)
    } else if isForUs, row.state != .removed {
      notify(row)
    }
    if isForUs, setup.configuration.rings { screen.ring() }
  }

  /// An invitation comes into the server's chat.
  private func invited(_ row: Row) -> Bool {
    guard let chat = chats[row.chat], chat.kind == .server, !row.text.isEmpty else { return false }
    let room = Sanitizer.line(row.text)
    remark("\(Sanitizer.line(row.nick)) invites you to \(room): /join \(room)", .mention)
    if setup.configuration.rings { screen.ring() }
    return true
  }

  /// Whether it is what a server says shortly after it was asked.
  private func isAnswer(_ row: Row) -> Bool {
    guard let identity = chats[row.chat]?.identity else { return false }
    return answersUntil[identity].map { Clock.now() < $0 } ?? false
  }

  /// Somebody speaks to us in a chat that is not on the screen.
  private func notify(_ row: Row) {
    guard let chat = chats[row.chat] else { return }
    let place = orderedChats.firstIndex { $0.id == chat.id }.map { $0 < 9 ? " (Alt+\($0 + 1))" : "" } ?? ""
    let head = chat.kind == .person ? row.nick : "\(row.nick) in \(name(chat))"
    let text = Width.shortened("\(Sanitizer.line(head)): \(Sanitizer.line(row.text))", to: screen.painter.width - 16)
    remark(text + place, .mention)
  }

  private func queued(_ row: Row) {
    unacknowledged.insert(row.id)
    guard row.chat == current else {
      if let chat = chats[row.chat] { remark("to \(name(chat)): \(Sanitizer.line(row.text))") }
      return
    }
    if !shown.contains(row.id) { write([row]) }
  }

  private func changed(_ row: Row) {
    let wasUnacknowledged = unacknowledged.contains(row.id)
    if row.state != .pending { unacknowledged.remove(row.id) }
    guard row.chat == current, shown.contains(row.id) else {
      if wasUnacknowledged, row.state == .failed, let chat = chats[row.chat] {
        let reason = Sanitizer.line(row.reason ?? Failure(row.result).text)
        remark("to \(name(chat)), not sent: \(Sanitizer.line(row.text)): \(reason)", .alarm)
      }
      return
    }
    if screen.rewrite(row.id, row.state == .gone ? [] : lines(row)) { return }
    // It has scrolled away: told in a line of its own.
    let tag = MessageTags.tag(of: row.id)
    switch row.state {
    case .sent where wasUnacknowledged: remark("\(screen.palette.sign("✓", "ok")) \(tag) is sent")
    case .failed where wasUnacknowledged:
      remark(
        "\(tag) was not sent: \(row.reason ?? Failure(row.result).text). /resend \(tag) or /discard \(tag)", .alarm)
    case .removed:
      remark("\(tag) was removed\(row.target.map { " by \($0)" } ?? "")\(row.reason.map { ": \($0)" } ?? "")")
    default: break
    }
  }

  private func done(_ event: Event) {
    guard let request = requests.finish(event.request) else { return }
    if request.isMessage, event.result == PARLEY_OK || event.row != nil { return }
    if event.result == PARLEY_OK {
      request.then?(event)
    } else {
      remark("\(request.what): \(event.explanation)", .alarm)
    }
  }
}
