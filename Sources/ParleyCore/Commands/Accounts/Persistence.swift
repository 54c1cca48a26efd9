import IRC
import ParleyStore

/// PERSISTENCE (draft/persistence): whether one's account stays while no device is connected.
enum PersistenceCommand {
  static let command = Command(name: "PERSISTENCE", minimumParameters: 1, handler: .user(run))

  private static let settings: [String: AccountSettings.Persistence] = ["DEFAULT": .byDefault, "ON": .on, "OFF": .off]

  private static func run(_ call: UserCall) -> Bool {
    let core = call.core
    guard let account = call.user.account else {
      call.reply.fail("PERSISTENCE", "ACCOUNT_REQUIRED", [], "Sign in first")
      return true
    }
    switch (call.parameters[0].uppercased(), call.parameter(1)?.uppercased()) {
    case ("GET", _):
      // What is on its way to the disk may not get there.
      core.afterEverything(writingTo: call.reply) { core in call.reply.send(core.persistenceLine(account)) }
    case ("SET", let word?):
      guard let setting = settings[word] else { return refuse(call) }
      call.reply.isAwaited = true
      core.setPersistence(
        setting, of: account, for: call.session,
        fail: {
          call.reply.fail(
            "PERSISTENCE", "STORE_UNAVAILABLE", [word], "The change could not be stored; nothing changed")
        },
        done: { core in call.reply.send(core.persistenceLine(account)) })
    default: return refuse(call)
    }
    return true
  }

  private static func refuse(_ call: UserCall) -> Bool {
    call.reply.fail("PERSISTENCE", "INVALID_PARAMS", [], "Expected GET, or SET and ON, OFF or DEFAULT")
    return true
  }
}
