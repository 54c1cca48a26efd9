import IRC
import ParleyStore

/// Whether an account stays while no device is connected, and what is known of its devices.
extension Core {
  func persists(_ account: Account) -> Bool {
    switch account.settings.persistence {
    case .byDefault: configuration.alwaysOn
    case .on: true
    case .off: false
    }
  }

  /// What the account has set, and what that comes to.
  func persistenceLine(_ account: Account) -> Message {
    let setting =
      switch account.settings.persistence {
      case .byDefault: "DEFAULT"
      case .on: "ON"
      case .off: "OFF"
      }
    return Message(
      source: configuration.serverName, command: "PERSISTENCE",
      parameters: ["STATUS", setting, persists(account) ? "ON" : "OFF"])
  }

  /// Stores the setting; the other devices are told.
  func setPersistence(
    _ persistence: AccountSettings.Persistence, of account: Account, for session: Session, fail: @escaping () -> Void,
    done: @escaping (Core) -> Void
  ) {
    var settings = account.settings
    settings.persistence = persistence
    updateSettings(account, for: session, settings, fail: fail) { core in
      done(core)
      guard let user = account.user else { return }
      core.deliver(
        core.persistenceLine(account), to: .connections(user.reachableConnections(except: session)),
        requires: .draftPersistence)
    }
  }

  /// A device that asks for its history itself has left: only that it was there is remembered, not how far it has read.
  func rememberVisit(_ session: Session, of user: User) {
    guard !session.usesCursor, let account = user.account, accounts[account.name] === account else { return }
    let known = account.devices[session.device]
    guard known != Account.online, known != nil || account.devices.count < Account.maximumDevices else { return }
    recordDevice(account, session.device, known ?? 0)
  }

  /// - Returns: false when the device is connected, or not known.
  func forgetDevice(_ device: String, of account: Account, for session: Session, _ then: @escaping (Bool) -> Void) {
    let (seen, time) = (account.devices[device], account.deviceTimes[device])
    account.devices[device] = nil
    account.deviceTimes[device] = nil
    transact(
      Transaction(.removeDevice(account.id, device: device)), for: session,
      undo: { _ in
        account.devices[device] = seen
        account.deviceTimes[device] = time
      },
      fail: { _, _ in then(false) },
      settle: { _, _ in then(true) })
  }
}
