import CParley
import ParleyTerminalKit

/// Commands about servers and who one is there.
extension ChatProgram {
  func runOnNetwork(_ name: CommandName, _ arguments: Arguments) {
    var arguments = arguments
    if name == .connect, let link = arguments.word() { return connect(link, nick: arguments.word()) }
    if name == .server { return server(arguments) }
    guard let identity else { return remark("There is no server yet; /connect LINK NICK", .alarm) }
    switch name {
    case .connect: connect(identity.id)
    case .disconnect:
      do { try engine.disconnect(identity.id, reason: arguments.text) } catch {
        remark("/disconnect: \(explain(error))", .alarm)
      }
    case .nick:
      let nick = arguments.rest
      request("/nick", { () throws(Failure) in try engine.set(identity: identity.id, "nick", nick) })
    case .away:
      request("/away", { () throws(Failure) in try engine.away(identity.id, arguments.text ?? "away") }) {
        [unowned self] _ in
        self.remark("Others see that you are away; /back ends it.")
      }
    case .back:
      request("/back", { () throws(Failure) in try engine.away(identity.id, nil) }) { [unowned self] _ in
        self.remark("Others see that you are here.")
      }
    case .register: register(identity.id, nil, email: arguments.text)
    case .verify:
      request("/verify", { () throws(Failure) in try engine.verify(identity.id, code: arguments.rest) }) {
        [unowned self] _ in
        self.remark("The account is confirmed.")
      }
    case .ignore, .unignore: ignore(arguments.word(), isIgnored: name == .ignore, identity.id)
    case .network: tellNetworks()
    case .login: login(identity, account: arguments.word())
    case .logout: signIn(identity, as: "")
    case .nickserv: tellService("NickServ", arguments.rest, identity.id)
    case .whois:
      let nick = arguments.word() ?? ""
      ask(identity.id, "/whois", "WHOIS \(nick)")
    case .raw: ask(identity.id, "/raw", arguments.rest)
    default: break
    }
  }

  /// Sends a line of the protocol. What the server says in the next seconds is shown wherever one is.
  func ask(_ identity: Int64, _ what: String, _ line: String) {
    answersUntil[identity] = Clock.now() + 15_000
    request(what, { () throws(Failure) in try engine.raw(identity, line) })
  }

  // MARK: Accounts

  /// Signs in to an account that there is. The password is asked for by the engine when the server wants it.
  private func login(_ identity: Identity, account: String?) {
    let known = engine.get(identity: identity.id, "account").flatMap { $0.isEmpty ? nil : $0 }
    let name = account ?? known ?? identity.nick
    let prompt = "Password of \(Sanitizer.line(name)) at \(Sanitizer.line(identity.host)) (empty: not now): "
    screen.ask(prompt, isSecret: true) { [unowned self] password in
      guard let password, !password.isEmpty else { return }
      self.request("/login", { () throws(Failure) in try self.engine.set(identity: identity.id, "password", "") })
      self.firstPasswords[identity.id] = password
      self.signIn(identity, as: name)
    }
  }

  private func signIn(_ identity: Identity, as account: String) {
    request("/login", { () throws(Failure) in try engine.set(identity: identity.id, "account", account) })
    try? engine.disconnect(identity.id, reason: nil)
    connect(identity.id)
  }

  // MARK: Servers

  private func server(_ given: Arguments) {
    var arguments = given
    let ordered = identities.values.sorted { $0.id < $1.id }
    switch arguments.word()?.lowercased() {
    case nil, "list":
      for (index, identity) in ordered.enumerated() {
        remark("\(index + 1) \(identity.host), \(identity.nick): \(Self.words(identity))")
      }
      if ordered.isEmpty { remark("There is none; /connect LINK NICK goes to one.") }
    case "remove":
      let name = arguments.rest.lowercased()
      let named = ordered.enumerated().filter { index, identity in
        "\(index + 1)" == name || [identity.host.lowercased(), identity.network.lowercased()].contains(name)
      }
      guard named.count == 1, let identity = named.first?.element else {
        return remark("It is: /server remove NAME, with a name or number of /server list.", .alarm)
      }
      askToRemove(identity)
    case "add", "connect":
      guard let link = arguments.word() else { return remark("It is: /connect LINK NICK", .alarm) }
      connect(link, nick: arguments.word())
    default: remark("It is: /server list, or /server remove NAME. /connect LINK NICK goes to one more.", .alarm)
    }
  }

  private func askToRemove(_ identity: Identity) {
    let place = "\(Sanitizer.line(identity.host)) (\(Sanitizer.line(identity.nick)))"
    let remove = { [unowned self] in
      self.request("/server remove", { () throws(Failure) in try self.engine.removeIdentity(identity.id) }) {
        [unowned self] _ in self.remark("\(place) is removed.")
      }
    }
    if fresh.contains(identity.id) { return remove() }
    screen.ask("Remove \(place) with all its chats and messages on this computer? [y/N] ") { [unowned self] answer in
      if answer?.lowercased().hasPrefix("y") == true { remove() } else { self.remark("Nothing is removed.") }
    }
  }

  /// - Parameter nick: nil: tells who is ignored.
  private func ignore(_ nick: String?, isIgnored: Bool, _ identity: Int64) {
    guard let nick else {
      return request("/ignore", { () throws(Failure) in try engine.listIgnored(identity) }) { [unowned self] event in
        let names = (event.text ?? "").split(separator: "\n").map { Sanitizer.line(String($0)) }
        self.remark(names.isEmpty ? "You ignore nobody." : "You ignore \(names.joined(separator: ", ")).")
      }
    }
    let words = isIgnored ? "You hear nothing of \(nick) in private; /unignore ends it." : "You hear \(nick) again."
    request(
      isIgnored ? "/ignore" : "/unignore",
      { () throws(Failure) in try engine.ignore(identity, nick: nick, isIgnored: isIgnored) }
    ) { [unowned self] _ in self.remark(words) }
  }

  func connect(_ identity: Int64) {
    do { try engine.connect(identity) } catch { remark("/connect: \(explain(error))", .alarm) }
  }

  private func connect(_ link: String, nick: String?) {
    guard let nick = nick ?? identity?.nick else { return remark("It is: /connect LINK NICK", .alarm) }
    do {
      try add(link: link, nick: nick, password: nil)
    } catch {
      remark("\(link): \(explain(error))", .alarm)
    }
  }

  /// Adds an identity that connects now and at every start.
  /// - Parameter password: to sign in with; "": as a guest; nil: as the engine decides.
  func add(link: String, nick: String, password: String?) throws(Failure) {
    let id = try engine.addIdentity(link: link, nick: nick)
    let isKnown = identities[id] != nil
    if !isKnown { fresh.insert(id) }
    requests.add(try engine.set(identity: id, "autoconnect", "1"), "autoconnect", nil)
    if password == nil, secrets.isProvided, engine.get(identity: id, "account") == nil {
      requests.add(try engine.set(identity: id, "account", nick), "account", nil)
    }
    if let password {
      requests.add(try engine.set(identity: id, "account", password.isEmpty ? "" : nick), "account", nil)
      firstPasswords[id] = password.isEmpty ? nil : password
    }
    identities[id] = engine.identities().first { $0.id == id }
    for chat in engine.chats(id) { chats[chat.id] = chat }
    if password == nil, let identity = identities[id] { takePasswordOfThisRun(identity) }
    // The room of a link to a server that is known: a new one's is joined by itself.
    if isKnown, let room = LinkRoom.of(link) { join(room, key: nil, at: id) }
    try engine.connect(id)
  }

  /// Makes an account of the nick.
  /// - Parameter password: the one to take; nil: it is asked for.
  func register(_ identity: Int64, _ password: String?, email: String? = nil) {
    if let password { firstPasswords[identity] = password }
    request("/register", { () throws(Failure) in try engine.register(identity, email: email) }) { [unowned self] _ in
      self.firstPasswords[identity] = nil
      let nick = self.identities[identity]?.nick ?? ""
      self.remark("The account \(nick) is made: the nick is yours, and this computer signs in with it.")
    }
  }

  private func tellNetworks() {
    let features = [
      "accounts", "registration", "history", "keys", "echo", "replies", "reactions", "typing", "redaction",
      "editing", "markers", "lines",
      "search",
    ]
    screen.withLineHidden {
      for identity in identities.values.sorted(by: { $0.id < $1.id }) {
        let account = identity.account.map { "signed in as \($0)" } ?? "a guest"
        remark("\(identity.network) (\(identity.host)): \(identity.nick), \(account); \(Self.words(identity))")
        let able = features.filter { engine.supports(identity.id, $0) }
        remark("  it can: \(able.isEmpty ? "nothing beyond plain IRC" : able.joined(separator: ", "))")
        if let pin = engine.get(identity: identity.id, "pin"), !pin.isEmpty {
          remark("  its certificate's SHA-256: \(Fingerprint.grouped(pin))")
        }
      }
    }
  }

  private static func words(_ identity: Identity) -> String {
    switch identity.state {
    case .offline: "offline"
    case .connecting: "connecting"
    case .signingIn: "signing in"
    case .online: "online"
    case .waiting: "no connection, and trying again: \(identity.explanation)"
    case .stopped: "stopped: \(identity.explanation)"
    }
  }
}
