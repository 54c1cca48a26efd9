import ParleyTerminalKit

/// How it begins: as ever, at a new server, or with questions.
extension ChatProgram {
  func begin() {
    noticeKey()
    readEverything()
    if let link = setup.options.link {
      visit(link)
    } else if identities.isEmpty {
      remark("Welcome to Parley. Three questions, then you chat; Ctrl+D leaves.", .plain)
      askServer()
    } else {
      showFirstChat()
      let autoconnecting = identities.values.filter { engine.get(identity: $0.id, "autoconnect") != "0" }
      if autoconnecting.count == 1 { takePasswordOfThisRun(autoconnecting[0]) }
      for identity in autoconnecting { connect(identity.id) }
    }
    refreshPrompt()
  }

  /// A link on the command line: an identity that is there, or a new one.
  private func visit(_ link: String) {
    let known = identities.values.sorted { $0.id < $1.id }.first { engine.get(identity: $0.id, "link") == link }
    if let nick = setup.options.nick ?? known?.nick {
      enter(link, nick, password: nil)
    } else {
      askNick(link)
    }
    if self.chat == nil { showFirstChat() }
  }

  /// A password in the environment goes before one that is kept, and signs in who was a guest. With several servers it is not known for
  /// which it is: there it is taken where one is asked for.
  func takePasswordOfThisRun(_ identity: Identity) {
    guard secrets.isForThisRun else { return }
    do {
      guard let password = try secrets.provided() else { return }
      if engine.get(identity: identity.id, "account")?.isEmpty ?? true {
        request("account", { () throws(Failure) in try engine.set(identity: identity.id, "account", identity.nick) })
      }
      request("password", { () throws(Failure) in try engine.set(identity: identity.id, "password", password) })
    } catch {
      remark(error.sentence, .alarm)
    }
  }

  /// The server of a new identity does not answer: perhaps its name is wrong.
  func askAboutServer(_ identity: Identity) {
    let host = Sanitizer.line(identity.host)
    remark("\(host) is not kept until it has answered. /server remove \(host) gives it up at once.")
    // Where there is a room already, what is typed is meant for it.
    guard identities.count == 1, setup.options.link == nil, chats.values.allSatisfy({ $0.kind == .server }) else {
      return
    }
    screen.ask("Another server, or Enter to go on with \(host): ") { [unowned self] answer in
      guard let link = answer.map(Self.trimmed), !link.isEmpty else { return }
      if self.fresh.contains(identity.id) {
        self.request("/server remove", { () throws(Failure) in try self.engine.removeIdentity(identity.id) })
      }
      self.askNick(link)
    }
  }

  // MARK: Questions

  private func askServer() {
    screen.ask("Server, or an invitation's link: ") { [unowned self] answer in
      guard let answer else { return self.isLeaving = true }
      let link = Self.trimmed(answer)
      link.isEmpty ? self.askServer() : self.askNick(link)
    }
  }

  private func askNick(_ link: String) {
    let suggestion = setup.options.nick ?? Environment.user
    let hint = suggestion.map { " [\($0)]" } ?? ""
    screen.ask("Your nick\(hint): ") { [unowned self] answer in
      guard let answer else { return self.isLeaving = true }
      let nick = Self.trimmed(answer)
      guard let chosen = nick.isEmpty ? suggestion : nick else { return self.askNick(link) }
      self.askPassword(link, chosen)
    }
  }

  private func askPassword(_ link: String, _ nick: String) {
    screen.ask("Password (empty: as a guest): ", isSecret: true) { [unowned self] answer in
      guard let answer else { return self.isLeaving = true }
      self.enter(link, nick, password: answer)
    }
  }

  private func enter(_ link: String, _ nick: String, password: String?) {
    do {
      try add(link: link, nick: nick, password: password)
      if password == "" { remark("You are a guest there. /register makes an account of your nick.") }
    } catch {
      remark("\(nick) at \(link): \(explain(error))", .alarm)
      if identities.isEmpty { askServer() }
    }
  }

  private static func trimmed(_ text: String) -> String {
    String(text.split(whereSeparator: \.isWhitespace).joined(separator: " "))
  }
}
