import IRC
import ParleyStore

/// User modes that stay with an account.
extension Core {
  /// Bot, only signed-in people, invisible, hears WALLOPS.
  static let keptModes: [Character] = ["B", "R", "i", "w"]

  /// Sets or takes away a mode that people have in hand.
  func set(_ mode: Character, _ isOn: Bool, of user: User) {
    switch mode {
    case "B": user.isBot = isOn
    case "R": user.isRegisteredOnly = isOn
    case "i": setInvisible(user, isOn)
    case "w": user.wantsWallops = isOn
    default: break
    }
  }

  /// A user of an account has appeared.
  func adoptModes(_ user: User) {
    guard let account = user.account else { return }
    for mode in Self.keptModes where account.settings.modes.contains(mode) { set(mode, true, of: user) }
  }

  /// Changes an account's settings: at once here, taken back if they cannot be stored.
  func updateSettings(
    _ account: Account, for session: Session, _ settings: AccountSettings, undo: @escaping (Core) -> Void = { _ in },
    fail: @escaping () -> Void, done: @escaping (Core) -> Void
  ) {
    let before = account.settings
    account.settings = settings
    transact(
      Transaction(.putSettings(settings)), for: session,
      undo: { core in
        account.settings = before
        undo(core)
      },
      fail: { _, _ in fail() },
      settle: { core, _ in done(core) })
  }
}
