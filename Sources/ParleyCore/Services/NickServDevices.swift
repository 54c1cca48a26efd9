import IRC
import ParleyStore

/// Devices of an account, and the account's end.
enum NickServDevices {
  static let commands: [ServiceCommand] = [
    ServiceCommand(
      name: "CLIENTS", aliases: ["SESSIONS", "DEVICES"], usage: "CLIENTS [LIST], CLIENTS FORGET <device>",
      summary: "Your devices, when they were last here, and forgetting one.", run: clients),
    ServiceCommand(
      name: "UNREGISTER", aliases: ["DROP"], usage: "UNREGISTER <account> <password, then the code you are told>",
      summary: "Deletes your account for ever. What you have said stays.", minimumWords: 1, run: unregister),
  ]

  private static func clients(_ call: ServiceCall) -> Bool {
    guard let account = call.user.account else { return call.answer("Sign in first.") }
    switch (call.word(0) ?? "LIST").uppercased() {
    case "LIST": return list(account, call)
    case "FORGET" where call.words.count == 2: return forget(call.words[1] == "*" ? "" : call.words[1], account, call)
    default: return call.answer("Usage: CLIENTS [LIST], CLIENTS FORGET <device>")
    }
  }

  private static func shown(_ device: String) -> String { device.isEmpty ? "*" : device }

  private static func list(_ account: Account, _ call: ServiceCall) -> Bool {
    for session in call.user.sessions {
      call.say(
        "\(shown(session.device)): connected since \(session.connectedAt.iso8601) from \(session.info.address)"
          + (session === call.session ? " (this one)" : ""))
    }
    let away = account.devices.keys.filter { device in !call.user.sessions.contains { $0.device == device } }
    for device in away.sorted() {
      call.say("\(shown(device)): last here \(account.deviceTimes[device]?.iso8601 ?? "long ago")")
    }
    return call.answer("These are your devices; * is one without a name.")
  }

  private static func forget(_ device: String, _ account: Account, _ call: ServiceCall) -> Bool {
    guard account.devices[device] != nil else { return call.answer("There is no device \(Service.shown(device)).") }
    guard !call.user.sessions.contains(where: { $0.device == device }) else {
      return call.answer("\(shown(device)) is connected.")
    }
    call.core.park(call.session)
    call.core.forgetDevice(device, of: account, for: call.session) { isDone in
      call.conclude(isDone ? "\(shown(device)) is forgotten." : "The change could not be stored; nothing changed.")
    }
    return false
  }

  static func setAlwaysOn(_ word: String, _ call: ServiceCall) -> Bool {
    guard let account = call.user.account else { return call.answer("Sign in first.") }
    let settings: [String: AccountSettings.Persistence] = [
      "true": .on, "on": .on, "false": .off, "off": .off, "default": .byDefault,
    ]
    guard let setting = settings[word.lowercased()] else {
      return call.answer("Usage: SET ALWAYS-ON true, false or default")
    }
    call.core.park(call.session)
    call.core.setPersistence(
      setting, of: account, for: call.session,
      fail: { call.conclude("The change could not be stored; nothing changed.") },
      done: { core in
        call.conclude(
          core.persists(account)
            ? "You stay in your rooms while no device is connected." : "You leave your rooms with your last device.")
      })
    return false
  }

  // MARK: - The end

  private static func unregister(_ call: ServiceCall) -> Bool {
    let core = call.core
    guard let account = core.accounts[call.words[0]], account.isStored else {
      return call.answer("There is no account \(Service.shown(call.words[0])).")
    }
    guard account === call.user.account || call.user.isOperator else {
      return call.answer("\(account.name) is not yours.")
    }
    let code = core.confirmationCode("delete account", "\(account.id.rawValue)")
    let question =
      "\(account.name) will be deleted for ever, with its rooms, settings and devices. "
      + "To confirm: UNREGISTER \(account.name) \(code)"
    if call.word(1) == code { return delete(account, call) }
    if account !== call.user.account || account.record.verifier == nil { return call.answer(question) }
    guard call.words.count > 1 else { return call.answer("Usage: UNREGISTER \(account.name) <password>") }
    guard call.isPrivate else { return call.answer(ServiceCall.tlsFirst) }
    core.checkPassword(account.name, Array(call.rest(from: 1).utf8), of: call.session) { verdict in
      if call.accepts(verdict, of: account, else: "Your account stays") { call.conclude(question) }
    }
    return false
  }

  private static func delete(_ account: Account, _ call: ServiceCall) -> Bool {
    call.core.park(call.session)
    // All rooms are looked through for what it has there.
    call.core.charge(call.session, call.core.rooms.count / 4)
    call.core.deleteAccount(account, for: call.session) { core, isDone in
      guard isDone else { return call.conclude("It could not be stored; nothing changed.") }
      call.say("The account \(account.name) is deleted.")
      core.finish(call.reply)
      core.log(.accountChanged(account: account.name, .deleted, by: call.user.accountName), of: call.session)
      core.forget(account)
      if !call.session.isClosed { core.conclude(call.session) }
    }
    return false
  }
}
