import IRC
import ParleyStore

extension Service {
  static let nickServ = Service(
    nick: "NickServ", shortcuts: ["NS", "NICKSERV"],
    summary: "NickServ keeps accounts. An account owns its name as a nick, and stays in its rooms while it is offline.",
    commands: NickServ.commands)
}

/// Accounts, for people whose client knows no REGISTER and no SASL.
enum NickServ {
  static let commands: [ServiceCommand] =
    [
      ServiceCommand(
        name: "REGISTER", usage: "REGISTER <password> [<email>]", summary: "Makes an account of your nick.",
        minimumWords: 1, run: register),
      ServiceCommand(
        name: "VERIFY", aliases: ["CONFIRM"], usage: "VERIFY [<account>] <code>",
        summary: "Proves your e-mail address with the code that was sent there.", minimumWords: 1, run: verify),
      ServiceCommand(
        name: "IDENTIFY", aliases: ["ID", "LOGIN"], usage: "IDENTIFY [<account>] <password>",
        summary: "Signs in. Clients better do this with SASL, before anything else.", minimumWords: 1, run: identify),
      ServiceCommand(
        name: "LOGOUT", usage: "LOGOUT", summary: "Signs this connection out; it goes on as a guest.", run: logout),
      ServiceCommand(
        name: "INFO", usage: "INFO [<account>]", summary: "Says what may be known of an account, and all of your own.",
        run: info),
      ServiceCommand(
        name: "PASSWD", usage: "PASSWD <current password> <new password>", summary: "Changes your password.",
        minimumWords: 2, run: NickServSettings.changePassword),
      ServiceCommand(
        name: "SET", usage: NickServSettings.setUsage,
        summary: "Changes something of your account.", minimumWords: 1, run: NickServSettings.set),
      ServiceCommand(
        name: "CERT", usage: "CERT LIST, CERT ADD [<fingerprint>], CERT DEL <fingerprint>",
        summary:
          "Client certificates that sign you in (SASL EXTERNAL). ADD takes the one you are connected with, and no other.",
        minimumWords: 1, run: NickServSettings.certificates),
      ServiceCommand(
        name: "GHOST", aliases: ["RECOVER", "RELEASE", "REGAIN"], usage: "GHOST",
        summary: "Not needed here: all your devices share your nick, and nobody else can take it.",
        run: { call in
          call.answer(
            "There is nothing to do: sign in, and this connection is one more device under your nick. "
              + "Connections that are dead end by themselves.")
        }),
      ServiceCommand(
        name: "SAREGISTER", usage: "SAREGISTER <account> <password>", summary: "Makes an account for somebody else.",
        minimumWords: 2, isForOperators: true, run: registerOther),
      ServiceCommand(
        name: "SAVERIFY", usage: "SAVERIFY <account>",
        summary: "Lets somebody in whose mail has not come.", minimumWords: 1, isForOperators: true, run: verifyOther),
    ] + NickServDevices.commands

  private static func register(_ call: ServiceCall) -> Bool {
    let request = AccountRequest(name: call.user.nick, email: call.word(1) ?? "", password: call.words[0])
    call.core.registerAccount(request, by: call.session, reply: call.reply) { answer in
      switch answer {
      case .registered(let name): call.say("The account \(name) is registered, and you are signed in.")
      case .verificationRequired(let name, let email):
        call.say("A code has been sent to \(email). VERIFY \(name) <code> completes the registration.")
      case .refused(_, _, let text): call.say(text + ".")
      }
    }
    return false
  }

  private static func registerOther(_ call: ServiceCall) -> Bool {
    let request = AccountRequest(name: call.words[0], email: "", password: call.rest(from: 1), isOwn: false)
    call.core.registerAccount(request, by: call.session, reply: call.reply) { answer in
      switch answer {
      case .registered(let name), .verificationRequired(let name, _): call.say("The account \(name) is registered.")
      case .refused(_, _, let text): call.say(text + ".")
      }
    }
    return false
  }

  private static func verify(_ call: ServiceCall) -> Bool {
    let name = call.words.count > 1 ? call.words[0] : call.user.account?.name ?? call.user.nick
    let code = call.words[call.words.count > 1 ? 1 : 0]
    call.core.verifyAccount(name, code, by: call.session, reply: call.reply) { answer in
      switch answer {
      case .verified(let name): call.say("The e-mail address of \(name) is verified.")
      case .refused(_, _, let text): call.say(text + ".")
      }
    }
    return false
  }

  private static func verifyOther(_ call: ServiceCall) -> Bool {
    guard let account = call.core.accounts[call.words[0]], account.isStored,
      let pending = call.core.accounts.verification(of: account)
    else { return call.answer("\(Service.shown(call.words[0])) has nothing to verify.") }
    call.core.park(call.session)
    call.core.verified(account, pending, for: call.session) { core, isStored in
      if isStored { core.log(.verified(account: account.name), of: call.session) }
      call.conclude(isStored ? "\(account.name) is verified." : "It could not be stored; nothing changed.")
    }
    return false
  }

  private static func identify(_ call: ServiceCall) -> Bool {
    guard call.isPrivate else { return call.answer(ServiceCall.tlsFirst) }
    let hasName = call.words.count > 1
    let (name, device) = Core.splitDevice(hasName ? call.words[0] : call.user.nick)
    let core = call.core
    let session = call.session
    core.checkPassword(name, Array(call.rest(from: hasName ? 1 : 0).utf8), of: session) { verdict in
      if let event = verdict.event(name, .nickServ) { core.log(event, of: session) }
      switch verdict {
      case .right(let account):
        if let reason = core.changeOverObstacle(session, to: account) {
          return call.conclude("You cannot sign in: \(reason).")
        }
        core.signIn(session, to: account, by: .nickServ, device: device, reply: call.reply)
        call.conclude("You are signed in as \(account.name).")
      case .wrong(let reason), .barred(let reason):
        call.say("You cannot sign in: \(reason).")
        core.finish(call.reply)
        if !core.countFailure(session) { core.conclude(session) }
      case .later(let reason): call.tryLater("You were not signed in: \(reason)")
      }
    }
    return false
  }

  private static func logout(_ call: ServiceCall) -> Bool {
    guard let account = call.user.account else { return call.answer("You are not signed in.") }
    call.reply.numeric(.loggedOut, call.user.source, "You are now logged out")
    call.say("You are signed out of \(account.name).")
    call.core.finish(call.reply)
    call.core.changeOver(call.session, to: nil, device: "")
    return false
  }

  private static func info(_ call: ServiceCall) -> Bool {
    let name = call.word(0) ?? call.user.account?.name ?? call.user.nick
    guard let account = call.core.accounts[name] ?? call.core.users[FoldedName(name)]?.account, account.isStored else {
      return call.answer("There is no account \(Service.shown(name)).")
    }
    call.say("Account: \(account.name)")
    call.say("Registered: \(account.record.registeredAt.iso8601)")
    if let user = account.user, FoldedName(user.nick) != FoldedName(account.name) { call.say("Nick: \(user.nick)") }
    if account === call.user.account || call.user.isOperator {
      call.say("E-mail: \(account.record.email.isEmpty ? "none" : account.record.email)")
      call.say("Stays without a device: \(call.core.persists(account) ? "yes" : "no")")
      call.say("Replay of missed messages: \(account.settings.replaysMissed ? "on" : "off")")
      call.say("Certificates: \(account.record.fingerprints.count)")
      if call.core.accounts.isUnverified(account) { call.say("Not verified.") }
      if !account.record.suspension.isEmpty { call.say("Suspended: \(account.record.suspension)") }
    }
    return true
  }
}
