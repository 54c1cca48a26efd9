import IRC

/// What other servers have programs for, is part of this one: people talk to NickServ about accounts and to ChanServ about rooms.
/// Nothing said to them is stored, shown to other devices or logged: it has passwords in it.
struct Service: Sendable {
  let nick: String
  /// Commands that stand for `PRIVMSG <nick>`.
  let shortcuts: [String]
  let summary: String
  let commands: [ServiceCommand]

  static let all = [nickServ, chanServ]

  private static let byNick = Dictionary(uniqueKeysWithValues: all.map { (FoldedName($0.nick), $0) })

  /// Whether a target of a message that has several means a service, also in the forms `NickServ@host` and `NickServ!user@host`, and
  /// when its name is not quite right.
  static func isMeant(by target: String) -> Bool {
    guard !Names.isChannel(target) else { return false }
    let nick = target.prefix { $0 != "!" && $0 != "@" && $0 != "%" }
    return ServiceNames.isReserved(String(nick.isEmpty ? target[...] : nick), server: "")
  }

  /// The service of a nick, which is nobody else's.
  static func named(_ nick: String) -> Service? { byNick[FoldedName(nick)] }

  /// `NS REGISTER …`.
  static let shortcutCommands: [Command] = all.flatMap { service in
    service.shortcuts.map { name in
      Command(
        name: name, minimumParameters: 0,
        handler: .user { call in service.handle(call.parameters.joined(separator: " "), call) })
    }
  }

  static let username = "services"

  func source(_ core: Core) -> String { "\(nick)!\(Self.username)@\(core.configuration.serverName)" }

  /// Answers one line. As a command's handler: true when the answer is complete.
  ///
  /// Whoever has used up the supply waits as with other commands, but guests do not wait for NickServ, because they sign in there.
  func handle(_ text: String, _ call: UserCall) -> Bool {
    if call.user.account != nil || nick != Self.nickServ.nick, !call.core.mayWork(call.session) {
      call.core.postpone(.message(call.message), of: call.session)
      return false
    }
    call.core.charge(call.session, WorkCost.change)
    var words = text.split(separator: " ").map(String.init)
    let name = words.isEmpty ? "HELP" : words.removeFirst().uppercased()
    let asked = ServiceCall(service: self, call: call, words: words)
    if name == "HELP" {
      help(asked)
      return true
    }
    guard let command = command(name, asked) else {
      // A client's own questions, such as CTCP VERSION, are no commands.
      if !text.utf8.contains(1) { asked.say("There is no command \(Self.shown(name)). HELP lists what there is.") }
      return true
    }
    guard words.count >= command.minimumWords else {
      asked.say("Usage: \(command.usage)")
      return true
    }
    return command.run(asked)
  }

  private func command(_ name: String, _ asked: ServiceCall) -> ServiceCommand? {
    commands.first { ($0.name == name || $0.aliases.contains(name)) && (!$0.isForOperators || asked.user.isOperator) }
  }

  private func help(_ asked: ServiceCall) {
    guard let subject = asked.word(0)?.uppercased() else {
      asked.say(summary)
      for command in commands where !command.isForOperators || asked.user.isOperator {
        asked.say("\(command.name): \(command.summary)")
      }
      return asked.say("HELP <command> says more about one.")
    }
    guard let command = command(subject, asked) else {
      return asked.say("There is no command \(Self.shown(subject)). HELP lists what there is.")
    }
    asked.say(command.usage)
    asked.say(command.summary)
    if !command.aliases.isEmpty { asked.say("Also: \(command.aliases.joined(separator: ", "))") }
  }

  static func shown(_ text: String) -> String { TextLimit.truncate(text, toBytes: 32) }
}

/// One row of a service's table.
struct ServiceCommand: Sendable {
  let name: String
  var aliases: [String] = []
  let usage: String
  let summary: String
  var minimumWords = 0
  var isForOperators = false
  /// True when the answer is complete, false when the session has been parked.
  let run: @Sendable (ServiceCall) -> Bool
}

/// Somebody asks a service something.
struct ServiceCall {
  let service: Service
  let call: UserCall
  /// What follows the command.
  let words: [String]

  var core: Core { call.core }
  var session: Session { call.session }
  var user: User { call.user }
  var reply: Reply { call.reply }

  func word(_ index: Int) -> String? { index < words.count ? words[index] : nil }

  /// Everything from a word on: passwords may have spaces.
  func rest(from index: Int) -> String { words.dropFirst(index).joined(separator: " ") }

  func say(_ text: String) {
    reply.send(Message(source: service.source(core), command: "NOTICE", parameters: [reply.addressee, text]))
  }

  /// Says it as the whole answer.
  func answer(_ text: String) -> Bool {
    say(text)
    return true
  }

  /// The end of an answer whose session had been parked.
  func conclude(_ text: String) {
    say(text)
    core.finish(reply)
    core.conclude(session)
  }

  /// The end of an answer about a password that was not checked: programs read the standard reply.
  func tryLater(_ text: String) {
    reply.fail("NICKSERV", "TRY_LATER", [], text)
    conclude(text + ".")
  }

  /// Logs what became of a check of somebody's own password, and answers unless it is right.
  /// - Parameter consequence: what stays as it is, in words.
  func accepts(_ verdict: PasswordVerdict, of account: Account, else consequence: String) -> Bool {
    if let event = verdict.event(account.name, .nickServ) { core.log(event, of: session) }
    switch verdict {
    case .right: return true
    case .wrong(let reason), .barred(let reason): conclude("\(consequence): \(reason).")
    case .later(let reason): tryLater("\(consequence): \(reason)")
    }
    return false
  }

  /// Passwords are for connections that nobody on the way can read.
  var isPrivate: Bool { session.info.isSecure || session.info.isLoopback }

  static let tlsFirst = "Connect with TLS first: your password would be readable on the way."
}

/// Nicks that are the server's own.
package enum ServiceNicks {
  /// - Parameter server: the server's name.
  package static func isReserved(_ nick: String, server: String) -> Bool {
    Service.named(nick) != nil || ServiceNames.isReserved(nick, server: server)
  }
}
