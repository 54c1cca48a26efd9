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

  /// Tells a client which of its modes have come and gone with a sign-in, under the source that it has from now on.
  func tellModes(of user: User, before: String, to reply: Reply) {
    let (gained, lost) = (user.modes.filter { !before.contains($0) }, before.filter { !user.modes.contains($0) })
    let change = (gained.isEmpty ? "" : "+" + gained) + (lost.isEmpty ? "" : "-" + lost)
    guard !change.isEmpty else { return }
    reply.send(Message(source: user.source, command: "MODE", parameters: [user.nick, change]))
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
