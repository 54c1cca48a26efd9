import CParley
import ParleyTerminalKit

/// What the engine asks: passwords, and whether a strange certificate is to be trusted.
extension ChatProgram {
  func asked(_ event: Event) {
    let identity = event.identityOf ?? identities[event.identity]
    let host = identity?.host ?? ""
    switch Event.Question(rawValue: event.value) {
    case .password: password(event, account: event.text ?? identity?.nick ?? "", host: host)
    case .newPassword: newPassword(event)
    case .certificate: certificate(event, host: host, reason: identity?.reason)
    case .serverPassword: serverPassword(event, host: host)
    // Of a newer library: what nobody can explain is not answered with yes.
    case nil: answer(event, nil, keep: PARLEY_KEEP_NOTHING)
    }
  }

  private func answer(_ event: Event, _ value: String?, keep: Int) {
    do {
      try engine.answer(event.request, value?.isEmpty == true ? nil : value, keep: keep)
    } catch .state {
      // It was taken back meanwhile, as when the connection was lost.
    } catch {
      remark(explain(error), .alarm)
    }
  }

  // MARK: Passwords

  private func password(_ event: Event, account: String, host: String) {
    let isAgain = event.result != PARLEY_OK
    let attempted = firstPasswords.removeValue(forKey: event.identity)
    if !isAgain {
      if let attempted {
        firstPasswords[event.identity] = attempted
        return answer(event, attempted, keep: PARLEY_KEEP_DISK)
      }
      do {
        if let known = try secrets.password(account: account, host: host) {
          return answer(event, known, keep: PARLEY_KEEP_MEMORY)
        }
      } catch {
        remark(error.sentence, .alarm)
      }
    }
    if isAgain { remark("\(host) does not accept this password for \(account).", .alarm) }
    if isAgain, let attempted { return unknownAccount(event, account, attempted) }
    let prompt = "Password of \(Sanitizer.line(account)) at \(Sanitizer.line(host)) (empty: not now): "
    screen.ask(prompt, isSecret: true) { [unowned self] password in
      guard let password, !password.isEmpty else { return self.answer(event, nil, keep: PARLEY_KEEP_NOTHING) }
      self.screen.ask("Keep it in \(self.setup.directory), for you only? [Y/n] ") { [unowned self] keep in
        let isKept = keep?.lowercased().hasPrefix("n") == false
        self.answer(event, password, keep: isKept ? PARLEY_KEEP_DISK : PARLEY_KEEP_MEMORY)
      }
    }
  }

  /// The password of a first start was refused: perhaps there is no such account.
  private func unknownAccount(_ event: Event, _ account: String, _ attempted: String) {
    remark("1 another password   2 make the account \(account) with this password   3 go on as a guest")
    screen.ask("[1] ") { [unowned self] choice in
      switch choice {
      case "2": self.goOnAsGuest(event, registeringWith: attempted)
      case "3": self.goOnAsGuest(event, registeringWith: nil)
      default:
        self.screen.ask("Password of \(Sanitizer.line(account)): ", isSecret: true) { [unowned self] password in
          if let password, !password.isEmpty { self.firstPasswords[event.identity] = password }
          self.answer(event, password, keep: PARLEY_KEEP_DISK)
        }
      }
    }
  }

  private func goOnAsGuest(_ event: Event, registeringWith password: String?) {
    let id = event.identity
    answer(event, nil, keep: PARLEY_KEEP_NOTHING)
    request("account", { () throws(Failure) in try engine.set(identity: id, "account", "") })
    if let password { registering[id] = password }
    connect(id)
  }

  /// The server or the bouncer wants a password before it asks for any account.
  private func serverPassword(_ event: Event, host: String) {
    let isAgain = event.result != PARLEY_OK
    if !isAgain, let known = Secrets.serverPassword { return answer(event, known, keep: PARLEY_KEEP_MEMORY) }
    if isAgain { remark("\(host) does not accept this password.", .alarm) }
    let prompt = "Password of the server \(Sanitizer.line(host)) (empty: not now): "
    screen.ask(prompt, isSecret: true) { [unowned self] in self.answer(event, $0, keep: PARLEY_KEEP_DISK) }
  }

  private func newPassword(_ event: Event) {
    if let password = firstPasswords[event.identity] { return answer(event, password, keep: PARLEY_KEEP_DISK) }
    let account = Sanitizer.line(event.text ?? identities[event.identity]?.nick ?? "")
    screen.ask("New password for the account \(account) (empty: none): ", isSecret: true) { [unowned self] password in
      guard let password, !password.isEmpty else { return self.answer(event, nil, keep: PARLEY_KEEP_NOTHING) }
      self.screen.ask("The same once more: ", isSecret: true) { [unowned self] again in
        if again == password { return self.answer(event, password, keep: PARLEY_KEEP_DISK) }
        self.remark("These were two different passwords.", .alarm)
        self.newPassword(event)
      }
    }
  }

  // MARK: Certificates

  /// - Parameter reason: why it is not trusted, where it has not changed.
  private func certificate(_ event: Event, host: String, reason: String?) {
    let isFirst = event.text?.hasPrefix("- ") == true
    let prints = (event.text ?? "").split(separator: " ").map { Fingerprint.grouped(String($0)) }
    screen.ring()
    screen.withLineHidden {
      if isFirst {
        screen.rule("THE CERTIFICATE OF \(host) IS NOT KNOWN", .alarm)
        if let reason, !reason.isEmpty { remark(reason, .alarm) }
      } else {
        screen.rule("THE CERTIFICATE OF \(host) HAS CHANGED", .alarm)
        remark("Known until now:\n\(prints.first ?? "none")", .alarm)
      }
      remark("Shown now:\n\(prints.count > 1 ? prints[1] : "none")", .alarm)
      remark(
        "Somebody may stand between you and the server, and read everything. Ask whoever runs it, by another way, whether the "
          + "SHA-256 shown now is right.", .alarm)
    }
    screen.ask("Type trust to take it; anything else stays away: ") { [unowned self] word in
      let isTrusted = word == "trust"
      self.answer(event, isTrusted ? "trust" : nil, keep: PARLEY_KEEP_DISK)
      self.remark(isTrusted ? "The certificate is kept." : "Not connected. /connect asks again.")
    }
  }
}
