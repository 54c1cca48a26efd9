import CGTK

/// What a person can do, wherever in the window it is done.
final class WindowActions: MessageActions {
  private let client: Client
  weak var window: Window?
  /// Passwords that were typed before the engine asked; forgotten when it has.
  private var passwords: [ID: String] = [:]

  init(client: Client) { self.client = client }

  // MARK: Chats

  func join(_ room: String, identity: ID, key: String? = nil) {
    do throws(EngineError) {
      let id = try client.open(room, identity: identity)
      follow(client.engine.join(room, key: key, identity: identity), "Cannot join \(room)")
      window?.open(id)
    } catch {
      window?.toast("\(room): \(error.text)")
    }
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
    if chat.isWanted || chat.isJoined {
      follow(client.engine.leave(chat.id, reason: nil), "Cannot leave \(chat.name)")
    } else {
      join(chat.name, identity: chat.identity)
    }
  }

  /// Chat and messages are forgotten here.
  func remove() {
    guard let chat = window?.conversation.chat, chat.kind != .server else { return }
    window?.conversation.close()
    follow(client.engine.removeChat(chat.id), "Cannot remove \(chat.name)")
    window?.showChats()
  }

  // MARK: Messages

  func send(_ text: String) {
    guard let chat = window?.conversation.chat else { return }
    guard let (name, rest) = typedCommand(text) else {
      let plain = text.hasPrefix("//") ? String(text.dropFirst()) : text
      let request = client.engine.send(plain, to: chat.id)
      if request < 0 { window?.toast(EngineError(code: Int32(truncatingIfNeeded: request)).text) }
      return
    }
    guard let command = typedCommands.first(where: { $0.name == name }) else {
      window?.toast("There is no /\(name). Commands: " + typedCommands.map { "/" + $0.name }.joined(separator: " "))
      return
    }
    do throws(EngineError) {
      switch try command.run(client, chat, rest) {
      case .done: break
      case .opened(let id): window?.open(id)
      case .request(let request): follow(request, "/\(name)")
      case .wrong(let usage): window?.toast(usage)
      }
    } catch {
      window?.toast("/\(name): \(error.text)")
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
      window.addNetwork(link: link)
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
  private func follow(_ request: Request, _ what: String) {
    client.engine.finish(request) { [weak self] outcome in
      switch outcome {
      case .success(let event):
        guard let error = event.error, error != .cancelled, event.message == nil else { return }
        self?.window?.toast("\(what): \(event.reason)")
      case .failure(let error): self?.window?.toast("\(what): \(error.text)")
      }
    }
  }
}
