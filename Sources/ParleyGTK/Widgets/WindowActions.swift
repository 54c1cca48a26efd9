import CGTK

/// What a person can do, wherever in the window it is done.
final class WindowActions: MessageActions {
  private let client: Client
  weak var window: Window?
  /// Passwords that were typed before the engine asked; forgotten when it has.
  private var passwords: [ID: String] = [:]

  init(client: Client) { self.client = client }

  // MARK: Chats

  /// Whether it is a room's name at all; what the server says comes later.
  @discardableResult
  func join(_ room: String, identity: ID, key: String? = nil) -> Bool {
    do throws(EngineError) {
      let id = try client.open(room, identity: identity)
      let request = client.engine.join(room, key: key, identity: identity)
      guard request > 0 else { throw EngineError(code: Int32(truncatingIfNeeded: request)) }
      client.setRefusal(nil, of: id)
      window?.open(id)
      client.engine.finish(request) { [weak self] outcome in
        if case .success(let event) = outcome { self?.joined(room, id, hadPassword: key != nil, event) }
      }
      return true
    } catch {
      window?.toast("\(room): \(error.text)")
      return false
    }
  }

  private func joined(_ room: String, _ chat: ID, hadPassword: Bool, _ event: Event) {
    guard let error = event.error else {
      // Some rooms send people on to another one.
      if event.chat != 0, event.chat != chat, window?.conversation.chat?.id == chat { window?.open(event.chat) }
      return
    }
    guard error != .cancelled, client.chat(chat) != nil else { return }
    let refusal = JoinRefusal(room: room, code: event.code, reason: event.reason, hadPassword: hadPassword)
    client.setRefusal(refusal, of: chat)
    // The open room says it in its bar.
    if window?.conversation.chat?.id != chat {
      window?.toast(refusal.text)
    } else if refusal.needsPassword {
      window?.askRoomPassword(refusal, chat: chat)
    }
  }

  func join(_ chat: Chat) { join(chat.name, identity: chat.identity) }

  func invitation(in message: Message) -> String? { client.invitation(in: message) }

  func accept(_ invitation: Message) {
    guard let room = client.invitation(in: invitation), let chat = client.chat(invitation.chat) else { return }
    join(room, identity: chat.identity)
  }

  func write(to nick: String) {
    if let identity = window?.conversation.chat?.identity { write(to: nick, identity: identity) }
  }

  func write(to nick: String, identity: ID) {
    do throws(EngineError) {
      window?.open(try client.open(nick, identity: identity))
    } catch {
      window?.toast("\(nick): \(error.text)")
    }
  }

  func leave() {
    guard let chat = window?.conversation.chat, chat.kind == .room else { return }
    client.setRefusal(nil, of: chat.id)
    follow(client.engine.leave(chat.id, reason: nil), "Can't leave \(chat.name)")
  }

  func rejoin() {
    guard let chat = window?.conversation.chat, chat.kind == .room else { return }
    join(chat)
  }

  // MARK: Messages

  /// Whether the text was taken; what was refused stays in the composer.
  func send(_ text: String) -> Bool {
    guard let chat = (window?.conversation.chat?.id).flatMap(client.currentChat) else { return false }
    guard let (name, rest) = typedCommand(text) else {
      let plain = text.hasPrefix("//") ? String(text.dropFirst()) : text
      guard chat.kind != .room || chat.isJoined || chat.isWanted else {
        window?.toast("You're not in this room")
        return false
      }
      let request = client.engine.send(plain, to: chat.id)
      if request < 0 { window?.toast(EngineError(code: Int32(truncatingIfNeeded: request)).text) }
      return request > 0
    }
    guard let command = typedCommands.first(where: { $0.name == name }) else {
      window?.toast("Unknown command /\(name). Type / for a list.")
      return false
    }
    do throws(EngineError) {
      switch try command.run(client, chat, rest) {
      case .done: return true
      case .opened(let id):
        window?.open(id)
        return true
      case .join(let room, let key): return join(room, identity: chat.identity, key: key)
      case .request(let request):
        follow(request, "/\(name)") { [weak self] in self?.window?.conversation.composer.restore(text, in: chat.id) }
        return true
      case .wrong(let usage):
        window?.toast(usage)
        return false
      }
    } catch {
      window?.toast("/\(name): \(error.text)")
      return false
    }
  }

  func retry(_ message: ID) { follow(client.engine.resend(message), "Not sent") }

  func discard(_ message: ID) { follow(client.engine.discard(message), "Not deleted") }

  func fill(gap: ID) {
    client.engine.finish(client.engine.backfill(gap)) { _ in }
  }

  func jump(to message: ID) { window?.conversation.messages.jump(to: message) }

  func message(_ id: ID) -> Message? { client.engine.message(id) }

  func showWhole(_ message: ID) {
    if let message = client.engine.message(message) { window?.showWhole(message) }
  }

  func copy(_ message: Message) {
    let line = "[\(LocalTime(message.time).clock)] \(neutralLine(message.nick)): \(saidText(message))"
    guard let window else { return }
    gdk_clipboard_set_text(gtk_widget_get_clipboard(window.widget), line)
    window.toast("Copied")
  }

  func openLink(_ link: String) {
    guard isOpenable(link), let window else { return }
    if link.lowercased().hasPrefix("irc") {
      window.openLink(link)
    } else {
      gtk_show_uri(window.widget.cast(), link, guint(GDK_CURRENT_TIME))
    }
  }

  // MARK: Signing in

  func signIn(_ identity: ID, account: String, password: String) {
    client.engine.set("account", of: identity, to: account)
    if let question = client.questions.first(where: { $0.identity == identity && $0.kind == .password }),
      question.text == account
    {
      return client.answer(question, password, keep: true)
    }
    passwords[identity] = password
    if client.identity(identity)?.state != .stopped { client.engine.disconnect(identity) }
    client.engine.connect(identity)
  }

  /// Whether the question is answered by what was typed before.
  func answers(_ question: Question) -> Bool {
    guard let password = passwords.removeValue(forKey: question.identity) else { return false }
    client.answer(question, password, keep: true)
    return true
  }

  // MARK: -

  /// Says what goes wrong. What a message has come to is said where it stands.
  private func follow(_ request: Request, _ what: String, _ refused: @escaping () -> Void = {}) {
    client.engine.finish(request) { [weak self] outcome in
      switch outcome {
      case .success(let event):
        guard let error = event.error, error != .cancelled, event.message == nil else { return }
        self?.window?.toast("\(what): \(event.reason)")
        refused()
      case .failure(let error):
        self?.window?.toast("\(what): \(error.text)")
        refused()
      }
    }
  }
}
