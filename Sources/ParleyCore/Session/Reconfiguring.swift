import IRC
import ParleyStore

/// New settings while people are connected: they count from now on, and clients are told of what they may rely on from now on.
extension Core {
  func reconfigure(_ configuration: Configuration) {
    let before = self.configuration
    self.configuration = configuration
    expiredAt = nil
    applyRestrictions(since: before)
    if configuration.lobby != before.lobby { openLobby() }
    if configuration.alwaysOn != before.alwaysOn { applyAlwaysOn() }
    let tokens = ISupportTokens.changes(from: before, to: configuration)
    for session in sessions.values.sorted(by: { $0.id < $1.id }) {
      if session.has(.capNotify) { tellCapabilities(session, before) }
      // Before registration only those know of the tokens who have asked for them.
      if !tokens.isEmpty, session.user != nil || session.has(.draftExtendedIsupport) {
        let reply = makeReply(session, label: nil)
        ISupportTokens.write(tokens, to: reply, self)
        finish(reply)
      }
    }
  }

  /// Accounts without a setting of their own stay from now on, or do not.
  private func applyAlwaysOn() {
    for user in users.values.sorted(by: { $0.identity < $1.identity }) {
      guard let account = user.account, account.settings.persistence == .byDefault else { continue }
      deliver(
        persistenceLine(account), to: .connections(user.reachableConnections(except: nil)), requires: .draftPersistence)
      if !stays(user) { quit(user, "Offline") }
    }
  }

  /// CAP DEL for what is no longer offered, CAP NEW for what is and for new values (IRCv3 "capability-negotiation", section
  /// "cap-notify"). STS is updated by CAP NEW and never taken back (IRCv3 "sts").
  private func tellCapabilities(_ session: Session, _ before: Configuration) {
    let old = Advertised.all(before)
    let offered = Advertised.all(configuration)
    let gone = old.filter { !offered.contains($0) }
    var new = offered.filter { capability in
      !old.contains(capability)
        || Advertised.text(capability, before, session, epoch: epoch)
          != Advertised.text(capability, configuration, session, epoch: epoch)
    }.map { Advertised.text($0, configuration, session, epoch: epoch) }
    if let policy = StrictTransport.text(configuration, session), policy != StrictTransport.text(before, session) {
      new.insert(policy, at: 0)
    }
    let reply = makeReply(session, label: nil)
    for (subcommand, names) in [("DEL", gone.map(\.name)), ("NEW", new)] where !names.isEmpty {
      for line in CapabilityLines.make(subcommand, names, for: reply, isContinued: false) {
        CapabilityLines.send(subcommand, [], line, to: reply)
      }
    }
    finish(reply)
    let lost = gone.filter { session.has($0) }
    if !lost.isEmpty {
      var removed: CapabilitySet = []
      for capability in lost { removed.insert(capability) }
      setCapabilities(of: session, added: [], removed: removed)
    }
  }
}
